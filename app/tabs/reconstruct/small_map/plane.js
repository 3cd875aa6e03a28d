// The small map's plane: points of the test codes (canvas), the posterior of the visitor's image and the
// prior (SVG), and the image decoded at the pointer.
import { drawPoints } from "../../../components/charts/points.js";
import { dataRegion, fetchPoints } from "../../../components/latent_map/map_data.js";
import { createOverlay } from "../../../components/latent_map/overlay.js";
import { followKeys, followPointer } from "../../../components/latent_map/pointer.js";
import { decoderOf } from "../../../frontend/js/networks/decoder.js";
import { fixed } from "../../../frontend/js/format.js";
import { PIPELINED } from "../../../frontend/js/pipeline.js";
import { paint } from "../../../frontend/js/pixels.js";
import { latestOnly } from "../../../frontend/js/rpc.js";
import { store } from "../../../frontend/js/store.js";

const DOT = 1; // half the side of a point, in CSS pixels

// Creates the plane in an element with the markup of template.html.
export function createPlane(map) {
  const find = (name) => map.querySelector(`.${name}`);
  const [host, points, decoded] = ["plane", "points", "decoded"].map(find);
  const overlay = createOverlay(host);
  let figure = null; // of the selected model
  let inRegion = null;
  let decodeAt = null; // null until the map is used: the decoder is large
  let point = null; // the code at the pointer or chosen by keys

  const current = () => {
    const [about, digit] = ["about", "digit"].map(store.get);
    return about && digit?.model === about.name ? digit : null;
  };
  const view = () => {
    const { half } = figure;
    const side = host.clientWidth;
    return { left: 0, top: 0, width: side, height: side, x: [-half, half], y: [-half, half] };
  };

  function drawMap() {
    if (figure === null || host.clientWidth === 0) return;
    const colors = figure.classes.map(({ color }) => color);
    host.style.setProperty("--drawn", `${host.clientWidth}px`); // for print.css
    drawPoints(points, { ...figure, colors, dot: DOT });
    drawPosterior();
  }

  function drawPosterior() {
    if (figure === null || host.clientWidth === 0) return;
    const { projection } = store.get("about");
    const { radii, classes } = figure;
    overlay.draw(view(), { projection, radii, classes, digit: current(), marks: [], samples: [], path: [] });
    showPoint();
  }

  function showPoint() {
    overlay.point(point, point === null || inRegion(point));
    decoded.hidden = point === null;
    decoded.classList.toggle("right", point !== null && point[0] < 0); // never below the pointer
    find("at").textContent = point ? equation("z", point) : posteriorText(current());
  }

  const decode = latestOnly(({ z }) => decodeAt(z), (pixels) => paint(decoded, pixels), {
    isWanted: ({ model, z }) => model === store.get("about")?.name && point !== null && z !== null,
    most: PIPELINED,
  });

  function moveTo(z, by) {
    if (figure === null) return;
    point = z;
    showPoint();
    find("spoken").textContent = by === "keys" && z ? find("at").textContent : "";
    if (z === null) return;
    const about = store.get("about");
    decodeAt ??= decoderOf(about);
    decode({ z, model: about.name });
  }

  const request = latestOnly(fetchPoints, (data) => {
    figure = data;
    inRegion = dataRegion(data.region);
    drawMap();
  }, { isWanted: (model) => model === store.get("about")?.name });

  store.on(["about"], ({ about }) => {
    figure = inRegion = point = decodeAt = null;
    points.width = 0; // clears the canvas
    if (about?.latent_dim === 2) request(about.name);
  });
  store.on(["digit"], () => {
    point = null;
    drawPosterior();
  });
  new ResizeObserver(drawMap).observe(host);

  const leave = () => moveTo(null);
  followPointer(host, host, () => figure && view(), {
    hover: (z) => moveTo(z, "pointer"),
    pick: (z) => moveTo(z, "pointer"),
    leave,
    pinch: () => {},
  });
  host.addEventListener("blur", leave);
  followKeys(host, {
    step(change) {
      if (figure === null) return;
      const from = point ?? current()?.z ?? [0, 0];
      moveTo(from.map((value, axis) => within(value + change[axis], figure.half)), "keys");
    },
    leave,
    pick: () => {},
    zoom: () => {},
    reset: leave,
  });
}

// Rounded, so that a step and its reverse cancel.
const within = (value, half) => Math.round(Math.max(-half, Math.min(half, value)) * 1e6) / 1e6;

// With spaces at which no line breaks.
const equation = (symbol, values, digits = 2) =>
  `${symbol}\u00a0=\u00a0(${values.map((value) => fixed(value, digits)).join(",\u00a0")})`;

const posteriorText = (digit) => (digit ? `${equation("μ", digit.mu)}, ${equation("σ", digit.std, 3)}` : "");
