// The reader's framework, or all side by side: one choice for all tabs, kept across pages, languages
// and visits. Loaded before the page is drawn: CSS shows the panels of <html data-framework="…">, so
// nothing flashes. Without this script the attribute is absent, and all versions stand one after the
// other. <html data-both> says that all are chosen, also where only paper has the room for them.
(() => {
  const FRAMEWORKS = document.currentScript.dataset.frameworks.split(" ");
  const BOTH = "both";
  const KEY = "framework"; // in the address and in the browser's storage
  const LAST = "framework-alone"; // in the storage: the last one chosen by itself
  const root = document.documentElement;
  const wide = matchMedia("(min-width: 1500px)"); // as in tabs.css

  const isKnown = (name) => name === BOTH || FRAMEWORKS.includes(name);
  const asked = () => new URLSearchParams(location.search).get(KEY);

  function store(choice) {
    localStorage.setItem(KEY, choice);
    if (choice !== BOTH) localStorage.setItem(LAST, choice);
  }

  // The choice of the storage, as far as the window has room for it.
  function chosen() {
    const stored = localStorage.getItem(KEY);
    const choice = isKnown(stored) ? stored : FRAMEWORKS[0];
    root.toggleAttribute("data-both", choice === BOTH);
    if (choice !== BOTH || wide.matches) return choice;
    return FRAMEWORKS.find((name) => name === localStorage.getItem(LAST)) ?? FRAMEWORKS[0];
  }

  function show(framework) {
    root.dataset.framework = framework;
    if (framework === BOTH) document.querySelectorAll(".framework-tabs").forEach(align);
    for (const tab of document.querySelectorAll(".framework-tablist [role=tab]")) {
      const isSelected = tab.dataset.framework === framework;
      tab.setAttribute("aria-selected", String(isSelected));
      tab.tabIndex = isSelected ? 0 : -1;
    }
    // The theme then lets the keyboard into the code that is too wide, which it could not measure.
    window.dispatchEvent(new Event("resize"));
  }

  // An address that names a framework names the one that shows: it may be reloaded, or handed on.
  function follow(choice) {
    if (!asked()) return;
    const address = new URL(location);
    address.searchParams.set(KEY, choice);
    history.replaceState(history.state, "", address);
  }

  // The tab stays where it is on the screen, however much taller the other versions above it are.
  function choose(tab) {
    const before = tab.getBoundingClientRect().top;
    store(tab.dataset.framework);
    follow(tab.dataset.framework);
    show(chosen());
    const moved = tab.getBoundingClientRect().top - before;
    window.scrollBy({ top: moved, behavior: "instant" });
  }

  // The tab that a key leads to, as in the ARIA authoring practices.
  function neighbour(tab, key) {
    const tabs = [...tab.parentElement.children].filter((other) => other.offsetParent);
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

  // --- Side by side ---------------------------------------------------------------------------

  // Each line of code becomes an element. Pygments ends its marks where a line ends.
  function splitLines(code) {
    const lines = [document.createElement("span")];
    // Those that a phone breaks are elements already.
    const nodes = [...code.childNodes].flatMap((node) => (node.matches?.(".line") ? [...node.childNodes] : [node]));
    for (const node of nodes) {
      const parts = node.nodeType === Node.TEXT_NODE ? node.data.split(/(?<=\n)/) : [node];
      for (const part of parts) {
        lines.at(-1).append(part);
        if (typeof part === "string" && part.endsWith("\n")) lines.push(document.createElement("span"));
      }
    }
    if (!lines.at(-1).textContent) lines.pop();
    for (const line of lines) {
      line.className = "code-line";
      line.style.setProperty("--indent", line.textContent.search(/\S|$/));
    }
    code.replaceChildren(...lines);
    return lines;
  }

  // What stands before each cell of a panel, and the cell; after the last one, only the former.
  function partsOf(panel) {
    const parts = [{ prose: [] }];
    for (const child of [...panel.children].slice(1)) {
      if (child.matches(".cell")) {
        parts.at(-1).cell = child;
        parts.push({ prose: [] });
      } else {
        parts.at(-1).prose.push(child);
      }
    }
    return parts;
  }

  // Rows for all that the panels of a set hold: corresponding lines and outputs share one.
  function align(tabs) {
    if (tabs.dataset.rows === undefined) return;
    const panels = [...tabs.querySelectorAll(".framework-panel")].map(partsOf);
    const cells = tabs.dataset.rows.split(" ");
    delete tabs.dataset.rows; // once is enough
    const counterparts = new Map();
    let row = 2; // below the names
    for (const [number, pattern] of [...cells, ""].entries()) {
      const parts = panels.map((panel) => panel[number]).filter(Boolean);
      for (const { prose } of parts) prose.forEach((part, index) => (part.style.gridRow = row + index));
      row += Math.max(...parts.map(({ prose }) => prose.length));
      if (pattern) row = alignCells(parts, [...pattern].map(Number), row, counterparts);
    }
    tabs.style.setProperty("--rows", row - 1);
    lightLines(tabs, counterparts);
  }

  function alignCells(parts, pattern, row, counterparts) {
    const inRow = pattern.map(() => []);
    for (const [place, { cell }] of parts.entries()) {
      const rows = [...pattern.keys()].filter((index) => pattern[index] & (2 ** place));
      const code = cell.querySelector(".cell_input pre");
      code.parentElement.style.gridRow = `${row} / span ${pattern.length}`;
      for (const [index, line] of splitLines(code).entries()) {
        line.style.gridRow = rows[index] + 1;
        inRow[rows[index]].push(line);
        counterparts.set(line, inRow[rows[index]]);
      }
      const output = cell.querySelector(".cell_output");
      if (output) output.style.gridRow = row + pattern.length;
    }
    return row + pattern.length + 1;
  }

  // Lines that correspond are lit together under the pointer.
  function lightLines(tabs, counterparts) {
    let lit = [];
    const light = (lines) => {
      for (const line of lit) line.classList.remove("lit");
      lit = lines;
      for (const line of lit) line.classList.add("lit");
    };
    tabs.addEventListener("pointerover", ({ target }) => light(counterparts.get(target.closest(".code-line")) ?? []));
    tabs.addEventListener("pointerleave", () => light([]));
  }

  // --- Addresses ------------------------------------------------------------------------------

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
    if (root.dataset.framework !== BOTH) show(panel.dataset.framework);
    place.scrollIntoView();
  }

  if (isKnown(asked())) store(asked());
  root.dataset.framework = chosen();

  document.addEventListener("DOMContentLoaded", () => {
    show(chosen());
    for (const tab of document.querySelectorAll(".framework-tablist [role=tab]")) {
      tab.addEventListener("click", () => choose(tab));
      tab.addEventListener("keydown", onKeyDown);
    }
    showTarget();
  });
  wide.addEventListener("change", () => show(chosen()));
  window.addEventListener("hashchange", showTarget);
  // A page that the back button brings back may be older than the choice.
  window.addEventListener("pageshow", (event) => event.persisted && show(chosen()));
})();
