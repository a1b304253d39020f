"""What holds for every input of the package: made-up sentences, sizes and masks, and the edges."""

from functools import cache, partial

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import book.pytorch
import book.tensorflow
from book import data, parity
from book.data import EOS, PAD, SOS, SOURCE_WORDS, vocabulary

# The same examples in every run, however slow the machine is.
settings.register_profile("book", derandomize=True, deadline=None, database=None, max_examples=50)
settings.load_profile("book")
FEW = settings(max_examples=8)  # where each example runs both frameworks

PACKAGES = pytest.mark.parametrize(
    "package", [book.tensorflow, book.pytorch], ids=["tensorflow", "pytorch"]
)
SIZES = (4, 8)  # embedding, hidden
sentences = st.lists(st.sampled_from(SOURCE_WORDS), min_size=1, max_size=5).map(" ".join)
batches = st.lists(sentences, min_size=1, max_size=5).map(data.encode_sentences)
lengths = st.lists(st.integers(1, 6), min_size=1, max_size=4)


def pair(name: str, dtype: str, *sizes: int) -> tuple:
    """Return the TensorFlow and the PyTorch module of that name and type, not yet equal."""
    keras.config.set_dtype_policy(dtype)
    module = getattr(book.tensorflow, name)(*sizes)
    keras.config.set_dtype_policy("float32")
    return module, getattr(book.pytorch, name)(*sizes).to(getattr(torch, dtype))


def translators(*sizes: int) -> tuple:
    """Return a float64 translator of TensorFlow and its PyTorch twin, with equal parameters."""
    model, twin = pair("Translator", "float64", len(vocabulary), *sizes)
    parity.copy_translator(model, twin)
    return model, twin


@cache
def twins() -> dict:
    """Return, by package, float64 translators in which rounding can hardly decide a token."""
    keras.utils.set_random_seed(0)
    models = translators(*SIZES)
    return dict(zip((book.tensorflow, book.pytorch), models, strict=True))


def tensor(package, array):
    return tf.constant(array) if package is book.tensorflow else torch.tensor(array)


def arrays(*tensors) -> list[np.ndarray]:
    return [part.numpy() if tf.is_tensor(part) else part.numpy(force=True) for part in tensors]


# --- Vocabulary, splits and batches --------------------------------------------------------------


@given(
    st.lists(st.sampled_from(vocabulary.tokens[1:-2]), min_size=1), st.lists(st.integers(0, EOS))
)
def test_vocabulary_reads_back_any_words_and_stops_at_eos(words, behind):
    ids = vocabulary.encode(" ".join(words))
    assert vocabulary.decode([*ids, *behind]) == " ".join(words)


@pytest.mark.parametrize("word", ["PAD", "SOS", "EOS"])
def test_a_special_token_is_no_word(word):
    with pytest.raises(ValueError, match=f"'{word}' is not in the vocabulary"):
        vocabulary.encode(word)
    with pytest.raises(ValueError, match="one of PAD, SOS and EOS"):
        data.Vocabulary(["1", word])


@pytest.mark.parametrize("index", [-1, len(vocabulary)])
def test_what_is_no_token_id_is_not_decoded(index):
    with pytest.raises(ValueError, match=f"{index} is no token id: they go from 0 to 12"):
        vocabulary.decode([1, index])


@given(st.sets(st.text("12345 ")), st.floats(0, 0.5), st.floats(0, 0.5), st.integers(0, 2**32))
def test_a_split_keeps_every_sentence_once(texts, validation, test, seed):
    texts = sorted(texts)
    parts = data.split_sentences(texts, validation, test, seed)
    assert sorted(text for part in parts for text in part) == texts
    assert abs(len(parts[1]) - len(texts) * validation) <= 1
    assert abs(len(parts[2]) - len(texts) * test) <= 1
    assert parts == data.split_sentences(texts, validation, test, seed)


@pytest.mark.parametrize(
    ("validation", "test"), [(-0.1, 0.2), (0.1, -0.2), (0.5, 0.6), (float("nan"), 0.2)]
)
def test_a_split_refuses_what_are_no_shares(validation, test):
    with pytest.raises(ValueError, match=f"validation {validation} and test {test}: shares of"):
        data.split_sentences(["1", "2"], validation, test)


