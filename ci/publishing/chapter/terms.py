"""The terms of resources/glossary.yml: what they mean, and where a text uses them first."""

import re
from functools import cache
from pathlib import Path
from typing import NotRequired, TypedDict

import yaml

from publishing.chapter.editions import INTERNATIONAL, LANGUAGES


class Entry(TypedDict):
    """A term of the glossary, each text by language."""

    term: dict[str, str]
    definition: dict[str, str]
    # False for a word that mostly means something else, such as value: a text links it by {term}.
    linked: NotRequired[bool]
    # Other names and spellings that a reader may look for, by language.
    aliases: NotRequired[dict[str, list[str]]]


# Relative to the folder that the book is built from.
GLOSSARY = Path("resources", "glossary.yml")

# What may follow a Korean term in the same word: up to three of these (디코더에서는). Anything else
# makes another word of it: 배치하다 is not 배치.
PARTICLES = (
    "은 는 이 가 을 를 의 에 에서 에게 와 과 로 으로 도 만 들 마다 부터 까지 처럼 보다 밖에 "
    "이나 나 이란 란 이라 라 이라는 라는 이라고 라고 이고 고 이며 며 인 일 입니다 이다 다 임 "
    "이지만 이므로"
).split()
# What may follow a term in the same word, by language; in English, a term may be a plural.
ENDINGS = {"ko": rf"(?:{'|'.join(PARTICLES)}){{0,3}}"}
PLURALS = {"en"}


class GlossaryError(Exception):
    """The glossary file is missing or malformed; the message says how."""


def read_glossary(root: Path) -> list[Entry]:
    """Read the glossary.

    Raises:
        GlossaryError: The file is missing or malformed, or lacks a language.
    """
    try:
        return _parsed((root / GLOSSARY).read_text("utf-8"))
    except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise GlossaryError(f"{GLOSSARY} cannot be used: {error!r}") from error


@cache  # every page asks
def _parsed(text: str) -> list[Entry]:
    entries: list[Entry] = yaml.safe_load(text)
    for entry in entries:
        for part, texts in (("term", entry["term"]), ("definition", entry["definition"])):
            for language in set(LANGUAGES) - set(texts):
                name, term = LANGUAGES[language].name, next(iter(entry["term"].values()))
                raise GlossaryError(f"{GLOSSARY}: {term} has no {part} in {name}; add it")
    _check_aliases(entries)
    return entries


def _check_aliases(entries: list[Entry]) -> None:
    """Refuse what is no list of names, and a name that leads to two terms or is one itself."""
    named = {name_key(name): entry for entry in entries for name in entry["term"].values()}
    for entry in entries:
        term = entry["term"][INTERNATIONAL]
        if unknown := set(entry) - Entry.__annotations__.keys():
            raise GlossaryError(f"{GLOSSARY}: {term} has {min(unknown)}, which means nothing")
        for language, aliases in entry.get("aliases", {}).items():
            if language not in LANGUAGES:
                raise GlossaryError(f"{GLOSSARY}: {term} has aliases in no language, {language}")
            for alias in aliases if isinstance(aliases, list) else [None]:
                if not isinstance(alias, str) or not name_key(alias):
                    raise GlossaryError(f"{GLOSSARY}: an alias of {term} is no name: {alias}")
                other = named.setdefault(name_key(alias), entry)
                if other is not entry or alias in entry["term"].values():
                    known = other["term"][INTERNATIONAL]
                    raise GlossaryError(f"{GLOSSARY}: {alias} names {known} already")


def name_key(name: str) -> str:
    """Return what a search compares of a name: its letters and digits, in singular."""
    return _singular(re.sub(r"[\W_]", "", name.casefold()))


def definitions(entries: list[Entry], language: str) -> list[tuple[str, str]]:
    """Return each term and its definition, which begins with the other languages' terms; sorted."""
    # Hangul syllables are in dictionary order in Unicode.
    ordered = sorted(entries, key=lambda entry: entry["term"][language].casefold())
    pairs = []
    for entry in ordered:
        definition = " ".join(entry["definition"][language].split())
        term = entry["term"][language]
        others = dict.fromkeys(entry["term"][other] for other in LANGUAGES)
        others.pop(term)  # LSTM is the same word in all
        if others:
            definition = f"({', '.join(others)}) {definition}"
        pairs.append((term, definition))
    return pairs


class FirstUses:
    """Finds where a text uses each of the glossary's terms for the first time."""

    def __init__(self, entries: list[Entry], language: str):
        terms = [entry["term"][language] for entry in entries if entry.get("linked", True)]
        self._pattern = term_pattern(terms, language)
        self._missing = {term_key(term): term for term in terms}

    @property
    def missing(self) -> frozenset[str]:
        """The keys of the terms that no text has used yet."""
        return frozenset(self._missing)

    @missing.setter
    def missing(self, keys: frozenset[str]) -> None:
        """Let the others have been used."""
        self._missing = {key: term for key, term in self._missing.items() if key in keys}

    def split(self, text: str) -> list[tuple[str, str | None]]:
        """Split the next piece of the text at the terms that it is the first to use.

        Each part comes with the term that it is, or None.
        """
        parts: list[tuple[str, str | None]] = []
        end = 0
        for match in self._pattern.finditer(text):
            term = self._missing.pop(term_key(match["term"]), None)
            if term is not None:
                parts += [(text[end : match.start()], None), (match["term"], term)]
                end = match.end("term")
        return [*parts, (text[end:], None)]


def term_pattern(terms: list[str], language: str) -> re.Pattern[str]:
    """Return the pattern of any term in running text, longer terms first.

    The group `term` of 어텐션은 is 어텐션. In English, a term may be a plural.
    """
    longest_first = sorted(terms, key=len, reverse=True)
    alternatives = "|".join(_form(term, language) for term in longest_first)
    after = ENDINGS.get(language, "")
    return re.compile(rf"(?<![\w-])(?P<term>{alternatives}){after}(?![\w-])", re.IGNORECASE)


def _form(term: str, language: str) -> str:
    words = _singular(term) if language in PLURALS else term
    pattern = r"\s+".join(map(re.escape, words.split()))
    return f"{pattern}(?:e?s)?" if language in PLURALS else pattern


def _singular(word: str) -> str:
    """Return a term without its plural ending: batches, losses, weights, but loss."""
    word = re.sub(r"(?<=ch|ss)es$", "", word)
    return word if word.endswith("ss") else word.removesuffix("s")


def term_key(term: str) -> str:
    """Return what a term's forms have in common: letter case, spaces and plural do not count."""
    return _singular(" ".join(term.casefold().split()))
