"""What the package is given from outside: arrays, texts, sentences and plain numbers.

Each function refuses alike what breaks the contract, in both frameworks, and works afterwards.
"""

import re
from collections.abc import Callable
from functools import cache, partial
from types import ModuleType

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from conftest import ROOT
from publishing.chapter.files import read_chapter

import book.pytorch
import book.tensorflow
from book import data
from book.data import EOS, PAD, SOURCE_WORDS, vocabulary
from book.plots import plot_attention, plt

PACKAGES = pytest.mark.parametrize(
    "package", [book.tensorflow, book.pytorch], ids=["tensorflow", "pytorch"]
)
SIZES = (len(vocabulary), 4, 8)  # vocabulary, embedding, hidden
SOURCE = np.array([[1, 2, EOS, PAD], [3, EOS, PAD, PAD]])  # (batch, source)
TARGET = np.array([[6, 7, EOS, PAD], [8, EOS, PAD, PAD]])  # (batch, target)


def tensor(package: ModuleType, array: np.ndarray) -> object:
    return tf.constant(array) if package is book.tensorflow else torch.tensor(array)


def optimizer_of(package: ModuleType, model: object) -> object:
    if package is book.tensorflow:
        return keras.optimizers.Adam()
    return torch.optim.Adam(model.parameters())


def parameters_of(model: object) -> list[np.ndarray]:
    if isinstance(model, keras.Model):
        return [parameter.numpy() for parameter in model.weights]
    return [parameter.numpy(force=True).copy() for parameter in model.parameters()]


def logits_for(package: ModuleType, target: np.ndarray) -> object:
    shape = (*np.shape(target), len(vocabulary))
    return tensor(package, np.zeros(shape, np.float32))


# --- Arrays of token ids -------------------------------------------------------------------------

# Name, array, error and words: `{name}` is the parameter. All are refused by everything.
NO_IDS: dict[str, tuple[np.ndarray, type[Exception], str]] = {
    "PAD in front": (
        np.array([[1, EOS, PAD, PAD], [PAD, 1, 2, EOS]]),
        ValueError,
        "row 1 of {name} has PAD in front of a token: padding stands only behind",
    ),
    "PAD inside": (
        np.array([[1, PAD, 2, EOS], [1, 2, 3, EOS]]),
        ValueError,
        "row 0 of {name} has PAD in front of a token: padding stands only behind",
    ),
    "PAD before the end": (
        np.array([[1, EOS, PAD, PAD], [2, EOS, PAD, EOS]]),
        ValueError,
        "row 1 of {name} has PAD in front of a token: padding stands only behind",
    ),
    "an id behind the last": (
        np.array([[1, 2, EOS, PAD], [1, 13, EOS, PAD]]),
        ValueError,
        "row 1 of {name} holds what is no token id: they go from 0 to 12",
    ),
    "a huge id": (
        np.array([[2**40, 2, 3, EOS], [1, 2, 3, EOS]]),
        ValueError,
        "row 0 of {name} holds what is no token id: they go from 0 to 12",
    ),
    "a negative id": (
        np.array([[1, EOS, PAD, PAD], [-1, 1, EOS, PAD]]),
        ValueError,
        "row 1 of {name} holds what is no token id: they go from 0 to 12",
    ),
    "-100 for padding": (
        np.array([[1, EOS, -100, -100], [1, 2, 3, EOS]]),
        ValueError,
        "row 0 of {name} holds what is no token id: they go from 0 to 12",
    ),
    "a row of padding": (
        np.array([[1, EOS, PAD, PAD], [PAD, PAD, PAD, PAD]]),
        ValueError,
        "row 1 of {name} is all padding: a sentence has at least its EOS",
    ),
    "no columns": (
        np.ones((2, 0), np.int64),
        ValueError,
        "row 0 of {name} is all padding: a sentence has at least its EOS",
    ),
    "no rows": (
        np.ones((0, 3), np.int64),
        ValueError,
        "{name} has no rows: at least one sentence is needed",
    ),
    "one axis": (
        np.array([1, 2, EOS]),
        ValueError,
        "{name} has shape (3,): it must be (batch, {name})",
    ),
    "three axes": (
        np.array([[[1, EOS]]]),
        ValueError,
        "{name} has shape (1, 1, 2): it must be (batch, {name})",
    ),
    "int32": (np.array([[1, EOS]], np.int32), TypeError, "{name} is int32: make it int64"),
    "uint8": (np.array([[1, EOS]], np.uint8), TypeError, "{name} is uint8: make it int64"),
    "bool": (np.array([[True, False]]), TypeError, "{name} is bool: make it int64"),
    "float32": (
        np.array([[1, EOS]], np.float32),
        TypeError,
        "{name} is floating-point: make it int64",
    ),
    "float64": (np.array([[1.0, EOS]]), TypeError, "{name} is floating-point: make it int64"),
}
# Of these only arrays of whole sentences are free.
NO_SENTENCES = {
    "no EOS": (
        np.array([[1, EOS, PAD], [1, 2, 3]]),
        ValueError,
        "row 1 of {name} must have one EOS, 12,",
    ),
    "no EOS before the padding": (
        np.array([[1, 2, PAD], [1, EOS, PAD]]),
        ValueError,
        "row 0 of {name} must have one EOS, 12,",
    ),
    "two EOS": (
        np.array([[1, EOS, EOS], [1, 2, EOS]]),
        ValueError,
        "row 0 of {name} must have one EOS, 12,",
    ),
    "EOS inside": (
        np.array([[1, EOS, 2, PAD], [1, 2, EOS, PAD]]),
        ValueError,
        "row 0 of {name} must have one EOS, 12,",
    ),
}


