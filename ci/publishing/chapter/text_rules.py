"""The rules of the words: twins say the same, each in its language, and numbers are computed."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

from nbformat import NotebookNode

from publishing.chapter.drawings import drawing_problems, numbers_drawn, words_drawn
from publishing.chapter.editions import LANGUAGES, LATIN
from publishing.chapter.files import Chapter
from publishing.chapter.markdown import paragraphs, parsed
from publishing.chapter.numbers import numbers_in
from publishing.chapter.traces import texts_of
from publishing.chapter.twins import FORMULAS, differences, number_differences, prose
from publishing.chapter.view import tags_of

Found = Iterator[tuple[int, str]]  # the number of a cell, from 1, and what is wrong with it

ELSEWHERE = "elsewhere"  # a cell's metadata: numbers that no cell computes, each with its reason
SMALL = 12  # whole numbers up to here count things on the page
SHORT = 18  # letters: a name or a formula's word says nothing of the language
FOREIGN = 0.25  # the largest share of another language's letters in a sentence
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
WRITTEN = re.compile(r"\d[\d,_]*(?:\.\d+)?(?:e[-+]?\d+)?")


def text_problems(chapter: Chapter) -> Found:
    """Yield what is wrong with the words of a chapter: the number of a cell, and a message."""
    cells = chapter.cells
    yield from _wrong_drawings(chapter)
    yield from _different_twins(cells)
    yield from _different_descriptions(cells)
    yield from _uncomputed_numbers(cells)
    for number, cell in enumerate(cells, start=1):
        for language in tags_of(cell) & set(LANGUAGES):
            for message in foreign_sentences(cell.source, language):
                yield number, message


def _different_twins(cells: list[NotebookNode]) -> Found:
    first, *others = LANGUAGES
    for index, cell in enumerate(cells):
        if cell.cell_type != "markdown" or first not in tags_of(cell):
            continue
        for language, twin in zip(others, cells[index + 1 :], strict=False):
            if language in tags_of(twin):
                for difference in differences(cell.source, twin.source, (first, language)):
                    yield index + 1, f"its {LANGUAGES[language].name} twin has {difference}"


def _different_descriptions(cells: list[NotebookNode]) -> Found:
    first, *others = LANGUAGES
    for number, cell in enumerate(cells, start=1):
        texts = cell.metadata.get("alt", {})
        for language in others:
            pair = texts.get(first, ""), texts.get(language, "")
            for difference in number_differences(*pair, (first, language)):
                name = LANGUAGES[language].name
                yield number, f"its {name} alternative text has {difference}"


def _wrong_drawings(chapter: Chapter) -> Found:
    """Yield what is wrong with drawings: words, and numbers that are not in the descriptions."""
    for number, cell in enumerate(chapter.cells, start=1):
        if cell.cell_type != "markdown":
            continue
        for token in parsed(cell.source):
            path = chapter.path.parent / str(token.attrs.get("src", ""))
            if token.type == "image" and path.suffix == ".svg" and path.is_file():
                for message in drawing_problems(path):
                    yield number, message
                for language in sorted(tags_of(cell) & set(LANGUAGES)) or LANGUAGES:
                    for message in _undescribed(path, language, token.content):
                        yield number, message


def _undescribed(path: Path, language: str, description: str) -> Iterator[str]:
    for word in sorted(words_drawn(path, language)):
        if word.lower() not in description.lower():
            yield f"{path.name} says {word}, which its description does not name"
    drawn = numbers_drawn(path, language)
    told = {value for values in numbers_in(description) for value in values}
    for value in sorted(drawn - told):
        yield f"{path.name} shows {value}, which its description does not name"
    for value in sorted(told - drawn):
        if not _is_small(value):
            yield f"{path.name} shows no {value}, which its description names"


def _uncomputed_numbers(cells: list[NotebookNode]) -> Found:
    """Yield numbers of the prose that stand in no code, output or formula of the chapter."""
    known = set(_computed(cells))
    for number, cell in enumerate(cells, start=1):
        if cell.cell_type != "markdown":
            continue
        reasons = cell.metadata.get(ELSEWHERE, {})
        excused = {Decimal(value) for value in reasons}
        for values in numbers_in(prose(cell.source, with_pictures=False)):
            if not any(_is_small(value) or value in known | excused for value in values):
                yield (
                    number,
                    f"{min(values)} is in no code, output or formula of the chapter; print it, or "
                    f"say in the cell's metadata {ELSEWHERE!r} where it comes from",
                )


def _is_small(value: Decimal) -> bool:
    return value <= SMALL and value == value.to_integral_value()


def _computed(cells: Iterable[NotebookNode]) -> Iterator[Decimal]:
    for cell in cells:
        for value in map(_number, WRITTEN.findall(_without_prose(cell))):
            if value is not None:
                yield from (value, value * 100)  # a share may be written as a percentage


def _without_prose(cell: NotebookNode) -> str:
    """Return a cell's code and outputs, or the code and formulas in its text."""
    if cell.cell_type == "code":
        return " ".join([cell.source, *texts_of(cell)])
    kinds = {*FORMULAS, "code_inline", "fence"}
    tokens = [token for token in parsed(cell.source) if token.type in kinds]
    return " ".join(token.content.replace("{,}", ",") for token in tokens)


def _number(written: str) -> Decimal | None:
    try:
        return Decimal(written.replace(",", "").replace("_", ""))
    except InvalidOperation:
        return None


def foreign_sentences(markdown: str, language: str) -> Iterator[str]:
    """Yield the sentences of a text that are in another language than it."""
    own = re.compile(LANGUAGES[language].letters)
    others = [other for code, other in LANGUAGES.items() if code != language]
    for sentence in (part for text in paragraphs(markdown) for part in SENTENCE_END.split(text)):
        count = len(own.findall(sentence))
        for other in others:
            foreign = len(re.findall(other.letters, sentence))
            # Latin letters are in every language: names and terms are written with them.
            limit = 1 - FOREIGN if other.letters == LATIN else FOREIGN
            if count + foreign >= SHORT and foreign > limit * (count + foreign):
                name = LANGUAGES[language].name
                yield f"a sentence in {other.name} ({sentence[:40]} …); give it in {name}"
