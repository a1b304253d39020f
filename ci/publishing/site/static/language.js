// The language switch, a link for each other language, leads to the section in view, and the site's first page remembers the choice.

document.addEventListener("DOMContentLoaded", () => {
  // Sections have the same ids in both languages.
  function sectionInView() {
    const sections = [...document.querySelectorAll("article section[id]")];
    const passed = sections.filter((section) => section.getBoundingClientRect().top < innerHeight / 3);
    return passed.at(-1)?.id ?? "";
  }

  // Before the link is used, in whichever way: also opened in a new tab, or copied.
  const update = ({ currentTarget: link }) => (link.hash = scrollY > 0 ? sectionInView() : "");

  function choose(event) {
    update(event);
    localStorage.setItem("language", event.currentTarget.lang);
  }

  for (const link of document.querySelectorAll("a.language-link")) {
    for (const type of ["pointerenter", "pointerdown", "focus"]) link.addEventListener(type, update);
    link.addEventListener("click", choose);
  }
});
