// The latent map: test codes, prior and the visitor's digit on a plane, the decode at the pointer
// beside it. Joins the plot (Plotly), the overlay (SVG), the pointer, the layers and the store.
import { nextPaint } from "../../frontend/js/debounce.js";
import { createDecoded, ownCode, ownDigit, placeCode } from "./preview.js";
import { createGrid, createLayers } from "./layers.js";
import { createLegend } from "./legend.js";
import { createOverlay } from "./overlay.js";
import { createPlot } from "./plot.js";
import { followKeys, followPointer } from "./pointer.js";
import { openPictureMenu } from "../picture_menu/picture_menu.js";
import { project, toPixels } from "./geometry.js";
import { call, latestOnly } from "../../frontend/js/rpc.js";
import { isHidden, onVisible } from "../../frontend/js/visibility.js";
import { notifyError, store as page } from "../../frontend/js/store.js";

export function mount(element, props, { root }) {
  mountMap(element, page, root + props.plotly);
}

// The map of `store`'s model in an element with latent_map.py's markup; `plotly` is the address of
// its script. Its menu of pictures works on the page's store, whichever the map's is.
export function mountMap(element, store, plotly) {
  const find = (name) => element.querySelector(`.map-${name}`);
  const decoded = createDecoded(store, find);
  let map = null;
  onVisible(element, async () => {
    map ??= createMap(store, find, plotly, decoded);
    decoded.refresh();
    await map.then(({ update }) => update()).catch((error) => {
      map = null; // tried again when the tab is next shown
      notifyError(error);
    });
  });
}

const fetched = new Map(); // a model's figure does not change: name -> a promise of Python's answer

// The figure and support of a model's map (bridge.py `latent_map`), asked once for the whole page.
export function fetchMap(model) {
  if (!fetched.has(model)) {
    const answer = call("latent_map", { model });
    fetched.set(model, answer);
    answer.catch(() => fetched.delete(model)); // asked again when it is next needed
  }
  return fetched.get(model);
}

