"""The digit language of the book: words, sentences, splits, arrays.

A source sentence has one to five of the words 1-5; its translation replaces each word by the word
that is five higher. Needs NumPy only, so that both frameworks start from the same arrays.
"""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:  # at run time neither is needed
    import tensorflow as tf
    import torch

SOURCE_WORDS = ("1", "2", "3", "4", "5")
TARGET_WORDS = ("6", "7", "8", "9", "10")
MAXIMUM_WORDS = 5


def check_distinct(items: Sequence[str], message: str) -> None:
    """Raise ValueError with `message` when one of `items` occurs twice."""
    if len(set(items)) < len(items):
        raise ValueError(message)


def check_known(words: Iterable[str], known: Sequence[str]) -> None:
    """Raise ValueError for the first of `words` that is not `known`, naming it."""
    for word in words:
        if word not in known:
            raise ValueError(f"{word!r} is not in the vocabulary: {known}")


def check_id(index: int, tokens: int) -> None:
    """Raise ValueError when `index` is not the id of one of so many `tokens`."""
    if not 0 <= index < tokens:
        raise ValueError(f"{index} is no token id: they go from 0 to {tokens - 1}")


def check_shares(validation: float, test: float) -> None:
    """Raise ValueError when these two are not shares of a whole."""
    if not (validation >= 0 and test >= 0 and validation + test <= 1):
        raise ValueError(f"validation {validation} and test {test}: shares of a whole are needed")


def check_fit(rows: Sequence[Sequence[int]], length: int) -> None:
    """Raise ValueError for the first of `rows` that is longer than `length`, naming it."""
    for index, row in enumerate(rows):
        if len(row) > length:
            raise ValueError(f"row {index} has {len(row)} tokens: at most {length} fit")


def check_batches(rows: int, batch_size: int, steps: int) -> None:
    """Raise ValueError for sizes of less than 1, and when `rows` do not fill one batch."""
    check_positive(batch_size=batch_size, steps=steps)
    if rows < batch_size:
        raise ValueError(f"{rows} rows do not fill one batch of {batch_size}")


# Taught in chapters/01-dataset.ipynb; ci/sync copies it (c85647e1).
class Vocabulary:
    """Words and their ids: PAD is 0, the words follow in order, then SOS and EOS.

    Raises ValueError for a word that occurs twice, or is one of these three.
    """

    def __init__(self, words: Iterable[str]):
        self.tokens = ["PAD", *words, "SOS", "EOS"]
        self.ids = {token: index for index, token in enumerate(self.tokens)}
        check_distinct(self.tokens, "a word occurs twice, or is one of PAD, SOS and EOS")

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str) -> list[int]:
        """Return the ids of the words of `text`, then EOS. Raises ValueError for a foreign word."""
        words = text.split()
        check_known(words, self.tokens[1:-2])
        return [*(self.ids[word] for word in words), self.ids["EOS"]]

    def decode(self, ids: Iterable[int]) -> str:
        """Return the words of `ids` up to the first EOS. Raises ValueError for what is no id."""
        words = []
        for index in ids:
            check_id(index, len(self))
            if self.tokens[index] == "EOS":
                break
            words.append(self.tokens[index])
        return " ".join(words)


vocabulary = Vocabulary((*SOURCE_WORDS, *TARGET_WORDS))
PAD, SOS, EOS = vocabulary.ids["PAD"], vocabulary.ids["SOS"], vocabulary.ids["EOS"]
# What a model may write: PAD fills and SOS begins, so neither is ever an answer. (vocabulary,)
WRITABLE = np.array([token not in ("PAD", "SOS") for token in vocabulary.tokens])


# Taught in chapters/01-dataset.ipynb; ci/sync copies it (194ba937).
def all_sentences() -> list[str]:
    """Return every source sentence of one to five words: 5 + 25 + 125 + 625 + 3125 = 3905."""
    return [
        " ".join(words)
        for length in range(1, MAXIMUM_WORDS + 1)
        for words in product(SOURCE_WORDS, repeat=length)
    ]


# Taught in chapters/01-dataset.ipynb; ci/sync copies it (58a6b71f).
def translate_by_rule(text: str) -> str:
    """Return the true translation of a source sentence: each word becomes the one five higher."""
    return " ".join(str(int(word) + 5) for word in text.split())


# Taught in chapters/01-dataset.ipynb; ci/sync copies it (9cf9f762).
def split_sentences(
    sentences: list[str], validation: float = 0.1, test: float = 0.2, seed: int = 0
) -> tuple[list[str], list[str], list[str]]:
    """Shuffle `sentences` and share them out. Returns those of training, validation and test.

    Each sentence goes to one list only. Raises ValueError when a sentence occurs twice, because
    then it could land in two, and when `validation` and `test` are no shares of a whole.
    """
    check_shares(validation, test)
    check_distinct(sentences, "a sentence occurs twice: remove repeats before splitting")
    order = np.random.default_rng(seed).permutation(len(sentences))
    shuffled = [sentences[i] for i in order]
    first = round(len(sentences) * test)
    second = first + round(len(sentences) * validation)
    return shuffled[second:], shuffled[first:second], shuffled[:first]


