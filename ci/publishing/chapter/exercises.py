"""The rules of exercises: a solution carries the number of its exercise, in text and in code.

So one that was exchanged, or that lost its tag, and a heading that was renumbered, are found.
"""

import re
from decimal import Decimal

from nbformat import NotebookNode

from publishing.chapter.editions import FRAMEWORKS, LANGUAGES, SOLUTION
from publishing.chapter.files import Chapter
from publishing.chapter.numbers import numbers_in
from publishing.chapter.printed import numbers_used
from publishing.chapter.sections import (
    EXERCISE_COMMENT,
    TEST_COMMENT,
    Found,
    Section,
    Words,
    comment_numbers,
    sections_of,
)
from publishing.chapter.text_rules import ELSEWHERE
from publishing.chapter.twins import prose
from publishing.chapter.view import frameworks_of, tags_of

FEWEST = 3  # exercises of a chapter
ROW = re.compile(r"\b\d+(?: \d+)+\b")  # words of the digit language, such as 4 2 5
YEARS = (1900, 2100)  # of publications


def exercise_problems(chapter: Chapter) -> Found:
    """Yield what is wrong with the exercises of a chapter, or of another page that has some."""
    found: list[tuple[int, str]] = []
    for language in LANGUAGES:
        words = Words.of(language)
        sections = sections_of(chapter.cells, language)
        has_some = any(section.title == words.exercises for section in sections)
        if chapter.is_numbered or has_some:
            found += _exercises(sections, words, FEWEST if chapter.is_numbered else 0)
            found += _strays(sections, words)
            for section in sections:
                found += _unused(section) if _is_exercise(section, words) else ()
    yield from dict.fromkeys(found)  # the code is the same in each language


def _exercises(sections: list[Section], words: Words, fewest: int) -> Found:
    count = 0
    pattern = re.compile(rf"{re.escape(words.exercise)} (\d+)\. \S")
    for section in sections:
        if not _is_exercise(section, words):
            if pattern.match(section.title):
                yield section.number, f"an exercise outside of '## {words.exercises}'; move it"
            continue
        count += 1
        found = pattern.match(section.title)
        if found is None or int(found[1]) != count:
            heading = f"### {words.exercise} {count}. …"
            yield section.number, f"the heading {section.title!r} should be {heading!r}"
        yield from _solution(section, count, words)
    if count < fewest:
        yield (
            sections[-1].number,
            f"{count} exercises under '## {words.exercises}'; write at least {fewest}, each as "
            f"'### {words.exercise} {count + 1}. …'",
        )


def _is_exercise(section: Section, words: Words) -> bool:
    return section.above == words.exercises and section.level == "h3"


def _solution(section: Section, exercise: int, words: Words) -> Found:
    beginning = f"**{words.solution} {exercise}.** "
    texts = [item for item in section.solutions if item[1].cell_type == "markdown"]
    if not texts:
        yield (
            section.number,
            f"{section.title!r} has no solution; add Markdown tagged {SOLUTION!r} that begins "
            f"with {beginning!r}",
        )
    for number, cell in texts:
        is_first = number == texts[0][0]
        if (is_first or _is_labelled(cell, words)) and not cell.source.startswith(beginning):
            yield number, f"solves {section.title!r}; begin it with {beginning!r}"
    for number, cell in section.solutions:
        if cell.cell_type == "code" and comment_numbers(EXERCISE_COMMENT, cell) != [exercise]:
            yield number, f"solves exercise {exercise}; begin it with '# Exercise {exercise}'"


def _unused(section: Section) -> Found:
    """Find numbers of an exercise that the code of its solution does not use: 8 asked, 4 solved."""
    asked = [(section.number, section.heading, section.text)]
    asked += [
        (number, cell, cell.source)
        for number, cell in section.cells
        if cell.cell_type == "markdown" and SOLUTION not in tags_of(cell)
    ]
    code = [cell for _, cell in section.solutions if cell.cell_type == "code"]
    for framework in FRAMEWORKS if code else ():
        cells = [cell for cell in code if frameworks_of(cell) in _editions(framework)]
        used = {number for cell in cells for number in numbers_used(cell)}
        for number, cell, text in asked:
            excused = {Decimal(value) for value in cell.metadata.get(ELSEWHERE, {})}
            words = ROW.sub("", prose(text, with_pictures=False))
            for values in numbers_in(words):
                if not any(value in used | excused or _is_no_quantity(value) for value in values):
                    yield (
                        number,
                        f"asks for {min(values)}, which the solution's code does not use; use it "
                        f"there, or say in the cell's metadata {ELSEWHERE!r} what it is",
                    )


def _editions(framework: str) -> tuple[list[str], ...]:
    """Return the tags of the cells that an edition of one framework or of all has."""
    return [], [framework], list(FRAMEWORKS)


def _is_no_quantity(value: Decimal) -> bool:
    return value <= 1 or YEARS[0] <= value < YEARS[1]


def _is_labelled(cell: NotebookNode, words: Words) -> bool:
    pattern = rf"\s*\*\*{re.escape(words.solution)} \d+"
    return cell.cell_type == "markdown" and re.match(pattern, cell.source) is not None


def _strays(sections: list[Section], words: Words) -> Found:
    """Find solutions without the tag, and those where nothing is asked."""
    for section in sections:
        is_asked = _is_exercise(section, words) or section.title == words.test
        for number, cell in section.cells:
            if SOLUTION in tags_of(cell):
                if not is_asked:
                    yield number, "a solution of nothing; put it after its exercise"
            elif solves := _claim(cell, words):
                yield number, f"begins with {solves!r}; tag it {SOLUTION!r}"


def _claim(cell: NotebookNode, words: Words) -> str:
    """Return the beginning of a cell that begins as only a solution does, or else nothing."""
    comments = (EXERCISE_COMMENT, TEST_COMMENT)
    numbers = [number for comment in comments for number in comment_numbers(comment, cell)]
    if not numbers and not _is_labelled(cell, words):
        return ""
    return str(cell.source.lstrip().partition("\n")[0][:40])
