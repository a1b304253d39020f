// The translator on the landing page: it plays once, then the reader changes digits, goes to words,
// and lets the model look otherwise. The model is loaded when it is first needed.
(() => {
  const LEAST = 0.005; // weights that the table shows; browsers draw lines that are too thin for them
  const STEP = 700; // ms for a word, so that all are there in five seconds

  const figure = document.querySelector(".play");
  const texts = JSON.parse(figure.dataset.texts);
  const board = figure.querySelector(".board");
  const digits = [...figure.querySelectorAll(".source button")];
  const words = [...figure.querySelectorAll(".target button")];
  const groups = [...figure.querySelectorAll("svg g")];
  const heads = [...figure.querySelectorAll("thead th")];
  const rows = [...figure.querySelectorAll("tbody tr")];
  const slider = figure.querySelector("input");
  const status = figure.querySelector("[role=status]");
  const language = document.querySelector(".language");
  let model;
  let asked = 0;
  let playing;

  document.documentElement.classList.add("scripts");

  const sentence = () => digits.map((digit) => digit.textContent);
  const right = () => sentence().map((digit) => String(Number(digit) + 5));
  const written = () => words.map((word) => word.textContent).filter((word) => word && word !== "EOS");

  function say() {
    const isRight = written().join(" ") === right().join(" ");
    const values = { source: sentence().join(" "), target: written().join(" "), right: right().join(" ") };
    const text = isRight ? texts.right : texts.wrong;
    status.textContent = text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  // Once, a word at a time; at once for readers who want no motion.
  function play() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return say();
    const steps = words.map((word, step) => [word, groups[step], rows[step]]);
    for (const part of steps.flat()) part.classList.add("coming");
    let step = 0;
    playing = setInterval(() => {
      if (step === steps.length) return stop();
      for (const part of steps[step]) part.classList.remove("coming");
      choose(step);
      step += 1;
    }, STEP);
  }

  function stop() {
    clearInterval(playing);
    playing = undefined;
    for (const part of figure.querySelectorAll(".coming")) part.classList.remove("coming");
    choose(-1);
    say();
  }

  // Show the lines and the row of one word alone; of all, with -1.
  function choose(chosen) {
    board.classList.toggle("choosing", chosen >= 0);
    words.forEach((word, step) => {
      for (const part of [word, groups[step], rows[step]]) part.classList.toggle("lit", step === chosen);
    });
  }

  function load() {
    model ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = figure.dataset.script;
      script.onload = () => resolve(bookTranslator.load(figure.dataset.model));
      script.onerror = reject;
      document.head.append(script);
    });
    return model;
  }

  // From even to as learned, scores are made smaller; from there to sharp, up to ten times larger.
  function factor() {
    const value = Number(slider.value);
    return value <= 1 ? value : 1 + 9 * (value - 1);
  }

  function softmax(scores) {
    const largest = Math.max(...scores);
    return scores.map((score) => Math.exp(score - largest));
  }

  function translate(translator) {
    const encoded = translator.encode(translator.ids(sentence()));
    const steps = [];
    let { state } = encoded;
    let previous = translator.sos;
    while (steps.length < words.length && previous !== translator.eos) {
      const weights = softmax(translator.scores(encoded, state).map((score) => score * factor()));
      const step = translator.step(encoded, state, previous, { weights });
      steps.push({ word: step.best[0].token, weights: step.weights });
      previous = step.best[0].id;
      ({ state } = step);
    }
    return steps;
  }

  function draw(steps) {
    const wanted = [...right(), "EOS"];
    words.forEach((word, step) => {
      const made = steps[step] ?? { word: "", weights: digits.map(() => 0).concat(0) };
      word.textContent = made.word;
      word.classList.toggle("end", made.word === "EOS");
      word.classList.toggle("wrong", made.word !== wanted[step]);
      rows[step].querySelector("th").textContent = made.word;
      const cells = [...rows[step].querySelectorAll("td")];
      made.weights.forEach((weight, place) => {
        cells[place].textContent = made.word ? weight.toFixed(2) : "";
        if (weight < LEAST) weight = 0;
        for (const part of [cells[place], groups[step].children[place]]) part.style.setProperty("--weight", weight);
      });
    });
    digits.forEach((digit, place) => { heads[place].textContent = digit.textContent; });
  }

  async function update() {
    if (playing) stop();
    const number = ++asked;
    const translator = await load().catch(() => null);
    if (number !== asked || !translator) return;
    draw(translate(translator));
    say();
  }

  function change(digit, value) {
    digit.textContent = value;
    update();
  }

  const step = (list, from, by) => list[(list.indexOf(from) + by + list.length) % list.length].focus();

  figure.addEventListener("keydown", (event) => {
    const list = [digits, words].find((one) => one.includes(event.target));
    if (!list || event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) step(list, event.target, by);
    else if (list === digits && /^[1-5]$/.test(event.key)) {
      change(event.target, event.key);
      if (event.target !== digits.at(-1)) step(list, event.target, 1);
    } else return;
    event.preventDefault();
  });
  for (const digit of digits) {
    digit.addEventListener("click", () => change(digit, (Number(digit.textContent) % 5) + 1));
  }
  words.forEach((word, place) => {
    for (const type of ["pointerenter", "focus", "click"]) word.addEventListener(type, () => !playing && choose(place));
    for (const type of ["pointerleave", "blur"]) word.addEventListener(type, () => !playing && choose(-1));
  });
  slider.addEventListener("input", update);
  language?.addEventListener("click", () => {
    try { localStorage.setItem("language", language.lang); } catch { /* the browser keeps nothing */ }
  });
  words.at(-1).classList.add("end");
  play();
})();
