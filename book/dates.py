"""Dates in Korean and English, written by Babel with the Unicode CLDR's formats.

The second language of chapter 09. Needs neither framework.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np
from babel.dates import format_date, get_date_format

from book.data import check_seed, check_size
from book.numerals import UNIT_OF, other_language
from book.tokens import Texts, TextTask, make_task

LOCALES = {"ko": "ko_KR", "en": "en_US"}
# CLDR's names; the full one has the weekday.
FORMATS: tuple[Literal["full", "long"], ...] = ("long", "full")
YEAR = re.compile("y년 |, y")  # in a format of CLDR, with what sets it off
FIRST_YEAR, LAST_YEAR = 1950, 2049


class WrittenDate(NamedTuple):
    """A day and how it is to be written: in one of `FORMATS`, with its year or without."""

    day: date
    form: Literal["full", "long"]
    has_year: bool


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (8402d5b8).
def write_date(written: WrittenDate, language: str) -> str:
    """Return a date as text, such as 2025년 1월 5일 일요일, or Sunday, January 5, 2025.

    Raises ValueError for a language that is neither "ko" nor "en", and for another format.
    """
    other_language(language)
    if written.form not in FORMATS:
        raise ValueError(f"form is {written.form!r}: choose {', '.join(FORMATS)}")
    locale = LOCALES[language]
    pattern = get_date_format(written.form, locale).pattern
    pattern = pattern if written.has_year else YEAR.sub("", pattern)
    return str(format_date(written.day, pattern, locale))


def draw_dates(
    size: int, first_year: int, last_year: int, generator: np.random.Generator
) -> list[WrittenDate]:
    """Return random days of these years, each to be written in one of four ways, at random."""
    first = date(first_year, 1, 1)
    days = (date(last_year + 1, 1, 1) - first).days
    offsets = generator.integers(days, size=size).tolist()
    ways = generator.integers(2, size=(size, 2)).tolist()
    return [
        WrittenDate(first + timedelta(days=offset), FORMATS[form], bool(has_year))
        for offset, (form, has_year) in zip(offsets, ways, strict=True)
    ]


class Dates(NamedTuple):
    """Dates for training, and others for validation and test."""

    train: list[WrittenDate]
    validation: list[WrittenDate]
    test: list[WrittenDate]


def split_dates(training: int = 8000, held_out: int = 500, seed: int = 0) -> Dates:
    """Return dates from 1950 to 2049. No text of one list is a text of another.

    Without its year a date is the same text every year, so it is the text that must not come twice.
    Raises TypeError and ValueError for sizes and seeds that are none.
    """
    check_size(training, "training"), check_size(held_out, "held_out")
    generator = np.random.default_rng(check_seed(seed))
    seen: set[str] = set()
    aside: list[WrittenDate] = []
    for each in draw_dates(4 * held_out, FIRST_YEAR, LAST_YEAR, generator):
        text = write_date(each, "ko")
        if text not in seen and len(aside) < 2 * held_out:
            aside.append(each)
            seen.add(text)
    drawn = draw_dates(2 * training, FIRST_YEAR, LAST_YEAR, generator)
    train = [each for each in drawn if write_date(each, "ko") not in seen][:training]
    return Dates(train, aside[:held_out], aside[held_out:])


def later_dates(size: int = 500, seed: int = 0) -> list[WrittenDate]:
    """Return dates with years that no training has seen, 2050 to 2099."""
    generator = np.random.default_rng(check_seed(seed))
    drawn = draw_dates(4 * check_size(size, "size"), LAST_YEAR + 1, LAST_YEAR + 50, generator)
    return [each for each in drawn if each.has_year][:size]


def date_texts(dates: Iterable[WrittenDate], to: str) -> Texts:
    """Return dates in both languages, to be translated into `to`, "en" or "ko"."""
    written = {language: [write_date(each, language) for each in dates] for language in LOCALES}
    return Texts(source=written[other_language(to)], target=written[to])


def date_task(
    to: str,
    training: int = 8000,
    units: Mapping[str, str] = MappingProxyType(UNIT_OF),
    seed: int = 0,
) -> TextTask:
    """Return the dates of `split_dates` as a task. `units` gives the one of each language.

    Raises what `split_dates`, `date_texts` and `make_task` raise.
    """
    texts = [date_texts(part, to) for part in split_dates(training, seed=seed)]
    return make_task(texts, units=(units[other_language(to)], units[to]))