@given(st.lists(st.lists(st.integers(1, EOS), max_size=6)))
def test_padding_keeps_the_rows_and_fills_the_rest(rows):
    array = data.pad(rows, 6)
    assert array.shape == (len(rows), 6)
    assert array.dtype == np.int64
    for row, padded in zip(rows, array.tolist(), strict=True):
        assert padded == row + [PAD] * (6 - len(row))


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 20), st.integers(0, 9))
def test_each_epoch_takes_different_rows(rows, batch_size, steps, seed):
    if batch_size > rows:
        with pytest.raises(ValueError, match=f"{rows} rows do not fill one batch"):
            data.batch_order(rows, batch_size, steps, seed)
        return
    order = data.batch_order(rows, batch_size, steps, seed)
    assert order.shape == (steps, batch_size)
    per_epoch = rows // batch_size
    for start in range(0, steps, per_epoch):
        epoch = order[start : start + per_epoch].ravel()
        assert len(set(epoch)) == len(epoch)
        assert set(epoch) <= set(range(rows))
    assert np.array_equal(order, data.batch_order(rows, batch_size, steps, seed))


@pytest.mark.parametrize("name", ["batch_size", "steps"])
@pytest.mark.parametrize("size", [0, -1])
def test_batches_refuse_a_size_below_one(name, size):
    with pytest.raises(ValueError, match=f"^{name} is {size}: at least 1 is needed$"):
        data.batch_order(**{"rows": 4, "batch_size": 2, "steps": 2, name: size})


@FEW
@given(batches, st.integers(1, 3), st.integers(0, 9))
def test_a_batch_holds_each_source_with_its_target(source, steps, seed):
    target = np.where((source == PAD) | (source == EOS), source, source + 5)
    for package in (book.tensorflow, book.pytorch):
        made = list(package.make_batches(source, target, 1, steps, seed))
        order = data.batch_order(len(source), 1, steps, seed)
        assert len(made) == steps
        for batch, rows in zip(made, order, strict=True):
            assert np.array_equal(arrays(*batch), [source[rows], target[rows]])


GOOD = np.array([[1, EOS], [2, EOS]])
BAD_TOKENS = [
    (GOOD.astype(np.float32), GOOD, TypeError, "source is float32: make it a NumPy array of int64"),
    (GOOD.astype(np.int32), GOOD, TypeError, "source is int32"),
    (GOOD, GOOD.tolist(), TypeError, "target is list"),
    (GOOD[0], GOOD, ValueError, r"source has shape \(2,\): it must be \(batch, source\)"),
    (GOOD, GOOD[:, :, None], ValueError, r"target has shape \(2, 2, 1\)"),
    (GOOD[:0], GOOD[:0], ValueError, "source has no rows"),
    (GOOD[:, :0], GOOD, ValueError, "row 0 of source is all padding"),
    (GOOD, GOOD * [[1], [0]], ValueError, "row 1 of target is all padding"),
    (GOOD, GOOD[:1], ValueError, "source has 2 rows, target 1"),
]


@PACKAGES
@pytest.mark.parametrize(("source", "target", "error", "message"), BAD_TOKENS)
def test_what_is_no_pair_of_token_arrays_is_named_in_one_line(
    package, source, target, error, message
):
    with pytest.raises(error, match=rf"^{message}[^\n]*$"):
        package.make_batches(source, target, 1, 1)
    with pytest.raises(error, match=rf"^{message}[^\n]*$"):
        package.exact_match(twins()[package], source, target)


def test_a_sentence_that_is_no_text_is_named():
    with pytest.raises(TypeError, match=r"^the sentence is 425: write it as text, .*$"):
        data.check_sentence(425)


# --- Masks ---------------------------------------------------------------------------------------


