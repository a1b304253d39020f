"""The Transformer of chapter 10: the same in both frameworks and as in the libraries, no leaks."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

import book.pytorch
import book.tensorflow
from book.data import EOS, PAD
from book.parity import copy_transformer
from book.positions import LONGEST, rotation_angles, sinusoids
from book.reversal import WORDS, longer_texts, reversal_task
from book.transformers import ORDERS, POSITIONS, changed_transformer

PACKAGES = pytest.mark.parametrize(
    "package", [book.tensorflow, book.pytorch], ids=["tensorflow", "pytorch"]
)
VARIANTS = [
    {},
    *({"positions": kind} for kind in POSITIONS[1:]),
    *({"order": kind} for kind in ORDERS[1:]),
    {"is_scaled": False},
]
TASK = reversal_task(training=60, held_out=20)
SOURCE, TARGET = TASK.train_source[:8], TASK.train_target[:8]
GENERATOR = np.random.default_rng(0)
STATES = GENERATOR.normal(size=(2, 5, 32)).astype(np.float32)  # (batch, length, hidden)
MASK = np.array([[True] * 5, [True] * 3 + [False] * 2])  # (batch, length)


def tensor(package: object, array: np.ndarray) -> object:
    return tf.constant(array) if package is book.tensorflow else torch.tensor(array)


def made(package: object, changes: dict | None = None) -> object:
    """Return a small Transformer whose parameters nothing changes."""
    keras.utils.set_random_seed(0)
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "inner_size": 48, **(changes or {})}
    settings, _ = changed_transformer(sizes)
    model = package.Transformer(TASK.vocabularies, settings)
    return model if package is book.tensorflow else model.requires_grad_(False)


def logits_of(
    package: object, model: object, source: np.ndarray = SOURCE, target: np.ndarray = TARGET
) -> np.ndarray:
    return np.asarray(model(tensor(package, source), tensor(package, target)))


def attended(package: object, attention: object, states: np.ndarray = STATES) -> np.ndarray:
    """Return what self-attention gives: (batch, length, hidden)."""
    values = tensor(package, states)
    mask = tensor(package, MASK[:, None, None])
    return np.asarray(attention(values, attention.project(values), mask)[0])


def attention_of(package: object, heads: int = 4, **changes: bool) -> object:
    keras.utils.set_random_seed(0)
    torch.manual_seed(0)
    layer = package.MultiHeadAttention(32, heads, **changes)
    return layer if package is book.tensorflow else layer.requires_grad_(False)


# --- Attention ------------------------------------------------------------------------------------


@PACKAGES
def test_formula_of_the_paper_with_hidden_keys_at_exactly_0(package):
    queries, keys, values = GENERATOR.normal(size=(3, 2, 3, 5, 4)).astype(np.float32)
    mask = MASK[:, None, None]
    found = package.scaled_dot_attention(
        *(tensor(package, each) for each in (queries, keys, values, mask))
    )
    scores = np.where(mask, queries @ keys.swapaxes(2, 3) / 2, -np.inf)
    weights = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    assert_allclose(found[1], weights, rtol=0, atol=1e-6)
    assert_allclose(found[0], weights @ values, rtol=0, atol=1e-6)
    assert (np.asarray(found[1])[1, :, :, 3:] == 0).all()


@PACKAGES
def test_without_scale_scores_are_not_divided(package):
    x = tensor(package, GENERATOR.normal(size=(1, 1, 3, 4)).astype(np.float32))
    mask = tensor(package, np.ones((1, 1, 1, 3), bool))
    plain = package.scaled_dot_attention(2 * x, x, x, mask)[1]
    bare = package.scaled_dot_attention(x, x, x, mask, is_scaled=False)[1]
    assert_allclose(plain, bare, rtol=0, atol=1e-6)


def test_heads_are_those_of_torch():
    ours = attention_of(book.pytorch)
    theirs = nn.MultiheadAttention(32, 4, bias=False, batch_first=True).requires_grad_(False)
    stacked = torch.cat([ours.W_Q.weight, ours.W_K.weight, ours.W_V.weight])
    theirs.load_state_dict({"in_proj_weight": stacked, "out_proj.weight": ours.W_O.weight})
    states = torch.tensor(STATES)
    expected, _ = theirs(states, states, states, key_padding_mask=~torch.tensor(MASK))
    assert_allclose(attended(book.pytorch, ours), expected, rtol=0, atol=1e-6)


def test_heads_are_those_of_keras():
    ours = attention_of(book.tensorflow)
    theirs = keras.layers.MultiHeadAttention(num_heads=4, key_dim=8, use_bias=False)
    theirs.build(STATES.shape, STATES.shape)
    names = {"query_dense": "W_Q", "key_dense": "W_K", "value_dense": "W_V", "output_dense": "W_O"}
    for their_name, our_name in names.items():
        kernel = getattr(theirs, their_name).kernel
        kernel.assign(tf.reshape(getattr(ours, our_name).kernel, kernel.shape))
    expected = theirs(STATES, STATES, attention_mask=MASK[:, None])
    assert_allclose(attended(book.tensorflow, ours), expected, rtol=0, atol=1e-6)


@PACKAGES
@pytest.mark.parametrize("is_rotary", [False, True])
def test_order_is_seen_by_rotation_only(package, is_rotary):
    attention = attention_of(package, is_rotary=is_rotary)
    order = [2, 0, 1, 3, 4]  # padding stays where it is
    moved = attended(package, attention, STATES[:, order])
    apart = np.abs(moved - attended(package, attention)[:, order]).max()
    assert (apart > 1e-3) == is_rotary


# --- Positions ------------------------------------------------------------------------------------


def test_sinusoids_are_those_of_the_paper():
    table = sinusoids(60, 16)
    place, pair = 37, 3
    angle = place / 10_000 ** (2 * pair / 16)
    assert_allclose(table[place, 2 * pair], np.sin(angle), rtol=0, atol=1e-6)
    assert_allclose(table[place, 2 * pair + 1], np.cos(angle), rtol=0, atol=1e-6)
    assert_array_equal(table[0], [0, 1] * 8)
    assert (table.shape, table.dtype) == ((60, 16), np.float32)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((3, 5), "hidden_size is 5: make it even"), ((0, 4), "length"), ((3, 0), "hidden_size")],
)
def test_sinusoids_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        sinusoids(*arguments)


@PACKAGES
def test_turned_vectors_keep_their_length_and_know_only_how_far_apart_they_are(package):
    x = tensor(package, GENERATOR.normal(size=(1, 2, 6, 8)).astype(np.float32))
    turned = np.asarray(package.rotated(x))
    assert_allclose(np.linalg.norm(turned, axis=3), np.linalg.norm(x, axis=3), rtol=1e-5)
    later = np.asarray(package.rotated(x, 7))
    scores = [each @ each.swapaxes(2, 3) for each in (turned, later)]
    assert_allclose(*scores, rtol=0, atol=1e-4)
    assert np.abs(turned - later).max() > 0.1
    ends = np.asarray(package.rotated(x[:, :, 4:], 4))
    assert_allclose(ends, turned[:, :, 4:], rtol=0, atol=1e-6)
    angle = rotation_angles(6, 8)[5, 2]
    even, odd = np.asarray(x)[0, 0, 5, 4:6]
    assert_allclose(turned[0, 0, 5, 4], even * np.cos(angle) - odd * np.sin(angle), atol=1e-5)


# --- The model ------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", VARIANTS, ids=str)
def test_twins_give_the_same_logits_and_gradients(changes):
    model, twin = made(book.tensorflow, changes), made(book.pytorch, changes)
    copy_transformer(model, twin)
    assert_allclose(
        logits_of(book.tensorflow, model), logits_of(book.pytorch, twin), rtol=0, atol=1e-5
    )
    trained = {name for name, parameter in twin.named_parameters() if name[-5:] != "table"}
    twin.requires_grad_(True)
    logits = twin(torch.tensor(SOURCE), torch.tensor(TARGET))
    book.pytorch.masked_loss(logits, torch.tensor(TARGET)).backward()
    with tf.GradientTape() as tape:
        logits = model(tf.constant(SOURCE), tf.constant(TARGET))
        loss = book.tensorflow.masked_loss(logits, tf.constant(TARGET))
    variables = [each for each in model.trainable_variables if "table" not in each.path]
    gradients = tape.gradient(loss, variables)
    ours = sorted(float(tf.norm(tf.convert_to_tensor(each))) for each in gradients)
    named = dict(twin.named_parameters())
    theirs = sorted(float(named[name].grad.norm()) for name in trained)
    assert_allclose(ours, theirs, rtol=1e-3, atol=1e-6)


@PACKAGES
@pytest.mark.parametrize("changes", VARIANTS, ids=str)
def test_no_logit_up_to_a_token_knows_it(package, changes):
    model = made(package, changes)
    before = logits_of(package, model)
    shortest = (TARGET != PAD).sum(axis=1).min()
    for place in range(shortest - 1):
        changed = TARGET.copy()
        first, second = (TASK.vocabularies.target.ids[word] for word in WORDS[:2])
        changed[:, place] = np.where(TARGET[:, place] == first, second, first)
        after = logits_of(package, model, target=changed)
        assert_array_equal(after[:, : place + 1], before[:, : place + 1])
        assert (after[:, place + 1] != before[:, place + 1]).any()


@PACKAGES
def test_more_padding_moves_nothing(package):
    model = made(package)
    longer = np.pad(SOURCE, ((0, 0), (0, 4)))
    assert_allclose(logits_of(package, model, longer), logits_of(package, model), rtol=0, atol=1e-5)


@PACKAGES
def test_weights_of_every_layer_and_head_are_given(package):
    model = made(package)
    _, looked, crossed = model.look(tensor(package, SOURCE), tensor(package, TARGET))
    for layers, rows in ((looked, SOURCE.shape[1]), (crossed, TARGET.shape[1])):
        assert len(layers) == 2
        for weights in layers:
            assert tuple(weights.shape) == (8, 4, rows, SOURCE.shape[1])
            assert_allclose(np.asarray(weights).sum(axis=3), 1, rtol=0, atol=1e-5)
            padding = np.broadcast_to((SOURCE == PAD)[:, None, None], weights.shape)
            assert (np.asarray(weights)[padding] == 0).all()


@PACKAGES
@pytest.mark.parametrize(
    ("order", "expected"),
    [("pre", "x + f(norm(x))"), ("post", "norm(x + f(x))"), ("none", "f(norm(x))")],
)
def test_residual_adds_and_normalises_where_it_says(package, order, expected):
    residual = package.Residual(32, order)

    def norm(x: np.ndarray) -> np.ndarray:
        mean, variance = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
        return (x - mean) / np.sqrt(variance + 1e-5)

    def f(x: np.ndarray) -> np.ndarray:
        return 3 * x + 1

    states = tensor(package, STATES)
    if package is book.pytorch:
        residual.requires_grad_(False)
    found = residual.after(states, f(residual.before(states)))
    right = eval(expected, {"x": STATES, "f": f, "norm": norm})
    assert_allclose(found, right, rtol=0, atol=1e-4)


@PACKAGES
@pytest.mark.parametrize("what", ["source", "target"])
def test_ids_that_are_none_are_refused(package, what):
    wrong = {"source": SOURCE, "target": TARGET, what: np.full((8, 3), 99)}
    with pytest.raises(ValueError, match=f"row 0 of {what}"):
        logits_of(package, made(package), **wrong)


@PACKAGES
@pytest.mark.parametrize("positions", POSITIONS)
def test_texts_longer_than_there_are_places_are_refused(package, positions):
    model = made(package, {"positions": positions})
    longest, longer = (np.full((1, length), EOS) for length in (LONGEST, LONGEST + 1))
    message = f"a text has {LONGEST + 1} tokens: give at most {LONGEST}"
    for wrong in ({"source": longer}, {"target": longer}):
        with pytest.raises(ValueError, match=message):
            logits_of(package, model, **{"source": longest, "target": longest, **wrong})
    with pytest.raises(ValueError, match=message):
        package.decode_greedily(model, tensor(package, longest), LONGEST + 1)
    with pytest.raises(ValueError, match=message):
        package.decode_greedily(model, tensor(package, longer))
    assert logits_of(package, model, longest, longest).shape[1] == LONGEST


# --- Writing --------------------------------------------------------------------------------------


@PACKAGES
@pytest.mark.parametrize("positions", POSITIONS)
def test_a_cache_changes_no_token(package, positions):
    model = made(package, {"positions": positions})
    source = tensor(package, TASK.validation_source)
    kept, anew = (
        np.asarray(package.decode_greedily(model, source, 12, is_cached))
        for is_cached in (True, False)
    )
    assert_array_equal(kept, anew)
    assert len(np.unique(kept)) > 2


@PACKAGES
def test_writing_is_the_most_probable_token_after_those_before(package):
    model = made(package)
    source = TASK.validation_source[:6]
    tokens = np.asarray(package.decode_greedily(model, tensor(package, source), 7))
    assert tokens.shape[1] <= 7
    ids = TASK.vocabularies.target.ids
    given = np.where(tokens == PAD, ids["EOS"], tokens)
    logits = logits_of(package, model, source, given).copy()
    logits[:, :, [PAD, ids["SOS"], *([ids["UNK"]] if "UNK" in ids else [])]] = -np.inf
    for row, best in zip(tokens, logits.argmax(axis=2), strict=True):
        length = (row != PAD).sum()
        assert_array_equal(row[:length], best[:length])
        assert ids["EOS"] not in row[: length - 1]


@PACKAGES
def test_silent_head_is_as_if_its_numbers_were_0_and_speaks_again(package):
    model = made(package)
    before = logits_of(package, model)
    attentions = package.attentions_of(model)
    assert len(attentions) == 6
    attention = attentions[0]
    whole = attended(package, attention)
    parts = []
    for head in range(4):
        with package.silenced(attention, head):
            parts.append(whole - attended(package, attention))
            assert np.abs(logits_of(package, model) - before).max() > 1e-4
    assert_allclose(sum(parts), whole, rtol=0, atol=1e-5)  # what all heads add is the whole
    assert_array_equal(logits_of(package, model), before)


# --- Settings and the task ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"heads": 5}, "hidden_size is 64: 5 heads cannot share it equally"),
        ({"hidden_size": 76, "positions": "rotary"}, "a head has 19 numbers: make them even"),
        ({"positions": "alibi"}, "positions is 'alibi': choose sinusoids, learned"),
        ({"order": "middle"}, "order is 'middle': choose pre, post"),
        ({"widht": 3}, "widht"),
    ],
)
def test_settings_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        changed_transformer(changes)


def test_changes_go_to_the_model_or_to_its_training():
    settings, training = changed_transformer({"layers": 3, "steps": 7})
    assert (settings.layers, training.steps, training.rate) == (3, 7, 0.004)


def test_texts_to_be_reversed_are_reversed_and_in_one_part_only():
    task = reversal_task(training=300, held_out=50, seed=1)
    assert len(task.train_source) == 300
    texts, reverse = task.test
    assert [text.split()[::-1] for text in texts] == [text.split() for text in reverse]
    assert {len(text.split()) for text in texts} == {4, 5, 6, 7, 8}
    rows = [tuple(row[row != PAD]) for row in (*task.train_source, *task.validation_source)]
    assert len(set(rows)) == 350
    assert {len(text.split()) for text in longer_texts(12).source} == {12}


@PACKAGES
def test_it_learns_to_write_backwards(package):
    model, run = package.trained_transformer(
        reversal_task(),
        changes={"hidden_size": 32, "inner_size": 64, "layers": 1, "steps": 60, "rate": 0.01},
    )
    assert run.losses[0] > 2
    assert run.losses[-1] < 1.2
    assert package.transformer_texts(model, ["ant bee cat dog"], 4)[0].split()[0] in WORDS