def uses_of(package: ModuleType, model: object) -> dict[str, tuple[str, Callable]]:
    """Return all that takes ids as a tensor: the name of the parameter, and how to call it."""
    source, target = tensor(package, SOURCE), tensor(package, TARGET)
    return {
        "encoder": ("source", model.encoder),
        "translator, source": ("source", lambda ids: model(ids, target)),
        "translator, target": ("target", lambda ids: model(source, ids)),
        "greedy_decode": ("source", lambda ids: package.greedy_decode(model, ids)),
        "beam_decode": ("source", lambda ids: package.beam_decode(model, ids, 2)),
        "masked_loss": (
            "target",
            lambda ids: package.masked_loss(logits_for(package, TARGET), ids),
        ),
    }


@cache
def models() -> dict[ModuleType, object]:
    return {package: package.Translator(*SIZES) for package in (book.tensorflow, book.pytorch)}


@pytest.mark.parametrize("kind", NO_IDS)
def test_both_frameworks_refuse_what_are_no_token_ids_in_the_same_words(kind):
    array, error, words = NO_IDS[kind]
    messages = []
    for package, model in models().items():
        for use, (name, call) in uses_of(package, model).items():
            with pytest.raises(error) as caught:
                call(tensor(package, array))
            message = str(caught.value)
            assert message.startswith(words.format(name=name)), use
            messages.append((use, type(caught.value), message))
    half = len(messages) // 2
    assert messages[:half] == messages[half:]
    assert not any("\n" in message for *_, message in messages)


@PACKAGES
@pytest.mark.parametrize("name", ["source", "target"])
@pytest.mark.parametrize("kind", [*NO_IDS, *NO_SENTENCES])
def test_arrays_of_no_sentences_are_refused_before_they_are_batched_or_marked(package, name, kind):
    array, error, words = {**NO_IDS, **NO_SENTENCES}[kind]
    arrays = {"source": SOURCE, "target": TARGET, name: array}
    words = words.partition(":")[0].replace("floating-point", str(array.dtype))
    for call in (
        partial(package.make_batches, **arrays, batch_size=1, steps=1),
        partial(package.exact_match, models()[package], **arrays),
    ):
        with pytest.raises(error) as caught:
            call()
        assert str(caught.value).startswith(words.format(name=name))
        assert "\n" not in str(caught.value)


