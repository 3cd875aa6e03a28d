// Latent sliders: one row for each dimension of z, starting from the visitor's code. Moving a slider
// decodes immediately; the strips show the effect of each dimension and are updated with a delay. The
// code of moved sliders is the store's `slider_code`.
import { MAX_IMAGES } from "../../../frontend/js/constants.js";
import { debounceVisible } from "../../../frontend/js/debounce.js";
import { decoderOf } from "../../../frontend/js/networks/decoder.js";
import { make } from "../../../frontend/js/dom.js";
import { fixed } from "../../../frontend/js/format.js";
import { attachImageMenu } from "../../../components/image_menu/image_menu.js";
import { nth, paint, SIDE } from "../../../frontend/js/pixels.js";
import { PIPELINED } from "../../../frontend/js/pipeline.js";
import { latestOnly, unpack } from "../../../frontend/js/rpc.js";
import { store } from "../../../frontend/js/store.js";

const LEADING = 8; // visible rows; the others are in a collapsed section
const TILES = 9; // per strip
const MIN_EXTENT = 3; // sliders go from -3 to 3, or further if z is outside

export function mount(element) {
  new LatentSliders(element);
}

class LatentSliders {
  constructor(element) {
    this.canvas = element.querySelector(".current canvas");
    this.leading = element.querySelector(".leading");
    this.others = element.querySelector(".others");
    this.fold = element.querySelector("details");
    this.collapse = element.querySelector(".collapse");
    this.start = null; // initial {model, z, mu, std, kl} of the sliders
    this.z = [];
    this.rows = [];

    this.shown = null; // {pixels, z, model} of the large image
    this.decode = latestOnly(({ decodeAt, z }) => decodeAt(z), (pixels, { z, model }) => {
      this.shown = { pixels, z, model };
      paint(this.canvas, pixels);
    }, { most: PIPELINED });
    attachImageMenu(this.canvas, () => this.shown);
    this.decodeStrips = latestOnly("decode", (answer, payload) => this.paintStrips(answer, payload), {
      isWanted: ({ model }) => model === this.start.model,
    });
    this.stripsSoon = debounceVisible(element, () => this.requestStrips());
    element.querySelector("button.action").addEventListener("click", () => store.set({ slider_code: null }));
    this.fold.addEventListener("toggle", () => this.requestStrips());
    store.on(["digit", "about"], debounceVisible(element, () => this.follow()));
    store.on(["slider_code"], () => { if (this.start) this.showCode(); });
  }

  // Starts at the visitor's code; without an image, at the center of the prior.
  follow() {
    const digit = store.get("digit");
    const about = store.get("about");
    if (digit === null && about === null) return;
    const zeros = () => Array.from({ length: about.latent_dim }, () => 0);
    const start = digit ?? { model: about.name, z: zeros(), mu: null, std: null, kl: null };
    const moved = digit === null || digit !== this.start;
    const known = about?.name === start.model ? about : null;
    this.active = known?.active ?? null;
    this.decodeAt = decoderOf(known ?? { name: start.model });
    this.start = start;
    if (moved) this.reset();
    this.markUnused();
  }

  reset() {
    const { length } = this.start.z;
    while (this.rows.length > length) this.rows.pop().element.remove();
    while (this.rows.length < length) this.rows.push(this.row(this.rows.length));
    this.rows.forEach((row) => this.resetRow(row));
    this.sortRows();
    this.showCode();
  }

  // Shows the code of moved sliders if it belongs to the model, otherwise the initial one.
  showCode() {
    const { model, z } = this.start;
    const moved = store.get("slider_code");
    this.z = moved?.model === model ? moved.z : z;
    for (const { index, slider, value } of this.rows) {
      slider.value = this.z[index];
      value.textContent = fixed(this.z[index]);
    }
    this.decode({ decodeAt: this.decodeAt, z: this.z, model });
    this.stripsSoon();
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
    const interval = make("div", "interval");
    Object.assign(slider, { type: "range", step: 0.01 });
    slider.setAttribute("aria-label", `Latent dimension ${index + 1}`);
    element.append(make("div", "text", name, value, note), strip, make("div", "track", interval, slider));
    const row = { index, element, value, note, strip, slider, interval, extent: MIN_EXTENT };
    slider.addEventListener("input", () => this.setValue(row, Number(slider.value)));
    strip.title = `Click an image to use its z${index + 1}`;
    // A click on a tile sets the slider to its value.
    strip.addEventListener("click", (event) => {
      const tile = Math.floor(TILES * event.offsetX / strip.clientWidth);
      this.setValue(row, tileValue(row, Math.min(TILES - 1, Math.max(0, tile))));
    });
    return row;
  }

  setValue(row, value) {
    store.set({ slider_code: { z: this.z.with(row.index, value), model: this.start.model } });
  }

  // Resets a row to the initial code.
  resetRow(row) {
    const { z, mu, std } = this.start;
    row.extent = Math.max(MIN_EXTENT, Math.ceil(Math.abs(z[row.index])));
    Object.assign(row.slider, { min: -row.extent, max: row.extent });
    row.interval.hidden = mu === null;
    if (mu === null) return;
    // μ ± σ in the scale of the strip: the center of the first tile is -extent, of the last one extent.
    const share = (value) => (0.5 + (TILES - 1) * (value / row.extent + 1) / 2) / TILES;
    const [from, to] = [-1, 1].map((side) => {
      const edge = mu[row.index] + side * std[row.index];
      return Math.min(1, Math.max(0, share(edge)));
    });
    row.interval.style.left = `${100 * from}%`;
    row.interval.style.width = `${100 * (to - from)}%`;
    row.interval.title = `μ = ${fixed(mu[row.index])}, σ = ${fixed(std[row.index])}`;
  }

  // Sorts the rows by KL in descending order; by |z| for a deterministic encoder, which has no KL.
  sortRows() {
    const { z, kl } = this.start;
    const weight = ({ index }) => (kl ? kl[index] : Math.abs(z[index]));
    const sorted = [...this.rows].sort((one, other) => weight(other) - weight(one));
    setRows(this.leading, sorted.slice(0, LEADING));
    setRows(this.others, sorted.slice(LEADING));
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

  // Strips: for each visible row, images of z with this coordinate varied over its range

  requestStrips() {
    if (this.start === null) return;
    const open = this.fold.open ? this.sorted : this.sorted.slice(0, LEADING);
    const rows = open.slice(0, Math.floor(MAX_IMAGES / TILES));
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
const tileValue = ({ extent }, tile) => extent * (2 * tile / (TILES - 1) - 1);
const scratch = document.createElement("canvas");

// Puts rows into a list in order. An unchanged order is left alone, because a moved slider would lose the
// keyboard focus.
function setRows(list, rows) {
  const same = list.childElementCount === rows.length
    && rows.every(({ element }, i) => list.children[i] === element);
  if (!same) list.replaceChildren(...rows.map(({ element }) => element));
}
