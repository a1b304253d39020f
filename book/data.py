"""The digit language of the book: words, sentences, splits, arrays.

A source sentence has one to five of the words 1-5; its translation replaces each word by the word
that is five higher. Needs NumPy only, so that both frameworks start from the same arrays. What
begins with `check_` refuses wrong input, alike for both, and says in one line what to do.
"""

import operator
import reprlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple, TypeVar

import numpy as np

Ids = TypeVar("Ids")  # an array of NumPy, or a tensor of either framework

SOURCE_WORDS = ("1", "2", "3", "4", "5")
TARGET_WORDS = ("6", "7", "8", "9", "10")
MAXIMUM_WORDS = 5


def shown(value: object) -> str:
    """Return how Python writes a value, shortened to fit on a line."""
    return " ".join(reprlib.repr(value).split())


def check_whole(value: object, name: str) -> int:
    """Return a whole number of NumPy's, or an array's without axes, as one of Python's.

    Raises TypeError, naming it, for anything else, True and False among it.
    """
    try:
        if "bool" not in str(getattr(value, "dtype", type(value))):
            return operator.index(value)  # type: ignore[arg-type]  # this is what finds out
    except TypeError:
        pass
    raise TypeError(f"{name} is {shown(value)}: give a whole number, such as 3")


def check_size(value: int, name: str) -> int:
    """Return what `check_whole` does. Raises ValueError, too, for less than 1."""
    size = check_whole(value, name)
    if size < 1:
        raise ValueError(f"{name} is {size}: at least 1 is needed")
    return size


def check_seed(seed: int) -> int:
    """Return what `check_whole` does. Raises ValueError, too, for less than 0."""
    number = check_whole(seed, "seed")
    if number < 0:
        raise ValueError(f"seed is {number}: at least 0 is needed")
    return number


def check_texts(texts: Iterable[str], name: str) -> list[str]:
    """Return `texts` as a list. Raises TypeError for one text alone, and for what is no text."""
    if isinstance(texts, str):
        lists = dict.fromkeys(map(shown, ([texts], texts.split())))  # each once
        raise TypeError(
            f"{name} is one text, {shown(texts)}: give a list, such as {' or '.join(lists)}"
        )
    if isinstance(texts, bytes) or not isinstance(texts, Iterable):
        raise TypeError(f"{name} is {shown(texts)}: give a list of texts, such as ['4', '2']")
    texts = list(texts)
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"{name} holds {shown(text)}: write each as text, such as '4'")
    return texts


def check_words(text: str, known: Sequence[str], kind: str) -> list[str]:
    """Return the words of a sentence, all of them `known`.

    Raises TypeError for what is no text, and ValueError for no words and for the first that is not
    `kind`, such as "in the vocabulary", naming it.
    """
    if not isinstance(text, str):
        raise TypeError(f"the sentence is {shown(text)}: write it as text, such as '4 2 5 5 5'")
    words = text.split()
    if not words:
        raise ValueError("the sentence is empty: write its words, such as '4 2 5 5 5'")
    for word in words:
        if word not in known:
            raise ValueError(f"{word!r} is not {kind}: use {', '.join(known)}")
    return words


def check_distinct(items: Sequence[str], message: str) -> None:
    """Raise ValueError with `message` when one of `items` occurs twice."""
    if len(set(items)) < len(items):
        raise ValueError(message)


def check_id(index: int, tokens: int) -> None:
    """Raise TypeError for no whole number, ValueError for none of the ids of so many `tokens`."""
    if not 0 <= check_whole(index, "a token id") < tokens:
        raise ValueError(f"{index} is no token id: they go from 0 to {tokens - 1}")


def check_shares(validation: float, test: float) -> None:
    """Raise ValueError when these two are not shares of a whole."""
    if not (validation >= 0 and test >= 0 and validation + test <= 1):
        raise ValueError(f"validation {validation} and test {test}: shares of a whole are needed")


def check_fit(rows: Sequence[Sequence[int]], length: int) -> None:
    """Raise TypeError for what is no list of token ids, ValueError for more of them than `length`.

    Both name the row.
    """
    length = check_size(length, "length")
    if isinstance(rows, str) or not isinstance(rows, Iterable):
        raise TypeError(f"rows is {shown(rows)}: give a list of lists of token ids")
    for index, row in enumerate(rows):
        if isinstance(row, str) or not isinstance(row, Iterable):
            raise TypeError(f"row {index} is {shown(row)}: give a list of token ids")
        for token in row:
            check_whole(token, f"a token of row {index}")
        if len(row) > length:
            raise ValueError(f"row {index} has {len(row)} tokens: at most {length} fit")