@PACKAGES
@pytest.mark.parametrize("size", [13, 20])
def test_ids_are_measured_against_the_model_that_reads_them(package, size):
    model = package.Translator(size, 4, 8)
    source, target = (tensor(package, np.array([[size - 1, 1, PAD]])) for _ in range(2))
    model(source, target)
    behind = tensor(package, np.array([[size, 1, PAD]]))
    for name, pair in {"source": (behind, target), "target": (source, behind)}.items():
        with pytest.raises(ValueError, match=f"row 0 of {name} .* go from 0 to {size - 1}$"):
            model(*pair)


@cache
def trained() -> dict[ModuleType, tuple[object, Callable]]:
    """Return a model of each package, and what takes a step with it."""
    pairs = {package: package.Translator(*SIZES) for package in models()}
    return {
        package: (model, partial(package.train_step, model, optimizer_of(package, model)))
        for package, model in pairs.items()
    }


@PACKAGES
@pytest.mark.parametrize("name", ["source", "target"])
@pytest.mark.parametrize("kind", NO_IDS)
def test_a_training_step_refuses_what_are_no_ids_and_leaves_the_model_as_it_was(
    package, name, kind
):
    array, error, words = NO_IDS[kind]
    model, step = trained()[package]
    before = parameters_of(model)
    tensors = {"source": tensor(package, SOURCE), "target": tensor(package, TARGET)}
    # In a graph of TensorFlow ids are there only when it runs.
    with pytest.raises(
        (error, tf.errors.InvalidArgumentError), match=re.escape(words.format(name=name))
    ):
        step(**{**tensors, name: tensor(package, array)})
    for old, new in zip(before, parameters_of(model), strict=True):
        assert np.array_equal(old, new)
    losses = [float(step(**tensors)) for _ in range(3)]
    assert losses[2] < losses[0]


def test_a_graph_of_tensorflow_names_the_row_in_the_words_of_pytorch():
    model = models()[book.tensorflow]

    @tf.function(
        input_signature=[tf.TensorSpec((None, None), tf.int64), tf.TensorSpec((None, 4), tf.int64)]
    )
    def answer(source, target):
        return model(source, target)

    for array, error, words in NO_IDS.values():
        if error is ValueError and array.ndim == 2 and array.shape[1]:
            with pytest.raises(tf.errors.InvalidArgumentError) as caught:
                answer(tf.constant(array), tf.constant(TARGET))
            assert f"[{words.format(name='source')}]" in str(caught.value)
    assert answer(tf.constant(SOURCE), tf.constant(TARGET)).shape == (2, 4, len(vocabulary))


@PACKAGES
def test_padding_of_minus_100_never_lowers_a_loss(package):
    target = np.where(TARGET == PAD, -100, TARGET)
    for wrong in (target, np.where(TARGET == EOS, -100, TARGET)):
        with pytest.raises(ValueError, match="row 0 of target holds what is no token id"):
            package.masked_loss(logits_for(package, TARGET), tensor(package, wrong))
    loss = package.masked_loss(logits_for(package, TARGET), tensor(package, TARGET))
    assert float(loss) == pytest.approx(np.log(len(vocabulary)), rel=1e-6)


@PACKAGES
@pytest.mark.parametrize("ids", [None, [[1, EOS]], "4 2", np.int64(3), 3])
def test_what_is_no_array_at_all_is_named(package, ids):
    model = models()[package]
    for name, call in {
        "source": partial(package.greedy_decode, model),
        "target": partial(package.masked_loss, logits_for(package, TARGET)),
    }.items():
        with pytest.raises(TypeError, match=f"^{name} is {type(ids).__name__}: make it [^\n]*$"):
            call(ids)
    with pytest.raises(TypeError, match=f"^source is {type(ids).__name__}: make it [^\n]*$"):
        package.beam_decode(model, ids, 2)


