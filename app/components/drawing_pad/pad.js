// The drawing pad: strokes as vectors, undo, pictures to start from. It writes one source into the
// store, at most once a frame while drawing, and shows whatever else becomes that source: an upload,
// a code.
import { bytesOf, hasChoice, SOURCES } from "../../frontend/js/encodings.js";
import { debounceVisible } from "../../frontend/js/debounce.js";
import { followReady } from "./examples.js";
import { PIXELS, paint } from "../../frontend/js/pixels.js";
import { firstLink } from "../share_link/restore.js";
import { selectedModel, store } from "../../frontend/js/store.js";
import { drawStrokes, rasterize } from "./strokes.js";
import { receive, upload } from "../image_upload/upload.js";

const SENT_SIDE = 84; // PAD_SIDE of bridge.py
const NEAREST = 0.004; // points closer than this (a third of a sent pixel) add nothing to a stroke
const HISTORY = 200;

// What the pad shows is never changed in place, so that undo only has to go back to it:
//   strokes   the drawing
//   source    a source that someone else has put into the store, shown as a picture; or null
//   example   whether the page drew it: the visitor's first stroke replaces it
const EMPTY = { strokes: [], source: null, example: false };

export function mount(element, props) {
  new Pad(element, props);
}

// What tells two sources apart: the switch "as MNIST" makes a new source of the same picture.
const pictureOf = (source) => source && (source.pixels ?? source.raw ?? source.prepared);

// Where the last stroke begins; it keeps that very point while it grows.
const beginning = ({ strokes }) => strokes.at(-1)?.points[0];

