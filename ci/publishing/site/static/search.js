// The search: Pagefind finds, the theme opens and closes the dialog (Ctrl+K, its buttons, Escape).

(() => {
  const SECTIONS = 3; // shown of a page at most

  let text; // of the page's language, from the dialog
  const site = new URL(`${document.documentElement.dataset.content_root}../`, location.href);
  let index; // Pagefind's module, as a promise: loaded when somebody first wants to search
  let asked = 0; // so that a late answer does not replace a newer one

  async function loadIndex() {
    const pagefind = await import(new URL("pagefind/pagefind.js", site));
    await pagefind.options({ baseUrl: site.pathname, excerptLength: 24 });
    await pagefind.preload(text.common); // so that the first search is as quick as the next ones
    return pagefind;
  }

  async function find(words) {
    index ??= loadIndex();
    const { results } = await (await index).search(words);
    const pages = await Promise.all(results.map((result) => result.data()));
    const beginnings = words.toLowerCase().split(/\s+/).map(beginning);
    const found = pages.map((page) => ({ page, sections: bestSections(page, beginnings) }));
    const shown = found.filter(({ sections }) => sections.length);
    shown.sort((a, b) => score(b.sections[0]) - score(a.sections[0]));
    const entries = shown.flatMap(({ page, sections }) => sections.map((section) => entry(page, section)));
    return { entries, count: shown.length };
  }

  // Where a word does not occur, Pagefind takes ever less of it, and would find z for zzzz.
  const beginning = (word) => word.slice(0, Math.max(2, Math.floor(word.length / 2)));

  function isMatch(section, beginnings) {
    const marked = section.excerpt.match(/<mark>.*?<\/mark>/g) ?? [];
    return marked.some((match) => beginnings.some((text) => match.toLowerCase().includes(text)));
  }

  // Pagefind weighs a word by how rare it is, and in a heading many times: titles come first.
  const score = (section) => section.weighted_locations.reduce((sum, word) => sum + word.balanced_score, 0);

  function bestSections(page, beginnings) {
    const sections = page.sub_results.filter((section) => isMatch(section, beginnings));
    return sections.sort((a, b) => score(b) - score(a)).slice(0, SECTIONS);
  }

  function entry(page, section) {
    const title = section.title === page.meta.title ? "" : section.title;
    const link = document.createElement("a");
    link.href = section.url;
    link.append(element("span", "book-search-page", page.meta.title));
    if (title) link.append(element("span", "book-search-section", title));
    const excerpt = element("span", "book-search-excerpt");
    excerpt.innerHTML = section.excerpt; // escaped by Pagefind, but for its <mark>
    link.append(excerpt);
    const item = document.createElement("li");
    item.append(link);
    return item;
  }

  function element(name, className, content = "") {
    const result = document.createElement(name);
    result.className = className;
    result.textContent = content;
    return result;
  }

  function found(count) {
    const kind = new Intl.PluralRules(document.documentElement.lang).select(count);
    return text.found[kind].replace("{count}", count);
  }

  function start(dialog) {
    text = JSON.parse(dialog.dataset.texts);
    const input = dialog.querySelector("input");
    const status = dialog.querySelector("[role=status]");
    const list = dialog.querySelector("ol");
    const links = () => [...list.querySelectorAll("a")];

    async function search() {
      const number = ++asked;
      // As the index has it: input methods and file names write one word in several ways.
      const words = input.value.normalize("NFKC").trim();
      const answer = words ? await find(words).catch(() => null) : { entries: [] };
      if (number !== asked) return;
      list.replaceChildren(...(answer?.entries ?? []));
      status.textContent = words ? message(answer) : "";
    }

    function message(answer) {
      if (!answer) return text.failed;
      return answer.count ? found(answer.count) : text.none;
    }

    function move(step) {
      const places = [input, ...links()];
      const next = places[places.indexOf(document.activeElement) + step];
      next?.focus();
    }

    input.addEventListener("input", search);
    input.addEventListener("focus", () => (index ??= loadIndex()).catch(() => {}));
    dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      links()[0]?.click();
    });
    dialog.addEventListener("keydown", (event) => {
      if (event.isComposing) return; // a Hangul syllable is being written: the keys are the input method's
      if (event.key === "Escape") dialog.close(); // one of Sphinx's scripts keeps the browser from it
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      move(step);
    });
    // A section of the same page: the browser only scrolls, so the dialog would stay.
    list.addEventListener("click", (event) => event.target.closest("a") && dialog.close());
  }

  document.addEventListener("DOMContentLoaded", () => start(document.getElementById("pst-search-dialog")));
})();
