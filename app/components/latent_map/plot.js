// The Plotly part of the map: fetches Plotly, draws Python's figure, follows size and theme, and
// says where the axes are. What moves with the pointer is drawn by latent_map_overlay.js instead,
// because a restyle redraws all points.
import { whenVisible } from "../../frontend/js/visibility.js";

let loading = null;

// Fetches Plotly once for the whole page, and only when a map is first shown; `told(bytes)` is called
// as they arrive.
function loadPlotly(address, told) {
  loading ??= arrived(address, told).then(() => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", () => resolve(window.Plotly));
    script.addEventListener("error", () => {
      loading = null; // so that the next map tries again
      reject(new Error("The map's drawing library did not arrive; is the server still running?"));
    });
    document.head.append(script);
  }));
  return loading;
}

// A script's element says nothing of its progress, so the file is read first and the element finds it
// in the browser's cache. What fails here, the element will tell.
async function arrived(address, told) {
  try {
    const reader = (await fetch(address)).body.getReader();
    let bytes = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      bytes += part.value.length;
      told(bytes);
    }
  } catch { /* as said */ }
}

const CONFIG = {
  displayModeBar: true,
  displaylogo: false, // its link leads outside
  modeBarButtons: [["zoomIn2d", "zoomOut2d", "resetScale2d"]],
  scrollZoom: true,
  doubleClick: "reset",
  showTips: false,
};
const FADED = 0.25; // opacity of the points over a layer, as a part of their own

// A plot in `host`. `changed()` is called whenever the axes or the shown classes have moved,
// `told(bytes)` while Plotly arrives.
export async function createPlot(host, address, changed, told) {
  const Plotly = await loadPlotly(address, told);
  const points = hasWebGL() ? "scattergl" : "scatter";
  let clouds = []; // indices of the traces of points, one for each class
  let first = null; // the first view's axis range
  let opacity = 1; // of the points, as Python set it
  let faded = false;
  let dense = false;

  // Draws another figure, in its first view.
  async function show(figure) {
    for (const trace of figure.data) if (trace.type === "scattergl") trace.type = points;
    clouds = figure.data.flatMap((trace, i) => (trace.type === points ? [i] : []));
    first = [...figure.layout.xaxis.range]; // Plotly changes its own in place
    const begun = host.data !== undefined;
    opacity = figure.data[clouds[0]]?.marker.opacity ?? 1;
    if (!begun) await whenVisible(host); // the tab may have been left while this was on its way
    await Plotly.react(host, figure.data, sized(figure.layout), CONFIG);
    await color();
    if (!begun) listen();
    dense = false;
    fade(faded, true); // a new figure comes unfaded
    changed();
  }

  function listen() {
    for (const event of ["relayouting", "relayout", "restyle", "afterplot"]) {
      host.on(`plotly_${event}`, changed);
    }
    onTheme(color);
    new ResizeObserver(() => {
      if (host.clientWidth > 0 && host.clientWidth !== host._fullLayout.width) {
        Plotly.relayout(host, sized(host.layout));
      }
    }).observe(host);
  }

  // The layout at the host's width, as high as makes the axes a square.
  function sized(layout) {
    const width = host.clientWidth || host._fullLayout.width; // none while the tab is hidden
    const { l, r, t, b } = layout.margin;
    return { ...layout, width, height: width - l - r + t + b };
  }

  // Text and buttons in the theme's color of text.
  function color() {
    const ink = getComputedStyle(host).getPropertyValue("--body-text-color").trim();
    const buttons = { "modebar.color": ink, "modebar.activecolor": ink };
    return Plotly.relayout(host, { "font.color": ink, ...buttons });
  }

  // The rectangle of the axes in pixels of `host`, and their ranges.
  function view() {
    const { xaxis, yaxis } = host._fullLayout;
    return {
      left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length,
      x: xaxis.range, y: yaxis.range,
    };
  }

  function fade(on, anew = false) {
    if (anew ? !on : on === faded) return;
    faded = on;
    const shown = opacity * (on ? FADED : 1);
    if (clouds.length) Plotly.restyle(host, { "marker.opacity": shown }, clouds);
  }

  return {
    show,
    view,
    fade,
    radii: () => host.layout.shapes.map(({ x1 }) => x1), // of the prior's circles
    // The classes: [{name, letter, home: [2], color, visible}].
    classes: () => clouds.map((i) => host.data[i]).map(({ meta, marker, visible }) =>
      ({ name: meta.class, ...meta, color: marker.color, visible: visible !== false })),
    // Shows or hides the points of the class at `index`.
    turn: (index, on) => Plotly.restyle(host, { visible: on }, [clouds[index]]),
    // Puts the picture at `url` over [-reach, reach] in both axes, beneath the points; null: none.
    picture(url, reach) {
      const place = { xref: "x", yref: "y", x: -reach, y: reach };
      const size = { sizing: "stretch", sizex: 2 * reach, sizey: 2 * reach };
      const image = { source: url, layer: "below", ...place, ...size };
      return Plotly.relayout(host, { images: url === null ? [] : [image] });
    },
    density(on) {
      if (on === dense) return;
      dense = on;
      const at = host.data.findIndex(({ name }) => name === "density");
      if (at >= 0) Plotly.restyle(host, { visible: on }, [at]);
    },
    // Zooms about the middle; `factor` below 1 shows less.
    zoom(factor) {
      const { x, y } = view();
      const about = ([low, high]) => {
        const [middle, half] = [(low + high) / 2, ((high - low) / 2) * factor];
        return [middle - half, middle + half];
      };
      return Plotly.relayout(host, { "xaxis.range": about(x), "yaxis.range": about(y) });
    },
    // Moves and stretches the plane so that what was under two fingers still is: `before` and `after`
    // are their places, two each, in pixels of the plot.
    pinch(before, after) {
      const { left, top, width, height, x, y } = view();
      const middle = ([one, other]) => [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
      const apart = ([one, other]) => Math.max(1, Math.hypot(one[0] - other[0], one[1] - other[1]));
      const factor = apart(before) / apart(after);
      const [from, to] = [middle(before), middle(after)];
      // The range for which the share `to` of the axis shows what the share `from` showed.
      const moved = ([low, high], was, is) => {
        const start = low + was * (high - low) - is * (high - low) * factor;
        return [start, start + (high - low) * factor];
      };
      const across = moved(x, (from[0] - left) / width, (to[0] - left) / width);
      const up = moved(y, 1 - (from[1] - top) / height, 1 - (to[1] - top) / height);
      return Plotly.relayout(host, { "xaxis.range": across, "yaxis.range": up });
    },
    reset: () => Plotly.relayout(host, { "xaxis.range": [...first], "yaxis.range": [...first] }),
    // Moves the view just so far that a point lies in it.
    reveal([px, py]) {
      const { x, y } = view();
      const shift = ([low, high], p) => Math.min(0, p - low) + Math.max(0, p - high);
      const [dx, dy] = [shift(x, px), shift(y, py)];
      if (dx === 0 && dy === 0) return;
      const moved = { "xaxis.range": x.map((v) => v + dx), "yaxis.range": y.map((v) => v + dy) };
      Plotly.relayout(host, moved);
    },
  };
}

function hasWebGL() {
  return document.createElement("canvas").getContext("webgl") !== null;
}

// Gradio marks dark mode by a class on the body.
function onTheme(react) {
  const classes = { attributes: true, attributeFilter: ["class"] };
  new MutationObserver(react).observe(document.body, classes);
}
