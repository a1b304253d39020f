"""The landing page of each language: what the book is, in five seconds, and something to try.

What it shows is taken from elsewhere: the weights from the model that chapter 07 has trained, the
code from the package, the numbers from the chapters' stored outputs, the map from the pages.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lxml import html

from publishing.chapter.editions import FRAMEWORKS, IGNORED, LANGUAGES
from publishing.chapter.figures import PICTURE
from publishing.chapter.files import MODELS, NUMBERED, Chapter
from publishing.chapter.view import tags_of
from publishing.site.documents import KEPT_PAGES

MODEL = "digits.pytorch"
CLONE = Path(__file__).parents[3]  # which holds the package, wherever the book is
TRANSLATION, ATTENTION = "07-translation", "attention.py"
LINES = ("query", "scores", "weights", "context")  # of attention, in both frameworks
# What a chapter prints of its test, in each framework's cell.
EXACT_MATCH = re.compile(r"exact match on (\d+) test sentences: ([\d.]+)")


class LandingError(Exception):
    """Something that the landing page shows is no longer where it was; the message names it."""


@dataclass(frozen=True)
class Entry:
    """A chapter on the map."""

    address: str  # from the language's folder
    number: str
    title: str
    minutes: str  # to read it, in the page's words
    seconds: str  # to run it


@dataclass(frozen=True)
class Landing:
    """What the landing pages show, whatever their language."""

    source: Sequence[str]  # tokens
    target: Sequence[str]
    weights: Sequence[Sequence[float]]  # (target, source)
    code: Mapping[str, Sequence[tuple[str, str]]]  # lines of each framework, with their comments
    figures: Mapping[str, str]  # what is verified: numbers by their names


def read_landing(root: Path, chapters: Sequence[Chapter]) -> Landing | None:
    """Read what the landing pages show from a clone; nothing for a book without the translation.

    Raises:
        LandingError: Something is not where it was.
    """
    if not any(chapter.name == TRANSLATION for chapter in chapters):
        return None
    path = root / MODELS / f"{MODEL}.json"
    if not path.is_file():
        raise LandingError(f"{MODELS / path.name} is missing: run ci/execute {TRANSLATION}")
    sample = json.loads(path.read_text("utf-8"))["sample"]
    return Landing(
        source=[*sample["text"].split(), "EOS"],
        target=[*sample["translation"].split(), "EOS"],
        weights=[[weight / 10_000 for weight in row] for row in sample["weights"]],
        code={framework: _code(CLONE / "book" / framework / ATTENTION) for framework in FRAMEWORKS},
        figures=_verified(chapters),
    )


def _code(path: Path) -> list[tuple[str, str]]:
    """Return the lines of attention, each with its comment apart."""
    lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    found = [[line for line in lines if line.startswith(f"{name} = ")] for name in LINES]
    if not all(found):
        raise LandingError(f"{path.name} has no line for one of {', '.join(LINES)}; see landing.py")
    # The first one: a mask may follow.
    parts = [one[0].partition("  # ") for one in found]
    return [(code, comment) for code, _, comment in parts]


def _verified(chapters: Sequence[Chapter]) -> dict[str, str]:
    code = [cell for chapter in chapters for cell in chapter.cells if cell.cell_type == "code"]
    cells = [cell for cell in code if IGNORED not in tags_of(cell)]
    outputs = [output for cell in cells for output in cell.outputs]
    both = [cell for cell in cells if set(FRAMEWORKS) <= set(tags_of(cell))]
    (translation,) = [chapter for chapter in chapters if chapter.name == TRANSLATION]
    texts = [
        output.get("text", "") for cell in translation.cells for output in cell.get("outputs", [])
    ]
    matches = [found for text in texts for found in EXACT_MATCH.findall(text)]
    if len(matches) != len(FRAMEWORKS) or len({count for count, _ in matches}) != 1:
        raise LandingError(f"{TRANSLATION} prints no exact match of each framework; see landing.py")
    return {
        "cells": f"{len(cells)}",
        "pictures": f"{sum(PICTURE in output.get('data', {}) for output in outputs)}",
        "both": f"{len(both)}",
        "sentences": matches[0][0],
        "match": " · ".join(f"{float(share):.1%}".replace(".0%", "%") for _, share in matches),
    }


def read_map(site: Path, language: str, chapters: Sequence[Chapter]) -> list[Entry]:
    """Return the chapters of the course, as their pages in the site name them."""
    entries = []
    for chapter in [one for one in chapters if NUMBERED.match(one.name)] or chapters:
        path = site / language / f"{chapter.page}.html"
        title, minutes = _opening(path.read_text("utf-8"))
        prose = " ".join(cell.source for cell in chapter.cells if language in tags_of(cell))
        seconds = re.search(LANGUAGES[language].seconds, prose)
        entries.append(
            Entry(
                address=f"{chapter.page}.html",
                number=chapter.name[:2],
                title=title,
                minutes=minutes,
                seconds=seconds[1] if seconds else "",
            )
        )
    return entries


@lru_cache(maxsize=KEPT_PAGES)
def _opening(page: str) -> tuple[str, str]:
    """Return the title of a page, and how many minutes it says that one reads."""
    tree = html.fromstring(page)
    parts = tree.xpath("//article//h1/text()|//article//h1/*[not(self::a|self::span)]//text()")
    facts = tree.xpath("//*[@class='chapter-facts']/span[1]")
    return " ".join("".join(parts).split()), facts[0].text_content() if facts else ""