# --- No state is left by a call that failed ------------------------------------------------------

FAILING = {
    "float32": SOURCE.astype(np.float32),
    "one axis": SOURCE[0],
    "a row of padding": SOURCE * [[1], [0]],
}


@PACKAGES
@pytest.mark.parametrize("kind", FAILING)
def test_after_a_first_call_that_failed_the_next_one_works(package, kind):
    bad, good = FAILING[kind], tensor(package, SOURCE)
    target = tensor(package, TARGET)
    model = package.Translator(*SIZES)
    if package is book.tensorflow:  # as in a Python that has just started
        inner = tf.function(package.train_step.__wrapped__)
        step = book.tensorflow.graphs.with_optimizer_built(inner)
    else:
        step = package.train_step
    step = partial(step, model, optimizer_of(package, model))
    other = package.Translator(*SIZES)
    other_step = partial(package.train_step, other, optimizer_of(package, other))
    for call, right in {
        lambda ids: model.encoder(ids): good,
        lambda ids: model(ids, target): good,
        lambda ids: package.greedy_decode(model, ids): good,
        lambda ids: package.exact_match(
            model, ids if isinstance(ids, np.ndarray) else bad, TARGET
        ): SOURCE,
        lambda ids: step(ids, target): good,
        lambda ids: other_step(ids, target): good,
    }.items():
        with pytest.raises((TypeError, ValueError, tf.errors.InvalidArgumentError)):
            call(tensor(package, bad))
        call(right)
        call(right)


@PACKAGES
def test_a_training_step_takes_batches_of_any_shape_after_another(package):
    model = package.Translator(*SIZES)
    step = partial(package.train_step, model, optimizer_of(package, model))
    for length in (4, 3, 4, 2, 4):
        source, target = SOURCE[:1, :length].copy(), TARGET[:1, :length].copy()
        source[:, -1], target[:, -1] = EOS, EOS
        source, target = (
            np.where((ids == EOS).cumsum(1) > 1, PAD, ids) for ids in (source, target)
        )
        assert np.isfinite(float(step(tensor(package, source), tensor(package, target))))
    second = package.Translator(*SIZES)  # and another model with its own, unbuilt optimizer
    step = partial(package.train_step, second, optimizer_of(package, second))
    assert np.isfinite(float(step(tensor(package, SOURCE), tensor(package, TARGET))))


# --- A text where a list of texts is due ---------------------------------------------------------

WEIGHTS = np.full((3, 3), 1 / 3)
TAKE_TEXTS: dict[str, tuple[str, Callable]] = {
    "encode_sentences": ("texts", data.encode_sentences),
    "split_sentences": ("sentences", data.split_sentences),
    "Vocabulary": ("words", data.Vocabulary),
    "plot_attention, source": (
        "source",
        lambda texts: plot_attention(WEIGHTS, texts, ["9", "7", "EOS"]),
    ),
    "plot_attention, target": (
        "target",
        lambda texts: plot_attention(WEIGHTS, ["4", "2", "EOS"], texts),
    ),
}


@pytest.mark.parametrize("function", TAKE_TEXTS)
@pytest.mark.parametrize("text", ["4 2", "123", "", "4", np.str_("4 2")])
def test_one_text_is_no_list_of_texts(function, text):
    name, call = TAKE_TEXTS[function]
    with pytest.raises(TypeError, match=f"^{name} is one text, .*: give a list, such as [^\n]*$"):
        call(text)


@pytest.mark.parametrize("function", TAKE_TEXTS)
@pytest.mark.parametrize("texts", [b"4 2", None, 42, 4.2])
def test_what_is_no_list_is_no_list_of_texts(function, texts):
    name, call = TAKE_TEXTS[function]
    with pytest.raises(TypeError, match=f"^{name} is [^\n]*: give a list of texts[^\n]*$"):
        call(texts)


