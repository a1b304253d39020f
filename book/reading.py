"""Numerals as people write them, read as numbers; what is none is refused. Needs no framework."""

import re
from typing import NoReturn

from book.numerals import LIMIT, SPELL, other_language

KOREAN_DIGITS = {syllable: value for value, syllable in enumerate("영일이삼사오육칠팔구")}
KOREAN_UNITS = {"십": 10, "백": 100, "천": 1000}
ENGLISH_ONES = {SPELL["en"](value): value for value in range(20)}
ENGLISH_TENS = {SPELL["en"](value): value for value in range(20, 100, 10)}
ENGLISH_UNITS = {"thousand": 10**3, "million": 10**6}
ADVICE = {
    "ko": "{text!r}에서 {part!r}의 자리가 수에 맞지 않습니다: "
    "32005000이나 삼천이백만 오천처럼 쓰세요",
    "en": "{part!r} does not fit into a number in {text!r}: "
    "write 32005000 or thirty-two million five thousand",
}
EMPTY = {
    "ko": "글이 비었습니다: 32005000이나 삼천이백만 오천처럼 쓰세요",
    "en": "the text is empty: write 32005000 or thirty-two million five thousand",
}
TOO_LARGE = {
    "ko": "{text!r}의 값이 너무 큽니다: 1억보다 작은 수를 쓰세요",
    "en": "{text!r} is too large: write a number below one hundred million",
}


class NumeralError(ValueError):
    """A text is no numeral that the book can read; the message says which part, in its language."""


def refuse_part(text: str, part: str, language: str) -> NoReturn:
    """Raise NumeralError for a part of a text."""
    raise NumeralError(ADVICE[language].format(text=text, part=part))


def read_digits(text: str) -> int | None:
    """Return the number that digits with or without commas write, and None for anything else."""
    plain = re.fullmatch(r"[0-9]+|[0-9]{1,3}(,[0-9]{3})+", text.strip())
    return int(plain[0].replace(",", "")) if plain else None


def read_korean(text: str) -> int:
    """Return the number that a Korean numeral writes, with its spaces anywhere, 영 or 공.

    Digits in front of a unit are read, too: 3200만 5천. Raises NumeralError.
    """
    few_digits = r"(?<![0-9])[0-9]{1,4}(?![0-9])"  # as many as fit in front of 만
    spelt = re.sub(few_digits, lambda found: SPELL["ko"](int(found[0])), text)
    syllables = "".join(spelt.split()).replace("공", "영")
    if not syllables:
        raise NumeralError(EMPTY["ko"])
    if syllables == "영":
        return 0
    total, group, digit, lowest = 0, 0, 0, 10**4  # `lowest`: the unit before, in this group
    for place, syllable in enumerate(syllables):
        if KOREAN_DIGITS.get(syllable) and not digit and lowest > 1:
            digit = KOREAN_DIGITS[syllable]
        elif KOREAN_UNITS.get(syllable, lowest) < lowest:
            lowest = KOREAN_UNITS[syllable]
            group, digit = group + (digit or 1) * lowest, 0
        elif syllable == "만" and not total:
            total, group, digit, lowest = (group + digit or 1) * 10**4, 0, 0, 10**4
        else:
            is_known = syllable in {*KOREAN_DIGITS, *KOREAN_UNITS, "만"}
            refuse_part(text, syllables[max(0, place - is_known) : place + 1], "ko")
    return total + group + digit


def read_english(text: str) -> int:
    """Return the number that English words write, with hyphens, commas and "and" or without.

    Raises NumeralError.
    """
    words = [word for word in re.split(r"[\s,-]+", text.lower()) if word not in ("", "and")]
    if not words:
        raise NumeralError(EMPTY["en"])
    if words == ["zero"]:
        return 0
    total, group, lowest, last_unit = 0, 0, 1000, 10**9  # `lowest`: what may still come
    for word in words:
        if 0 < ENGLISH_ONES.get(word, 0) < lowest:
            group, lowest = group + ENGLISH_ONES[word], 1
        elif ENGLISH_TENS.get(word, 1000) < lowest:
            group, lowest = group + ENGLISH_TENS[word], 10
        elif word == "hundred" and group < 100 and group % 10:  # forty five hundred, too
            group, lowest = group * 100, 100
        elif group and ENGLISH_UNITS.get(word, last_unit) < last_unit:
            last_unit = ENGLISH_UNITS[word]
            total, group, lowest = total + group * last_unit, 0, 1000
        else:
            refuse_part(text, word, "en")
    return total + group


BEYOND = {"ko": r"[억조]", "en": r"\b(b|tr)illion\b"}  # units of larger numbers
READ = {"ko": read_korean, "en": read_english}


def read_number(text: str, language: str) -> int:
    """Return the number below 10^8 that a text writes in digits or words of "ko" or "en".

    Raises NumeralError, in that language, for what is no number and for a larger one; ValueError
    for another language and TypeError for what is no text.
    """
    other_language(language)  # refuses what is none
    if not isinstance(text, str):
        raise TypeError(f"the number is {text!r}: write it as text, such as '32005000'")
    is_beyond = re.search(BEYOND[language], text.lower())
    digits = LIMIT if is_beyond else read_digits(text)
    number = READ[language](text) if digits is None else digits
    if number >= LIMIT:
        raise NumeralError(TOO_LARGE[language].format(text=text))
    return number


def spell_source(text: str, to: str) -> str:
    """Return a number, however it is written, as a translator into `to` was trained to read it.

    Raises what `read_number` raises.
    """
    language = other_language(to)
    return SPELL[language](read_number(text, language))
