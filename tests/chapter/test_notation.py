"""The notation page against the chapters' formulas: nothing is missing, nothing left over."""

import re

from conftest import ROOT
from publishing.chapter.editions import INTERNATIONAL
from publishing.chapter.files import Chapter, chapters_of, find_chapter, read_chapter
from publishing.chapter.markdown import parsed
from publishing.chapter.twins import FORMULAS
from publishing.chapter.view import is_for_language

WORDS = re.compile(r"\\(?:text|mathrm|operatorname|begin|end)\{[^}]*\}")
LETTER = re.compile(r"\\[A-Za-z]+|[A-Za-z]")
COMMANDS = {
    rf"\{name}"
    for name in "alpha beta gamma delta epsilon eta theta lambda mu sigma tau tanh odot".split()
}
# Letters that one example or exercise brings and explains.
LOCAL = {
    "I": "03: the size of an LSTM's input",
    "K": "05: stands for an LSTM in the example by hand",
    "X": "the notation page's own: a batch",
    "a": "04: names in the paper",
    "w": "06: a parameter",
}


def letters_of(chapter: Chapter) -> set[str]:
    """Return the letters and symbols of a chapter's formulas."""
    formulas = [
        WORDS.sub(" ", token.content)
        for cell in chapter.cells
        if cell.cell_type == "markdown" and is_for_language(cell, INTERNATIONAL)
        for token in parsed(cell.source)
        if token.type in FORMULAS
    ]
    found = {letter for formula in formulas for letter in LETTER.findall(formula)}
    return {letter for letter in found if len(letter) == 1 or letter in COMMANDS}


def test_notation_lists_the_letters_of_the_chapters_and_no_others():
    listed = letters_of(read_chapter(find_chapter(ROOT, "appendix-notation")))
    chapters = [path for path in chapters_of(ROOT) if path.name[0].isdigit()]
    used = set().union(*(letters_of(read_chapter(path)) for path in chapters))
    assert sorted(used - listed - set(LOCAL)) == [], "used, but not in the notation"
    assert sorted(listed - used - set(LOCAL)) == [], "in the notation, but not used"