def check_batches(rows: int, batch_size: int, steps: int) -> tuple[int, int, int]:
    """Return these sizes as `check_size` does. Raises ValueError when rows do not fill a batch."""
    rows = check_whole(rows, "rows")
    batch_size, steps = check_size(batch_size, "batch_size"), check_size(steps, "steps")
    if rows < batch_size:
        raise ValueError(f"{rows} rows do not fill one batch of {batch_size}")
    return rows, batch_size, steps


# Taught in chapters/01-dataset.ipynb; ci/sync copies it (8356d39e).
class Vocabulary:
    """Words and their ids: PAD is 0, the words follow in order, then SOS and EOS.

    Raises ValueError for a word that occurs twice, or is one of these three, and TypeError for what
    is no text, or is one text alone.
    """

    def __init__(self, words: Iterable[str]):
        self.tokens = ["PAD", *check_texts(words, "words"), "SOS", "EOS"]
        self.ids = {token: index for index, token in enumerate(self.tokens)}
        check_distinct(self.tokens, "a word occurs twice, or is one of PAD, SOS and EOS")

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str) -> list[int]:
        """Return the ids of the words of `text`, then EOS.

        Raises ValueError for a foreign word and for no words, and TypeError for what is no text.
        """
        words = check_words(text, self.tokens[1:-2], "in the vocabulary")
        return [*(self.ids[word] for word in words), self.ids["EOS"]]

    def decode(self, ids: Iterable[int]) -> str:
        """Return the words of `ids` up to the first EOS.

        Raises TypeError for what is no whole number, and ValueError for what is no id.
        """
        words = []
        for index in ids:
            check_id(index, len(self))
            if self.tokens[index] == "EOS":
                break
            words.append(self.tokens[index])
        return " ".join(words)


class Vocabularies(NamedTuple):
    """What a translator reads, and what it writes."""

    source: Vocabulary
    target: Vocabulary


def writable_tokens(words: Vocabulary) -> np.ndarray:
    """Return which tokens a model may write: (vocabulary,).

    PAD fills and SOS begins, so neither is ever an answer.
    """
    return np.array([token not in ("PAD", "SOS") for token in words.tokens])


vocabulary = Vocabulary((*SOURCE_WORDS, *TARGET_WORDS))
PAD, SOS, EOS = vocabulary.ids["PAD"], vocabulary.ids["SOS"], vocabulary.ids["EOS"]
WRITABLE = writable_tokens(vocabulary)
DIGIT_LANGUAGE = Vocabularies(source=vocabulary, target=vocabulary)


# Taught in chapters/01-dataset.ipynb; ci/sync copies it (194ba937).
def all_sentences() -> list[str]:
    """Return every source sentence of one to five words: 5 + 25 + 125 + 625 + 3125 = 3905."""
    return [
        " ".join(words)
        for length in range(1, MAXIMUM_WORDS + 1)
        for words in product(SOURCE_WORDS, repeat=length)
    ]


# Taught in chapters/01-dataset.ipynb; ci/sync copies it (4ee86aad).
def translate_by_rule(text: str) -> str:
    """Return the true translation of a source sentence: each word becomes the one five higher.

    Raises what `check_sentence` raises.
    """
    return " ".join(str(int(word) + 5) for word in check_sentence(text).split())


# Taught in chapters/01-dataset.ipynb; ci/sync copies it (12f61bbb).
def split_sentences(
    sentences: list[str], validation: float = 0.1, test: float = 0.2, seed: int = 0
) -> tuple[list[str], list[str], list[str]]:
    """Shuffle `sentences` and share them out. Returns those of training, validation and test.

    Each sentence goes to one list only. Raises ValueError when a sentence occurs twice, because
    then it could land in two, and when `validation` and `test` are no shares of a whole. Raises
    TypeError for one text alone, for what is no text, and for a `seed` that is no whole number.
    """
    check_shares(validation, test)
    sentences = check_texts(sentences, "sentences")
    check_distinct(sentences, "a sentence occurs twice: remove repeats before splitting")
    order = np.random.default_rng(check_seed(seed)).permutation(len(sentences))
    shuffled = [sentences[i] for i in order]
    first = round(len(sentences) * test)
    second = first + round(len(sentences) * validation)
    return shuffled[second:], shuffled[first:second], shuffled[:first]


