"""Which lines of several texts correspond, so that they can stand side by side."""

import re
from collections.abc import Iterable
from functools import cache

Row = tuple[str | None, ...]

WORD = re.compile(r"[^\W_]+")
LEAST = 0.3  # how like each other lines are that correspond
BLANK = 0.05  # two empty lines correspond where no others are torn apart


def aligned(texts: Iterable[list[str]]) -> list[Row]:
    """Return rows of corresponding lines, each text's in their order; None is a gap."""
    first, *others = texts
    rows: list[Row] = [(line,) for line in first]
    for lines in others:
        rows = _joined(rows, lines)
    return rows


def _joined(rows: list[Row], lines: list[str]) -> list[Row]:
    """Give each line the row that makes the sum of the likenesses greatest, or one of its own."""
    best = [[0.0] * (len(lines) + 1) for _ in range(len(rows) + 1)]
    for i, row in reversed(list(enumerate(rows))):
        for j, line in reversed(list(enumerate(lines))):
            together = best[i + 1][j + 1] + _likeness(_last(row), line)
            best[i][j] = max(together, best[i + 1][j], best[i][j + 1])
    gaps = (None,) * (len(rows[0]) if rows else 1)
    result: list[Row] = []
    i = j = 0
    while i < len(rows) or j < len(lines):
        if i < len(rows) and (j == len(lines) or best[i][j] == best[i + 1][j]):
            result.append((*rows[i], None))
            i += 1
        elif i == len(rows) or best[i][j] == best[i][j + 1]:
            result.append((*gaps, lines[j]))
            j += 1
        else:
            result.append((*rows[i], lines[j]))
            i, j = i + 1, j + 1
    return result


def _last(row: Row) -> str:
    return next(line for line in reversed(row) if line is not None)


def _likeness(one: str, other: str) -> float:
    """Return how much two lines have in common, above what any two have; 0 if they are unlike."""
    if not one.strip() or not other.strip():
        return BLANK if not one.strip() and not other.strip() else 0
    words, others = _words(one), _words(other)
    return max(0, 2 * len(words & others) / (len(words) + len(others)) - LEAST)


@cache
def _words(line: str) -> frozenset[tuple[str, int]]:
    """Return the words of a line, each with its number among equal ones; else its signs."""
    words = WORD.findall(line) or list(line.strip())
    return frozenset((word, words[:place].count(word)) for place, word in enumerate(words))
