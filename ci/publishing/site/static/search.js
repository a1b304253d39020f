// The search: finding.js finds, the theme opens and closes the dialog (Ctrl+K, its buttons, Escape).
// On the page that a result leads to, the words that were found are marked.

(() => {
  const HALF_TYPED = 300; // ms: while a syllable is being written, what it is not yet is not told
  const MARKS = "book-search"; // the highlight's name, and where the next page finds its words
  const scripts = document.currentScript.src;

  let text; // of the page's language, from the dialog
  const site = new URL(`${document.documentElement.dataset.content_root}../`, location.href);
  let finding; // the module, as a promise: loaded when somebody first wants to search
  let turn = Promise.resolve();
  let asked = 0; // so that a late answer does not replace a newer one

  async function load() {
    const module = await import(new URL(text.module, scripts));
    await module.open(site, document.documentElement.lang, text.common);
    return module;
  }

  // One after the other, for Pagefind keeps each page once, with what was found on it last.
  function find(words, number) {
    finding ??= load();
    turn = turn.catch(() => {}).then(async () => number === asked && (await finding).find(words));
    return turn;
  }

  function entry({ link, page, title, text: words }) {
    const result = document.createElement("a");
    const { pathname, hash } = new URL(link);
    result.href = pathname + hash;
    result.append(element("span", "book-search-page", page));
    if (title) result.append(element("span", "book-search-section", title));
    const shown = element("span", "book-search-excerpt");
    // A word that was found is in a list.
    for (const word of words) shown.append(Array.isArray(word) ? element("mark", "", word[0]) : word, " ");
    result.append(shown);
    const item = document.createElement("li");
    item.append(result);
    return item;
  }

  function element(name, className, content = "") {
    const result = document.createElement(name);
    result.className = className;
    result.textContent = content;
    return result;
  }

  function message({ results, instead }) {
    if (!results.length) return text.none;
    const count = new Set(results.map(({ link }) => link.split("#")[0])).size;
    const kind = new Intl.PluralRules(document.documentElement.lang).select(count);
    const found = text.found[kind].replace("{count}", count);
    return instead ? `${text.instead.replace("{words}", () => instead)} ${found}` : found;
  }

  function start(dialog) {
    text = JSON.parse(dialog.dataset.texts);
    const input = dialog.querySelector("input");
    const status = dialog.querySelector("[role=status]");
    const list = dialog.querySelector("ol");
    const links = () => [...list.querySelectorAll("a")];
    let results = [];

    async function search(event) {
      const number = ++asked;
      // As the index has it: input methods and file names write one word in several ways. A letter
      // of a syllable that has just begun says nothing yet.
      const typed = input.value.normalize("NFKC").trim();
      const words = typed.replace(/(?<=.)[\u1100-\u11ff]+$/, "").trim();
      const answer = words ? await find(words, number).catch(() => null) : { results: [] };
      const isAsTyped = answer?.results.length && !answer.instead;
      if (event.isComposing && !isAsTyped) await new Promise((resolve) => setTimeout(resolve, HALF_TYPED));
      if (number !== asked) return;
      results = answer?.results ?? [];
      list.replaceChildren(...results.map(entry));
      if (!words) status.textContent = "";
      else status.textContent = answer ? message(answer) : text.failed;
    }

    function move(step) {
      const places = [input, ...links()];
      const next = places[places.indexOf(document.activeElement) + step];
      next?.focus();
    }

    input.addEventListener("input", search);
    input.addEventListener("focus", () => (finding ??= load()).catch(() => {}));
    dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      links()[0]?.click();
    });
    dialog.addEventListener("keydown", (event) => {
      if (event.isComposing) return; // a Hangul syllable is being written: the keys are the input method's
      if (event.key === "Escape") event.stopPropagation(); // it closes the dialog: the marks stay
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      move(step);
    });
    list.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (!link) return;
      dialog.close(); // a section of the same page: the browser only scrolls, so it would stay
      const { words } = results[links().indexOf(link)];
      const isHere = link.pathname === location.pathname && !(event.ctrlKey || event.metaKey || event.shiftKey);
      if (isHere) mark(words);
      else sessionStorage.setItem(MARKS, JSON.stringify({ link: link.href, words }));
    });
  }

  // --- The marks: highlights, which change neither the page's text nor its layout ---

  function markArrived() {
    const kept = JSON.parse(sessionStorage.getItem(MARKS));
    sessionStorage.removeItem(MARKS);
    if (kept?.link === location.href) mark(kept.words);
  }

  function mark(words) {
    unmark();
    if (!CSS.highlights) return;
    const ranges = [...textsOfArticle()].flatMap((node) => rangesIn(node, wordPattern(words)));
    if (!ranges.length) return;
    CSS.highlights.set(MARKS, new Highlight(...ranges));
    const button = element("button", "book-search-unmark btn", text.unmark);
    button.append(element("kbd", "", "Esc"));
    button.addEventListener("click", unmark);
    document.querySelector("article.bd-article").append(button);
  }

  function unmark() {
    CSS.highlights?.delete(MARKS);
    document.querySelector(".book-search-unmark")?.remove();
  }

  // Words of letters that are written into one word end where the word ends; Korean goes on.
  function wordPattern(words) {
    const forms = words.map((word) => (/\p{Script=Hangul}/u.test(word) ? word : `${word}(?![\\p{L}\\p{N}])`));
    const longestFirst = forms.sort((a, b) => b.length - a.length);
    return new RegExp(`(?<![\\p{L}\\p{N}])(?:${longestFirst.join("|")})`, "giu");
  }

  function* textsOfArticle() {
    const left = "script, style, mjx-container, .headerlink, .margin-note, .book-search-unmark";
    const walker = document.createTreeWalker(document.querySelector("article.bd-article"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      if (!walker.currentNode.parentElement.closest(left)) yield walker.currentNode;
    }
  }

  function rangesIn(node, pattern) {
    return [...node.data.matchAll(pattern)].map(
      ({ index, 0: word }) =>
        new StaticRange({
          startContainer: node,
          startOffset: index,
          endContainer: node,
          endOffset: index + word.length,
        }),
    );
  }

  document.addEventListener("DOMContentLoaded", () => {
    start(document.getElementById("pst-search-dialog"));
    markArrived();
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && unmark());
})();
