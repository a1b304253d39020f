"""What is wrong with a number that was translated wrongly. Needs no framework."""

from collections import Counter
from collections.abc import Iterable, Sequence

from book.data import check_texts
from book.numerals import check_number, other_language
from book.reading import READ, NumeralError

KINDS = ("no number", "zeros", "ones", "digit", "other")


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (c2a2f9d6).
def mistake_kind(number: int, written: str, language: str) -> str:
    """Return what is wrong with `written`, `number` in that language, or "" if nothing is.

    "no number": it is none. "zeros": its digits are right, apart from zeros, so that a group has
    moved or is lost. "ones": its digits are right, apart from zeros and ones, as when a 일 has come
    or gone. "digit": one digit is another. "other": anything else. Raises what `check_number` and
    `other_language` raise.
    """
    other_language(language)
    digits = str(check_number(number))
    try:
        found = str(READ[language](written))
    except NumeralError:
        return "no number"
    if found == digits:
        return ""
    for kind, ignored in (("zeros", "0"), ("ones", "01")):
        left = str.maketrans("", "", ignored)
        if found.translate(left) == digits.translate(left):
            return kind
    wrong = sum(one != other for one, other in zip(found, digits, strict=False))
    return "digit" if len(found) == len(digits) and wrong == 1 else "other"


def mistake_counts(numbers: Iterable[int], written: Sequence[str], language: str) -> list[int]:
    """Return how many mistakes there are of each of `KINDS`. Raises what `mistake_kind` raises."""
    pairs = zip(numbers, check_texts(written, "written"), strict=True)
    counts = Counter(mistake_kind(number, text, language) for number, text in pairs)
    return [counts[kind] for kind in KINDS]


def match_by_digits(
    numbers: Sequence[int], written: Sequence[str], true: Sequence[str]
) -> list[float]:
    """Return the exact match of numbers of 1, 2, ... 8 digits, nan where there are none."""
    right: list[list[bool]] = [[] for _ in range(8)]
    for number, text, other in zip(numbers, written, true, strict=True):
        right[len(str(check_number(number))) - 1].append(text == other)
    return [sum(each) / len(each) if each else float("nan") for each in right]