@pytest.mark.parametrize("function", TAKE_TEXTS)
@pytest.mark.parametrize("item", [4, None, b"4", ["4"], 4.0])
def test_an_element_that_is_no_text_is_named(function, item):
    name, call = TAKE_TEXTS[function]
    with pytest.raises(TypeError, match=rf"^{name} holds {re.escape(repr(item))}: [^\n]*$"):
        call(["1", item, "2"])


def test_any_collection_of_texts_will_do():
    for texts in (["4 2", "1"], ("4 2", "1"), np.array(["4 2", "1"]), iter(["4 2", "1"])):
        assert data.encode_sentences(texts)[:, 0].tolist() == [4, 1]
    assert len(data.Vocabulary(str(word) for word in range(3))) == 6
    assert sum(map(len, data.split_sentences(f"{word}" for word in range(10)))) == 10
    plot_attention(WEIGHTS, ("4", "2", "EOS"), np.array(["9", "7", "EOS"]))
    plt.close("all")


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ("4 2", "rows is '4 2'"),
        (None, "rows is None"),
        (4, "rows is 4"),
        (["4 2"], "row 0 is '4 2'"),
        ([[1], 2], "row 1 is 2"),
        ([[1], None], "row 1 is None"),
        ([[1], [2, "3"]], "a token of row 1 is '3'"),
        ([[1.5]], "a token of row 0 is 1.5"),
        ([[True]], "a token of row 0 is True"),
    ],
)
def test_padding_refuses_what_are_no_rows_of_ids(rows, named):
    with pytest.raises(TypeError, match=f"^{named}: give [^\n]*$"):
        data.pad(rows, 6)


@pytest.mark.parametrize(
    ("ids", "error"),
    [("9 7", TypeError), ([9, "7"], TypeError), ([9.0], TypeError), ([None], TypeError)],
)
def test_what_are_no_ids_is_not_decoded(ids, error):
    with pytest.raises(error, match=r"^a token id is .*: give a whole number, such as 3$"):
        vocabulary.decode(ids)


# --- Sentences -----------------------------------------------------------------------------------


def takes_a_sentence() -> dict[str, Callable]:
    calls = {
        "encode": vocabulary.encode,
        "encode_sentences": lambda text: data.encode_sentences([text]),
        "translate_by_rule": data.translate_by_rule,
    }
    for package, model in models().items():
        calls[f"{package.__name__}.translate"] = partial(package.translate, model)
        calls[f"{package.__name__}.beam_search"] = partial(package.beam_search, model)
    return calls


OF_SOURCE = [name for name in takes_a_sentence() if not name.startswith("encode")]


@pytest.mark.parametrize("function", takes_a_sentence())
@pytest.mark.parametrize("text", [None, b"4 2", 42, 4.2, ["4", "2"], ("4 2",), np.array(["4"])])
def test_a_sentence_that_is_no_text_is_refused_by_all(function, text):
    with pytest.raises(TypeError, match=r"^(the sentence is|texts holds) [^\n]*: write [^\n]*$"):
        takes_a_sentence()[function](text)


@pytest.mark.parametrize("function", takes_a_sentence())
@pytest.mark.parametrize("text", ["", "  ", "\n\t", "\u3000"])
def test_an_empty_sentence_is_refused_by_all(function, text):
    with pytest.raises(ValueError, match=r"^the sentence is empty: write its words, .*$"):
        takes_a_sentence()[function](text)


@pytest.mark.parametrize("function", takes_a_sentence())
@pytest.mark.parametrize("word", ["-1", "４", "0", "11", "EOS", "PAD", "4.0", "4,", "넷", "٣"])
def test_a_foreign_word_is_named_by_all(function, word):
    with pytest.raises(ValueError, match=rf"^{re.escape(repr(word))} is not [^\n]*: use [^\n]*$"):
        takes_a_sentence()[function](f"4 {word} 2")