# Taught in chapters/01-dataset.ipynb; ci/sync copies it (f83ff047).
def pad(rows: list[list[int]], length: int) -> np.ndarray:
    """Return `rows` of token ids as one array, filled with PAD behind: (batch, length), int64.

    Raises ValueError when a row is longer than `length`.
    """
    check_fit(rows, length)
    array = np.full((len(rows), length), PAD, dtype=np.int64)
    for index, row in enumerate(rows):
        array[index, : len(row)] = row
    return array


# Taught in chapters/01-dataset.ipynb; ci/sync copies it (0fe97eb0).
def encode_sentences(texts: list[str]) -> np.ndarray:
    """Return token ids of `texts`, each with EOS and padding: (batch, 6), int64.

    Raises ValueError for a foreign word, and for a text of more than five words.
    """
    return pad([vocabulary.encode(text) for text in texts], MAXIMUM_WORDS + 1)


def check_positive(**sizes: int) -> None:
    """Raise ValueError for the first of `sizes` that is less than 1, naming it."""
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name} is {size}: at least 1 is needed")


def check_ids(ids: "np.ndarray | tf.Tensor | torch.Tensor", name: str = "source") -> None:
    """Check an array of token ids, or a tensor of either framework, before a model reads it.

    Raises TypeError for what is no integer. Raises ValueError for other shapes than (batch, `name`)
    and for no rows.
    """
    if "int" not in str(ids.dtype):
        raise TypeError(f"{name} is {ids.dtype}: token ids are integers")
    if ids.ndim != 2:
        raise ValueError(f"{name} has shape {ids.shape}: it must be (batch, {name})")
    if ids.shape[0] == 0:
        raise ValueError(f"{name} has no rows: at least one sentence is needed")


def check_tokens(source: np.ndarray, target: np.ndarray) -> None:
    """Check that arrays of token ids are sentences and their translations, row by row.

    They are (batch, source) and (batch, target). Raises TypeError for other types than int64.
    Raises ValueError for what `check_ids` refuses, for unequal numbers of rows, and for a row of
    padding.
    """
    for name, array in (("source", source), ("target", target)):
        kind = getattr(array, "dtype", type(array).__name__)
        if kind != np.int64:
            raise TypeError(f"{name} is {kind}: make it a NumPy array of int64, as `pad` does")
        check_ids(array, name)
        padding = (array == PAD).all(axis=1)  # (batch,)
        if padding.any():
            row = padding.argmax()
            raise ValueError(f"row {row} of {name} is all padding: a sentence has at least its EOS")
    if len(source) != len(target):
        raise ValueError(f"source has {len(source)} rows, target {len(target)}: they go in pairs")


# Taught in chapters/01-dataset.ipynb; ci/sync copies it (f3b2e5c5).
class DigitData(NamedTuple):
    """Token ids, int64, in three parts that share no sentence: training, validation and test."""

    train_source: np.ndarray  # (batch, source)
    train_target: np.ndarray  # (batch, target)
    validation_source: np.ndarray  # (batch, source)
    validation_target: np.ndarray  # (batch, target)
    test_source: np.ndarray  # (batch, source)
    test_target: np.ndarray  # (batch, target)


# Taught in chapters/01-dataset.ipynb; ci/sync copies it (0bc382d9).
def load_digits(seed: int = 0) -> DigitData:
    """Return the digit language's 3,905 sentences: 2,734 for training, 390 and 781 held out."""
    arrays = []
    for texts in split_sentences(all_sentences(), seed=seed):
        translations = [translate_by_rule(text) for text in texts]
        arrays += [encode_sentences(texts), encode_sentences(translations)]
    return DigitData(*arrays)


# Taught in chapters/01-dataset.ipynb; ci/sync copies it (42751da2).
def batch_order(rows: int, batch_size: int, steps: int, seed: int = 0) -> np.ndarray:
    """Return which rows form each batch: (steps, batch). Reshuffled every epoch.

    Both frameworks read their batches in this order, so that they see the same ones. An
    incomplete batch at the end of an epoch is left out. Raises ValueError when no batch is full,
    and for a `batch_size` or `steps` of less than 1.
    """
    check_batches(rows, batch_size, steps)
    batches = rows // batch_size  # in an epoch
    generator = np.random.default_rng(seed)
    epochs = -(-steps // batches)  # rounded up
    order = [generator.permutation(rows)[: batches * batch_size] for _ in range(epochs)]
    return np.concatenate(order).reshape(-1, batch_size)[:steps]


# Taught in chapters/07-translation.ipynb; ci/sync copies it (22897726).
def check_sentence(text: str) -> str:
    """Return `text` with single spaces.

    Raises TypeError for what is no text, and ValueError, naming what the model cannot read.
    """
    if not isinstance(text, str):
        raise TypeError(f"the sentence is {text!r}: write it as text, such as '4 2 5 5 5'")
    words = text.split()
    if not words:
        raise ValueError("the sentence is empty: write one to five words, such as '4 2 5 5 5'")
    for word in words:
        if word not in SOURCE_WORDS:
            raise ValueError(f"{word!r} is not a source word: use {', '.join(SOURCE_WORDS)}")
    if len(words) > MAXIMUM_WORDS:
        raise ValueError(f"the sentence has {len(words)} words: at most {MAXIMUM_WORDS} fit")
    return " ".join(words)