@FEW
@given(lengths, st.sampled_from(["float32", "float64"]), st.integers(0, 99))
def test_attention_is_what_it_would_be_without_padding(lengths, dtype, seed):
    generator = np.random.default_rng(seed)
    state = generator.normal(size=(len(lengths), 8)).astype(dtype)
    states = generator.normal(size=(len(lengths), 6, 8)).astype(dtype)
    mask = np.arange(6) < np.array(lengths)[:, None]
    attention, twin = pair("AdditiveAttention", dtype, 8)
    parity.copy_attention(attention, twin)
    tolerance = {"float32": 1e-5, "float64": 1e-13}[dtype]
    results = []
    for module, make in ((attention, tf.constant), (twin, torch.tensor)):

        def attend(state, states, mask, module=module, make=make):
            values = make(states)
            return arrays(*module(make(state), module.project_keys(values), values, make(mask)))

        context, weights = attend(state, states, mask)
        assert weights.dtype == context.dtype == dtype
        assert (weights[~mask] == 0).all()
        np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=0, atol=tolerance)
        for row, length in enumerate(lengths):
            cut = (
                state[row : row + 1],
                states[row : row + 1, :length],
                mask[row : row + 1, :length],
            )
            alone, _ = attend(*cut)
            np.testing.assert_allclose(context[row], alone[0], rtol=0, atol=tolerance)
        results.append(context)
    np.testing.assert_allclose(*results, rtol=0, atol=tolerance)


@PACKAGES
@pytest.mark.parametrize("source", [[[PAD, PAD]], [[1, EOS], [PAD, PAD]]])
def test_a_source_of_padding_is_refused_and_never_becomes_nan(package, source):
    model, source = twins()[package], tensor(package, np.array(source))
    with pytest.raises(ValueError, match=r"row \d of source is all padding"):
        model(source, source)
    with pytest.raises(ValueError, match=r"row \d of source is all padding"):
        package.greedy_decode(model, source)


NO_IDS = {
    "no rows": (np.zeros((0, 6), np.int64), ValueError, "source has no rows"),
    "no axis of rows": (np.ones(3, np.int64), ValueError, r"it must be \(batch, source\)"),
    "float32": (np.ones((2, 3), np.float32), TypeError, "source is floating-point: make it int64"),
}


@PACKAGES
@pytest.mark.parametrize("kind", NO_IDS)
def test_what_is_no_batch_of_token_ids_is_named_by_every_model(package, kind):
    array, error, message = NO_IDS[kind]
    model, source = twins()[package], tensor(package, array)
    for use in (model.encoder, lambda ids: model(ids, ids), partial(package.greedy_decode, model)):
        with pytest.raises(error, match=message):
            use(source)
    tokens, _ = package.greedy_decode(model, tensor(package, GOOD))  # and it still works
    assert tokens.shape[0] == 2


@PACKAGES
def test_decoding_no_step_is_refused(package):
    with pytest.raises(ValueError, match="steps is 0: at least 1 is needed"):
        package.greedy_decode(twins()[package], tensor(package, GOOD), 0)


@PACKAGES
def test_a_source_of_one_token_gets_all_the_weight(package):
    _, weights = package.greedy_decode(twins()[package], tensor(package, np.array([[EOS]])), 3)
    assert arrays(weights)[0].tolist() == [[[1.0]] * 3]


@PACKAGES
def test_the_vocabulary_ends_at_its_last_id(package):
    encoder = twins()[package].encoder
    states, _ = encoder(tensor(package, np.array([[len(vocabulary) - 1]])))
    assert np.isfinite(arrays(states)).all()
    with pytest.raises(ValueError, match="row 0 of source holds what is no token id"):
        encoder(tensor(package, np.array([[len(vocabulary)]])))


@FEW
@given(batches, st.integers(0, 99))
def test_the_loss_is_the_mean_over_real_tokens_whatever_padding_holds(target, seed):
    logits = np.random.default_rng(seed).normal(size=(*target.shape, len(vocabulary)))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    right = np.take_along_axis(probabilities, target[:, :, None], axis=2)[:, :, 0]
    expected = -np.log(right[target != PAD]).mean()
    logits[target == PAD] *= 1000
    for package in (book.tensorflow, book.pytorch):
        loss = package.masked_loss(tensor(package, logits), tensor(package, target))
        assert float(loss) == pytest.approx(expected, rel=1e-12)


# --- Decoding ------------------------------------------------------------------------------------


