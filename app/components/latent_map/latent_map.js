// The latent map: test codes, the prior and the visitor's image on a plane, and the image decoded at the
// pointer. Connects the plot (Plotly), the overlay (SVG), the pointer, the layers and the store.
import { nextPaint } from "../../frontend/js/debounce.js";
import { createDecoded, currentCode, currentDigit, pinnedCode } from "./preview.js";
import { createGrid, createLayers } from "./layers.js";
import { createLegend } from "./legend.js";
import { createOverlay } from "./overlay.js";
import { createPlot } from "./plot.js";
import { followKeys, followPointer } from "./pointer.js";
import { openImageMenu } from "../image_menu/image_menu.js";
import { project, toPixels } from "./geometry.js";
import { followPath } from "../interpolation/path.js";
import { fetchMap } from "./map_data.js";
import { latestOnly } from "../../frontend/js/rpc.js";
import { isHidden, onVisible } from "../../frontend/js/visibility.js";
import { notifyError, store as page } from "../../frontend/js/store.js";

export function mount(element, props, { root }) {
  followPath();
  mountMap(element, page, root + props.plotly);
}

// Mounts the map of the model of `store` in an element with the markup of __init__.py; `plotly` is the URL of
// Plotly's script. The menu of a point always writes to the page's store.
export function mountMap(element, store, plotly) {
  const find = (name) => element.querySelector(`.map-${name}`);
  const decoded = createDecoded(store, find);
  let map = null;
  onVisible(element, async () => {
    map ??= createMap(store, find, plotly, decoded);
    decoded.refresh();
    await map.then(({ update }) => update()).catch((error) => {
      map = null; // retry when the tab becomes visible again
      notifyError(error);
    });
  });
}

