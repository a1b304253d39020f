"""BLEU, the measure of Papineni et al. (2002). Needs no framework."""

import math
from collections import Counter
from collections.abc import Sequence

from book.data import check_texts


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (4e0bf931).
def word_groups(words: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    """Return how often each group of `size` neighbouring words occurs."""
    return Counter(zip(*(words[first:] for first in range(size)), strict=False))


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (691aeb27).
def matched_groups(written: str, true: str, size: int) -> tuple[int, int]:
    """Return how many groups of `size` words of `written` are right, and how many it has.

    A group counts no more often than it occurs in `true` (Papineni et al., 2002, 2.1).
    """
    groups = word_groups(written.split(), size)
    return (groups & word_groups(true.split(), size)).total(), groups.total()


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (4d4b0c39).
def brevity_penalty(written: Sequence[str], true: Sequence[str]) -> float:
    """Return the factor for texts that are too short: 1 where they are not (ibid., 2.2.2)."""
    short, long = (sum(len(text.split()) for text in texts) for texts in (written, true))
    return math.exp(min(0.0, 1 - long / short)) if short else 0.0


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (4ff3c539).
def bleu(written: Sequence[str], true: Sequence[str], longest: int = 4) -> float:
    """Return BLEU of texts against one true text each, from 0 to 1 (ibid., equation in 2.3).

    The geometric mean of the shares of right groups of 1 to `longest` words, each over all texts
    together, times the penalty; 0 where one of the shares is 0. Raises ValueError for no texts, and
    for unequal numbers of them.
    """
    written, true = check_texts(written, "written"), check_texts(true, "true")
    if not written or len(written) != len(true):
        raise ValueError(f"{len(written)} texts are written, {len(true)} are true: give as many")
    logarithms = []
    for size in range(1, longest + 1):
        pairs = [matched_groups(*pair, size) for pair in zip(written, true, strict=True)]
        right, all_groups = (sum(counts) for counts in zip(*pairs, strict=True))
        if right == 0:
            return 0.0
        logarithms.append(math.log(right / all_groups))
    return brevity_penalty(written, true) * math.exp(sum(logarithms) / longest)
