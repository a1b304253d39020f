// What a query finds: sections of pages, by Pagefind; terms of the glossary and entries of the
// bibliography, by all their names. Loaded on the first search; ci/publishing/site/lookup.py makes
// what is looked up.

const SECTIONS = 3; // shown of a page at most
const BEGUN = 3; // terms that only begin with the query
const HANGUL = /\p{Script=Hangul}/u;
const RUN = /\p{Script=Hangul}+|(?:(?!\p{Script=Hangul})[\p{L}\p{N}])+/gu;
const HUMP = /\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})|\p{N}+/gu; // of BeamSearch
const ENGLISH_ENDING = /(?:at(?:ion|ing|ed|e)s?|ions?|ively|ive|ings?|ies|ied|ers?|ed|ly|es|e|(?<!s)s|y)$/;
const CITING = new Set(["et", "al", "and", "등", "외"]);

let pagefind;
let lookup;

export async function open(site, language, common) {
  const files = new URL("pagefind/", site);
  async function openIndex() {
    pagefind = await import(new URL("pagefind.js", files));
    // A worker would divide each page into words once for each section, and send back copies.
    await pagefind.options({ baseUrl: site.pathname, noWorker: true });
    // So that the first search is as quick as the next ones: all pages, and what most words are in.
    const [{ results }] = await Promise.all([pagefind.search(null), pagefind.preload(common)]);
    await Promise.all(results.map(async (result) => prepare(await result.data())));
  }
  async function openLookup() {
    const response = await fetch(new URL(`lookup.${language}.json`, files), { cache: "no-cache" });
    lookup = prepared(await response.json(), site);
  }
  await Promise.all([openIndex(), openLookup()]);
}

function prepared({ endings, terms, references, spellings, words }, site) {
  const named = new Map(); // a name's key: the term, and the name as it is spelled
  const allNames = terms.flatMap((term) => [...term.names, ...term.aliases].map((name) => ({ term, name })));
  for (const entry of allNames) named.set(key(entry.name), entry);
  // Another form of it, such as masked for mask, if that is no name of its own.
  const stemmed = new Map(allNames.reverse().map((entry) => [stemKey(entry.name), entry]));
  const authors = new Map(); // the key of a spelling: the author's name in the bibliography
  for (const [author, names] of Object.entries(spellings)) {
    for (const name of names) authors.set(key(name), { author, name });
  }
  for (const entry of [...terms, ...references]) entry.link = new URL(entry.link, site).href;
  for (const reference of references) {
    reference.words = runs(reference.text);
    reference.names = reference.authors.flatMap(runs);
    reference.key = key(reference.text);
  }
  for (const term of terms) term.keys = { names: term.names.map(key), aliases: term.aliases.map(key) };
  const ranks = new Map(words.flatMap((group, rank) => group.split(" ").filter(Boolean).map((word) => [word, rank])));
  return {
    named,
    stemmed,
    authors,
    ranks,
    references,
    terms,
    sorted: [...ranks.keys()].sort(),
    endings: new RegExp(`^${endings || "(?!)"}$`),
  };
}

// --- Writing alike: lookup.py and terms.py do the same. ---

const plain = (text) => text.toLowerCase().replaceAll("ł", "l").normalize("NFD").replace(/\p{M}/gu, "").normalize("NFC");
const singular = (word) => (word.replace(/(?<=ch|ss)es$/, "")).replace(/(?<!s)s$/, "");
const key = (text) => singular((plain(text).match(RUN) ?? []).join(""));
const stemKey = (text) => runs(text).map(stem).join("");
const runs = (text) => plain(text).match(RUN) ?? [];

// What is left of a Korean word without particles: the longest first.
function* stems(word) {
  for (let end = word.length - 1; end > 0; end--) {
    if (lookup.endings.test(word.slice(end))) yield word.slice(0, end);
  }
}

function nameIn(names, text) {
  const whole = key(text);
  return [whole, ...stems(whole)].map((word) => names.get(word)).find(Boolean);
}

const termNamed = (text) => nameIn(lookup.named, text) ?? lookup.stemmed.get(stemKey(text));

// --- Asking ---

export async function find(query) {
  for (const { words, isCorrected } of readings(query)) {
    const { results, instead } = await ask(words);
    if (results.length) return { results, instead: isCorrected ? words : instead };
  }
  return { results: [] };
}

