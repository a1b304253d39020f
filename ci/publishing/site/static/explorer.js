// The explorer below a trained heat map: a translation step by step, and what becomes of it when the
// reader interferes. reading.js loads it, with the engine (translator.js) and the numerals, when a
// panel is opened; templates/explorer.html has its parts and texts.
(() => {
  const RULE = 5; // what the digit language adds to a word
  const SPEAK_AFTER = 400; // ms, so that a screen reader does not read each place of a slider
  const DECIMALS = 2;
  const COLOURS = { plus: [31, 111, 235], minus: [217, 95, 2] }; // of a vector's numbers

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const percent = (share) => `${(100 * share).toFixed(1)}%`;

  // As many elements in a parent as there are values: those that are there stay, with their focus.
  function keep(parent, count, create) {
    while (parent.children.length > count) parent.lastElementChild.remove();
    while (parent.children.length < count) parent.append(create(parent.children.length));
    return [...parent.children];
  }

  // A number is a stripe, the stronger the further it is from 0; the states lie between -1 and 1.
  function draw(canvas, vector, name, say) {
    Object.assign(canvas, { width: vector.length, height: 1 });
    const context = canvas.getContext("2d");
    const image = context.createImageData(vector.length, 1);
    vector.forEach((number, unit) => {
      image.data.set([...(number < 0 ? COLOURS.minus : COLOURS.plus), 255 * Math.min(1, Math.abs(number))], 4 * unit);
    });
    context.putImageData(image, 0, 0);
    const [least, most] = [Math.min(...vector), Math.max(...vector)].map((number) => number.toFixed(DECIMALS));
    canvas.setAttribute("aria-label", say("vector", { name, count: vector.length, least, most }));
  }

  // What the models read and write: the words of the digit language, or numbers or dates in two
  // languages. What a task cannot read it throws, with the reason: the name of a text of the panel.
  class Digits {
    constructor(model) {
      this.model = model;
    }

    read(text) {
      const words = text.trim().split(/\s+/).filter(Boolean);
      if (!words.length) throw { reason: "empty" };
      const strange = words.find((word) => !/^[1-5]$/.test(word));
      if (strange) throw { reason: "unknown", word: strange };
      const most = this.model.longest - 1; // EOS is one, too
      if (words.length > most) throw { reason: "long", count: words.length, most };
      return { tokens: words, right: this.write(words.map((word) => String(Number(word) + RULE))) };
    }

    write(tokens) {
      return tokens.join(" ");
    }
  }

  class Texts {
    constructor(model) {
      this.model = model;
      [this.from, this.to] = model.languages;
    }

    // The tokens of a text, all of which the model has learned; where not, what was typed is named, or
    // the token itself.
    cut(text, typed) {
      const tokens = bookNumerals.tokens(text, this.from);
      const strange = tokens.find((token) => !this.model.source.includes(token));
      if (strange) throw { reason: "unknown", word: typed ?? strange };
      return tokens;
    }

    // A space at the end, which nobody would see, stays a token's sign.
    write(tokens) {
      return bookNumerals.text(tokens, this.to).replace(/ +$/, (spaces) => "_".repeat(spaces.length));
    }
  }

  class Numbers extends Texts {
    // A number in the language that the model reads, or in the other one: the model gets the former.
    read(text) {
      const number = this.number(text);
      const tokens = this.cut(bookNumerals.spell(number, this.from), text.trim());
      return { tokens, right: bookNumerals.spell(number, this.to), number };
    }

    number(text) {
      const problems = [];
      for (const language of [this.from, this.to]) {
        try {
          return bookNumerals.read(text, language);
        } catch (error) {
          if (!(error instanceof bookNumerals.NumeralError)) throw error;
          problems.push({ reason: error.reason, word: error.part });
        }
      }
      throw problems.find(({ reason }) => reason !== "part") ?? problems[0];
    }
  }

  class Dates extends Texts {
    read(text) {
      if (!text.trim()) throw { reason: "empty" };
      const date = bookDates.read(text);
      if (!date) throw { reason: "date" };
      return { tokens: this.cut(date[this.from]), right: date[this.to] };
    }
  }

  const TASKS = { digits: Digits, numbers: Numbers, dates: Dates };

  class Explorer {
    constructor(panel) {
      this.panel = panel;
      this.body = make("div", { className: "explorer-body", hidden: true, tabIndex: -1 });
      this.body.append(panel.querySelector("template").content.cloneNode(true));
      panel.append(this.body);
      const find = (selector) => panel.querySelector(selector);
      this.form = find("form");
      this.problem = find(".explorer-told [role=alert]");
      this.status = find(".explorer-told [role=status]");
      this.told = find(".explorer-told p");
      this.map = find(".explorer-map");
      this.source = find(".explorer-source tbody");
      this.best = find(".explorer-best");
      this.untouched = find(".explorer-untouched");
      this.vectors = Object.fromEntries(
        [...panel.querySelectorAll(".explorer-vector")].map((canvas) => [canvas.dataset.name, canvas]),
      );
      this.buttons = Object.fromEntries([...panel.querySelectorAll("button[name]")].map((one) => [one.name, one]));
      this.texts = Object.fromEntries(
        [...panel.querySelectorAll("[data-text]")].map((one) => [one.dataset.text, one.textContent]),
      );
      this.say = (name, values = {}) => this.texts[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
      this.followFramework();
      this.listen();
    }

    // --- What the reader chooses ---------------------------------------------------------------

    // The page's framework is the panel's, until the reader chooses another one here.
    followFramework() {
      const root = document.documentElement;
      const follow = () => {
        const choice = [...this.form.elements.framework].find((one) => one.value === root.dataset.framework);
        if (!choice || choice.checked) return;
        choice.checked = true;
        if (this.model) this.change("framework");
      };
      follow();
      new MutationObserver(follow).observe(root, { attributeFilter: ["data-framework"] });
    }

    listen() {
      this.form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.translate();
      });
      // What is typed is translated as soon as it can be read; what cannot is told when it is sent.
      this.form.elements.sentence.addEventListener("input", () => this.translate({ isTyping: true }));
      this.form.addEventListener("change", ({ target }) => target.type === "radio" && this.change(target.name));
      // Where there is nothing to press, buttons keep the focus.
      this.buttons.back.addEventListener("click", () => this.go(this.step - 1));
      this.buttons.next.addEventListener("click", () => this.go(this.step + 1));
      this.buttons.restore.addEventListener("click", () => this.restore());
      this.map.addEventListener("keydown", (event) => {
        const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (!by || !event.target.matches("tbody button")) return;
        event.preventDefault();
        this.go(this.step + by);
        this.map.querySelectorAll("tbody button")[this.step].focus();
      });
      for (const name of ["state", "previous"]) {
        const select = this.panel.querySelector(`select[name=${name}]`);
        select.addEventListener("change", () => this.hand(name, Number(select.value)));
      }
    }

    // The other framework's model, with what the reader has changed; or that of the other direction.
    async change(what) {
      const changes = what === "framework" ? { masked: this.masked, changes: this.changes, step: this.step } : {};
      try {
        await this.load();
      } catch {
        this.problem.textContent = this.say("failed");
        return;
      }
      const field = this.form.elements.sentence;
      if (what === "model" && !/^[0-9,\s]+$/.test(field.value)) field.value = bookNumerals.spell(this.number, this.task.from);
      this.translate(changes);
    }

    // The model that the form asks for, unless it asks for another one meanwhile.
    async load() {
      const name = `${this.form.elements.model.value}.${this.form.elements.framework.value}`;
      this.asked = name;
      const model = await bookTranslator.load(name);
      if (this.asked !== name) return;
      this.model = model;
      this.task = new TASKS[model.task](model);
      for (const part of this.panel.querySelectorAll("[data-task]")) part.hidden = part.dataset.task !== model.task;
      this.form.elements.sentence.value ||= this.panel.dataset.text || model.sample.text;
      if (!model.languages) return;
      const [from, to] = model.languages;
      for (const part of [this.form.elements.sentence, this.source, this.map.tHead]) part.lang = from;
      for (const part of [this.best, this.map.tBodies[0]]) part.lang = to;
    }

    translate({ masked = new Set(), changes = new Map(), step = 0, isTyping = false } = {}) {
      this.problem.textContent = "";
      const field = this.form.elements.sentence;
      try {
        Object.assign(this, this.task.read(field.value));
      } catch (problem) {
        if (!problem.reason) throw problem;
        this.tell(""); // what was said is about another sentence
        if (isTyping) return;
        this.problem.textContent = this.say(problem.reason, problem);
        field.focus();
        return;
      }
      this.encoded = this.model.encode(this.model.ids(this.tokens));
      this.labels = [...this.tokens, "EOS"];
      Object.assign(this, { masked, changes, step }); // what the reader has changed, by steps
      this.plain = this.decode(new Set(), new Map());
      this.build();
      this.update();
    }

    // A step is given something else: a state, a word before, or weights.
    hand(name, value) {
      this.changes.set(this.step, { ...this.changes.get(this.step), [name]: value });
      this.update();
    }

    restore() {
      this.masked.clear();
      this.changes.clear();
      this.problem.textContent = "";
      this.update();
    }

    go(step) {
      this.step = Math.max(0, Math.min(step, this.steps.length - 1));
      this.update();
    }

    mask(place, isVisible) {
      this.problem.textContent = "";
      if (isVisible) this.masked.delete(place);
      else if (this.masked.size < this.labels.length - 1) this.masked.add(place);
      else this.problem.textContent = this.say("last");
      this.update();
    }

    // A weight that is moved leaves the rest to the others, in the shares that they had.
    weigh(place, weight) {
      const { weights } = this.steps[this.step];
      const rest = 1 - weights[place];
      const others = weights.filter((_, other) => other !== place && !this.masked.has(other)).length;
      this.hand("weights", weights.map((old, other) => {
        if (other === place) return others ? weight : 1;
        if (this.masked.has(other)) return 0;
        return rest > 1e-6 ? (old / rest) * (1 - weight) : (1 - weight) / others;
      }));
    }

    // --- What the model does --------------------------------------------------------------------

    // All steps of a translation. Each knows the state and the word that it was given, and from which
    // steps the state and the model's own word before came.
    decode(masked, changes) {
      const steps = [];
      const states = [this.encoded.state];
      let written = this.model.sos;
      while (steps.length < this.model.longest && written !== this.model.eos) {
        const { state = steps.length, previous = written, weights } = changes.get(steps.length) ?? {};
        const hidden = this.labels.map((_, place) => masked.has(place));
        const visible = weights?.map((weight, place) => (hidden[place] ? 0 : weight));
        const step = this.model.step(this.encoded, states[state], previous, { weights: visible, masked: hidden });
        steps.push({ ...step, given: states[state], stateFrom: state, previous, own: written });
        states.push(step.state);
        written = step.best[0].id;
      }
      return steps;
    }

    textOf(steps) {
      const tokens = steps.map((step) => step.best[0].token);
      return this.task.write(tokens.at(-1) === "EOS" ? tokens.slice(0, -1) : tokens);
    }

    // --- What the reader sees -------------------------------------------------------------------

    // Once for a sentence: a column and a row for each of its words.
    build() {
      const head = this.map.tHead.rows[0];
      head.replaceChildren(
        make("td"),
        ...this.labels.map((token) => make("th", { scope: "col", textContent: token })),
      );
      this.map.tBodies[0].replaceChildren();
      this.source.replaceChildren(...this.labels.map((token, place) => this.sourceRow(token, place)));
    }

    sourceRow(token, place) {
      const canvas = make("canvas", { className: "explorer-vector", role: "img" });
      draw(canvas, this.encoded.states[place], `h${place + 1}`, this.say);
      const slider = make("input", { type: "range", min: 0, max: 1, step: 0.01 });
      slider.setAttribute("aria-label", this.say("weight", { word: token }));
      slider.addEventListener("input", () => this.weigh(place, Number(slider.value)));
      const box = make("input", { type: "checkbox", checked: true });
      box.setAttribute("aria-label", this.say("visible", { word: token }));
      box.addEventListener("change", () => this.mask(place, box.checked));
      return make(
        "tr", {},
        make("th", { scope: "row", textContent: token }),
        make("td", {}, canvas),
        make("td"),
        make("td", {}, make("span", {}, slider, make("output"))),
        make("td", {}, make("label", {}, box)),
      );
    }

    update() {
      this.steps = this.decode(this.masked, this.changes);
      this.step = Math.min(this.step, this.steps.length - 1);
      const step = this.steps[this.step];
      this.updateMap();
      this.updateGiven(step);
      this.updateSource(step);
      draw(this.vectors.context, step.context, `c${this.step + 1}`, this.say);
      this.updateBest(step);
      const isChanged = this.masked.size > 0 || this.changes.size > 0;
      this.buttons.back.setAttribute("aria-disabled", this.step === 0);
      this.buttons.next.setAttribute("aria-disabled", this.step === this.steps.length - 1);
      this.buttons.restore.setAttribute("aria-disabled", !isChanged);
      const word = step.best[0].token;
      this.panel.querySelector(".explorer-steps b").textContent = this.say("step", {
        step: this.step + 1, steps: this.steps.length, word,
      });
      const value = this.number === undefined ? "" : `= ${this.number.toLocaleString("en")}`;
      this.panel.querySelector(".explorer-value").textContent = value;
      this.tell(this.verdict(isChanged));
    }

    verdict(isChanged) {
      const target = this.textOf(this.steps);
      const isRight = target === this.right;
      const parts = [this.say(isRight ? "right" : "wrong", { target, right: this.right })];
      if (this.steps.at(-1).best[0].id !== this.model.eos) parts.push(this.say("cut", { count: this.steps.length }));
      if (isChanged) parts.push(this.say("changed", { target: this.textOf(this.plain) }));
      return parts.join(" ");
    }

    // At once for the eye; for the ear, when the reader has paused.
    tell(text) {
      this.told.textContent = text;
      clearTimeout(this.speaking);
      this.speaking = setTimeout(() => { this.status.textContent = text; }, SPEAK_AFTER);
    }

    updateMap() {
      const heads = [...this.map.tHead.rows[0].cells].slice(1);
      heads.forEach((head, place) => head.classList.toggle("masked", this.masked.has(place)));
      const rows = keep(this.map.tBodies[0], this.steps.length, (number) => this.mapRow(number));
      rows.forEach((row, number) => {
        const { weights, best: [{ token }] } = this.steps[number];
        const button = row.querySelector("button");
        button.textContent = token;
        button.setAttribute("aria-pressed", number === this.step);
        button.tabIndex = number === this.step ? 0 : -1;
        row.className = number === this.step ? "chosen" : number > this.step ? "later" : "";
        row.classList.toggle("changed", token !== this.plain[number]?.best[0].token);
        [...row.cells].slice(1).forEach((place, column) => {
          place.textContent = weights[column].toFixed(DECIMALS);
          place.style.setProperty("--weight", weights[column]);
        });
      });
    }

    mapRow(number) {
      const row = make(
        "tr", {},
        make("th", { scope: "row" }, make("button", { type: "button" })),
        ...this.labels.map(() => make("td")),
      );
      row.addEventListener("click", () => this.go(number));
      return row;
    }

    // The choices of state and word before, and the state itself.
    updateGiven(step) {
      const words = this.steps.map(({ best }) => best[0].token);
      const states = [...Array(this.step + 1).keys()].map((number) => {
        const state = `s${number}`;
        return [number, number ? this.say("after", { state, word: words[number - 1] }) : this.say("first", { state })];
      });
      this.fill("state", states, step.stateFrom, this.step);
      const tokens = this.model.target
        .map((word, id) => [id, id === step.own && this.step ? this.say("own", { word }) : word])
        .filter(([id]) => this.model.target[id] !== "PAD");
      this.fill("previous", tokens, step.previous, step.own);
      draw(this.vectors.state, step.given.hidden, `s${step.stateFrom}`, this.say);
    }

    fill(name, options, chosen, usual) {
      const select = this.panel.querySelector(`select[name=${name}]`);
      select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
      select.value = chosen;
      select.classList.toggle("changed", chosen !== usual);
    }

    updateSource(step) {
      const isMoved = Boolean(this.changes.get(this.step)?.weights);
      [...this.source.rows].forEach((row, place) => {
        const isMasked = this.masked.has(place);
        const weight = step.weights[place];
        row.classList.toggle("masked", isMasked);
        row.classList.toggle("changed", isMoved);
        row.cells[2].textContent = step.scores[place].toFixed(DECIMALS);
        const slider = row.querySelector("[type=range]");
        if (Number(slider.value) !== Number(weight.toFixed(DECIMALS))) slider.value = weight;
        slider.disabled = isMasked;
        slider.setAttribute("aria-valuetext", weight.toFixed(DECIMALS));
        row.querySelector("output").textContent = weight.toFixed(DECIMALS);
        row.querySelector("[type=checkbox]").checked = !isMasked;
      });
    }

    updateBest({ best }) {
      const rows = keep(this.best, best.length, () => make("li", {}, make("b"), make("span"), make("output")));
      rows.forEach((row, place) => {
        const { token, probability } = best[place];
        const [word, bar, share] = row.children;
        word.textContent = token;
        bar.style.setProperty("--share", probability);
        share.textContent = percent(probability);
      });
      const plain = this.plain[this.step]?.best[0];
      const isOther = plain && plain.token !== best[0].token;
      this.untouched.textContent = isOther
        ? this.say("untouched", { word: plain.token, share: percent(plain.probability) })
        : "";
    }
  }

  // Open a panel, when its model is there.
  async function open(panel) {
    const explorer = new Explorer(panel);
    try {
      await explorer.load();
    } catch (error) {
      explorer.body.remove();
      throw error;
    }
    explorer.translate();
    explorer.body.hidden = false;
    explorer.body.focus({ preventScroll: true }); // not the field: it opens a phone's keyboard
  }

  globalThis.bookExplorer = { open };
})();
