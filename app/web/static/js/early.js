// Before the first paint: the look that this person chose in this browser. A classic script, because modules come late.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const kept = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null; // storage may be forbidden; then everything is as the system has it
    }
  };
  const look = () => {
    root.dataset.bsTheme = kept("mg-theme") || (dark.matches ? "dark" : "light");
    root.dataset.density = kept("mg-density") || "compact";
    root.toggleAttribute("data-menu-folded", kept("mg-menu") === "folded");
    root.toggleAttribute("data-all-columns", kept("mg-columns") === "all");
  };
  root.classList.replace("no-js", "js");
  look();
  dark.addEventListener("change", look);
  addEventListener("storage", look);
  addEventListener("mg-look", look);
})();
