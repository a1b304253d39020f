// The language switch, a link for each other language, leads to the section that is read and keeps its place on the screen; the site's first page remembers the choice.

document.addEventListener("DOMContentLoaded", () => {
  const KEY = "place"; // in the storage of this window, from the click to the other page
  const NEAR = 24; // px under the header in which a heading already counts as read
  const top = (element) => element.getBoundingClientRect().top;
  const headerBottom = () => document.querySelector(".bd-header-article").getBoundingClientRect().bottom;

  // The last of the elements that has come up to the header.
  const lastPassed = (elements) =>
    [...elements].filter((element) => top(element) <= headerBottom() + NEAR).at(-1);

  // Sections have the same ids in both languages.
  const sectionInView = () =>
    scrollY > 0 ? lastPassed(document.querySelectorAll("article section[id]")) : undefined;

  const folds = () => [...document.querySelectorAll("article details")];

  // Sections have the same parts, too: paragraphs, formulas, cells. Notes in the margin may differ.
  const partsOf = (section) => [...section.children].filter((child) => !child.matches(".margin-note"));

  function store(section) {
    const part = lastPassed(partsOf(section)) ?? section;
    const { top, height } = part.getBoundingClientRect();
    const place = {
      id: section.id,
      part: partsOf(section).indexOf(part),
      parts: partsOf(section).length,
      top,
      share: height > 0 ? (headerBottom() - top) / height : 0, // of it that has passed
      open: folds().map((fold) => fold.open),
    };
    sessionStorage.setItem(KEY, JSON.stringify(place));
  }

  function show({ id, part, parts, top: before, share }) {
    const section = document.getElementById(id);
    const here = partsOf(section);
    const isAlike = here.length === parts;
    const element = (isAlike && here[part]) || section;
    const wanted = share > 0 && isAlike ? headerBottom() - share * element.offsetHeight : before;
    scrollBy({ top: top(element) - wanted, behavior: "instant" });
  }

  // Fonts still come and move the text: until the page rests, or the reader moves it.
  function restore() {
    const place = JSON.parse(sessionStorage.getItem(KEY));
    sessionStorage.removeItem(KEY);
    if (place === null || location.hash !== `#${place.id}` || !document.getElementById(place.id)) return;
    const inThisLanguage = folds();
    if (inThisLanguage.length === place.open.length) place.open.forEach((open, at) => (inThisLanguage[at].open = open));
    const observer = new ResizeObserver(() => show(place));
    observer.observe(document.querySelector("article"));
    const stop = () => observer.disconnect();
    for (const type of ["wheel", "touchstart", "pointerdown", "keydown"]) addEventListener(type, stop, { once: true, passive: true });
    addEventListener("load", async () => {
      await document.fonts.ready;
      setTimeout(stop, 300);
    });
  }

  // Before the link is used, in whichever way: also opened in a new tab, or copied.
  const update = ({ currentTarget: link }) => (link.hash = sectionInView()?.id ?? "");

  function choose(event) {
    update(event);
    localStorage.setItem("language", event.currentTarget.lang);
    const section = sectionInView();
    if (section && !event.ctrlKey && !event.metaKey && !event.shiftKey) store(section);
  }

  for (const link of document.querySelectorAll("a.language-link")) {
    for (const type of ["pointerenter", "pointerdown", "focus"]) link.addEventListener(type, update);
    link.addEventListener("click", choose);
  }
  restore();
});
