// The forward pass of the visitor's image, stage by stage, with the epsilon of the page's seed. All stages
// show parts of one payload; a new image, model, seed or epsilon requests another one.
import { bindChoice, bindStored } from "../../components/controls/controls.js";
import { debounceVisible } from "../../frontend/js/debounce.js";
import { drawSample } from "../../components/sampling/draw_sample.js";
import { bindDraw, noiseSeed } from "../../components/sampling/resample.js";
import { createPlayer } from "../../components/player/player.js";
import { latestOnly, pack, unpack } from "../../frontend/js/rpc.js";
import { fillGradients } from "./gradient.js";
import { drawEdges } from "./diagram.js";
import { fillStages } from "./stages.js";
import { followSymbols } from "./symbols.js";
import { notifyError, store } from "../../frontend/js/store.js";

const STAGE_MS = 4000; // of Play, for each stage
const GRADIENT = ["sampled_gradient", "reparameterized_gradient"];

export function mount(element) {
  new ForwardPass(element.querySelector(".pass"));
}

class ForwardPass {
  constructor(element) {
    this.element = element;
    this.edges = element.querySelector(".edges");
    this.announce = element.querySelector(".announce");
    this.invitation = element.querySelector(".invitation");
    // In the order of their numbers, which differs from the order in the DOM.
    this.panels = [...element.querySelectorAll("[data-panel]")];
    this.stages = this.panels.map(({ dataset }) => element.querySelector(`[data-stage=${dataset.panel}]`));
    this.at = 0;
    this.pass = null; // the results that the panels show
    this.gradients = null; // the request whose gradients are shown

    this.connect();
    this.control();
    followSymbols(element);
    new ResizeObserver(() => this.drawEdges()).observe(this.edges);
    this.show();
    store.on(["stage"], ({ stage }) => {
      const at = this.panels.findIndex(({ dataset }) => dataset.panel === stage);
      if (at >= 0) this.setStage(at);
    });
    store.on(["digit"], ({ digit }) => this.invite(digit === null));
    store.on(["digit", "seed", "draws", "traced"], debounceVisible(element, () => this.request()));
  }

  // Requests

  connect() {
    this.trace = latestOnly("forward_pass", (answer, request) => this.fill(answer, request));
    this.differentiate = latestOnly("sampling_gradients", (answer) => {
      fillGradients(this.pass, answer, (key) => this.part(key, ".figure"));
    }, {
      isWanted: (request) => this.pass?.request === request,
      fail: (error) => {
        this.gradients = null;
        notifyError(error);
      },
    });
  }

  request() {
    const digit = store.get("digit");
    if (digit === null) return;
    this.average = { reconstruction: digit.reconstruction, elbo: digit.elbo };
    this.trace({ model: store.get("traced") || digit.model, pixels: pack(digit.seen), seed: noiseSeed() });
  }

  fill(answer, request) {
    this.pass = {
      ...answer, request, average: this.average, x: unpack(request.pixels), xHat: unpack(answer.x_hat),
      reconstruction: new Float32Array(unpack(answer.reconstruction).buffer),
    };
    const { likelihood, head } = answer;
    Object.assign(this.element.dataset, { likelihood, head });
    fillStages(this.pass, {
      figure: (key) => this.part(key, ".figure"),
      note: (key) => this.part(key, ".note"),
      value: (key) => this.element.querySelector(`[data-stage=${key}] .value`),
    });
    this.action("draw").disabled = head === "none";
    this.element.classList.add("filled");
    this.drawEdges();
    this.requestGradients();
  }

  // Requests the gradients when one of their stages is in view.
  requestGradients() {
    if (this.pass === null || this.gradients === this.pass.request || !GRADIENT.includes(this.stage)) return;
    this.gradients = this.pass.request;
    this.differentiate(this.pass.request);
  }

  // Stops the player and shows an invitation without an image.
  invite(empty) {
    this.invitation.hidden = !empty;
    this.element.classList.toggle("empty", empty);
    if (empty) this.player.stop();
    for (const name of ["play", "draw"]) this.action(name).disabled = empty;
  }

  // The stage in view

  get stage() {
    return this.panels[this.at].dataset.panel;
  }

  setStage(at) {
    const next = Math.min(this.panels.length - 1, Math.max(0, at));
    if (next === this.at) return;
    const focused = this.stages.includes(document.activeElement);
    this.at = next;
    store.set({ stage: this.stage });
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
    this.drawEdges();
  }

  drawEdges() {
    const keys = this.panels.map(({ dataset }) => dataset.panel);
    drawEdges(this.edges, this.stages, (key) => keys.indexOf(key) <= this.at, this.stage);
  }

  // Input

  control() {
    this.player = createPlayer(this.element, () => this.advance(), (playing) => {
      const button = this.action("play");
      button.textContent = playing ? "Pause" : "Play";
      button.setAttribute("aria-pressed", playing);
    }, STAGE_MS);
    this.stages.forEach((button, i) => button.addEventListener("click", () => this.goTo(i)));
    this.action("back").addEventListener("click", () => this.goTo(this.at - 1));
    this.action("step").addEventListener("click", () => this.goTo(this.at + 1));
    this.action("play").addEventListener("click", () => this.play());
    bindDraw(this.action("draw"));
    this.action("sample").addEventListener("click", () => drawSample("source"));
    const choice = this.element.querySelector("[data-field=traced]"); // absent without a study
    if (choice) bindStored(bindChoice, choice, "traced");
    document.addEventListener("keydown", (event) => this.press(event));
  }

  // Goes to a stage and stops the player.
  goTo(at) {
    this.player.stop();
    this.setStage(at);
  }

  play() {
    if (this.at === this.panels.length - 1) this.setStage(0);
    this.player.toggle();
  }

  advance() {
    this.setStage(this.at + 1);
    if (this.at === this.panels.length - 1) this.player.stop();
  }

  // Arrow keys step from anywhere on the page, unless the focused element uses them. The space bar plays,
  // unless another button has the focus.
  press(event) {
    if (this.element.offsetParent === null || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const { target, key } = event;
    if (target.closest("input, textarea, select, [contenteditable], [role=menu], [role=slider]")) return;
    const direction = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (direction !== undefined) this.goTo(this.at + direction);
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