@pytest.mark.parametrize("function", OF_SOURCE)
@pytest.mark.parametrize("text", ["6 7", "4 10", "9"])
def test_a_word_of_the_target_is_no_source_word(function, text):
    with pytest.raises(ValueError, match=r"^'\d+' is not a source word: use 1, 2, 3, 4, 5$"):
        takes_a_sentence()[function](text)


@pytest.mark.parametrize("function", [*OF_SOURCE, "encode_sentences"])
def test_a_sentence_of_six_words_is_refused(function):
    with pytest.raises(ValueError, match=r"^(the sentence|row 0) has \d (words|tokens): at most"):
        takes_a_sentence()[function]("1 2 3 4 5 1")


def test_more_spaces_change_no_translation():
    for text in ("4 2", " 4  2 ", "4\t2\n", "4\u30002"):
        assert data.translate_by_rule(text) == "9 7"
        assert vocabulary.encode(text) == [4, 2, EOS]


# --- Plain numbers -------------------------------------------------------------------------------

WHOLE = [3, np.int64(3), np.int32(3), np.uint8(3), np.array(3), np.array(3, np.int32)]
NOT_WHOLE = [2.5, 3.0, "3", None, True, np.float64(3), np.array([3]), [3], np.True_]


def takes_a_number() -> dict[tuple[str, str], Callable]:
    """Return calls that take a whole number, by a name and that of the parameter."""
    calls: dict[tuple[str, str], Callable] = {
        ("pad", "length"): lambda n: data.pad([[1]], n),
        ("batch_order", "rows"): lambda n: data.batch_order(n, 2, 2),
        ("batch_order", "batch_size"): lambda n: data.batch_order(9, n, 2),
        ("batch_order", "steps"): lambda n: data.batch_order(9, 2, n),
        ("batch_order", "seed"): lambda n: data.batch_order(9, 2, 2, n),
        ("split_sentences", "seed"): lambda n: data.split_sentences(["1", "2"], seed=n),
        ("load_digits", "seed"): lambda n: data.load_digits(seed=n),
    }
    for package, model in models().items():
        arrays, short = (np.tile(SOURCE, (3, 1)), np.tile(TARGET, (3, 1))), package.__name__
        source = tensor(package, SOURCE)
        calls |= {
            (f"{short}.make_batches", "batch_size"): partial(
                lambda n, package, arrays: package.make_batches(*arrays, n, 2),
                package=package,
                arrays=arrays,
            ),
            (f"{short}.make_batches", "steps"): partial(
                lambda n, package, arrays: package.make_batches(*arrays, 2, n),
                package=package,
                arrays=arrays,
            ),
            (f"{short}.make_batches", "seed"): partial(
                lambda n, package, arrays: package.make_batches(*arrays, 2, 2, n),
                package=package,
                arrays=arrays,
            ),
            (f"{short}.greedy_decode", "steps"): partial(package.greedy_decode, model, source),
            (f"{short}.beam_decode", "beam_size"): partial(package.beam_decode, model, source[:1]),
            (f"{short}.beam_decode", "steps"): partial(package.beam_decode, model, source[:1], 2),
            (f"{short}.beam_search", "beam_size"): partial(package.beam_search, model, "1 2"),
        }
    return calls


def shape_of(result: object) -> object:
    """Return what of a result the number has decided."""
    if isinstance(result, tf.data.Dataset | torch.utils.data.DataLoader):
        return [np.asarray(part).tolist() for batch in result for part in batch]
    if isinstance(result, np.ndarray):
        return result.tolist()
    if isinstance(result, tuple) and not isinstance(result[0], list):
        return [tuple(part.shape) for part in result]
    return result


@pytest.mark.parametrize("call", takes_a_number(), ids=" ".join)
def test_whole_numbers_of_numpy_are_whole_numbers(call):
    expected = shape_of(takes_a_number()[call](3))
    for number in WHOLE:
        assert shape_of(takes_a_number()[call](number)) == expected


