// Previews: what a link within the book leads to, on hover and on focus. The text is the link's
// title, written at build time: it needs no request, and works for a page opened as a file. A finger
// cannot hover: it opens the definition of a term in a sheet, and follows other links.
(() => {
  const HIDE_AFTER = 150; // ms, so that the pointer can reach the preview

  const preview = document.createElement("div");
  preview.id = "link-preview";
  preview.setAttribute("role", "tooltip");
  preview.hidden = true;
  document.body.append(preview);

  let link;
  let timer;
  let isTouched = false; // the last thing that the reader used was a finger

  const sheet = document.getElementById("term-sheet");
  const wordsOfOthers = Object.entries(JSON.parse(sheet.dataset.wordsOfOthers));

  // A screen reader changes its voice for words in another language, such as the Korean for a term.
  function write(element, text) {
    let parts = [text];
    for (const [lang, words] of wordsOfOthers) {
      const marked = (textContent) => Object.assign(document.createElement("span"), { lang, textContent });
      const split = (part) => part.split(new RegExp(words)).map((each, place) => (place % 2 ? marked(each) : each));
      parts = parts.flatMap((part) => (typeof part === "string" ? split(part) : part));
    }
    element.replaceChildren(...parts);
  }

  function show(event) {
    hide();
    if (isTouched) return;
    link = event.currentTarget;
    write(preview, link.dataset.preview);
    preview.hidden = false;
    link.setAttribute("aria-describedby", preview.id);
    place();
  }

  // Under the link's last line, or above its first where there is no room, inside the window.
  function place() {
    const lines = [...link.getClientRects()];
    const { width, height } = preview.getBoundingClientRect();
    const below = lines.at(-1).bottom + 4;
    const isBelow = below + height <= innerHeight;
    const left = Math.min(lines.at(isBelow ? -1 : 0).left, document.body.clientWidth - width - 8);
    preview.style.left = `${Math.max(8, left)}px`;
    preview.style.top = `${isBelow ? below : lines[0].top - height - 4}px`;
  }

  // The focus may just have brought the link into the window; a link that has left it needs none.
  function follow() {
    if (!link) return;
    const { top, bottom } = link.getBoundingClientRect();
    if (bottom > 0 && top < innerHeight) place();
    else hide();
  }

  function hide() {
    clearTimeout(timer);
    preview.hidden = true;
    link?.removeAttribute("aria-describedby");
    link = undefined;
  }

  function hideSoon() {
    timer = setTimeout(hide, HIDE_AFTER);
  }

  function openSheet(event) {
    if (!isTouched) return;
    event.preventDefault();
    const term = event.currentTarget;
    sheet.querySelector("h2").textContent = term.textContent;
    write(sheet.querySelector("p"), term.dataset.preview);
    sheet.querySelector("a").href = term.href;
    const back = () => {
      term.focus({ preventScroll: true });
      hide();
    };
    sheet.addEventListener("close", back, { once: true });
    sheet.showModal();
  }

  // Its inside is one element: what is clicked beside that is what lies behind the sheet.
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());

  for (const reference of document.querySelectorAll(".bd-article a.reference.internal[title]")) {
    reference.dataset.preview = reference.title;
    reference.removeAttribute("title"); // or the browser would show it as well
    reference.addEventListener("mouseenter", show);
    reference.addEventListener("focus", show);
    reference.addEventListener("mouseleave", hideSoon);
    reference.addEventListener("blur", hide);
    if (reference.querySelector(".glossary-term")) reference.addEventListener("click", openSheet);
  }
  document.addEventListener("pointerdown", ({ pointerType }) => (isTouched = pointerType === "touch"), true);
  preview.addEventListener("mouseenter", () => clearTimeout(timer));
  preview.addEventListener("mouseleave", hideSoon);
  document.addEventListener("keydown", ({ key }) => {
    isTouched = false;
    if (key === "Escape") hide();
  });
  document.addEventListener("scroll", follow, { passive: true });
})();

