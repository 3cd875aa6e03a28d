// The panel of the replay: a slider and a player through the snapshots of a training run. All of them
// are loaded in advance, so that playing is smooth.
import { fixed, grouped } from "../../../frontend/js/format.js";
import { drawTerms } from "./terms.js";
import { readFloat16 } from "../../../frontend/js/float16.js";
import { createPlayer } from "../../../components/player/player.js";
import { createScatter } from "../../../components/charts/scatter.js";
import { addressOf, call, unpack } from "../../../frontend/js/rpc.js";
import { notifyError, store } from "../../../frontend/js/store.js";

const SNAPSHOT_MS = 300; // of Play

export async function mount(body) {
  try {
    const replay = await call("replay", {});
    const codes = await fetch(addressOf(replay.codes));
    if (!codes.ok) throw new Error(`The codes of the training did not load: status ${codes.status}`);
    play(body, replay, readFloat16(await codes.arrayBuffer()));
  } catch (error) {
    notifyError(error);
  }
}

function play(body, { moments: snapshots, label, half, ...options }, codes) {
  const find = (selector) => body.querySelector(selector);
  const range = find(".player input");
  const button = find("[data-action=play]");
  const last = snapshots.length - 1;
  const count = codes.length / snapshots.length; // numbers per snapshot
  const labels = unpack(label);
  const showCodes = createScatter(find(".scatter"), options);
  const showPlane = drawPlanes(find("canvas.decoded"), snapshots);
  const showTerms = drawTerms(body, snapshots, go);
  let at = last;
  const player = createPlayer(body, () => {
    turnTo(at + 1);
    if (at === last) player.stop();
  }, (playing) => { button.textContent = playing ? "Pause" : "Play"; }, SNAPSHOT_MS);

  function show() {
    const { step, epoch } = snapshots[at];
    const time = `step ${grouped(step)}, epoch ${epoch < 1 ? fixed(epoch) : fixed(epoch, 0)}`;
    range.value = at;
    range.setAttribute("aria-valuetext", time);
    find("[data-text=moment]").textContent = time;
    showCodes({ points: codes.subarray(at * count, (at + 1) * count), labels, half });
    showPlane(at);
    showTerms(at);
  }
  const turnTo = (index) => store.set({ snapshot: index === last ? null : index });
  function go(index) {
    player.stop();
    turnTo(index);
  }
  range.addEventListener("input", () => go(Number(range.value)));
  button.addEventListener("click", () => {
    if (!player.running && at === last) turnTo(0); // restart
    player.toggle();
  });
  store.on(["snapshot"], ({ snapshot }) => {
    at = Math.min(snapshot ?? last, last);
    show();
  });
}

// Loads all planes. Returns a function that shows one once it is loaded.
function drawPlanes(canvas, snapshots) {
  const context = canvas.getContext("2d");
  let wanted = 0;
  const images = snapshots.map(({ plane }, i) => {
    const image = new Image();
    image.addEventListener("load", () => { if (i === wanted) show(i); });
    image.src = addressOf(plane);
    return image;
  });
  function show(index) {
    wanted = index;
    if (images[index].complete && images[index].naturalWidth > 0) context.drawImage(images[index], 0, 0);
  }
  return show;
}
