"""Korean and English numerals below 10^8: spelt by `num2words`, drawn at random, shared out.

Numbers here are the small language that chapter 09 translates. Needs neither framework.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from num2words import num2words

from book.data import check_seed, check_size, check_whole
from book.tokens import Texts, TextTask, make_task

LIMIT = 10**8  # numbers stay below this: the next Korean unit, 억, never occurs
DIGITS = 8  # of the largest number
TRAINING_SIZES = (500, 2000, 8000, 20_000)  # with which the book trains
UNIT_OF = {"ko": "character", "en": "word"}  # what is a token in each language


def check_number(number: int, limit: int = LIMIT) -> int:
    """Return a whole number from 0 to below `limit`. Raises TypeError and ValueError for others."""
    number = check_whole(number, "number")
    if not 0 <= number < limit:
        raise ValueError(f"number is {number}: it must lie from 0 to {limit - 1:,}")
    return number


def check_share(share: float, name: str) -> float:
    """Return a share. Raises ValueError for what does not lie between 0 and 1."""
    if not 0 <= share <= 1:
        raise ValueError(f"{name} is {share}: a share from 0 to 1 is needed")
    return share


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (10893c42).
def spell_english(number: int) -> str:
    """Return a number in English words: no hyphens, commas or "and", as a model reads them.

    Raises TypeError and ValueError for no whole number from 0 on.
    """
    words = num2words(check_number(number, 10**12)).replace("-", " ").replace(",", " ").split()
    return " ".join(word for word in words if word != "and")


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (1a8a3da1).
def spell_korean(number: int) -> str:
    """Return a number in Hangul, with a space behind 만, as Korean spelling asks for.

    Raises TypeError and ValueError for no whole number from 0 on.
    """
    return str(num2words(check_number(number, 10**12), lang="ko"))


SPELL = {"ko": spell_korean, "en": spell_english}


def other_language(language: str) -> str:
    """Return the other one of "ko" and "en". Raises ValueError for what is neither."""
    if language not in SPELL:
        raise ValueError(f"language is {language!r}: choose {' or '.join(SPELL)}")
    return "en" if language == "ko" else "ko"


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (9d313dd9).
def draw_numbers(
    size: int, round_share: float, generator: np.random.Generator
) -> np.ndarray:  # (size,)
    """Return random numbers, as many of one digit as of two, of three, up to eight: (size,).

    In a `round_share` of them every digit but the first becomes 0 with a chance of one half, as
    people's numbers have more zeros than random ones. Raises ValueError for no share.
    """
    check_share(round_share, "round_share")
    digits = generator.integers(0, 10, (size, DIGITS))  # (size, digits)
    first = generator.integers(0, DIGITS, size)[:, None]  # where the number begins: (size, 1)
    places = np.arange(DIGITS)  # (digits,)
    is_round = generator.random(size)[:, None] < round_share  # (size, 1)
    is_cleared = is_round & (generator.random(digits.shape) < 0.5)  # (size, digits)
    digits[(places < first) | ((places > first) & is_cleared)] = 0
    leading = generator.integers(1, 10, size)  # (size,)
    digits[np.arange(size), first[:, 0]] = leading
    return digits @ 10 ** places[::-1]


def round_numbers() -> list[int]:
    """Return the roundest numbers: a digit and at least one zero, such as 700. There are 63."""
    return [digit * 10**zeros for zeros in range(1, DIGITS) for digit in range(1, 10)]


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (f20b24f9).
def sample_numbers(size: int, without: Iterable[int], generator: np.random.Generator) -> list[int]:
    """Return so many different numbers, half of them round, none of them among `without`.

    Of the numbers of one length at most a fifth is taken: the short ones are few, and others must
    be left. Raises ValueError where there are not so many.
    """
    seen = {*without}
    left = {length: 9 * 10 ** (length - 1) // 5 for length in range(1, DIGITS + 1)}
    found: list[int] = []
    for number in draw_numbers(20 * size, 0.5, generator).tolist():
        length = len(str(number))
        if number not in seen and left[length] > 0 and len(found) < size:
            found.append(number)
            seen.add(number)
            left[length] -= 1
    if len(found) < size:
        raise ValueError(f"size is {size}: there are not so many different numbers")
    return found


class Numbers(NamedTuple):
    """Numbers for training, where short ones come again, and others for validation and test."""

    train: list[int]
    validation: list[int]
    test: list[int]


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (7c4d3315).
def split_numbers(
    training: int = 8000, held_out: int = 1000, round_share: float = 0.5, seed: int = 0
) -> Numbers:
    """Return `training` numbers to learn from and `held_out` each for validation and test.

    No number stands in two of them, and none of `round_numbers` in any: these are a test of their
    own. In training, a `round_share` is round. Validation and test are the same whatever these two
    are. Raises TypeError and ValueError for sizes, shares and seeds that are none.
    """
    check_size(training, "training"), check_size(held_out, "held_out")
    generator = np.random.default_rng(check_seed(seed))
    aside = sample_numbers(2 * held_out, round_numbers(), generator)
    generator.shuffle(aside)
    drawn = draw_numbers(2 * training, round_share, generator)
    train = drawn[~np.isin(drawn, [*aside, *round_numbers()])][:training]
    return Numbers(train.tolist(), aside[:held_out], aside[held_out:])


def unseen_numbers(size: int = 10_000) -> list[int]:
    """Return so many numbers, all different, that no model of the book has been given.

    That is, none of `split_numbers` for `TRAINING_SIZES` and seeds from 0 to 2. Raises TypeError
    and ValueError for a size that is none.
    """
    seen = {
        number
        for seed in range(3)
        for training in TRAINING_SIZES
        for part in split_numbers(training, seed=seed)
        for number in part
    }
    generator = np.random.default_rng(10_000)
    return sample_numbers(check_size(size, "size"), [*seen, *round_numbers()], generator)


def number_texts(numbers: Iterable[int], to: str) -> Texts:
    """Return numbers spelt in both languages, to be translated into `to`, "en" or "ko".

    Raises ValueError for another language, and what `spell_korean` raises.
    """
    spelt = {language: [spell(number) for number in numbers] for language, spell in SPELL.items()}
    return Texts(source=spelt[other_language(to)], target=spelt[to])


def number_task(
    to: str,
    training: int = 8000,
    round_share: float = 0.5,
    units: Mapping[str, str] = MappingProxyType(UNIT_OF),
    seed: int = 0,
) -> TextTask:
    """Return the numbers of `split_numbers` as a task. `units` gives the one of each language.

    Raises what `split_numbers`, `number_texts` and `make_task` raise.
    """
    parts = split_numbers(training, round_share=round_share, seed=seed)
    texts = [number_texts(part, to) for part in parts]
    return make_task(texts, units=(units[other_language(to)], units[to]))
