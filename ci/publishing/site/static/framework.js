// The reader's framework: one choice for all tabs, kept across pages, languages and visits.
// Loaded before the page is drawn: CSS shows the panels of <html data-framework="…">, so nothing
// flashes. Without this script the attribute is absent, and all versions stand one after the other.
(() => {
  const FRAMEWORKS = document.currentScript.dataset.frameworks.split(" ");
  const KEY = "framework"; // in the address and in the browser's storage
  const root = document.documentElement;

  const isKnown = (name) => FRAMEWORKS.includes(name);

  const stored = () => localStorage.getItem(KEY);
  const store = (framework) => localStorage.setItem(KEY, framework);

  function show(framework) {
    root.dataset.framework = framework;
    for (const tab of document.querySelectorAll(".framework-tablist [role=tab]")) {
      const isSelected = tab.dataset.framework === framework;
      tab.setAttribute("aria-selected", String(isSelected));
      tab.tabIndex = isSelected ? 0 : -1;
    }
    // The theme then lets the keyboard into the code that is too wide, which it could not measure.
    window.dispatchEvent(new Event("resize"));
  }

  // The tab stays where it is on the screen, however much taller the other versions above it are.
  function choose(tab) {
    const before = tab.getBoundingClientRect().top;
    show(tab.dataset.framework);
    store(tab.dataset.framework);
    const moved = tab.getBoundingClientRect().top - before;
    window.scrollBy({ top: moved, behavior: "instant" });
  }

  // The tab that a key leads to, as in the ARIA authoring practices.
  function neighbour(tab, key) {
    const tabs = [...tab.parentElement.children];
    const index = tabs.indexOf(tab);
    const indices = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: -1 };
    return key in indices ? tabs.at(indices[key] % tabs.length) : undefined;
  }

  function onKeyDown(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const next = neighbour(event.currentTarget, event.key);
    if (!next) return;
    event.preventDefault();
    choose(next);
    next.focus({ preventScroll: true });
  }

  // What the address leads to; nothing, where it was cut or written by hand and cannot be decoded.
  function target() {
    try {
      return document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return null;
    }
  }

  // A link to something inside a hidden panel shows it, without changing the reader's choice.
  function showTarget() {
    const place = target();
    const panel = place?.closest(".framework-panel");
    if (!panel) return;
    show(panel.dataset.framework);
    place.scrollIntoView();
  }

  const asked = new URLSearchParams(location.search).get(KEY);
  if (isKnown(asked)) store(asked);
  const chosen = [asked, stored()].find(isKnown) ?? FRAMEWORKS[0];
  root.dataset.framework = chosen;

  document.addEventListener("DOMContentLoaded", () => {
    show(chosen);
    for (const tab of document.querySelectorAll(".framework-tablist [role=tab]")) {
      tab.addEventListener("click", () => choose(tab));
      tab.addEventListener("keydown", onKeyDown);
    }
    showTarget();
  });
  window.addEventListener("hashchange", showTarget);
  // A page that the back button brings back may be older than the choice.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && isKnown(stored())) show(stored());
  });
})();