// How a query can be meant, until one finds something.
function* readings(query) {
  const joined = withoutNeedlessSpaces(query);
  yield { words: joined };
  const divided = divide(query);
  if (divided !== joined) yield { words: divided };
  const corrected = correct(query);
  if (corrected) yield { words: corrected, isCorrected: true };
  // At last without the words that the book does not have.
  const known = (corrected ?? joined).split(/\s+/).filter((word) => runs(word).every(isBeginning));
  if (known.length) yield { words: known.join(" "), isCorrected: true };
}

async function ask(words) {
  const name = termNamed(words);
  const title = name?.term.names[0];
  const isTitle = title && key(title) === key(name.name);
  const references = bibliography(words, Boolean(name));
  let instead;
  // However it was spaced: 빔서치, 빔 서치.
  const spelled = name && key(name.name) === key(words) ? name.name : words;
  let sections = await sectionsWith(isTitle ? title : spelled);
  // A name that no page has, but for the glossary: what it stands for.
  const meant = title ?? references.authors;
  const isElsewhere = sections.some(({ link }) => link !== name?.term.link);
  if (!isElsewhere && !isTitle && meant) {
    sections = await sectionsWith(meant);
    instead = meant;
  }
  const terms = [...(name ? [name.term] : []), ...begunBy(words, name?.term)].map((term) => ofTerm(term, words));
  if (!terms.length && !sections.length) terms.push(...begunBy(words, undefined, true).map((term) => ofTerm(term, words)));
  const exact = name ? 1 : 0;
  const results = [...terms.slice(0, exact), ...references.named, ...terms.slice(exact)];
  const known = new Set(results.map(({ link }) => link));
  results.push(...sections.filter(({ link }) => !known.has(link)), ...references.mentioned);
  return { results, instead };
}

function begunBy(words, except, byAliases = false) {
  const start = key(words);
  if (start.length < (HANGUL.test(start) ? 2 : 3)) return [];
  const isBegun = ({ keys }) => keys[byAliases ? "aliases" : "names"].some((name) => name.startsWith(start));
  return lookup.terms.filter((term) => term !== except && isBegun(term)).slice(0, BEGUN);
}

function ofTerm(term, words) {
  const title = term.names[0];
  return { link: term.link, page: term.page, title, text: term.text.split(" "), words: [...runs(title), ...runs(words)] };
}

// --- The bibliography ---

function bibliography(words, isTerm) {
  const whole = nameIn(lookup.authors, words)?.author;
  const originals = whole ? [whole] : words.split(/\s+/).map((word) => nameIn(lookup.authors, word)?.author ?? word);
  const searched = originals.join(" ");
  const tokens = runs(searched).filter((token) => !CITING.has(token));
  const found = { named: [], mentioned: [], authors: searched === words ? undefined : searched };
  if (!tokens.length) return found;
  for (const reference of lookup.references) {
    const isName = (token) => token === reference.year || reference.names.some((name) => name === token || (token.length > 2 && name.startsWith(token)));
    const isWord = (token) => reference.words.some((word) => word === token || (token.length > 2 && word.startsWith(token)));
    if (!tokens.every((token) => isName(token) || isWord(token))) continue;
    const isTitle = !isTerm && tokens.length > 2 && reference.key.includes(key(searched));
    const place = tokens.some(isName) || isTitle ? found.named : found.mentioned;
    place.push({ ...ofReference(reference, tokens), isFirst: runs(reference.authors[0] ?? "").includes(tokens[0]) });
  }
  found.named.sort((a, b) => b.isFirst - a.isFirst);
  return found;
}

function ofReference({ link, page, authors, year, text }, words) {
  const names = authors.length > 3 ? `${authors[0]} et al.` : authors.join(", ");
  return { link, page, title: year ? `${names} (${year})` : names, text: text.split(" "), words };
}

// --- Pagefind ---

const EXCERPT = 24; // words
const contents = new Map(); // the words of each page, by its address

// Pagefind would divide the text of the page for each of its sections, to write excerpts.
function prepare(page) {
  contents.set(page.url, page.content.split(/\s+/));
  page.raw_content = " ";
}

async function sectionsWith(words) {
  const { results } = await pagefind.search(words);
  const pages = await Promise.all(results.map((result) => result.data()));
  const tokens = runs(words).map((text) => ({ text, stem: stem(text), isHangul: HANGUL.test(text) }));
  const found = pages.map((page) => bestSections(page, tokens)).filter((sections) => sections.length);
  found.sort((a, b) => b[0].score - a[0].score);
  return found.flat();
}

