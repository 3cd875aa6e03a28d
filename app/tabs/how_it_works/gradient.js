// Fills the panels of the backward pass: which gradients exist, and their norms.
import { make } from "../../frontend/js/dom.js";
import { significant } from "../../frontend/js/format.js";
import { dimensionTable } from "./figures.js";
import { leading, others } from "./stages.js";

const NORM = (values) => (values.includes(null) ? null : Math.hypot(...values));

// `figure(key)` returns the element of a stage's figure; its graph is in the markup, tables are added.
export function fillGradients(pass, { sampled, reparameterized, kl }, figure) {
  const put = (key, ...content) => {
    const [graph] = figure(key).children;
    figure(key).replaceChildren(graph, ...content);
  };
  put("sampled_gradient", ...(sampled ? [norms(sampled, kl)] : []));
  put("reparameterized_gradient", norms(reparameterized, kl), ...dimensions(pass, reparameterized));
}

// Returns a table of gradient norms: a row for each variable, a column for each term.
function norms(reconstruction, kl) {
  const by = (...symbol) => ["‖∂ / ∂ ", ...symbol, "‖"];
  const rows = [
    ["mu", by(make("span", "mu", "μ")), (of) => of.mu && NORM(of.mu)],
    ["logvar", by(make("span", "sigma", "log σ²")), (of) => of.logvar && NORM(of.logvar)],
    ["encoder", ["encoder's weights φ"], (of) => of.encoder, (of) => of.mu === null],
    ["decoder", ["decoder's weights θ"], (of) => of.decoder, (of) => of.decoder === null],
  ];
  const terms = [["reconstruction", "−log p(x|z)", reconstruction], ...(kl ? [["kl", "KL", kl]] : [])];
  const cell = (term, of, key, value, absent = (gradients) => gradients[key] === null) => {
    const missing = absent(of);
    const number = missing ? "no gradient" : value(of) === null ? "not finite" : significant(value(of));
    const data = make("td", missing ? "none" : term, number);
    data.dataset.gradient = `${term} ${key}`;
    return data;
  };
  const head = make("tr", "", make("th", "", "Gradient of"), ...terms.map(([name, text]) => make("th", name, text)));
  const body = rows.map(([key, name, value, absent]) => make("tr", "", make("th", "", ...name),
    ...terms.map(([term, , of]) => cell(term, of, key, value, absent))));
  return make("table", "norms", make("thead", "", head), make("tbody", "", ...body));
}

// Returns the gradient of the reconstruction term with respect to each latent dimension.
function dimensions(pass, { mu, logvar }) {
  const column = (symbol, head, values) => ({ symbol, head, values, text: significant, bar: "signed" });
  const columns = [column("mu", "∂ / ∂ μ", mu)];
  if (logvar) columns.push(column("sigma", "∂ / ∂ log σ²", logvar));
  const caption = make("p", "others", "−log p(x|z), dimension by dimension");
  return [make("div", "", caption, dimensionTable(leading(pass), columns), ...others(pass))];
}
