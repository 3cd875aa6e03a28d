// What page_latency.py measures in the page, as functions of `window.measure`. Gestures are synthetic
// pointer events, one a frame, so that every road gets the same ones.

window.measure = (() => {
  const frame = () => new Promise(requestAnimationFrame);
  const sorted = (values) => [...values].sort((a, b) => a - b);
  const quantile = (values, share) => sorted(values)[Math.floor(share * (values.length - 1))];
  const summary = (values) => ({ count: values.length, p50: quantile(values, 0.5), p95: quantile(values, 0.95) });

  // A place on a winding way, `t` seconds into a gesture; both coordinates in [0, 1].
  const way = (t) => [0.5 + 0.3 * Math.sin(2.3 * t), 0.5 + 0.3 * Math.sin(1.7 * t + 1)];

  function pointer(element, type, [x, y], more = {}) {
    const box = element.getBoundingClientRect();
    element.dispatchEvent(new PointerEvent(type, {
      bubbles: true, cancelable: true, pointerId: 1, isPrimary: true, pointerType: "mouse",
      clientX: box.left + x * box.width, clientY: box.top + y * box.height, ...more,
    }));
  }

  const followed = new Map(); // canvas -> what is called when it is painted

  // Calls `changed()` whenever something is painted on a canvas, in place of an earlier function.
  function onPaint(canvas, changed) {
    if (!followed.has(canvas)) {
      const context = canvas.getContext("2d");
      const put = context.putImageData.bind(context);
      context.putImageData = (...image) => {
        put(...image);
        followed.get(canvas)();
      };
    }
    followed.set(canvas, changed);
  }

  // Frames a second of a loop that only paints a canvas.
  async function emptyLoop(seconds) {
    const context = document.createElement("canvas").getContext("2d");
    const image = context.createImageData(28, 28);
    const begun = await frame();
    let now = begun;
    let frames = 0;
    while (now - begun < 1000 * seconds) {
      context.putImageData(image, 0, 0);
      now = await frame();
      frames++;
    }
    return (1000 * frames) / (now - begun);
  }

  // Makes `gesture(t)` once a frame; a reading for each frame in which `canvas` was painted, and the
  // work (ms) that the page's own callbacks did in the frame after the gesture.
  async function follow(canvas, gesture, seconds) {
    let painted = 0;
    onPaint(canvas, () => painted++);
    const work = [];
    const begun = await frame();
    let now = begun;
    let frames = 0;
    let withPaint = 0;
    while (now - begun < 1000 * seconds) {
      const before = painted;
      const start = new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now())));
      gesture((now - begun) / 1000); // what it asks for runs between the two frames' callbacks
      now = await frame();
      work.push(performance.now() - (await start));
      frames++;
      if (painted > before) withPaint++;
    }
    const rate = 1000 / (now - begun);
    return { frames: frames * rate, painted: withPaint * rate, work: summary(work) };
  }

  // The time of the newest gesture, and of the one whose answer was read last but is not in view yet.
  let gestureAt = null;
  let answeredAt = null;
  let asks = false;
  const { fetch } = window;
  window.fetch = async (...request) => {
    const since = gestureAt; // the request has the state after this gesture
    const response = await fetch(...request);
    if (/component_server|run\/predict/.test(request[0]?.url ?? request[0])) {
      asks = true;
      answeredAt = Math.max(answeredAt, since);
    }
    return response;
  };

  // From a gesture to its own answer in view; `subscribe(answered)` calls `answered` for each one.
  // What is computed in the page answers the newest gesture, which counts once.
  async function latency(subscribe, gesture, seconds) {
    const readings = [];
    asks = false;
    subscribe(() => {
      const since = asks ? answeredAt : gestureAt;
      if (asks) answeredAt = null;
      else gestureAt = null;
      if (since) readings.push(performance.now() - since);
    });
    const begun = await frame();
    let now = begun;
    while (now - begun < 1000 * seconds) {
      gestureAt = performance.now();
      gesture((now - begun) / 1000);
      now = await frame();
    }
    return { ...summary(readings), rate: readings.length / seconds };
  }

  const overMap = (plane) => (t) => pointer(plane, "pointermove", way(t));
  const hover = (plane, canvas, seconds) => follow(canvas, overMap(plane), seconds);
  const point = (plane, canvas, seconds) =>
    latency((answered) => onPaint(canvas, answered), overMap(plane), seconds);

  async function draw(pad, canvas, seconds) {
    pad.setPointerCapture = () => {}; // no real pointer exists to capture
    pointer(pad, "pointerdown", way(0), { button: 0, buttons: 1 });
    const move = (t) => pointer(pad, "pointermove", way(t), { buttons: 1 });
    const result = await latency((answered) => onPaint(canvas, answered), move, seconds);
    pointer(pad, "pointerup", way(seconds), { button: 0 });
    return result;
  }

  function turn(slider, t) {
    slider.value = 2 * Math.sin(2 * t);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const slide = (slider, canvas, seconds) =>
    latency((answered) => onPaint(canvas, answered), (t) => turn(slider, t), seconds);
  // The answer of a `gr.Image` is an image that has loaded.
  const slideImage = (slider, host, seconds) => latency(
    (answered) => host.addEventListener("load", answered, true), (t) => turn(slider, t), seconds,
  );

  return { emptyLoop, hover, point, draw, turn, slide, slideImage };
})();