// The theme takes the focus from its buttons when they are pressed, to hide what they say of
// themselves. The keyboard, whose clicks have no count, would lose its place: it gets it back, before
// the theme keeps in mind where to return from a sidebar.
for (const button of document.querySelectorAll(".theme-switch-button, .search-button, .sidebar-toggle")) {
  button.addEventListener("click", ({ detail }) => detail === 0 && button.focus({ preventScroll: true }));
}

// Formulas that are too wide scroll by themselves: the keyboard must get into them.
(() => {
  // What is drawn is measured, for a short formula's hidden MathML may be wider. A displayed formula
  // scrolls beside its number.
  function measure(formula) {
    const scrolling = formula.matches("div") ? formula.firstElementChild : formula;
    const drawn = formula.querySelector("mjx-math").getBoundingClientRect().width;
    const isWide = drawn > scrolling.clientWidth + 1;
    formula.classList.toggle("too-wide", isWide);
    if (isWide) scrolling.tabIndex = 0;
    else scrolling.removeAttribute("tabindex");
  }

  // Called at first, and whenever a new width of the window has changed a formula's.
  const observer = new ResizeObserver((entries) => entries.forEach(({ target }) => measure(target)));
  for (const formula of document.querySelectorAll(".bd-article .math")) observer.observe(formula);
})();

// The theme lets the keyboard into code that is too wide, but measures none that is folded away.
document.addEventListener("toggle", () => window.dispatchEvent(new Event("resize")), true);

// At the end of a page the list of its contents marks the last section: the theme marks a heading
// that reaches the upper part of the window, which that of a short last section never does.
(() => {
  const list = document.getElementById("pst-page-toc-nav");
  if (!list) return;
  const links = [...list.querySelectorAll("a")];
  let marked; // by the theme, while the last one is marked instead

  function mark(link) {
    for (const other of links) {
      other.classList.toggle("active", other === link);
      if (other === link) other.setAttribute("aria-current", "true");
      else other.removeAttribute("aria-current");
    }
    for (const entry of list.querySelectorAll(".toc-entry")) entry.classList.toggle("active", entry.contains(link));
  }

  function update() {
    const isEnd = scrollY > 0 && scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
    const current = links.find((link) => link.hasAttribute("aria-current"));
    if (isEnd && current !== links.at(-1)) {
      marked = current;
      mark(links.at(-1));
    } else if (!isEnd && marked) {
      if (current === links.at(-1)) mark(marked);
      marked = undefined;
    }
  }

  // When the page rests, and the theme has had its turn.
  let timer;
  const updateSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(update, 100);
  };
  document.addEventListener("scroll", updateSoon, { passive: true });
})();

// An explorer, below the heat map of a trained model: a reader who opens it gets what it needs.
(() => {
  const folder = new URL(".", document.currentScript.src);

  function load(name) {
    return new Promise((resolve, reject) => {
      const [tag, address] = /\.css/.test(name) ? ["link", "href"] : ["script", "src"];
      const element = document.createElement(tag);
      if (tag === "link") element.rel = "stylesheet";
      element[address] = new URL(name, folder);
      element.onload = resolve;
      element.onerror = reject;
      document.head.append(element);
    });
  }

  let isLoaded = false;
  for (const panel of document.querySelectorAll(".explorer")) {
    const button = panel.querySelector(".explorer-open");
    const problem = panel.querySelector(".explorer-problem");
    panel.hidden = false;
    button.addEventListener("click", async () => {
      if (button.getAttribute("aria-disabled") === "true") return;
      button.setAttribute("aria-disabled", "true");
      problem.textContent = "";
      try {
        if (!isLoaded) for (const name of panel.dataset.files.split(" ")) await load(name);
        isLoaded = true;
        await bookExplorer.open(panel);
        button.remove();
      } catch (error) {
        console.warn(error);
        problem.textContent = panel.dataset.failed;
        button.removeAttribute("aria-disabled");
      }
    });
  }
})();