# Taught in chapters/01-dataset.ipynb; ci/sync copies it (d280a344).
def pad(rows: list[list[int]], length: int) -> np.ndarray:
    """Return `rows` of token ids as one array, filled with PAD behind: (batch, length), int64.

    Raises ValueError when a row is longer than `length`, and TypeError for what are no ids.
    """
    check_fit(rows, length)
    array = np.full((len(rows), length), PAD, dtype=np.int64)
    for index, row in enumerate(rows):
        array[index, : len(row)] = row
    return array


# Taught in chapters/01-dataset.ipynb; ci/sync copies it (b069e769).
def encode_sentences(texts: list[str]) -> np.ndarray:
    """Return token ids of `texts`, each with EOS and padding: (batch, 6), int64.

    Raises ValueError for a foreign word, and for a text of no words or of more than five. Raises
    TypeError for one text alone, and for what is no text.
    """
    rows = [vocabulary.encode(text) for text in check_texts(texts, "texts")]
    return pad(rows, MAXIMUM_WORDS + 1)


def refuse(kind: type[Exception], message: str) -> None:
    """Raise an error of `kind`, to whose message Keras adds nothing."""
    error = kind(message)
    vars(error)["_keras_call_info_injected"] = True  # what Keras marks an error by when it has
    raise error


def faults(ids: Any, tokens: int) -> Iterator[tuple[Any, str]]:  # noqa: ANN401  (as Ids)
    """Yield where (batch, source) of ids break the contract, and how to say so of a row."""
    outside = (ids < 0) | (ids >= tokens)
    yield outside, f"holds what is no token id: they go from 0 to {tokens - 1}"
    before = (ids[:, :-1] == PAD) & (ids[:, 1:] != PAD)
    yield before, "has PAD in front of a token: padding stands only behind"
    yield ids[:, :1] == PAD, "is all padding: a sentence has at least its EOS"


def check_ids(ids: Ids, tokens: int, name: str = "source") -> Ids:
    """Return `ids`, an array or a tensor (batch, `name`) of ids of so many `tokens`.

    Raises TypeError for other types than int64. Raises ValueError for other shapes, for no rows,
    for what is no token's id, for PAD in front of a token and for a row of padding. In a graph of
    TensorFlow, where the ids are not there yet, tf.errors.InvalidArgumentError says so later.
    """
    dtype = getattr(ids, "dtype", type(ids).__name__)
    kind = str(getattr(dtype, "name", dtype)).removeprefix("torch.")
    if "float" in kind:
        kind = "floating-point"  # a layer of Keras has made its own type of float of it
    if kind != "int64":
        refuse(TypeError, f"{name} is {kind}: make it int64, as `pad` does")
    if isinstance(ids, np.ndarray):
        check_array(ids, tokens, name)
    elif str(dtype).startswith("torch."):
        check_array(ids.numpy(force=True), tokens, name)  # type: ignore[attr-defined]
    elif hasattr(ids, "numpy"):
        check_array(ids.numpy(), tokens, name)
    elif type(ids).__module__.startswith("tensorflow"):
        from book.tensorflow.graphs import checked_ids

        later: Ids = checked_ids(ids, tokens, name)
        return later
    else:
        refuse(TypeError, f"{name} is {type(ids).__name__}: make it an array or a tensor")
    return ids


def check_shape(shape: Sequence[int | None], name: str) -> None:
    """Raise ValueError for a shape that no batch of sentences has, as far as it is known."""
    if len(shape) != 2:
        refuse(ValueError, f"{name} has shape {tuple(shape)}: it must be (batch, {name})")
    if shape[0] == 0:
        refuse(ValueError, f"{name} has no rows: at least one sentence is needed")
    if shape[1] == 0:
        refuse(ValueError, f"row 0 of {name} is all padding: a sentence has at least its EOS")


def check_array(ids: np.ndarray, tokens: int, name: str) -> None:
    """Check an array (batch, `name`) for `check_ids`."""
    check_shape(ids.shape, name)
    for places, what in faults(ids, tokens):
        if places.any():
            refuse(ValueError, f"row {places.any(axis=1).argmax()} of {name} {what}")