// Pagefind weighs a word by how rare it is, and in a heading many times: titles come first.
const score = (section) => section.weighted_locations.reduce((sum, word) => sum + word.balanced_score, 0);

// Where a word does not occur, Pagefind takes ever less of it, and would find z for zzzz.
function bestSections(page, tokens) {
  const words = contents.get(page.url);
  const found = new Map(tokens.map(({ text }) => [text, new Set()]));
  const isFound = (location) => {
    let isAny = false;
    for (const part of partsOf(words[location] ?? "")) {
      for (const token of tokens) {
        if (!isForm(part, token)) continue;
        isAny = true;
        // Of a Korean word, what follows the stem was not looked for.
        found.get(token.text).add(token.isHangul ? token.text : part.form);
      }
    }
    return isAny;
  };
  const sections = page.sub_results.map((section) => ({ ...section, found: section.locations.filter(isFound) }));
  if ([...found.values()].some((forms) => !forms.size)) return [];
  const marks = [...new Set([...found.values()].flatMap((forms) => [...forms]))];
  const starts = page.anchors.map((anchor) => anchor.location);
  const best = sections.filter((section) => section.found.length).sort((a, b) => score(b) - score(a));
  return best.slice(0, SECTIONS).map((section) => ({
    link: new URL(section.url, location.href).href,
    page: page.meta.title,
    title: section.title === page.meta.title ? "" : section.title,
    text: excerpt(words, section, starts),
    words: marks,
    score: score(section),
  }));
}

// The words around most of those that were found; these are lists of one word.
function excerpt(words, { anchor, found }, starts) {
  const from = anchor?.location ?? 0;
  const to = starts.filter((start) => start > from).sort((a, b) => a - b)[0] ?? words.length;
  const around = (first) => found.filter((place) => place >= first && place < first + EXCERPT).length;
  const first = found.reduce((best, place) => (around(place) > around(best) ? place : best), found[0]);
  const start = Math.max(from, Math.min(first - EXCERPT / 4, to - EXCERPT));
  const marked = new Set(found);
  const shown = words.slice(start, Math.min(start + EXCERPT, to));
  return shown.map((word, index) => (marked.has(start + index) ? [word] : word));
}

const parts = new Map(); // of each word that was looked at

function partsOf(word) {
  if (!parts.has(word)) {
    const forms = new Set([...(word.match(RUN) ?? []), ...(word.match(HUMP) ?? [])]);
    parts.set(
      word,
      [...forms].map((form) => ({ form: form.toLowerCase(), text: plain(form), stem: stem(plain(form)) })),
    );
  }
  return parts.get(word);
}

const isForm = (part, token) => part.text.startsWith(token.text) || (!token.isHangul && part.stem === token.stem);

function stem(word) {
  const short = word.replace(ENGLISH_ENDING, "").replace(/([b-df-hj-np-rtv-z])\1$/, "$1");
  return short.length < 3 ? word : short;
}

// --- Spaces ---

// 어 텐션 is 어텐션, if the book has that; 두 단어 stay two.
function withoutNeedlessSpaces(query) {
  return byScript(query, (tokens) => {
    if (tokens.length < 2 || !HANGUL.test(tokens[0])) return tokens;
    const pieces = segment(tokens.join(""), false);
    return pieces && pieces.length < tokens.length ? pieces : tokens;
  });
}

function divide(query) {
  return byScript(query, (tokens) => segment(tokens.map((token) => plain(token)).join(""), true) ?? tokens);
}

// Calls a function with each run of neighbouring words of one script.
function byScript(query, change) {
  const groups = [];
  for (const token of query.split(/\s+/)) {
    const isHangul = /^\p{Script=Hangul}+$/u.test(token);
    const isWord = isHangul || /^[\p{L}\p{N}]+$/u.test(token);
    const kind = isWord ? isHangul : undefined;
    const last = groups.at(-1);
    if (isWord && last?.kind === kind) last.tokens.push(token);
    else groups.push({ kind, tokens: [token] });
  }
  return groups.flatMap(({ kind, tokens }) => (kind === undefined ? tokens : change(tokens))).join(" ");
}

// Divides a text into as few words of the book as possible; the last one may have just begun.
function segment(text, mayBegin) {
  const isHangul = HANGUL.test(text);
  const best = [{ cost: 0, pieces: [] }];
  for (let end = 1; end <= text.length; end++) {
    for (let start = 0; start < end; start++) {
      const piece = text.slice(start, end);
      if (!best[start] || (!isHangul && piece.length < 3)) continue;
      const own = pieceCost(piece, mayBegin && end === text.length);
      const cost = best[start].cost + own;
      if (own < Infinity && !(best[end]?.cost <= cost)) best[end] = { cost, pieces: [...best[start].pieces, piece] };
    }
  }
  return best[text.length]?.pieces;
}

