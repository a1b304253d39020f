// Numerals of chapter 09, read and spelt as book/reading.py and book/numerals.py do, and its tokens.
(() => {
  const LIMIT = 1e8;
  const KOREAN_DIGITS = "영일이삼사오육칠팔구";
  const KOREAN_UNITS = { 십: 10, 백: 100, 천: 1000 };
  const ONES = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    + "fifteen sixteen seventeen eighteen nineteen").split(" ");
  const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
  const ENGLISH_UNITS = { thousand: 1e3, million: 1e6 };
  const BEYOND = { ko: /[억조]/, en: /\b(b|tr)illion\b/ };

  // Why a text is no number: it is "empty", "large", or has a "part" that does not fit.
  class NumeralError extends Error {
    constructor(reason, part = "") {
      super(`${reason} ${part}`);
      Object.assign(this, { reason, part });
    }
  }

  function spellKorean(number) {
    if (number === 0) return "영";
    const group = (value) => ["천", "백", "십", ""].map((unit, place) => {
      const digit = Math.floor(value / 10 ** (3 - place)) % 10;
      if (!digit) return "";
      return (digit === 1 && unit ? "" : KOREAN_DIGITS[digit]) + unit;
    }).join("");
    const upper = Math.floor(number / 1e4);
    return [upper && `${upper === 1 ? "" : group(upper)}만`, group(number % 1e4)].filter(Boolean).join(" ");
  }

  function spellEnglish(number) {
    if (number < 20) return ONES[number];
    const [size, unit] = [[1e6, "million"], [1e3, "thousand"], [100, "hundred"]].find(([least]) => number >= least)
      ?? [10, ""];
    const [many, rest] = [Math.floor(number / size), number % size];
    const head = unit ? `${spellEnglish(many)} ${unit}` : TENS[many - 2];
    return rest ? `${head} ${spellEnglish(rest)}` : head;
  }

  function readKorean(text) {
    const spelt = text.replace(/(?<![0-9])[0-9]{1,4}(?![0-9])/g, (digits) => spellKorean(Number(digits)));
    const syllables = [...spelt.replace(/\s/g, "").replaceAll("공", "영")];
    if (!syllables.length) throw new NumeralError("empty");
    if (syllables.join("") === "영") return 0;
    let [total, group, digit, lowest] = [0, 0, 0, 1e4];
    syllables.forEach((syllable, place) => {
      const value = KOREAN_DIGITS.indexOf(syllable);
      const unit = KOREAN_UNITS[syllable];
      if (value > 0 && !digit && lowest > 1) digit = value;
      else if (unit < lowest) [group, digit, lowest] = [group + (digit || 1) * unit, 0, unit];
      else if (syllable === "만" && !total) [total, group, digit, lowest] = [(group + digit || 1) * 1e4, 0, 0, 1e4];
      else {
        const isKnown = value >= 0 || unit || syllable === "만";
        throw new NumeralError("part", syllables.slice(Math.max(0, place - (isKnown ? 1 : 0)), place + 1).join(""));
      }
    });
    return total + group + digit;
  }

  function readEnglish(text) {
    const words = text.toLowerCase().split(/[\s,-]+/).filter((word) => word && word !== "and");
    if (!words.length) throw new NumeralError("empty");
    if (words.join(" ") === "zero") return 0;
    let [total, group, lowest, lastUnit] = [0, 0, 1000, 1e9];
    for (const word of words) {
      const one = ONES.indexOf(word);
      const ten = (TENS.indexOf(word) + 2) * 10;
      const unit = ENGLISH_UNITS[word];
      if (one > 0 && one < lowest) [group, lowest] = [group + one, 1];
      else if (ten > 10 && ten < lowest) [group, lowest] = [group + ten, 10];
      else if (word === "hundred" && group < 100 && group % 10) [group, lowest] = [group * 100, 100];
      else if (group && unit < lastUnit) [total, group, lowest, lastUnit] = [total + group * unit, 0, 1000, unit];
      else throw new NumeralError("part", word);
    }
    return total + group;
  }

  // The number below 10^8 that a text writes in digits or words of "ko" or "en".
  function read(text, language) {
    if (BEYOND[language].test(text.toLowerCase())) throw new NumeralError("large");
    const isDigits = /^([0-9]+|[0-9]{1,3}(,[0-9]{3})+)$/.test(text.trim());
    if (isDigits) text = text.replaceAll(",", "").trim();
    const number = isDigits ? Number(text) : { ko: readKorean, en: readEnglish }[language](text);
    if (number >= LIMIT) throw new NumeralError("large");
    return number;
  }

  const spell = (number, language) => ({ ko: spellKorean, en: spellEnglish })[language](number);

  // The tokens of a text, as a model reads them: characters of Korean, words and marks of English.
  const tokens = (text, language) => (language === "ko"
    ? [...text.replaceAll(" ", "_")]
    : text.match(/[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]/gu) ?? []);

  // The text of tokens that a model has written.
  const text = (written, language) => (language === "ko" ? written.join("").replaceAll("_", " ") : written.join(" "));

  globalThis.bookNumerals = { read, spell, tokens, text, NumeralError };
})();