async function createMap(store, find, plotly, decoded) {
  const plane = find("plane");
  const host = find("plot");
  const overlay = createOverlay(plane);
  const plot = await createPlot(host, plotly, draw, (bytes) => { find("progress").value = bytes; });
  const grid = createGrid(plot);
  const menu = createMenu(store, plane, decoded, () => pointAt(null));
  const legend = createLegend(find("legend"), plot.turn);
  const layers = createLayers(find("layers"), update);
  let asked = null; // the model whose figure is drawn or on its way
  let ready = false; // it is drawn, and the model still the chosen one
  let revealed = null; // the store's place that was brought into view

  function draw() {
    const [about, a, b, samples, path] = ["about", "a", "b", "samples", "path"].map(store.get);
    if (!ready || about === null) return;
    const own = (item) => (item?.model === about.name ? item : null);
    const ends = [["A", own(a)], ["B", own(b)]].filter(([, end]) => end);
    overlay.draw(plot.view(), {
      plane: about.plane,
      radii: plot.radii(),
      classes: plot.classes().filter(({ visible }) => visible),
      digit: ownDigit(store),
      marks: ends.map(([name, { z }]) => ({ name, z })),
      samples: layers.on("samples") ? own(samples)?.z ?? [] : [],
      path: layers.on("path") ? own(path)?.z ?? [] : [],
    });
    cross();
  }

  // The cross: at the pointer, else at the picture that is looked up, else nowhere.
  function cross() {
    const at = decoded.point ?? placePoint();
    overlay.point(at, at === null || decoded.supported(at));
  }

  // The point of the picture that is looked up, null if there is none.
  const placePoint = () => placeCode(store) && project(store.get("about").plane, placeCode(store));

  // Everything that the store or the layers' menu can change.
  function update() {
    const [about, samples, path] = ["about", "samples", "path"].map(store.get);
    if (about === null || isHidden(plane)) return;
    if (asked !== about.name) {
      asked = about.name;
      figure(asked);
    }
    if (!ready) return;
    layers.offer("samples", samples?.model === about.name);
    layers.offer("path", path?.model === about.name);
    layers.offer("density", about.active !== null);
    const { decodeAt, supported } = decoded;
    grid(layers.on("grid") ? { decodeAt, plane: about.plane, z: ownCode(store), supported } : null);
    plot.density(layers.on("density"));
    plot.fade(layers.on("grid") || layers.on("density"));
    draw();
    if (revealed === store.get("place")) return;
    revealed = store.get("place");
    if (placePoint()) plot.reveal(placePoint());
  }

  function pointAt(point, by) {
    if (menu.open) return;
    decoded.at(point, by);
    cross();
  }

  const figure = latestOnly(async (model) => {
    const { figure: drawn, support } = await fetchMap(model);
    await nextPaint(); // what else follows the model need not wait for Plotly
    await plot.show(JSON.parse(drawn));
    legend(plot.classes());
    return support;
  }, (support) => {
    ready = true;
    decoded.support = support;
    find("wait").hidden = true;
    plane.classList.remove("map-stale");
    update();
  }, {
    isWanted: (model) => model === store.get("about")?.name,
    fail: (error) => {
      asked = null;
      notifyError(error);
    },
  });

  store.on(["about"], () => {
    asked = null;
    ready = false;
    plane.classList.add("map-stale");
    overlay.point(null);
    update();
  });
  store.on(["digit", "a", "b", "samples", "path", "place"], update);

  const usable = (act) => (...args) => { if (ready && store.get("about")) act(...args); };
  followPointer(plane, host, () => (ready ? plot.view() : null), {
    hover: usable((point) => pointAt(point, "pointer")),
    leave: usable(() => pointAt(null)),
    pinch: usable((before, after) => plot.pinch(before, after)),
    pick: usable((point) => {
      pointAt(point, "pointer");
      menu.show(point, toPixels(plot.view(), point));
    }),
  });
  followKeys(plane, {
    step: usable(([dx, dy]) => {
      const [x, y] = decoded.point ?? project(store.get("about").plane, ownCode(store));
      // Rounded, so that steps there and back meet.
      const point = [x + dx, y + dy].map((value) => Math.round(value * 1e6) / 1e6);
      pointAt(point, "keys");
      plot.reveal(point);
    }),
    pick: usable(() => {
      const point = decoded.point ?? project(store.get("about").plane, ownCode(store));
      pointAt(point, "keys");
      menu.show(point, toPixels(plot.view(), point));
    }),
    leave: usable(() => {
      store.set({ place: null });
      pointAt(null);
    }),
    zoom: usable((factor) => plot.zoom(factor)),
    reset: usable(() => plot.reset()),
  });
  return { update };
}

// The menu of a point on the map. It hangs on an invisible anchor there; while it is open the point
// stays, afterwards a pointer that has gone elsewhere has left the map.
function createMenu(store, plane, decoded, leave) {
  const anchor = document.createElement("div");
  anchor.className = "map-anchor";
  anchor.tabIndex = -1;
  anchor.addEventListener("focus", () => plane.focus({ preventScroll: true }));
  plane.append(anchor);
  const isOpen = () => anchor.getAttribute("aria-expanded") === "true";
  let dismissed = false;

  // A click that closes the menu does not open it again.
  window.addEventListener("pointerdown", () => { dismissed = isOpen(); }, true);
  new MutationObserver(() => {
    const hovers = matchMedia("(hover: hover)").matches;
    if (!isOpen() && hovers && decoded.by === "pointer" && !plane.matches(":hover")) leave();
  }).observe(anchor, { attributeFilter: ["aria-expanded"] });

  return {
    get open() { return isOpen(); },
    async show(point, [left, top]) {
      if (dismissed && decoded.by === "pointer") return;
      anchor.style.translate = `${left}px ${top}px`;
      const { name: model } = store.get("about");
      const z = decoded.here();
      try {
        const pixels = await decoded.decodeAt(z);
        openPictureMenu(anchor, { pixels, z, model }, ["map"]);
      } catch (error) {
        notifyError(error);
      }
    },
  };
}
