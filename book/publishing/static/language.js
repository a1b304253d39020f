// The language switch leads to the section in view, and the site's first page remembers the choice.

document.addEventListener("DOMContentLoaded", () => {
  const link = document.querySelector("a.language-link");
  if (!link) return;

  // Sections have the same ids in both languages.
  function sectionInView() {
    const sections = [...document.querySelectorAll("article section[id]")];
    const passed = sections.filter((section) => section.getBoundingClientRect().top < innerHeight / 3);
    return passed.at(-1)?.id ?? "";
  }

  // Before the link is used, in whichever way: also opened in a new tab, or copied.
  const update = () => (link.hash = scrollY > 0 ? sectionInView() : "");
  for (const type of ["pointerenter", "pointerdown", "focus"]) link.addEventListener(type, update);

  link.addEventListener("click", () => {
    update();
    try {
      localStorage.setItem("language", link.lang);
    } catch {
      // Storage is blocked: then only this click counts.
    }
  });
});
