// The slow-motion pass: the visitor's digit, and the epsilon that the page's seed gives, through the
// model stage by stage. Stepping only shows what one answer of Python's holds; a new digit, model,
// seed or epsilon asks for another.
import { debounceVisible } from "../../frontend/js/debounce.js";
import { drawSample } from "../../components/sampling/draw_sample.js";
import { createPlayer } from "../../frontend/js/player.js";
import { latestOnly, pack, unpack } from "../../frontend/js/rpc.js";
import { fillGradients } from "./gradient.js";
import { drawWires } from "./diagram.js";
import { fillStages } from "./stages.js";
import { followSymbols } from "./symbols.js";
import { notifyError, store } from "../../frontend/js/store.js";

const STAGE_MS = 4000; // of Play, for each stage
const MAX_SEED = 2 ** 32;
const GRADIENT = ["blocked", "free"];

export function mount(element, props) {
  new SlowPass(element.querySelector(".pass"), props);
}

class SlowPass {
  constructor(element, { digit }) {
    this.element = element;
    this.key = digit;
    this.wires = element.querySelector(".wires");
    this.announce = element.querySelector(".announce");
    this.invitation = element.querySelector(".invitation");
    // In the order of their numbers, which is not quite that of the page.
    this.panels = [...element.querySelectorAll("[data-panel]")];
    this.stages = this.panels.map(({ dataset }) => element.querySelector(`[data-stage=${dataset.panel}]`));
    this.at = 0;
    this.draws = 0; // how often another epsilon was asked for
    this.pass = null; // what the panels show
    this.gradients = null; // the payload that the gradient's panels show

    this.connect();
    this.control();
    followSymbols(element);
    new ResizeObserver(() => this.wire()).observe(this.wires);
    this.show();
    store.on([this.key], ({ [this.key]: current }) => this.invite(current === null));
    store.on([this.key, "seed"], debounceVisible(element, () => this.request()));
  }

  // What comes from Python

  connect() {
    this.trace = latestOnly("slow_pass", (answer, asked) => this.fill(answer, asked));
    this.differentiate = latestOnly("sampling_gradients", (answer) => {
      fillGradients(this.pass, answer, (key) => this.part(key, ".figure"));
    }, {
      isWanted: (asked) => this.pass?.asked === asked,
      fail: (error) => {
        this.gradients = null;
        notifyError(error);
      },
    });
  }

  request() {
    const digit = store.get(this.key);
    if (digit === null) return;
    const seed = (store.get("seed") + this.draws) % MAX_SEED;
    this.average = { reconstruction: digit.reconstruction, elbo: digit.elbo };
    this.trace({ model: digit.model, pixels: pack(digit.seen), seed });
  }

  fill(answer, asked) {
    this.pass = {
      ...answer, asked, average: this.average, x: unpack(asked.pixels), xHat: unpack(answer.x_hat),
      reconstruction: new Float32Array(unpack(answer.reconstruction).buffer),
    };
    const { likelihood, head } = answer;
    Object.assign(this.element.dataset, { likelihood, head });
    fillStages(this.pass, {
      figure: (key) => this.part(key, ".figure"),
      aside: (key) => this.part(key, ".aside"),
      value: (key) => this.element.querySelector(`[data-stage=${key}] .value`),
    });
    this.action("draw").disabled = head === "none";
    this.element.classList.add("filled");
    this.wire();
    this.requestGradients();
  }

  // The gradients are asked for when somebody looks at them.
  requestGradients() {
    if (this.pass === null || this.gradients === this.pass.asked || !GRADIENT.includes(this.stage)) return;
    this.gradients = this.pass.asked;
    this.differentiate(this.pass.asked);
  }

  // Without a digit the machine stands still.
  invite(empty) {
    this.invitation.hidden = !empty;
    this.element.classList.toggle("empty", empty);
    if (empty) this.player.stop();
    for (const name of ["play", "draw"]) this.action(name).disabled = empty;
  }

  // Which stage is in view

  get stage() {
    return this.panels[this.at].dataset.panel;
  }

  go(at) {
    const next = Math.min(this.panels.length - 1, Math.max(0, at));
    if (next === this.at) return;
    const focused = this.stages.includes(document.activeElement);
    this.at = next;
    this.show();
    if (focused) this.stages[next].focus({ preventScroll: true });
    this.announce.textContent = this.panels[next].querySelector("h2").innerText;
    this.requestGradients();
  }

  show() {
    this.panels.forEach((panel, i) => { panel.hidden = i !== this.at; });
    this.stages.forEach((button, i) => {
      button.classList.toggle("ahead", i > this.at);
      if (i === this.at) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
    this.action("back").disabled = this.at === 0;
    this.action("step").disabled = this.at === this.panels.length - 1;
    this.wire();
  }

  wire() {
    const keys = this.panels.map(({ dataset }) => dataset.panel);
    drawWires(this.wires, this.stages, (key) => keys.indexOf(key) <= this.at, this.stage);
  }

  // What the visitor does

  control() {
    this.player = createPlayer(this.element, () => this.playOn(), (playing) => {
      const button = this.action("play");
      button.textContent = playing ? "Pause" : "Play";
      button.setAttribute("aria-pressed", playing);
    }, STAGE_MS);
    this.stages.forEach((button, i) => button.addEventListener("click", () => this.walk(i)));
    this.action("back").addEventListener("click", () => this.walk(this.at - 1));
    this.action("step").addEventListener("click", () => this.walk(this.at + 1));
    this.action("play").addEventListener("click", () => this.play());
    this.action("draw").addEventListener("click", () => {
      this.draws += 1;
      this.request();
    });
    this.action("sample").addEventListener("click", () => drawSample("source"));
    document.addEventListener("keydown", (event) => this.press(event));
  }

  // By hand: what plays by itself gives way.
  walk(at) {
    this.player.stop();
    this.go(at);
  }

  play() {
    if (this.at === this.panels.length - 1) this.go(0);
    this.player.toggle();
  }

  playOn() {
    this.go(this.at + 1);
    if (this.at === this.panels.length - 1) this.player.stop();
  }

  // Arrows step from anywhere on the page, unless what is focused needs them; the space bar plays,
  // unless it would press a button that does something else.
  press(event) {
    if (this.element.offsetParent === null || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const { target, key } = event;
    if (target.closest("input, textarea, select, [contenteditable], [role=menu], [role=slider]")) return;
    const way = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (way !== undefined) this.walk(this.at + way);
    else if (key === " " && (target === this.stages[this.at] || !target.closest("button, a, summary"))) {
      if (!this.element.classList.contains("empty")) this.play();
    } else return;
    event.preventDefault();
  }

  action(name) {
    return this.element.querySelector(`[data-action=${name}]`);
  }

  part(key, selector) {
    return this.element.querySelector(`[data-panel=${key}] ${selector}`);
  }
}
