"""Attention with any score: the same in both frameworks, blind to padding, exchangeable."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from numpy.testing import assert_allclose

import book.pytorch
import book.tensorflow
from book.data import EOS, PAD
from book.parity import copy_dense_layers

# Keras says so of every tensor that a masked layer has made.
pytestmark = pytest.mark.filterwarnings("ignore:Layer .* does not support masking")

PACKAGES = pytest.mark.parametrize("package", [book.tensorflow, book.pytorch])
KINDS = ("additive", "general", "dot", "scaled", "cosine", "local")
LENGTHS = np.array([6, 3, 1, 5])
MASK = np.arange(6) < LENGTHS[:, None]  # (batch, source)
SOURCE = np.array([[1, 2, EOS], [3, EOS, PAD]])


def attended(kind: str, mask: np.ndarray = MASK) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return context and weights of both frameworks, with the same parameters and input."""
    generator = np.random.default_rng(0)
    state = generator.normal(size=(4, 8)).astype(np.float32)
    states = generator.normal(size=(4, 6, 8)).astype(np.float32)[:, : mask.shape[1]]
    keras.utils.set_random_seed(0)
    first, second = (each.make_attention(kind, 8) for each in (book.tensorflow, book.pytorch))
    copy_dense_layers(first, second)
    results = []
    for module, make in ((first, tf.constant), (second.requires_grad_(False), torch.tensor)):
        values = make(states)
        found = module(make(state), module.project_keys(values), values, make(mask))
        results.append(tuple(np.asarray(each) for each in found))
    return results


@pytest.mark.parametrize("kind", KINDS)
def test_both_frameworks_give_the_same_and_nothing_to_padding(kind):
    (context, weights), (other_context, other_weights) = attended(kind)
    assert_allclose(weights, other_weights, rtol=0, atol=1e-6)
    assert_allclose(context, other_context, rtol=0, atol=1e-6)
    assert (weights[~MASK] == 0).all()
    if kind != "local":
        assert_allclose(weights.sum(axis=1), 1, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_more_padding_changes_nothing(kind):
    long = attended(kind, np.arange(6) < np.minimum(LENGTHS, 4)[:, None])
    short = attended(kind, np.arange(4) < np.minimum(LENGTHS, 4)[:, None])
    for (context, _), (other_context, _) in zip(long, short, strict=True):
        assert_allclose(context, other_context, rtol=0, atol=1e-6)


def test_a_window_reaches_no_further_than_it_says():
    mask = np.ones((1, 20), bool)
    tensorflow_local = book.tensorflow.LocalAttention(book.tensorflow.DotScore(), 4, reach=3)
    tensorflow_local.v_p.set_weights([np.zeros((4, 1))])  # the middle is 10
    weights = tensorflow_local.weigh(tf.ones((1, 4)), tf.zeros((1, 20, 4)), tf.constant(mask))
    pytorch_local = book.pytorch.LocalAttention(book.pytorch.DotScore(), 4, reach=3)
    torch.nn.init.zeros_(pytorch_local.v_p.weight)
    others = pytorch_local.weigh(torch.ones(1, 4), torch.zeros(1, 20, 4), torch.tensor(mask))
    assert_allclose(weights, others.detach(), rtol=0, atol=1e-6)
    assert np.flatnonzero(weights[0]).tolist() == [7, 8, 9, 10, 11, 12, 13]
    assert_allclose(weights[0, 7], np.exp(-2) / 7, rtol=1e-5)  # twice sigma = D / 2 away


@PACKAGES
@pytest.mark.parametrize("kind", [*KINDS, "general after", "dot after", "local after"])
def test_a_translator_decodes_with_any_of_them(package, kind):
    make = tf.constant if package is book.tensorflow else torch.tensor
    model = package.make_score_translator(kind, 8)
    tokens, weights = package.greedy_decode(
        model.to("cpu") if make is torch.tensor else model, make(SOURCE), steps=2
    )
    assert tokens.shape[0] == 2
    assert weights.shape[0] == 2
    assert weights.shape[2] == 3


@PACKAGES
def test_only_what_is_used_learns(package):
    model = package.make_score_translator("dot after", 8)
    if package is book.tensorflow:
        count = sum(int(np.prod(each.shape)) for each in model.trainable_weights)
    else:
        count = sum(each.numel() for each in model.parameters() if each.requires_grad)
    embeddings, lstms = 2 * 13 * 32, 2 * (32 + 8 + 1) * 4 * 8
    assert count == embeddings + lstms + 2 * 8 * 8 + (8 + 1) * 13


@PACKAGES
@pytest.mark.parametrize("kind", ["product", "after", ""])
def test_an_unknown_kind_is_named(package, kind):
    with pytest.raises(
        ValueError, match=r"^kind is '\w*': choose additive, general, dot, .* or local$"
    ):
        package.make_attention(kind, 8)


@PACKAGES
def test_losses_are_means_of_twenty_steps(package, monkeypatch):
    import importlib

    module = importlib.import_module(f"{package.__name__}.scores")
    monkeypatch.setattr(module, "train", lambda *_, **__: list(range(60)))
    assert package.score_losses("dot", steps=60) == [9.5, 29.5, 49.5]
