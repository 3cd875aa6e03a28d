// The drawing pad: strokes as vectors, undo and redo, examples. It writes one source to the store, at most once
// a frame, and shows sources that other components write, such as an upload or a decoded code.
import { PAD_SIDE } from "../../frontend/js/constants.js";
import { bytesOf } from "../../frontend/js/encodings.js";
import { followExamples } from "./examples.js";
import { PIXELS, paint } from "../../frontend/js/pixels.js";
import { firstLink } from "../share_link/restore.js";
import { selectedModel, store } from "../../frontend/js/store.js";
import { followReadings } from "./readings.js";
import { drawStrokes, rasterize, UNITS } from "./strokes.js";
import { receiveUploads, upload } from "../image_upload/upload.js";

const MIN_DISTANCE = 0.004; // between points of a stroke, a third of a pixel that is sent
const HISTORY = 200;

// The content of the pad is replaced and never mutated, so that undo can restore it:
//   strokes   the drawing
//   source    a source that another component wrote to the store, shown as an image; or null
//   example   whether the page drew it; the visitor's first stroke replaces it
const EMPTY = { strokes: [], source: null, example: false };

export function mount(element, props) {
  new Pad(element, props);
}

// The bytes that identify the image of a source: the switch "prepare as MNIST" creates a new source of
// the same image.
const imageOf = (source) => source && (source.pixels ?? source.raw ?? source.prepared);

// The first point of the last stroke, the same object while the stroke is extended.
const firstPoint = ({ strokes }) => strokes.at(-1)?.points[0];

// "undo" or "redo" for their keys, null for another key.
function stepOf({ ctrlKey, metaKey, shiftKey, key }) {
  if (!ctrlKey && !metaKey) return null;
  const letter = key.toLowerCase();
  if (letter === "z") return shiftKey ? "redo" : "undo";
  return letter === "y" ? "redo" : null;
}

class Pad {
  constructor(element, props) {
    this.key = props.source;
    this.canvas = element.querySelector("canvas");
    this.context = this.canvas.getContext("2d");
    this.brush = element.querySelector(".brush");
    this.hint = element.querySelector(".hint");
    this.undoButton = element.querySelector(".undo");
    this.redoButton = element.querySelector(".redo");
    this.clearButton = element.querySelector(".clear");
    this.content = EMPTY;
    this.history = []; // the contents before this one, the last one at the end
    this.future = []; // the contents that undo took back, the next one at the end
    this.sent = null; // the source that this pad wrote to the store
    this.frame = 0;
    this.pointer = null; // id of the pointer that draws; a second finger or a palm is ignored

    this.followPointer();
    this.followUploads(element);
    this.undoButton.addEventListener("click", () => this.undo());
    this.redoButton.addEventListener("click", () => this.redo());
    this.clearButton.addEventListener("click", () => this.change(EMPTY));
    element.addEventListener("keydown", (event) => {
      const step = stepOf(event);
      if (step === null) return;
      event.preventDefault();
      this[step]();
    });
    this.show(EMPTY);
    new ResizeObserver(() => this.resize()).observe(this.canvas);
    store.on([this.key], ({ [this.key]: source }) => this.follow(source));
    store.on(["model"], () => this.show(this.content)); // the model may use another version of the image
    followExamples(element.querySelector(".examples"), {
      content: (example) => this.exampleContent(example),
      select: (example) => this.change(this.exampleContent(example)),
      // The link that the page was opened with is restored first.
      changed: (all) => firstLink().then(() => this.begin(all[props.start % all.length])),
    });
  }

  // Shows an example of the selected model until the visitor draws.
  begin(example) {
    const untouched = store.get(this.key) === null && this.isBlank() && this.history.length === 0;
    if (!this.content.example && !(untouched && example)) return;
    this.show(example ? { ...this.exampleContent(example), example: true } : EMPTY);
    this.send();
  }

  exampleContent({ strokes = [], source = null }) {
    const width = Number(this.brush.value);
    return { strokes: strokes.map((points) => ({ points, width })), source, example: false };
  }

  // Drawing