@FEW
@given(batches)
def test_decoding_is_alike_in_both_and_the_same_alone_as_in_a_batch(source):
    results = []
    for package, model in twins().items():
        tokens, weights = arrays(*package.greedy_decode(model, tensor(package, source)))
        assert tokens.shape == weights.shape[:2] == (len(source), tokens.shape[1])
        assert weights.shape[2] == 6
        assert tokens.shape[1] == 6 or (tokens == EOS).any(axis=1).all()
        assert not np.isin(tokens[:, 0], (PAD, SOS)).any()
        ended = (tokens == EOS).cumsum(axis=1) - (tokens == EOS) > 0
        assert (tokens[ended] == PAD).all()
        assert (weights[np.broadcast_to((source == PAD)[:, None, :], weights.shape)] == 0).all()
        np.testing.assert_allclose(weights.sum(axis=2), 1, rtol=0, atol=1e-12)
        alone, _ = arrays(*package.greedy_decode(model, tensor(package, source[:1])))
        assert np.array_equal(alone[0], tokens[0, : alone.shape[1]])
        assert (tokens[0, alone.shape[1] :] == PAD).all()
        results.append(tokens)
    assert np.array_equal(*results)


@FEW
@given(sentences, st.sampled_from([1, 2, 14]))
def test_beam_search_is_alike_in_both_and_ranks(text, beam_size):
    ours, theirs = (
        package.beam_search(model, text, beam_size) for package, model in twins().items()
    )
    scores = [score for _, score in ours]
    assert [sentence for sentence, _ in ours] == [sentence for sentence, _ in theirs]
    np.testing.assert_allclose(scores, [score for _, score in theirs], rtol=0, atol=1e-9)
    assert scores == sorted(scores, reverse=True)
    assert max(scores) <= 0
    if beam_size == 1:
        assert ours[0][0] == book.tensorflow.translate(twins()[book.tensorflow], text)[0]


# --- The weight copy -----------------------------------------------------------------------------


@FEW
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 9))
def test_copied_translators_of_any_size_agree_in_float64(embedding, hidden, seed):
    keras.utils.set_random_seed(seed)
    model, twin = translators(embedding, hidden)
    source = data.encode_sentences(["1 2 3 4 5", "5"])
    target = data.encode_sentences(["6 7 8 9 10", "10"])
    logits = model(tf.constant(source), tf.constant(target))
    torch_logits = twin(torch.tensor(source), torch.tensor(target))
    assert (logits.dtype, torch_logits.dtype) == (tf.float64, torch.float64)
    np.testing.assert_allclose(*arrays(logits, torch_logits), rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("sizes", "dtype"),
    [((5, 8), torch.float64), ((4, 9), torch.float64), (SIZES, torch.float32)],
    ids=["another embedding", "another hidden", "float32"],
)
def test_the_copy_refuses_a_twin_of_other_sizes_or_type(sizes, dtype):
    twin = book.pytorch.Translator(len(vocabulary), *sizes).to(dtype)
    with pytest.raises(ValueError, match=r"^TensorFlow has .*, PyTorch .*: give both .*$"):
        parity.copy_translator(twins()[book.tensorflow], twin)


def test_the_copy_repeats_no_row():
    table = keras.layers.Embedding(1, 4)
    table(np.array([0]))
    with pytest.raises(ValueError, match=r"\(1, 4\) torch.float32, PyTorch \(3, 4\)"):
        parity.copy_embedding(table, torch.nn.Embedding(3, 4))


@pytest.mark.parametrize(
    ("copy", "layer", "twin"),
    [
        (parity.copy_embedding, keras.layers.Embedding(3, 4), torch.nn.Embedding(3, 4)),
        (parity.copy_lstm, keras.layers.LSTM(3), torch.nn.LSTM(2, 3)),
        (parity.copy_linear, keras.layers.Dense(3), torch.nn.Linear(2, 3)),
    ],
    ids=["embedding", "lstm", "linear"],
)
def test_the_copy_refuses_a_layer_that_was_never_called(copy, layer, twin):
    with pytest.raises(ValueError, match="has no parameters yet: call it once, then copy"):
        copy(layer, twin)
