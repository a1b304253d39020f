"""A task of seconds, for what chapter 10 takes apart: write the words of a text backwards."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from book.data import check_seed, check_size
from book.tokens import Texts, TextTask, make_task

WORDS = "ant bee cat dog eel fox gnu hen ibis jay".split()


def draw_texts(size: int, lengths: Sequence[int], generator: np.random.Generator) -> list[str]:
    """Return different random texts, their lengths drawn from `lengths`, in words."""
    found: dict[str, None] = {}
    while len(found) < size:
        words = generator.integers(len(WORDS), size=generator.choice(lengths))
        found[" ".join(WORDS[word] for word in words)] = None
    return list(found)


def reversed_texts(texts: Sequence[str]) -> Texts:
    """Return texts, and the same with their words in the opposite order."""
    return Texts(list(texts), [" ".join(reversed(text.split())) for text in texts])


def reversal_task(
    longest: int = 8, training: int = 8000, held_out: int = 500, seed: int = 0
) -> TextTask:
    """Return texts of 4 to `longest` words to be reversed; no text is in two parts.

    Raises TypeError and ValueError for sizes and seeds that are none.
    """
    check_size(longest, "longest"), check_size(training, "training")
    generator = np.random.default_rng(check_seed(seed))
    lengths = range(4, longest + 1)
    texts = draw_texts(training + 2 * check_size(held_out, "held_out"), lengths, generator)
    ends = (0, training, training + held_out, len(texts))
    parts = [texts[first:last] for first, last in pairwise(ends)]
    return make_task([reversed_texts(part) for part in parts], units=("word", "word"))


def longer_texts(length: int, size: int = 200, seed: int = 0) -> Texts:
    """Return texts of exactly `length` words, to be reversed."""
    return reversed_texts(draw_texts(size, [length], np.random.default_rng(check_seed(seed))))