function pieceCost(piece, mayBegin) {
  const common = (word) => 5 - Math.min(lookup.ranks.get(word), 6) * 0.3 + (word.length === 1 ? 3 : 0);
  if (lookup.ranks.has(piece)) return common(piece);
  const known = HANGUL.test(piece) && [...stems(piece)].find((word) => word.length > 1 && lookup.ranks.has(word));
  if (known) return common(known) + 0.5;
  return mayBegin && piece.length > 1 && isBeginning(piece) ? 6 : Infinity;
}

function isBeginning(text) {
  let [low, high] = [0, lookup.sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lookup.sorted[middle] < text) low = middle + 1;
    else high = middle;
  }
  return lookup.sorted[low]?.startsWith(text) ?? false;
}

// --- Slips: one letter, one jamo or one syllable ---

// Returns what the query is meant to be, or nothing.
function correct(query) {
  const authors = lookup.references.flatMap((reference) => reference.authors).map((name) => [key(name), { name }]);
  const names = new Map([...authors, ...lookup.authors, ...lookup.named].map(([text, { name }]) => [text, name]));
  const title = (text) => Number(lookup.named.get(text)?.term.names.includes(names.get(text)) ?? 0);
  const whole = nearest(key(query), names.keys(), title);
  if (whole) return names.get(whole);
  let isChanged = false;
  const tokens = query.split(/\s+/).flatMap((token) => {
    const better = correctWord(plain(token));
    isChanged ||= better !== undefined;
    return better ?? [token];
  });
  return isChanged ? tokens.join(" ") : undefined;
}

function correctWord(word) {
  if (isBeginning(word) || /\p{N}/u.test(word)) return undefined;
  const rank = (text) => lookup.ranks.get(text);
  for (const text of [word, ...(HANGUL.test(word) ? stems(word) : [])]) {
    if (text !== word && text.length > 1 && lookup.ranks.has(text)) return [text];
    const better = nearest(text, lookup.ranks.keys(), rank);
    if (better) return [better];
  }
  for (let end = 2; HANGUL.test(word) && end <= word.length - 2; end++) {
    const halves = [word.slice(0, end), word.slice(end)];
    const known = halves.map((half) => segment(half, false));
    const better = halves.map((half, index) => known[index] ?? [nearest(half, lookup.ranks.keys(), rank)]);
    if (known.some(Boolean) && better.flat().every(Boolean)) return better.flat();
  }
  return undefined;
}

// The word within one edit that is most probably meant.
function nearest(word, words, rank) {
  const isHangul = HANGUL.test(word);
  if (word.length < (isHangul ? 2 : 4)) return undefined;
  const letters = jamo(word);
  let best;
  for (const other of words) {
    if (Math.abs(other.length - word.length) > 1 || other.length < (isHangul ? 2 : 4)) continue;
    const isNear = isOneEdit(letters, jamo(other));
    if (!isNear && !(isHangul && word.length > 2 && isOneEdit([...word], [...other]))) continue;
    const score = (isNear ? 20 : 0) + (word[0] === other[0] ? 10 : 0) + rank(other);
    if (!best || score > best.score) best = { other, score };
  }
  return best?.other;
}

const FINALS = " ᄀᄁ\u{11aa}ᄂ\u{11ac}\u{11ad}ᄃᄅ\u{11b0}\u{11b1}\u{11b2}\u{11b3}\u{11b4}\u{11b5}\u{11b6}ᄆᄇ\u{11b9}ᄉᄊᄋᄌᄎᄏᄐᄑᄒ";
const spelled = new Map();

// The letters of a text; a consonant is the same at both ends of a syllable.
function jamo(text) {
  let letters = spelled.get(text);
  if (!letters) {
    letters = [...text.normalize("NFD")].map((letter) => {
      const final = letter.charCodeAt(0) - 0x11a7;
      return final > 0 && final < FINALS.length ? FINALS[final] : letter;
    });
    spelled.set(text, letters);
  }
  return letters;
}

// One letter too many, too few, another, or two exchanged.
function isOneEdit(a, b) {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (left.length <= 1 && right.length <= 1) return left.length + right.length > 0;
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
}
