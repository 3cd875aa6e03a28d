// Codes of test images in each model, all on one scale, the prior's circles over them, and where the
// visitor's digit lies.
import { whenCalm } from "./calm.js";
import { asker, eachMember } from "./compare_members.js";
import { joinChoice } from "./controls.js";
import { draw } from "./elements.js";
import { pack, unpack } from "./server.js";
import { store } from "./store.js";

const PRIOR_VIEW = 4; // half the width of what is shown around the prior
const DOT = 1.6; // radius in CSS pixels
const CROSS = 6;

export function mount(body, { colours, radii }) {
  const scale = joinChoice(body.querySelector("[data-field=scale]"), redraw);
  const planes = new Map(); // of the models that are compared: {column, points, labels, half, place}

  const ask = asker("compare_codes", (answer) => {
    planes.clear();
    eachMember(body, answer, (column, { points, labels, half, near }) => {
      const numbers = new Float32Array(unpack(points).buffer);
      planes.set(column.dataset.member, { column, points: numbers, labels: unpack(labels), half, place: null });
      column.querySelector("[data-text=near]").textContent = `${Math.round(100 * near)} %`;
    });
    redraw();
    locate();
  });
  const askPlaces = asker("compare_places", ({ models }) => {
    for (const [name, { place }] of Object.entries(models)) {
      if (planes.has(name)) planes.get(name).place = store.get("digit") && place;
    }
    mark();
  });

  // Half the side of what every plane shows.
  const half = () => {
    return scale.value === "prior" ? PRIOR_VIEW : Math.max(...[...planes.values()].map((plane) => plane.half));
  };
  function redraw() {
    for (const plane of planes.values()) drawPoints(plane, half(), colours);
    mark();
  }
  function mark() {
    for (const plane of planes.values()) drawOver(plane, half(), radii);
  }
  function locate() {
    const digit = store.get("digit");
    if (digit) askPlaces({ pixels: pack(digit.seen) });
    else {
      for (const plane of planes.values()) plane.place = null;
      mark();
    }
  }
  new ResizeObserver(redraw).observe(body);
  store.on(["compared"], whenCalm(body, () => ask({}), 0));
  store.on(["digit"], whenCalm(body, locate, 0));
}

function drawPoints({ column, points, labels }, half, colours) {
  const canvas = column.querySelector("canvas");
  const side = canvas.clientWidth;
  if (side === 0) return; // hidden
  const ratio = window.devicePixelRatio;
  canvas.width = canvas.height = Math.round(side * ratio);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  labels.forEach((label, i) => {
    context.fillStyle = colours[label];
    context.beginPath();
    const [x, y] = toPixels([points[2 * i], points[2 * i + 1]], half, side);
    context.arc(x, y, DOT, 0, 2 * Math.PI);
    context.fill();
  });
}

// The prior's circles and the cross, in the text's colour. SVG follows the theme by itself.
function drawOver({ column, place }, half, radii) {
  const svg = column.querySelector("svg");
  const side = svg.clientWidth;
  if (side === 0) return;
  const scale = side / (2 * half);
  const middle = side / 2;
  const circle = (radius) => doubled("circle", { cx: middle, cy: middle, r: radius * scale });
  // A name beside each circle where they lie apart enough to be told.
  const names = scale * (radii[1] - radii[0]) < 18 ? [] : radii.map((radius) => {
    return draw("text", { x: middle, y: middle - radius * scale - 4 }, `${radius}σ`);
  });
  svg.replaceChildren(...radii.flatMap(circle), ...names, ...(place ? cross(toPixels(place, half, side)) : []));
}

function cross([x, y]) {
  const d = `M${x - CROSS} ${y - CROSS}l${2 * CROSS} ${2 * CROSS}m0 ${-2 * CROSS}l${-2 * CROSS} ${2 * CROSS}`;
  return doubled("path", { d });
}

// Twice the same lines: the wider ones part them from the points below.
const doubled = (name, attributes) => [
  draw(name, { ...attributes, class: "halo" }), draw(name, attributes),
];

const toPixels = ([x, y], half, side) => [(x / half + 1) * side / 2, (1 - y / half) * side / 2];
