// The theme: light, dark, or as the system is set. Gradio marks dark mode by a class on the body, which
// scripts that draw with colors observe. The choice is kept in the browser.
import { store } from "../../frontend/js/store.js";

const KEY = "theme";
const THEMES = { auto: ["Auto", "◐"], light: ["Light", "☀"], dark: ["Dark", "☾"] };
const system = window.matchMedia("(prefers-color-scheme: dark)");

export function followTheme(button) {
  const names = Object.keys(THEMES);
  let theme = initial();

  function apply() {
    const [name, symbol] = THEMES[theme];
    button.querySelector(".name").textContent = name;
    button.querySelector(".symbol").textContent = symbol;
    document.body.classList.toggle("dark", theme === "dark" || (theme === "auto" && system.matches));
  }
  button.addEventListener("click", () => {
    theme = names[(names.indexOf(theme) + 1) % names.length];
    keep(theme);
    apply();
    store.set({ notice: { text: `Theme: ${theme === "auto" ? "as the system is set" : theme}.` } });
  });
  system.addEventListener("change", apply); // after Gradio's own listener
  apply();
}

// As the first view was shown (app/shell/first_view).
function initial() {
  const { theme } = document.documentElement.dataset;
  return theme in THEMES ? theme : "auto";
}

function keep(theme) {
  try {
    window.localStorage.setItem(KEY, theme);
  } catch { /* The choice holds until the page is left. */ }
}
