// The SVG overlay above the points, in the coordinates of the axes: class labels, the visitor's image
// with its posterior, A and B, samples, the path, and the cross at the pointer. It is separate from
// Plotly, so that following the pointer never redraws the points. Colors come from style.css.
import { typeSize } from "../charts/chart.js";
import { draw as svg } from "../../frontend/js/dom.js";
import { boxAt, ellipse, placeLabels, project, toPixels } from "./geometry.js";

const CROSS = "M-9 0A9 9 0 1 0 9 0A9 9 0 1 0 -9 0M-14 0H-5M5 0H14M0 -14V-5M0 5V14";
const RETICLE = "M-22 0H-11M11 0H22M0 -22V-11M0 11V22";
const [NAME_START, NAME_END] = [8, 5]; // characters shown of a long name

const within = (value, [low, high]) => low <= value && value <= high;

// Returns a function that calls `compute` again only if its arguments differ from the last ones.
function rememberLast(compute) {
  let [key, result] = [null, null];
  return (...args) => {
    const next = JSON.stringify(args);
    if (next !== key) [key, result] = [next, compute(...args)];
    return result;
  };
}

// Returns {draw(view, content), point(point, inRegion)}. The content is {projection, radii, classes, digit,
// marks: [{name, z}], samples: [z], path: [z]}; all but the projection may be null or empty. Codes belong to
// the model of the projection.
export function createOverlay(host) {
  const frame = svg("svg", { overflow: "hidden" });
  // The cross is a separate compositing layer, so that moving it does not repaint the overlay.
  const cross = svg("svg", { class: "map-cross", viewBox: "-16 -16 32 32", "aria-hidden": "true" },
    svg("path", { d: CROSS, class: "map-halo" }), svg("path", { d: CROSS }));
  host.append(svg("svg", { class: "map-overlay", "aria-hidden": "true" }, frame), cross);
  let axes = null;
  const labelPositions = rememberLast(placeLabels); // while the visitor draws, only the posterior moves

  const inFrame = (point) => toPixels({ ...axes, left: 0, top: 0 }, point).map((v) => v.toFixed(2));
  const translate = (point) => `translate(${inFrame(point).join(" ")})`;
  const dot = (point, name, r) => svg("circle", { class: name, r, transform: translate(point) });
  const label = (point, name, text, dy = "0.35em") =>
    svg("text", { class: name, transform: translate(point), dy }, text);

  function classNames(classes, radii, marks) {
    const unit = typeSize();
    const texts = classes.map(({ name }) => (name.length <= NAME_START + NAME_END + 1
      ? name : `${name.slice(0, NAME_START)}…${name.slice(-NAME_END)}`));
    const sizes = texts.map((text) =>
      (text.length > 2 ? [8 * text.length, 18] : [16 * text.length, 24]).map((side) => side * unit));
    const taken = [
      ...radii.map((radius) => radiusBox(radius, unit)),
      ...marks.map((point) => boxAt(toPixels(axes, point), [24, 24])),
    ];
    return labelPositions(classes.map(({ home }) => toPixels(axes, home)), sizes, taken).flatMap((at, i) => {
      if (at === null) return [];
      const [left, top] = [at[0] - axes.left, at[1] - axes.top].map((value) => value.toFixed(2));
      return [svg("text", {
        class: texts[i].length > 2 ? "map-class map-word" : "map-class",
        transform: `translate(${left} ${top})`, dy: "0.35em",
      }, texts[i])];
    });
  }

  // Where Plotly writes a circle's name (figure.py): to the upper right of it.
  function radiusBox(radius, unit) {
    const [x, y] = toPixels(axes, [radius * Math.SQRT1_2, radius * Math.SQRT1_2]);
    return boxAt([x + 10 * unit, y - 9 * unit], [22 * unit, 18 * unit]);
  }

  function line(points, name) {
    return svg("polyline", { class: name, points: points.map(inFrame).join(" ") });
  }

  // The 1-sigma and 2-sigma ellipses around mu, to scale.
  function posterior({ mu, std }, projection) {
    const { semi, angle } = ellipse(projection, std);
    const scale = axes.width / (axes.x[1] - axes.x[0]);
    const transform = `${translate(project(projection, mu))} rotate(${(-angle * 180) / Math.PI})`;
    return [2, 1].map((sigmas) => svg("ellipse", {
      class: "map-posterior", "data-sigmas": sigmas, transform,
      rx: sigmas * semi[0] * scale, ry: sigmas * semi[1] * scale,
    }));
  }

  // To scale the posterior may be smaller than a point, so mu is a small dot with a reticle around it.
  // A code that was picked on the map is re-encoded to a mu near it: both are shown, with a line.
  function visitor(digit, projection) {
    const [mu, z] = [project(projection, digit.mu), project(projection, digit.z)];
    const apart = Math.hypot(mu[0] - z[0], mu[1] - z[1]) > 1e-6;
    const gap = apart ? [line([z, mu], "map-gap"), dot(z, "map-z", 4)] : [];
    const sight = ["map-sight map-halo", "map-sight"].map((name) =>
      svg("path", { class: name, d: RETICLE, transform: translate(mu) }));
    return [...gap, ...sight, dot(mu, "map-mu", 2.5)];
  }

  return {
    draw(view, { projection, radii, classes, digit, marks: named, samples, path }) {
      axes = view;
      const box = { x: view.left, y: view.top, width: view.width, height: view.height };
      for (const [key, value] of Object.entries(box)) frame.setAttribute(key, value);
      const scale = view.width / (view.x[1] - view.x[0]);
      const points = (codes) => codes.map((z) => project(projection, z));
      frame.replaceChildren(
        // Plotly's circles are below the WebGL points, which can hide them.
        ...radii.map((radius) => dot([0, 0], "map-prior", radius * scale)),
        ...points(samples).map((point) => dot(point, "map-sample", 3.5)),
        ...(digit ? posterior(digit, projection) : []),
        ...classNames(classes, radii, named.map(({ z }) => project(projection, z))),
        ...(path.length ? [line(points(path), "map-path")] : []),
        ...(digit ? visitor(digit, projection) : []),
        ...named.flatMap(({ name, z }) => {
          const point = project(projection, z);
          return [dot(point, "map-mark", 11), label(point, "map-mark-name", name)];
        }),
      );
    },
    // Moves the cross to a point of the plane. It is hidden if the point is null or out of view, and
    // dashed if `inRegion` is false.
    point(point, inRegion = true) {
      cross.classList.toggle("off-data", !inRegion);
      const inView = point && axes && within(point[0], axes.x) && within(point[1], axes.y);
      cross.classList.toggle("shown", Boolean(inView));
      if (!inView) return;
      const [left, top] = toPixels(axes, point);
      cross.style.transform = `translate(${left}px, ${top}px)`;
    },
  };
}
