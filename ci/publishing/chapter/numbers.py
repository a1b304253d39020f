"""The numbers of a text, as either language writes them.

Digits are digits in both, but Korean counts in 만 (10⁴), writes 반 where English writes half, and
both write small numbers as words where they like. What a language may spell is listed here.
"""

import re
from collections import Counter
from decimal import Decimal

NUMBER = re.compile(
    r"(?<![\w.,])(?P<digits>\d[\d,]*+(?:\.\d+)?+)(?!진)"
    r"(?:\s?(?P<unit>만|천|[Mm]illion|[Tt]housand))?"
)
UNITS = {"만": 10_000, "천": 1000, "million": 1_000_000, "thousand": 1000}
# Stems, for endings and counters may follow in Korean: 둘째, 두 번.
WORDS = {
    "ko": {
        "0.5": "반|절반",
        "1": "하나|한|첫|홀로",
        "2": "둘|두|양쪽",
        "3": "셋|세",
        "4": "넷|네",
        "5": "다섯",
        "6": "여섯",
        "7": "일곱",
        "8": "여덟",
        "9": "아홉",
        "10": "열",
        "12": "열두",
        "20": "스무",
        "100": "백",
        "1000": "천",
    },
    "en": {
        "0": "no|none|nothing",
        "0.5": "half|halves|halved",
        "1": "one|first|once|single|a|an",
        "2": "two|second|twice|both|double|pair",
        "3": "three|third|thirds",
        "4": "four|fourth|quarters?",
        "5": "five|fifth",
        "6": "six|sixth",
        "7": "seven|seventh",
        "8": "eight|eighth",
        "9": "nine|ninth",
        "10": "ten|tenth|tenfold",
        "11": "eleven",
        "12": "twelve",
        "20": "twenty",
        "100": "hundred",
        "1000": "thousand",
        "1000000": "million",
    },
}
PATTERNS = {
    language: {
        Decimal(value): re.compile(
            rf"\b(?:{stems})\b" if language == "en" else rf"(?<![가-힣])(?:{stems})", re.IGNORECASE
        )
        for value, stems in words.items()
    }
    for language, words in WORDS.items()
}


def numbers_in(text: str) -> list[set[Decimal]]:
    """Return the numbers that stand in digits, each with all that it can mean.

    5만 is 50,000, but in 5만큼, as much as 5, and in 5만 남는다, only 5 is left, it is 5.
    """
    found = []
    for match in NUMBER.finditer(text):
        value = Decimal(match["digits"].replace(",", "").rstrip("."))
        if match["unit"] is None:
            found.append({value})
        else:
            counted = value * UNITS[match["unit"].lower()]
            found.append({value, counted} if match["unit"] == "만" else {counted})
    return found


def spelt_in(text: str, language: str) -> Counter[Decimal]:
    """Return the numbers that a text may spell in words, and how often."""
    patterns = PATTERNS.get(language, {})
    return +Counter({value: len(pattern.findall(text)) for value, pattern in patterns.items()})


def unmatched(text: str, other: str, other_language: str) -> list[Decimal]:
    """Return the numbers in digits of a text that the other text has neither so nor in words."""
    rest = Counter(value for values in numbers_in(other) for value in values)
    rest += spelt_in(other, other_language)
    missing = []
    for values in numbers_in(text):
        found = next((value for value in sorted(values) if rest[value] > 0), None)
        if found is None:
            missing.append(min(values))
        else:
            rest[found] -= 1
    return missing