@pytest.mark.parametrize("call", takes_a_number(), ids=" ".join)
def test_what_is_no_whole_number_is_named(call):
    for value in NOT_WHOLE:
        with pytest.raises(TypeError, match=f"^{call[1]} is [^\n]*: give a whole number, [^\n]*$"):
            takes_a_number()[call](value)


@pytest.mark.parametrize("call", takes_a_number(), ids=" ".join)
def test_a_number_that_is_too_small_is_named(call):
    for value in (-1, np.int64(-1)):
        with pytest.raises(
            ValueError, match=rf"^({call[1]} is -1: at least|-1 rows do not) [^\n]*$"
        ):
            takes_a_number()[call](value)


# --- What a model writes that never writes EOS ---------------------------------------------------


def untrained(package: ModuleType, seed: int, eos_logit: float | None) -> object:
    keras.utils.set_random_seed(seed)  # PyTorch's seed, too
    torch.manual_seed(seed)
    model = package.Translator(*SIZES)
    if eos_logit is not None:
        bias = np.where(np.arange(len(vocabulary)) == EOS, eos_logit, 0).astype(np.float32)
        if package is book.tensorflow:
            model.decoder.projection.bias.assign(bias)
        else:
            model.decoder.projection.bias.data.copy_(torch.from_numpy(bias))
    return model


@PACKAGES
@pytest.mark.parametrize("eos_logit", [None, -1e9, 1e9])
@pytest.mark.parametrize("seed", range(4))
def test_what_translate_returns_can_be_labelled_and_drawn(package, seed, eos_logit):
    model = untrained(package, seed, eos_logit)
    for text in ("4 2 5 5 5", "3", "1 2"):
        words, weights = package.translate(model, text)
        tokens, _ = package.greedy_decode(model, tensor(package, data.encode_sentences([text])))
        has_eos = EOS in tokens[0].numpy()
        written = words.split()
        assert set(written) <= {*SOURCE_WORDS, *data.TARGET_WORDS}
        assert weights.shape == (len(written) + has_eos, len(text.split()) + 1)
        assert has_eos or len(written) == 6
        if eos_logit is not None:
            assert has_eos == (eos_logit > 0)
        target = [*written, "EOS"][: len(weights)]
        axes = plot_attention(weights, [*text.split(), "EOS"], target)
        assert [label.get_text() for label in axes.get_yticklabels()] == target
        plt.close("all")


LABELS = re.compile(r'\[\*(?:words|translation)\.split\(\), "EOS"\](?!\[: len\(\w*weights\)\])')


@pytest.mark.parametrize(
    "path", sorted((ROOT / "chapters").glob("*.ipynb")), ids=lambda path: path.stem
)
def test_a_chapter_labels_as_many_rows_as_were_written(path):
    for cell in read_chapter(path).cells:
        if cell.cell_type == "code" and "plot_attention(" in cell.source:
            assert not LABELS.findall(cell.source)


# --- Saving a whole model ------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [{}, {"embedding_size": 4, "hidden_size": np.int64(8)}])
def test_a_whole_keras_model_is_saved_and_loaded(tmp_path, sizes):
    model = book.tensorflow.Translator(len(vocabulary), **sizes)
    model.save(tmp_path / "translator.keras")
    loaded = keras.models.load_model(tmp_path / "translator.keras")
    source, target = tf.constant(SOURCE), tf.constant(TARGET)
    assert type(loaded) is book.tensorflow.Translator
    np.testing.assert_array_equal(model(source, target), loaded(source, target))
    assert book.tensorflow.translate(loaded, "4 2")[0] == book.tensorflow.translate(model, "4 2")[0]
    optimizer = keras.optimizers.Adam()
    assert np.isfinite(float(book.tensorflow.train_step(loaded, optimizer, source, target)))
