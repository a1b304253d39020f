"""Texts cut into tokens, vocabularies made of training texts, and arrays. Needs no framework."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from book.data import Vocabularies, Vocabulary, check_distinct, check_id, check_texts, pad, shown

SPACE = "_"  # stands for a space where characters are tokens
UNITS = ("word", "character")


def check_unit(unit: str) -> str:
    """Return a unit. Raises ValueError for what is none of `UNITS`."""
    if unit not in UNITS:
        raise ValueError(f"unit is {unit!r}: choose {' or '.join(UNITS)}")
    return unit


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (72b9b08c).
def cut(text: str, unit: str) -> list[str]:
    """Return the tokens of a text: its words and punctuation marks, or its characters.

    Raises ValueError for another `unit`, and for a text without tokens.
    """
    (text,) = check_texts([text], "text")
    words = " ".join(text.split())
    if not words:
        raise ValueError("the text is empty: write at least one word")
    if check_unit(unit) == "character":
        return [*words.replace(" ", SPACE)]
    return re.findall(r"\w+|[^\w\s]", words)


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (13b8a477).
def join(tokens: Iterable[str], unit: str) -> str:
    """Return the text whose tokens these are. Raises ValueError for another `unit`."""
    if check_unit(unit) == "character":
        return "".join(tokens).replace(SPACE, " ")
    return re.sub(r" (?=[,.])", "", " ".join(tokens))


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (b665c540).
class TextVocabulary(Vocabulary):
    """The tokens of training texts and their ids. What they do not hold is UNK, 1.

    Raises ValueError for another `unit`, and TypeError for what is no list of texts.
    """

    def __init__(self, texts: Iterable[str], unit: str):
        self.unit = check_unit(unit)
        found = {token for text in check_texts(texts, "texts") for token in cut(text, unit)}
        super().__init__(["UNK", *sorted(found)])

    def encode(self, text: str) -> list[int]:
        """Return the ids of the tokens of `text`, then EOS. Raises what `cut` raises."""
        unknown = self.ids["UNK"]
        return [*(self.ids.get(token, unknown) for token in cut(text, self.unit)), self.ids["EOS"]]

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of `ids` up to the first EOS.

        Raises TypeError for what is no whole number, and ValueError for what is no id.
        """
        tokens = []
        for index in ids:
            check_id(index, len(self))
            if self.tokens[index] == "EOS":
                break
            tokens.append(self.tokens[index])
        return join(tokens, self.unit)


class Texts(NamedTuple):
    """Texts and their translations, in the same order."""

    source: list[str]
    target: list[str]


def encode_texts(texts: Sequence[str], vocabulary: Vocabulary) -> np.ndarray:
    """Return token ids of `texts`, each with EOS, padded to the longest: (batch, length), int64.

    Raises ValueError for no texts, and what `vocabulary` raises.
    """
    rows = [vocabulary.encode(text) for text in check_texts(texts, "texts")]
    if not rows:
        raise ValueError("texts is empty: give at least one")
    return pad(rows, max(map(len, rows)))


class TextTask(NamedTuple):
    """Vocabularies, texts to be tested on, and the token ids of training and validation."""

    vocabularies: Vocabularies
    test: Texts
    train_source: np.ndarray  # (batch, source)
    train_target: np.ndarray  # (batch, target)
    validation_source: np.ndarray  # (batch, source)
    validation_target: np.ndarray  # (batch, target)


def make_task(parts: Sequence[Texts], units: Sequence[str]) -> TextTask:
    """Return a task whose vocabularies hold the tokens of the training texts only.

    `parts` are those of training, validation and test, `units` those of source and target. Raises
    ValueError for a text of validation or test that is also one of training, and for another unit.
    """
    train, validation, test = parts
    for name, held_out in (("validation", validation), ("test", test)):
        check_distinct(
            [*{*train.source}, *{*held_out.source}], f"a text of {name} is one of training, too"
        )
    vocabularies = Vocabularies(*map(TextVocabulary, train[:2], units))
    train_arrays = map(encode_texts, train, vocabularies)
    validation_arrays = map(encode_texts, validation, vocabularies)
    return TextTask(vocabularies, test, *train_arrays, *validation_arrays)


def text_match(written: Sequence[str], true: Sequence[str]) -> float:
    """Return the share of texts that are exactly right: from 0 to 1.

    Raises ValueError for no texts, and for unequal numbers of them.
    """
    written, true = check_texts(written, "written"), check_texts(true, "true")
    if not written or len(written) != len(true):
        raise ValueError(
            f"{shown(len(written))} texts are written, {len(true)} are true: give as many"
        )
    return float(np.mean([text == other for text, other in zip(written, true, strict=True)]))
