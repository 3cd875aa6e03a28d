// Latent sliders: one row for each dimension of z, starting from the visitor's digit. Moving a slider
// decodes at once; the strips show what each dimension would do from here, and follow when the hand
// rests. The sliders' z stays here: it is a walk away from the digit, not a new one.
import { debounceVisible } from "../../frontend/js/debounce.js";
import { decoderOf } from "../../frontend/js/decoder.js";
import { make } from "../../frontend/js/dom.js";
import { fixed } from "../../frontend/js/format.js";
import { givePictureMenu } from "../../components/picture_menu/picture_menu.js";
import { nth, paint, SIDE } from "../../frontend/js/pixels.js";
import { latestOnly, unpack } from "../../frontend/js/rpc.js";
import { store } from "../../frontend/js/store.js";

const LEADING = 8; // rows in view; the others are folded
const TILES = 9; // of a strip
const MAX_CODES = 400; // MAX_IMAGES of inference.py
const REACH = 3; // sliders go from -3 to 3, further where the digit lies further out

export function mount(element, props) {
  new LatentSliders(element, props);
}

class LatentSliders {
  constructor(element, { digit }) {
    this.key = digit;
    this.canvas = element.querySelector(".now canvas");
    this.leading = element.querySelector(".leading");
    this.others = element.querySelector(".others");
    this.fold = element.querySelector("details");
    this.collapse = element.querySelector(".collapse");
    this.start = null; // {model, z, mu, std, kl} that the sliders start from
    this.z = [];
    this.rows = [];

    this.shown = null; // {pixels, z, model} of the large picture
    this.decode = latestOnly(({ decodeAt, z }) => decodeAt(z), (pixels, { z, model }) => {
      this.shown = { pixels, z, model };
      paint(this.canvas, pixels);
    });
    givePictureMenu(this.canvas, () => this.shown);
    this.decodeStrips = latestOnly("decode", (answer, payload) => this.paintStrips(answer, payload), {
      isWanted: ({ model }) => model === this.start.model,
    });
    this.stripsSoon = debounceVisible(element, () => this.requestStrips());
    element.querySelector("button").addEventListener("click", () => this.begin());
    this.fold.addEventListener("toggle", () => this.requestStrips());
    store.on([this.key, "about"], debounceVisible(element, () => this.follow()));
  }

  // The sliders go where the digit is; with no digit, to the middle of the prior.
  follow() {
    const digit = store.get(this.key);
    const about = store.get("about");
    if (digit === null && about === null) return;
    const zeros = () => Array.from({ length: about.latent_dim }, () => 0);
    const start = digit ?? { model: about.name, z: zeros(), mu: null, std: null, kl: null };
    const moved = digit === null || digit !== this.start;
    const known = about?.name === start.model ? about : null;
    this.active = known?.active ?? null;
    this.decodeAt = decoderOf(known ?? { name: start.model });
    this.start = start;
    if (moved) this.begin();
    this.markUnused();
  }

  begin() {
    if (this.start === null) return;
    this.z = [...this.start.z];
    while (this.rows.length > this.z.length) this.rows.pop().element.remove();
    while (this.rows.length < this.z.length) this.rows.push(this.row(this.rows.length));
    this.rows.forEach((row) => this.place(row));
    this.arrange();
    this.moved();
    this.requestStrips();
  }

  moved() {
    const { model } = this.start;
    this.decode({ decodeAt: this.decodeAt, z: this.z, model });
  }

  // Rows

  row(index) {
    const element = make("div", "dimension");
    const name = make("span", "name");
    name.append("z", make("sub", "", index + 1), " = ");
    const value = make("output", "value");
    const note = make("span", "note");
    const strip = make("canvas", "strip");
    const slider = make("input", "");
    const belief = make("div", "belief");
    Object.assign(slider, { type: "range", step: 0.01 });
    slider.setAttribute("aria-label", `Latent dimension ${index + 1}`);
    element.append(make("div", "words", name, value, note), strip, make("div", "track", belief, slider));
    const row = { index, element, value, note, strip, slider, belief, reach: REACH };
    slider.addEventListener("input", () => this.turn(row, Number(slider.value)));
    // A tile of the strip is a place to go to.
    strip.addEventListener("click", (event) => {
      const tile = Math.floor(TILES * event.offsetX / strip.clientWidth);
      this.turn(row, tileValue(row, Math.min(TILES - 1, Math.max(0, tile))));
      slider.value = this.z[index];
    });
    return row;
  }

