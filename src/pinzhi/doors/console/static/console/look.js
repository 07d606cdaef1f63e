// Before the first paint: the chosen look as the attribute that Tabler's own rules read.
(() => {
  "use strict";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => root.setAttribute("data-bs-theme", root.dataset.theme === "auto" ? (dark.matches ? "dark" : "light") : root.dataset.theme);
  apply();
  dark.addEventListener("change", apply);
})();
