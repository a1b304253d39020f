"""The sections of a chapter in one language, and the words that name those with rules."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbformat import NotebookNode

from publishing.chapter.editions import FRAMEWORKS, SOLUTION
from publishing.chapter.markdown import under_headings
from publishing.chapter.view import is_for_language, tags_of
from publishing.texts import localized

Found = Iterator[tuple[int, str]]  # the number of a cell, from 1, and what is wrong with it
Numbered = tuple[int, NotebookNode]  # a cell and its number
# How the code of a solution begins; code is for all languages.
EXERCISE_COMMENT = re.compile(r"# Exercise (\d+)\b")
TEST_COMMENT = re.compile(r"# Test yourself (\d+(?:(?:,|,? and) \d+)*)\b")


@dataclass(frozen=True)
class Words:
    """What parts of a chapter are called in one language."""

    questions: str
    exercises: str
    exercise: str
    solution: str
    test: str
    summary: str

    @classmethod
    def of(cls, language: str) -> "Words":
        """Return the words of a language."""
        return cls(
            questions=localized("Questions", language),
            exercises=localized("Exercises", language),
            exercise=localized("Exercise", language),
            solution=localized("Solution", language),
            test=localized("Test yourself", language),
            summary=localized("Summary", language),
        )


@dataclass
class Section:
    """A heading, and what follows it up to the next one."""

    number: int  # of the cell that holds the heading, from 1
    heading: NotebookNode  # this cell
    level: str  # such as h2
    title: str
    text: str  # what follows it in the same cell
    above: str  # the title of the section of the second level that it belongs to, or is
    cells: list[Numbered] = field(default_factory=list)  # those after

    @property
    def solutions(self) -> list[Numbered]:
        """Its cells with the tag."""
        return [(number, cell) for number, cell in self.cells if SOLUTION in tags_of(cell)]


def sections_of(cells: list[NotebookNode], language: str) -> list[Section]:
    """Return the sections of a chapter; the first is what stands above all headings."""
    sections = [Section(1, NotebookNode(metadata={}), "", "", "", "")]
    for number, cell in enumerate(cells, start=1):
        if not is_for_language(cell, language):
            continue
        is_text = cell.cell_type == "markdown"
        has_sections = is_text and not tags_of(cell) & {SOLUTION, *FRAMEWORKS}
        parts = under_headings(cell.source) if has_sections else []
        for level, title, text in parts:
            above = title if level in ("h1", "h2") else sections[-1].above
            sections.append(Section(number, cell, level, title, text, above))
        if not parts:
            sections[-1].cells.append((number, cell))
    return sections


def comment_numbers(comment: re.Pattern[str], cell: NotebookNode) -> list[int]:
    """Return the numbers in the comment that begins a code cell, such as `1, 3 and 4`."""
    found = comment.match(cell.source) if cell.cell_type == "code" else None
    return [int(number) for number in re.findall(r"\d+", found[1])] if found else []


def fold_title(section: str, language: str) -> str:
    """Return what a fold is called that hides the solutions of a section, given its title."""
    if section == localized("Test yourself", language):
        return localized("Answers and reasons", language)
    return localized("Solution", language)
