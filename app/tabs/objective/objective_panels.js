// The tab "Objective": mounts its panels.
import { mount as dimensions } from "./latent_dims/latent_dims.js";
import { mount as heads } from "./variance_heads/variance_heads.js";
import { mount as lambda } from "./kl_weight/kl_weight.js";
import { mount as likelihood } from "./likelihood/likelihood.js";
import { mount as replay } from "./replay/replay.js";
import { mountPanels } from "../../components/panels/panels.js";

export function mount(element, props, { root }) {
  const panels = Object.entries({ lambda, likelihood, dimensions, heads, replay });
  mountPanels(element, "objective_panel", Object.fromEntries(
    panels.map(([key, mountPanel]) => [key, (body) => mountPanel(body, props, root)]),
  ));
}
