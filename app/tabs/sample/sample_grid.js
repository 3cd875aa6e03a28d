// Shows images decoded from samples of the prior as one grid, which "Save PNG" downloads.
import { download, bindSlider, readNumber } from "../../components/controls/controls.js";
import { bindResample } from "../../components/sampling/resample.js";
import { showOnly } from "../../frontend/js/dom.js";
import { latestOnly, unpack } from "../../frontend/js/rpc.js";
import { store } from "../../frontend/js/store.js";
import { tileGrid } from "../../components/tile_grid/tile_grid.js";

export function mount(element) {
  const field = (name) => element.querySelector(`[data-field=${name}]`);
  const count = bindSlider(field("count"), (value) => store.set({ count: value }));
  const temperature = bindSlider(field("temperature"), (value) => store.set({ temperature: value }));
  const seed = field("seed").querySelector("input");
  const pixels = field("pixels");
  const grid = tileGrid(element.querySelector(".tile-grid"), store.get("count"));

  const request = latestOnly("sample", onResult, { isWanted: ({ model }) => model === store.get("model") });

  function sample() {
    const model = store.get("model");
    if (!model) return;
    request({
      model, count: store.get("count"), temperature: store.get("temperature"), seed: store.get("seed"),
      pixels: store.get("draw_pixels"),
    });
  }

  function onResult(answer, { model, temperature: t, pixels: drawn }) {
    const samples = { model, z: answer.z, images: unpack(answer.images) };
    grid.show(samples);
    explain(element, t, drawn);
    store.set({ samples });
  }

  pixels.addEventListener("change", () => store.set({ draw_pixels: pixels.checked }));
  bindResample(element.querySelector("button.primary"));
  const readSeed = () => readNumber(seed.value, Number(seed.min), Number(seed.max), 1);
  seed.addEventListener("input", () => {
    if (readSeed() !== null) store.set({ seed: readSeed() });
  });
  seed.addEventListener("change", () => { seed.value = store.get("seed"); });
  element.querySelector("[data-action=save]").addEventListener("click", () => {
    const name = `${store.get("model")}-samples-seed-${store.get("seed")}.png`;
    grid.canvas.toBlob((blob) => download(blob, name), "image/png");
  });

  store.on(["model", "seed", "count", "temperature", "draw_pixels"], (state) => {
    pixels.checked = state.draw_pixels;
    count.show(state.count);
    temperature.show(state.temperature);
    if (document.activeElement !== seed) seed.value = state.seed;
    sample();
  });
}

function explain(element, t, drawn) {
  const temperature = t === 0 ? "zero" : t < 1 ? "cold" : t > 1 ? "hot" : "prior";
  showOnly(element, [drawn ? "pixels" : "means", temperature]);
}
