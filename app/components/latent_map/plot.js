// Adapter to Plotly: loads Plotly, draws the figure, follows size and theme, and returns the position
// of the axes. Marks that move with the pointer are drawn by overlay.js, because a restyle redraws all
// points.
import { typeSize } from "../charts/chart.js";
import { whenVisible } from "../../frontend/js/visibility.js";

let loading = null;

// Loads Plotly once per page, when a map first becomes visible. Calls `onProgress(bytes)` while loading.
function loadPlotly(address, onProgress) {
  loading ??= prefetch(address, onProgress).then(() => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", () => resolve(window.Plotly));
    script.addEventListener("error", () => {
      loading = null; // retry at the next call
      reject(new Error("The map did not load. Check that the server is running, and reload the page."));
    });
    document.head.append(script);
  }));
  return loading;
}

// Script elements report no progress, so the file is fetched first; the element then reads the browser's
// cache. Errors are ignored here, because the element reports them.
async function prefetch(address, onProgress) {
  try {
    const reader = (await fetch(address)).body.getReader();
    let bytes = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      bytes += part.value.length;
      onProgress(bytes);
    }
  } catch { /* reported by the script element */ }
}

const CONFIG = {
  displayModeBar: true,
  displaylogo: false, // it links to another site
  modeBarButtons: [["zoomIn2d", "zoomOut2d", "resetScale2d"]],
  scrollZoom: true,
  doubleClick: "reset",
  showTips: false,
};
const DIMMED = 0.25; // factor on the opacity of the points above a layer