async function createMap(store, find, plotly, decoded) {
  const plane = find("plane");
  const host = find("plot");
  const overlay = createOverlay(plane);
  const plot = await createPlot(host, plotly, follow, (bytes) => { find("progress").value = bytes; });
  const grid = createGrid(plot);
  const menu = createMenu(store, plane, decoded, () => pointAt(null));
  const legend = createLegend(find("legend"), store);
  const layers = createLayers(find("layers"), store);
  let requested = null; // the model whose figure is drawn or requested
  let ready = false; // the figure of the selected model is drawn
  let revealed = null; // the pinned code (`pinned` in store.js) that was brought into view

  function draw() {
    const [about, a, b, samples, path] = ["about", "a", "b", "samples", "path"].map(store.get);
    if (!ready || about === null) return;
    const ofModel = (item) => (item?.model === about.name ? item : null);
    const ends = [["A", ofModel(a)], ["B", ofModel(b)]].filter(([, end]) => end);
    overlay.draw(plot.view(), {
      projection: about.projection,
      radii: plot.radii(),
      classes: plot.classes().filter(({ visible }) => visible),
      digit: currentDigit(store),
      marks: ends.map(([name, { z }]) => ({ name, z })),
      samples: layers.on("samples") ? ofModel(samples)?.z ?? [] : [],
      path: layers.on("path") ? ofModel(path)?.z ?? [] : [],
    });
    drawCross();
  }

  // Called when the axes or the visible classes change.
  function follow() {
    draw();
    if (ready) store.set({ map_view: plot.zoomed() });
  }

  // Draws the cross at the pointer, otherwise at the pinned code, if there is one.
  function drawCross() {
    const at = decoded.point ?? pinnedPoint();
    overlay.point(at, at === null || decoded.inRegion(at));
  }

  // The projection of the pinned code, or null.
  const pinnedPoint = () => pinnedCode(store) && project(store.get("about").projection, pinnedCode(store));

  // Applies changes of the store and of the layers' menu.
  function update() {
    const [about, samples, path] = ["about", "samples", "path"].map(store.get);
    if (about === null || isHidden(plane)) return;
    if (requested !== about.name) {
      requested = about.name;
      requestFigure(requested);
    }
    if (!ready) return;
    layers.offer("samples", samples?.model === about.name);
    layers.offer("path", path?.model === about.name);
    layers.offer("density", about.active !== null);
    const { decodeAt, inRegion } = decoded;
    grid(layers.on("grid") ? { decodeAt, projection: about.projection, z: currentCode(store), inRegion } : null);
    plot.density(layers.on("density"));
    plot.dim(layers.on("grid") || layers.on("density"));
    draw();
    if (revealed === store.get("pinned")) return;
    revealed = store.get("pinned");
    if (pinnedPoint()) plot.panTo(pinnedPoint());
  }

  function pointAt(point, by) {
    if (menu.open) return;
    decoded.at(point, by);
    drawCross();
  }

  const requestFigure = latestOnly(async (model) => {
    const { figure: drawn, region } = await fetchMap(model);
    await nextPaint(); // Plotly blocks the page, so other changes are painted first
    await plot.show(JSON.parse(drawn), store.get("map_view"));
    legend(plot.classes());
    return region;
  }, (region) => {
    ready = true;
    plot.hide(store.get("hidden_classes"));
    decoded.region = region;
    find("wait").hidden = true;
    plane.classList.remove("map-stale");
    update();
  }, {
    isWanted: (model) => model === store.get("about")?.name,
    fail: (error) => {
      requested = null;
      notifyError(error);
    },
  });

  store.on(["about"], () => {
    requested = null;
    ready = false;
    plane.classList.add("map-stale");
    overlay.point(null);
    update();
  });
  store.on(["digit", "a", "b", "samples", "path", "pinned", "layers"], update);
  store.on(["hidden_classes"], ({ hidden_classes: hidden }) => { if (ready) plot.hide(hidden); });
  store.on(["map_view"], ({ map_view: view }) => { if (ready) plot.setZoomed(view); });

  const whenReady = (act) => (...args) => { if (ready && store.get("about")) act(...args); };
  followPointer(plane, host, () => (ready ? plot.view() : null), {
    hover: whenReady((point) => pointAt(point, "pointer")),
    leave: whenReady(() => pointAt(null)),
    pinch: whenReady((before, after) => plot.pinch(before, after)),
    pick: whenReady((point) => {
      pointAt(point, "pointer");
      menu.show(point, toPixels(plot.view(), point));
    }),
  });
  followKeys(plane, {
    step: whenReady(([dx, dy]) => {
      const [x, y] = decoded.point ?? project(store.get("about").projection, currentCode(store));
      // Rounded, so that a step and its reverse cancel.
      const point = [x + dx, y + dy].map((value) => Math.round(value * 1e6) / 1e6);
      pointAt(point, "keys");
      plot.panTo(point);
    }),
    pick: whenReady(() => {
      const point = decoded.point ?? project(store.get("about").projection, currentCode(store));
      pointAt(point, "keys");
      menu.show(point, toPixels(plot.view(), point));
    }),
    leave: whenReady(() => {
      store.set({ pinned: null });
      pointAt(null);
    }),
    zoom: whenReady((factor) => plot.zoom(factor)),
    reset: whenReady(() => plot.reset()),
  });
  return { update };
}

// The menu of a point on the map, opened at an invisible anchor. While it is open the point does not
// move. `leave()` is called when it closes and the pointer is outside the map.
function createMenu(store, plane, decoded, leave) {
  const anchor = document.createElement("div");
  anchor.className = "map-anchor";
  anchor.tabIndex = -1;
  anchor.addEventListener("focus", () => plane.focus({ preventScroll: true }));
  plane.append(anchor);
  const isOpen = () => anchor.getAttribute("aria-expanded") === "true";
  let dismissed = false;

  // A click that closes the menu must not open it again.
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
      const z = decoded.code();
      try {
        const pixels = await decoded.decodeAt(z);
        openImageMenu(anchor, { pixels, z, model }, ["map"]);
      } catch (error) {
        notifyError(error);
      }
    },
  };
}