  followPointer() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (this.pointer !== null || event.button !== 0) return;
      event.preventDefault(); // no text selection, no drag
      canvas.focus({ preventScroll: true });
      canvas.setPointerCapture(event.pointerId);
      const kept = this.content.example ? [] : this.content.strokes;
      const stroke = { points: this.positions([event]), width: Number(this.brush.value) };
      this.change({ strokes: [...kept, stroke], source: null, example: false });
      this.pointer = event.pointerId;
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== this.pointer) return;
      const events = event.getCoalescedEvents?.() ?? [];
      this.extend(this.positions(events.length ? events : [event]));
    });
    const lift = (event) => {
      if (event.pointerId !== this.pointer) return;
      this.pointer = null;
      this.flush(); // a hidden page has no frames
      this.readSoon(); // the pen may have rested before
    };
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(name, lift);
    }
  }

  // Returns the positions of events on the pad; strokes may leave it and return. They are rounded as the
  // address rounds them (share_link/drawing.js), so that a drawing survives a reload exactly.
  positions(events) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const round = (position) => Math.round(position * UNITS) / UNITS;
    return events.map(({ clientX, clientY }) => [round((clientX - left) / width), round((clientY - top) / height)]);
  }

  // Adds points to the last stroke, which undo removes as a whole.
  extend(points) {
    const { strokes } = this.content;
    const stroke = strokes.at(-1);
    const longer = [...stroke.points];
    for (const [x, y] of points) {
      const [lastX, lastY] = longer.at(-1);
      if (Math.hypot(x - lastX, y - lastY) >= MIN_DISTANCE) longer.push([x, y]);
    }
    this.content = { ...this.content, strokes: [...strokes.slice(0, -1), { ...stroke, points: longer }] };
    this.nextFrame();
  }

  // Content

  // Applies a change by the visitor.
  change(content) {
    if (content === EMPTY && this.isBlank()) return;
    this.remember(content);
    this.nextFrame();
  }

  // Shows `content` as one step of undo.
  remember(content) {
    this.pointer = null; // ends the stroke that is being drawn
    this.history = [...this.history, this.content].slice(-HISTORY);
    this.future = [];
    this.show(content);
  }

  undo() {
    this.step("history", "future");
  }

  redo() {
    this.step("future", "history");
  }

  // Shows the last content of the list `from`, and adds the present one to the list `to`.
  step(from, to) {
    if (this[from].length === 0) return;
    this.pointer = null;
    this[to] = [...this[to], this.content];
    const content = this[from].at(-1);
    this[from] = this[from].slice(0, -1);
    this.show(content);
    this.nextFrame();
  }

  isBlank() {
    return this.content.strokes.length === 0 && this.content.source === null;
  }

  show(content) {
    this.content = content;
    this.redraw();
    const invitation = selectedModel()?.digits === false ? "Draw an image" : "Draw a digit";
    this.hint.textContent = this.isBlank() ? invitation : content.example ? "Draw here" : "";
    this.hint.classList.toggle("inviting", this.isBlank());
    this.undoButton.disabled = this.history.length === 0;
    this.redoButton.disabled = this.future.length === 0;
    this.clearButton.disabled = this.isBlank();
  }

  redraw() {
    const { strokes, source } = this.content;
    if (source) this.drawImage(source);
    else drawStrokes(this.context, strokes);
  }

  drawImage(source) {
    const canvas = document.createElement("canvas");
    const bytes = bytesOf(source);
    paint(canvas, bytes);
    this.context.imageSmoothingEnabled = bytes.length !== PIXELS; // 28x28 pixels stay crisp
    this.context.drawImage(canvas, 0, 0, this.canvas.width, this.canvas.height);
  }

  resize() {
    const side = Math.round(this.canvas.clientWidth * window.devicePixelRatio);
    // Both sides are compared: the default width of a canvas, 300, is correct for 150 CSS px at 2x.
    if (side === 0 || (side === this.canvas.width && side === this.canvas.height)) return;
    this.canvas.width = side;
    this.canvas.height = side;
    this.redraw();
  }

  // The store

  // Draws and sends once a frame, however many points it has.
  nextFrame() {
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.flush());
  }

  flush() {
    if (this.frame === 0) return;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.redraw();
    this.send();
  }

  send() {
    const { strokes, source, example } = this.content;
    const prepare = store.get("prepare");
    if (source) {
      const choice = source.pixels || source.raw ? { prepare } : {};
      this.sent = { ...source, ...choice, example };
    } else {
      const pixels = rasterize(strokes, PAD_SIDE);
      const blank = !pixels.some((gray) => gray > 127); // empty, or only strokes outside the pad
      this.sent = blank ? null : { pixels, prepare, drawing: this.content };
    }
    store.set({ [this.key]: this.sent });
  }

  // Shows a source that another component wrote; a drawing of another pad can be continued.
  follow(source) {
    const known = imageOf(source) === imageOf(this.sent);
    this.sent = source;
    if (!known) this.receive(source?.drawing ?? { strokes: [], source, example: false });
    else if (source && this.content.source) this.show({ ...this.content, source });
  }

  // An example is not a step of undo; a stroke on another pad is one step.
  receive(content) {
    const start = firstPoint(content);
    const extended = start !== undefined && start === firstPoint(this.content);
    if (content.example || extended) this.show(content);
    else this.remember(content);
  }

  // Uploads

  followUploads(element) {
    const file = element.querySelector("input.file");
    element.querySelector("button.upload").addEventListener("click", () => file.click());
    receiveUploads(element, (image) => store.set({ [this.key]: { ...image, prepare: store.get("prepare") } }));
    const read = () => {
      if (file.files.length > 0) upload(file.files[0], element);
      file.value = ""; // so that the same file can be selected again
    };
    file.addEventListener("change", read);
    read(); // a file that was selected before this script was loaded
    this.readSoon = followReadings(element, this.key, () => !this.content.example && this.pointer === null);
  }
}
