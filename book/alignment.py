"""Which syllable of a Korean number belongs to which English word: the true alignment, by rule.

A syllable and a word belong together if they speak of the same decimal place: 삼천 and *thirty* of
the ten millions. Needs no framework.
"""

import numpy as np

from book.numerals import SPELL, check_number, other_language

Places = list[frozenset[int]]  # for each token the powers of ten that it speaks of
KOREAN_UNITS = ("", "십", "백", "천")  # of the places in a group of four


def korean_places(number: int) -> Places:
    """Return the places of each character of a number in Hangul; of a space, none.

    A digit and its unit, 삼 and 천, have the same place. 만 has all four places of its group.
    """
    text = SPELL["ko"](check_number(number))
    digits = str(number).zfill(8)
    found: Places = []
    for place, digit in zip(range(7, -1, -1), map(int, digits), strict=True):
        unit = KOREAN_UNITS[place % 4]
        is_bare = digit == 1 and (bool(unit) or number // 10**4 == place // 4 == 1)  # 천, 만
        found += [frozenset([place])] * ((digit > 0) - is_bare + (digit > 0 and bool(unit)))
        if place == 4 and number >= 10**4:
            found += [frozenset(range(4, 8))]
            found += [frozenset[int]()] * (number % 10**4 > 0)  # the space
    found = found or [frozenset([0])]  # 영
    if len(found) != len(text):
        raise AssertionError(f"{text!r} has {len(text)} characters, not {len(found)}")
    return found


def english_places(number: int) -> Places:
    """Return the places of each word of a number in English.

    *Seventeen* has two, *hundred* the one of the digit before it, *thousand* and *million* all
    three of their group.
    """
    digits = str(check_number(number)).zfill(9)
    found: Places = []
    for lowest in (6, 3, 0):  # millions, thousands, ones
        hundreds, tens, ones = map(int, digits[6 - lowest : 9 - lowest])
        found += [frozenset([lowest + 2])] * 2 * (hundreds > 0)
        if tens == 1:
            found.append(frozenset([lowest, lowest + 1]))
        else:
            found += [frozenset([lowest + 1])] * (tens > 0)
            found += [frozenset([lowest])] * (ones > 0)
        found += [frozenset(range(lowest, lowest + 3))] * (
            lowest > 0 and hundreds + tens + ones > 0
        )
    return found or [frozenset([0])]  # zero


PLACES = {"ko": korean_places, "en": english_places}


def true_alignment(number: int, to: str) -> np.ndarray:
    """Return which tokens of a number's two spellings share a place: (target, source), bool.

    Target is in the language `to`. EOS has neither row nor column. Raises what `check_number` and
    `other_language` raise.
    """
    source, target = PLACES[other_language(to)](number), PLACES[to](number)
    return np.array([[bool(row & column) for column in source] for row in target])


def alignment_share(weights: np.ndarray, number: int, to: str) -> float:
    """Return how much of the weight lies where `true_alignment` is True: from 0 to 1.

    Reads weights (target, source), with or without EOS, whose row does not count. Tokens that
    belong to nothing, such as a space, do not count, either. Raises ValueError for too few of them.
    """
    true = true_alignment(number, to)
    rows, columns = true.shape
    if weights.shape[0] < rows or weights.shape[1] < columns:
        raise ValueError(f"weights have shape {weights.shape}: at least {true.shape} are needed")
    asked = true.any(axis=1)  # (target,)
    return float((weights[:rows, :columns] * true).sum(axis=1)[asked].mean())