class Pad {
  constructor(element, props) {
    this.key = props.source;
    this.canvas = element.querySelector("canvas");
    this.context = this.canvas.getContext("2d");
    this.brush = element.querySelector(".brush");
    this.hint = element.querySelector(".hint");
    this.undoButton = element.querySelector(".undo");
    this.clearButton = element.querySelector(".clear");
    this.content = EMPTY;
    this.history = [];
    this.sent = null; // the source that this pad has put into the store
    this.frame = 0;
    this.pointer = null; // the one that draws; a second finger or a palm does not

    this.followPointer();
    this.followUploads(element);
    this.undoButton.addEventListener("click", () => this.undo());
    this.clearButton.addEventListener("click", () => this.change(EMPTY));
    element.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z") {
        event.preventDefault();
        this.undo();
      }
    });
    this.show(EMPTY);
    new ResizeObserver(() => this.resize()).observe(this.canvas);
    store.on([this.key], ({ [this.key]: source }) => this.follow(source));
    store.on(["model"], () => this.show(this.content)); // which may see another version of it
    followReady(element.querySelector(".ready"), props.digits, {
      content: (ready) => this.readyContent(ready),
      take: (ready) => this.change(this.readyContent(ready)),
      // A link that the page was opened with comes first.
      changed: (all) => firstLink().then(() => this.begin(all[props.start % all.length])),
    });
  }

  // Until the visitor draws, the pad shows an example of what the chosen model knows.
  begin(ready) {
    const untouched = store.get(this.key) === null && this.isBlank() && this.history.length === 0;
    if (!this.content.example && !(untouched && ready)) return;
    this.show(ready ? { ...this.readyContent(ready), example: true } : EMPTY);
    this.send();
  }

  readyContent({ strokes = [], source = null }) {
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
      const stroke = { points: this.places([event]), width: Number(this.brush.value) };
      this.change({ strokes: [...kept, stroke], source: null, example: false });
      this.pointer = event.pointerId;
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== this.pointer) return;
      const events = event.getCoalescedEvents?.() ?? [];
      this.extend(this.places(events.length ? events : [event]));
    });
    const lift = (event) => {
      if (event.pointerId !== this.pointer) return;
      this.pointer = null;
      this.flush(); // the stroke's end must not wait for a frame that a hidden page never gets
    };
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(name, lift);
    }
  }

  // Where on the pad events are; strokes may leave it and come back.
  places(events) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return events.map(({ clientX, clientY }) => [(clientX - left) / width, (clientY - top) / height]);
  }

  // Adds points to the last stroke, which undo takes back as a whole.
  extend(points) {
    const { strokes } = this.content;
    const stroke = strokes.at(-1);
    const longer = [...stroke.points];
    for (const [x, y] of points) {
      const [lastX, lastY] = longer.at(-1);
      if (Math.hypot(x - lastX, y - lastY) >= NEAREST) longer.push([x, y]);
    }
    this.content = { ...this.content, strokes: [...strokes.slice(0, -1), { ...stroke, points: longer }] };
    this.nextFrame();
  }

  // What is on the pad

  // The visitor's own change.
  change(content) {
    if (content === EMPTY && this.isBlank()) return;
    this.remember(content);
    this.nextFrame();
  }

  // Shows what one step of undo takes back.
  remember(content) {
    this.pointer = null; // a stroke that was being drawn has ended
    this.history = [...this.history, this.content].slice(-HISTORY);
    this.show(content);
  }

  undo() {
    if (this.history.length === 0) return;
    this.pointer = null;
    const content = this.history.at(-1);
    this.history = this.history.slice(0, -1);
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
    this.clearButton.disabled = this.isBlank();
  }

  redraw() {
    const { strokes, source } = this.content;
    if (source) this.drawPicture(source);
    else drawStrokes(this.context, strokes);
  }

  drawPicture(source) {
    const picture = document.createElement("canvas");
    const bytes = bytesOf(source);
    paint(picture, bytes);
    this.context.imageSmoothingEnabled = bytes.length !== PIXELS; // the model's own pixels stay crisp
    this.context.drawImage(picture, 0, 0, this.canvas.width, this.canvas.height);
  }

  resize() {
    const side = Math.round(this.canvas.clientWidth * window.devicePixelRatio);
    // Both sides are compared: a canvas's default width, 300, is the right one for 150 CSS px at 2x.
    if (side === 0 || (side === this.canvas.width && side === this.canvas.height)) return;
    this.canvas.width = side;
    this.canvas.height = side;
    this.redraw();
  }

  // The store

  // However many points come in between, a frame draws once and sends once.
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
    const { strokes, source } = this.content;
    const prepare = store.get("prepare");
    if (source) {
      this.sent = source.pixels || source.raw ? { ...source, prepare } : source;
    } else {
      const pixels = rasterize(strokes, SENT_SIDE);
      const blank = !pixels.some((gray) => gray > 127); // empty, or only strokes outside the pad
      this.sent = blank ? null : { pixels, prepare, drawing: this.content };
    }
    store.set({ [this.key]: this.sent });
  }

  // Shows a source that came from elsewhere; a drawing of another pad's can be drawn on.
  follow(source) {
    const known = pictureOf(source) === pictureOf(this.sent);
    this.sent = source;
    if (!known) this.take(source?.drawing ?? { strokes: [], source, example: false });
    else if (source && this.content.source) this.show({ ...this.content, source });
  }

  // An example cannot be undone; a stroke on another pad can, as one step.
  take(content) {
    const start = beginning(content);
    const grows = start !== undefined && start === beginning(this.content);
    if (content.example || grows) this.show(content);
    else this.remember(content);
  }

  // Uploads

  followUploads(element) {
    const file = element.querySelector("input.file");
    element.querySelector("button.upload").addEventListener("click", () => file.click());
    receive(element, (picture) => store.set({ [this.key]: { ...picture, prepare: store.get("prepare") } }));
    const read = () => {
      if (file.files.length > 0) upload(file.files[0], element);
      file.value = ""; // so that the same file can be chosen again
    };
    file.addEventListener("change", read);
    read(); // what was chosen before this script arrived
    const found = element.querySelector(".found");
    const digit = Object.keys(SOURCES).find((name) => SOURCES[name] === this.key);
    store.on([this.key, digit, "model"], debounceVisible(found.parentElement, () => this.showFound(found, store.get(digit)), 300));
  }

  // What Python remarks on the pad's image, and the other readings of an upload to choose from.
  showFound(found, digit) {
    const source = store.get(this.key);
    const theirs = this.content.example || this.pointer !== null || source === null || source.z;
    const readings = !theirs && hasChoice(source) && source.prepare ? source.others ?? [] : [];
    const remark = theirs || source.prepare === false ? "" : source.remark || digit?.remark || "";
    found.querySelector("p").textContent = remark;
    found.querySelector(".others").replaceChildren(...readings.map((other) => this.otherButton(source, other)));
    found.hidden = remark === "";
  }

  otherButton(source, other) {
    const button = document.createElement("button");
    button.type = "button";
    button.title = "Take this reading";
    button.setAttribute("aria-label", "Take this reading of the picture");
    const canvas = document.createElement("canvas");
    paint(canvas, other);
    const image = new Image();
    image.src = canvas.toDataURL();
    image.alt = "";
    button.append(image);
    button.addEventListener("click", () => {
      const others = source.others.map((bytes) => (bytes === other ? source.prepared : bytes));
      store.set({ [this.key]: { ...source, prepared: other, others } });
    });
    return button;
  }
}