  turn(row, value) {
    this.z = this.z.with(row.index, value);
    row.value.textContent = fixed(value);
    this.moved();
    this.stripsSoon();
  }

  // Sets a row to the start.
  place(row) {
    const { z, mu, std } = this.start;
    row.reach = Math.max(REACH, Math.ceil(Math.abs(z[row.index])));
    Object.assign(row.slider, { min: -row.reach, max: row.reach, value: z[row.index] });
    row.value.textContent = fixed(z[row.index]);
    row.belief.hidden = mu === null;
    if (mu === null) return;
    // μ ± σ, in the strip's measure: the middle of the first tile is -reach, of the last one reach.
    const share = (value) => (0.5 + (TILES - 1) * (value / row.reach + 1) / 2) / TILES;
    const [from, to] = [-1, 1].map((side) => {
      const edge = mu[row.index] + side * std[row.index];
      return Math.min(1, Math.max(0, share(edge)));
    });
    row.belief.style.left = `${100 * from}%`;
    row.belief.style.width = `${100 * (to - from)}%`;
    row.belief.title = `μ = ${fixed(mu[row.index])}, σ = ${fixed(std[row.index])}`;
  }

  // The eight dimensions that cost this digit most in front. A deterministic encoder has no KL:
  // there, those that are farthest from the middle.
  arrange() {
    const { z, kl } = this.start;
    const weight = ({ index }) => (kl ? kl[index] : Math.abs(z[index]));
    const sorted = [...this.rows].sort((one, other) => weight(other) - weight(one));
    settle(this.leading, sorted.slice(0, LEADING));
    settle(this.others, sorted.slice(LEADING));
    const folded = Math.max(0, sorted.length - LEADING);
    this.fold.hidden = folded === 0;
    this.fold.querySelector("summary").textContent = `${folded} more dimensions, of smaller KL`;
    this.sorted = sorted;
  }

  markUnused() {
    const { kl } = this.start;
    for (const { index, element, note } of this.rows) {
      const unused = this.active?.[index] === false;
      element.classList.toggle("unused", unused);
      note.textContent = unused ? "unused, KL ≈ 0" : kl ? `KL ${fixed(kl[index])} nats` : "KL –";
    }
    this.collapse.hidden = !this.active?.includes(false);
  }

  // Strips: for each row in view, z with that one coordinate going from end to end

  requestStrips() {
    if (this.start === null) return;
    const open = this.fold.open ? this.sorted : this.sorted.slice(0, LEADING);
    const rows = open.slice(0, Math.floor(MAX_CODES / TILES));
    const z = rows.flatMap((row) => tiles.map((tile) => this.z.with(row.index, tileValue(row, tile))));
    this.decodeStrips({ model: this.start.model, z, dimensions: rows.map((row) => row.index) });
  }

  paintStrips({ images }, { dimensions }) {
    const bytes = unpack(images);
    dimensions.forEach((index, i) => {
      const { strip } = this.rows[index];
      strip.width = TILES * SIDE;
      strip.height = SIDE;
      const context = strip.getContext("2d");
      for (const tile of tiles) {
        paint(scratch, nth(bytes, i * TILES + tile));
        context.drawImage(scratch, tile * SIDE, 0);
      }
    });
  }
}

const tiles = Array.from({ length: TILES }, (_, tile) => tile);
const tileValue = ({ reach }, tile) => reach * (2 * tile / (TILES - 1) - 1);
const scratch = document.createElement("canvas");

// Puts rows into a list in order, moving only when the order has changed: a moved slider would lose
// the keyboard's focus.
function settle(list, rows) {
  const same = list.childElementCount === rows.length
    && rows.every(({ element }, i) => list.children[i] === element);
  if (!same) list.replaceChildren(...rows.map(({ element }) => element));
}