def check_tokens(source: np.ndarray, target: np.ndarray) -> None:
    """Check that arrays of token ids are sentences and their translations, row by row.

    They are (batch, source) and (batch, target). Raises TypeError for other types than int64.
    Raises ValueError for what `check_ids` refuses, for a row without exactly one EOS as its last
    token before the padding, and for unequal numbers of rows.
    """
    for name, array in (("source", source), ("target", target)):
        kind = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        if kind != np.int64:
            raise TypeError(f"{name} is {kind}: make it a NumPy array of int64, as `pad` does")
        check_ids(array, len(vocabulary), name)
        last = (array != PAD).sum(axis=1) - 1  # (batch,)
        ended = array[np.arange(len(array)), last] == EOS  # (batch,)
        wrong = ~ended | ((array == EOS).sum(axis=1) > 1)  # (batch,)
        if wrong.any():
            raise ValueError(
                f"row {wrong.argmax()} of {name} must have one EOS, {EOS}, behind its words, "
                "as `encode_sentences` puts it"
            )
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


# Taught in chapters/01-dataset.ipynb; ci/sync copies it (40e8b953).
def batch_order(rows: int, batch_size: int, steps: int, seed: int = 0) -> np.ndarray:
    """Return which rows form each batch: (steps, batch). Reshuffled every epoch.

    Both frameworks read their batches in this order, so that they see the same ones. An
    incomplete batch at the end of an epoch is left out. Raises ValueError when no batch is full,
    and for a `batch_size` or `steps` of less than 1; TypeError for what is no whole number.
    """
    rows, batch_size, steps = check_batches(rows, batch_size, steps)
    batches = rows // batch_size  # in an epoch
    generator = np.random.default_rng(check_seed(seed))
    epochs = -(-steps // batches)  # rounded up
    order = [generator.permutation(rows)[: batches * batch_size] for _ in range(epochs)]
    return np.concatenate(order).reshape(-1, batch_size)[:steps]


TRAINED_WORDS, TESTED_WORDS = 12, 16  # the longest sentences of each kind


# Taught in chapters/03-bottleneck.ipynb; ci/sync copies it (76d64912).
class LongDigits(NamedTuple):
    """Token ids, int64, of longer sentences: for training and for test, which share none."""

    train_source: np.ndarray  # (batch, source)
    train_target: np.ndarray  # (batch, target)
    test_source: np.ndarray  # (batch, source)
    test_target: np.ndarray  # (batch, target)


# Taught in chapters/03-bottleneck.ipynb; ci/sync copies it (fd7a0c01).
def digit_sentences(
    numbers: np.ndarray,  # (batch,), each from 0 to 5**length - 1
    length: int,
    columns: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return sentences of `length` words: each number, written in base five, is one.

    They are source and target (batch, columns), int64, with EOS and padding.
    """
    digits = numbers[:, None] // 5 ** np.arange(length)[::-1] % 5  # (batch, length), 0 to 4
    source = np.full((len(numbers), columns), PAD)
    source[:, length] = EOS
    target = source.copy()
    source[:, :length] = vocabulary.ids["1"] + digits
    target[:, :length] = vocabulary.ids["6"] + digits
    return source, target


# Taught in chapters/03-bottleneck.ipynb; ci/sync copies it (c63dd857).
def load_long_digits(seed: int = 0) -> LongDigits:
    """Return random sentences: 20,004 of 1 to 12 words for training, and of 1 to 16 for test.

    Each length has its part, for test 500 sentences or, where there are few, one in five. Raises
    TypeError and ValueError for a `seed` that is no whole number from 0 on.
    """
    generator = np.random.default_rng(check_seed(seed))
    trained, tested = [], []
    for length in range(1, TESTED_WORDS + 1):
        sentences = 5**length
        held_out = generator.choice(sentences, min(500, sentences // 5), replace=False)
        tested.append(digit_sentences(held_out, length, TESTED_WORDS + 1))
        if length <= TRAINED_WORDS:
            drawn = generator.integers(sentences, size=5000)
            kept = drawn[~np.isin(drawn, held_out)][:1667]
            trained.append(digit_sentences(kept, length, TRAINED_WORDS + 1))
    columns = [*zip(*trained, strict=True), *zip(*tested, strict=True)]
    return LongDigits(*map(np.concatenate, columns))


# Taught in chapters/07-translation.ipynb; ci/sync copies it (3ead1b38).
def check_sentence(text: str) -> str:
    """Return `text` with single spaces.

    Raises TypeError for what is no text, and ValueError, naming what the model cannot read.
    """
    words = check_words(text, SOURCE_WORDS, "a source word")
    if len(words) > MAXIMUM_WORDS:
        raise ValueError(f"the sentence has {len(words)} words: at most {MAXIMUM_WORDS} fit")
    return " ".join(words)