// Creates a plot in `host`. Calls `changed()` when the axes or the visible classes change, and
// `onProgress(bytes)` while Plotly is loading.
export async function createPlot(host, address, changed, onProgress) {
  const Plotly = await loadPlotly(address, onProgress);
  const points = hasWebGL() ? "scattergl" : "scatter";
  let clouds = []; // indices of the traces of points, one for each class
  let first = null; // axis range of the initial view
  let zoomedTo = null; // the ranges of another view, as `zoomed` returned them last
  let margin = null; // of the figure at the initial size of type
  let opacity = 1; // of the points in the figure
  let dimmed = false;
  let densityShown = false;

  // Draws a figure in a view, null for its initial one.
  async function show(figure, view) {
    for (const trace of figure.data) if (trace.type === "scattergl") trace.type = points;
    clouds = figure.data.flatMap((trace, i) => (trace.type === points ? [i] : []));
    first = [...figure.layout.xaxis.range]; // a copy, because Plotly mutates the range
    margin = { ...figure.layout.margin };
    if (view) [figure.layout.xaxis.range, figure.layout.yaxis.range] = view.map((range) => [...range]);
    const initialized = host.data !== undefined;
    opacity = figure.data[clouds[0]]?.marker.opacity ?? 1;
    if (!initialized) await whenVisible(host); // Plotly cannot draw into a hidden tab
    await Plotly.react(host, figure.data, sized(figure.layout), CONFIG);
    await applyTheme();
    if (!initialized) listen();
    densityShown = false;
    setOpacity(); // a new figure has its original opacity
    changed();
  }

  function listen() {
    for (const event of ["relayouting", "relayout", "restyle", "afterplot"]) {
      host.on(`plotly_${event}`, changed);
    }
    onTheme(applyTheme);
    new ResizeObserver(() => {
      if (host.clientWidth > 0 && host.clientWidth !== host._fullLayout.width) {
        Plotly.relayout(host, sized(host.layout));
      }
    }).observe(host);
  }

  // Returns the layout at the host's width, with square axes.
  function sized(layout) {
    const width = host.clientWidth || host._fullLayout.width; // none while the tab is hidden
    const [l, r, t, b] = ["l", "r", "t", "b"].map((side) => margin[side] * typeSize());
    return { ...layout, margin: { ...margin, l, r, t, b }, width, height: width - l - r + t + b };
  }

  // Applies the theme's text color to text and buttons, and the page's size of type.
  function applyTheme() {
    const color = getComputedStyle(host).getPropertyValue("--body-text-color").trim();
    const buttons = { "modebar.color": color, "modebar.activecolor": color };
    const annotations = host.layout.annotations.map((one) => ({ ...one, font: { size: 13 * typeSize() } }));
    const { margin: margins, width, height } = sized(host.layout);
    return Plotly.relayout(host, {
      "font.color": color, "font.size": 12 * typeSize(), annotations, margin: margins, width, height, ...buttons,
    });
  }

  // Returns the ranges of both axes, or null in the initial view; the same object until they change. They are
  // rounded, for a short address.
  function zoomed() {
    const { x, y } = view();
    const ranges = [x, y].map((range) => range.map((limit) => Number(limit.toFixed(4))));
    const isFirst = ranges.flat().every((limit, i) => Math.abs(limit - first[i % 2]) < 1e-4);
    if (isFirst) zoomedTo = null;
    else if (String(ranges) !== String(zoomedTo)) zoomedTo = ranges;
    return zoomedTo;
  }

  // Returns the rectangle of the axes in pixels of `host`, and their ranges.
  function view() {
    const { xaxis, yaxis } = host._fullLayout;
    return {
      left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length,
      x: xaxis.range, y: yaxis.range,
    };
  }

  function setOpacity() {
    const value = opacity * (dimmed ? DIMMED : 1);
    if (clouds.length) Plotly.restyle(host, { "marker.opacity": value }, clouds);
  }

  function dim(on) {
    if (on === dimmed) return;
    dimmed = on;
    setOpacity();
  }

  return {
    show,
    view,
    zoomed,
    // Shows a view that `zoomed` returned.
    setZoomed(ranges) {
      const [x, y] = ranges ?? [first, first];
      if (String(ranges) === String(zoomed())) return;
      Plotly.relayout(host, { "xaxis.range": [...x], "yaxis.range": [...y] });
    },
    dim,
    radii: () => host.layout.shapes.map(({ x1 }) => x1), // of the prior's circles
    // [{name, letter, home: [2], color, visible}], home being the position of the label.
    classes: () => clouds.map((i) => host.data[i]).map(({ meta, marker, visible }) =>
      ({ name: meta.class, ...meta, color: marker.color, visible: visible !== false })),
    // Shows the points of all classes but those at some positions.
    hide(positions) {
      const visible = clouds.map((_, i) => !positions.includes(i));
      if (clouds.every((trace, i) => (host.data[trace].visible !== false) === visible[i])) return;
      Plotly.restyle(host, { visible }, clouds);
    },
    // Draws the image at `url` over [-extent, extent]^2, below the points; null removes it.
    setImage(url, extent) {
      const position = { xref: "x", yref: "y", x: -extent, y: extent };
      const size = { sizing: "stretch", sizex: 2 * extent, sizey: 2 * extent };
      const image = { source: url, layer: "below", ...position, ...size };
      return Plotly.relayout(host, { images: url === null ? [] : [image] });
    },
    density(on) {
      if (on === densityShown) return;
      densityShown = on;
      const at = host.data.findIndex(({ name }) => name === "density");
      if (at >= 0) Plotly.restyle(host, { visible: on }, [at]);
    },
    // Zooms around the center; a `factor` below 1 zooms in.
    zoom(factor) {
      const { x, y } = view();
      const about = ([low, high]) => {
        const [middle, half] = [(low + high) / 2, ((high - low) / 2) * factor];
        return [middle - half, middle + half];
      };
      return Plotly.relayout(host, { "xaxis.range": about(x), "yaxis.range": about(y) });
    },
    // Pans and zooms so that the points under two fingers follow them: `before` and `after` are the
    // positions of both, in pixels of the plot.
    pinch(before, after) {
      const { left, top, width, height, x, y } = view();
      const middle = ([one, other]) => [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
      const apart = ([one, other]) => Math.max(1, Math.hypot(one[0] - other[0], one[1] - other[1]));
      const factor = apart(before) / apart(after);
      const [from, to] = [middle(before), middle(after)];
      // The range that moves the value at the fraction `was` of the axis to the fraction `is`.
      const moved = ([low, high], was, is) => {
        const start = low + was * (high - low) - is * (high - low) * factor;
        return [start, start + (high - low) * factor];
      };
      const across = moved(x, (from[0] - left) / width, (to[0] - left) / width);
      const up = moved(y, 1 - (from[1] - top) / height, 1 - (to[1] - top) / height);
      return Plotly.relayout(host, { "xaxis.range": across, "yaxis.range": up });
    },
    reset: () => Plotly.relayout(host, { "xaxis.range": [...first], "yaxis.range": [...first] }),
    // Pans by the smallest distance that brings a point into view.
    panTo([px, py]) {
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

// Gradio marks dark mode by a class on the body, and presentation mode has an attribute.
function onTheme(react) {
  const observer = new MutationObserver(react);
  observer.observe(document.body, { attributeFilter: ["class"] });
  observer.observe(document.documentElement, { attributeFilter: ["data-present"] });
}
