// Highlights a symbol (mu, sigma, epsilon, z) everywhere in `container` while the pointer is over it in
// a formula, number, figure or code, by setting data-highlight. The legend's buttons do the same for
// the keyboard; clicking one keeps the highlight.

const SYMBOLS = ["mu", "sigma", "epsilon", "z"];
const ANY = SYMBOLS.map((symbol) => `.${symbol}`).join(",");

export function followSymbols(container) {
  let kept = null;
  const mark = (symbol) => { container.dataset.highlight = symbol ?? kept ?? ""; };
  const symbolAt = ({ target }) => {
    const marked = target.closest(ANY);
    return SYMBOLS.find((symbol) => marked?.classList.contains(symbol));
  };
  for (const arrives of ["pointerover", "focusin"]) {
    container.addEventListener(arrives, (event) => mark(symbolAt(event)));
  }
  for (const leaves of ["pointerleave", "focusout"]) container.addEventListener(leaves, () => mark());

  const buttons = [...container.querySelectorAll(".legend button")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      kept = kept === button.dataset.symbol ? null : button.dataset.symbol;
      for (const one of buttons) one.setAttribute("aria-pressed", one.dataset.symbol === kept);
      mark();
    });
  }
}
