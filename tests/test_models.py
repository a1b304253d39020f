"""The models of both frameworks: by hand, at the edges, and against each other."""

import numpy as np
import pytest
import tensorflow as tf
import torch

import book.pytorch
import book.tensorflow
from book.data import EOS, PAD, SOS, load_digits, vocabulary
from book.parity import copy_attention, copy_translator

SOURCE = np.array([[4, 2, 5, 5, 5, EOS], [3, EOS, 0, 0, 0, 0], [1, 2, EOS, 0, 0, 0]])
TARGET = np.array([[9, 7, 10, 10, 10, EOS], [8, EOS, 0, 0, 0, 0], [6, 7, EOS, 0, 0, 0]])


@pytest.fixture(scope="module")
def twins():
    """A TensorFlow translator and its PyTorch twin with the same weights."""
    import keras

    keras.utils.set_random_seed(0)
    tensorflow_model = book.tensorflow.Translator(len(vocabulary))
    pytorch_model = book.pytorch.Translator(len(vocabulary))
    copy_translator(tensorflow_model, pytorch_model)
    return tensorflow_model, pytorch_model


def test_equal_weights_give_equal_logits(twins):
    logits = twins[0](tf.constant(SOURCE), tf.constant(TARGET)).numpy()
    torch_logits = twins[1](torch.tensor(SOURCE), torch.tensor(TARGET)).detach().numpy()
    assert logits.shape == (3, 6, len(vocabulary))
    np.testing.assert_allclose(logits, torch_logits, rtol=0, atol=1e-6)


def test_equal_weights_give_equal_gradients(twins):
    with tf.GradientTape() as tape:
        loss = book.tensorflow.masked_loss(
            twins[0](tf.constant(SOURCE), tf.constant(TARGET)), tf.constant(TARGET)
        )
    kernel = tape.gradient(loss, twins[0].decoder.attention.W2.kernel)
    twins[1].zero_grad()
    target = torch.tensor(TARGET)
    book.pytorch.masked_loss(twins[1](torch.tensor(SOURCE), target), target).backward()
    weight = twins[1].decoder.attention.W2.weight
    np.testing.assert_allclose(kernel.numpy(), weight.grad.numpy().T, rtol=1e-4, atol=1e-7)


def test_padding_behind_a_sentence_changes_nothing(twins):
    long, short = SOURCE[1:2], SOURCE[1:2, :2]
    target = TARGET[1:2, :2]
    np.testing.assert_allclose(
        twins[0](tf.constant(long), tf.constant(target)),
        twins[0](tf.constant(short), tf.constant(target)),
        rtol=0,
        atol=1e-6,
    )
    with torch.no_grad():
        difference = twins[1](torch.tensor(long), torch.tensor(target)) - twins[1](
            torch.tensor(short), torch.tensor(target)
        )
    assert difference.abs().max() <= 1e-6


def test_attention_gives_padding_exactly_nothing():
    generator = np.random.default_rng(0)
    state = generator.normal(size=(3, 8)).astype(np.float32)
    states = generator.normal(size=(3, 6, 8)).astype(np.float32)
    mask = SOURCE != PAD
    attention, twin = book.tensorflow.AdditiveAttention(8), book.pytorch.AdditiveAttention(8)
    _, weights = attention(state, states, mask)
    copy_attention(attention, twin)
    _, torch_weights = twin(*map(torch.tensor, (state, states, mask)))
    for array in (weights.numpy(), torch_weights.detach().numpy()):
        assert (array[~mask] == 0).all()
        np.testing.assert_allclose(array.sum(axis=1), 1, rtol=0, atol=1e-6)


def test_the_loss_is_a_mean_over_real_tokens():
    target = np.array([[6, EOS, PAD]])
    logits = np.zeros((1, 3, len(vocabulary)), dtype=np.float32)
    logits[0, 2] = 99  # at padding anything goes
    expected = np.log(len(vocabulary))
    loss = book.tensorflow.masked_loss(tf.constant(logits), tf.constant(target))
    torch_loss = book.pytorch.masked_loss(torch.tensor(logits), torch.tensor(target))
    assert float(loss) == pytest.approx(expected)
    assert float(torch_loss) == pytest.approx(expected)


def test_both_frameworks_get_the_same_batches():
    digits = load_digits()
    arguments = (digits.train_source, digits.train_target, 64, 3)
    ours, theirs = book.tensorflow.make_batches(*arguments), book.pytorch.make_batches(*arguments)
    for batch, torch_batch in zip(ours, theirs, strict=True):
        for array, torch_array in zip(batch, torch_batch, strict=True):
            assert np.array_equal(array.numpy(), torch_array.numpy())


def test_decoding_writes_padding_behind_eos(twins):
    for tokens in (
        book.tensorflow.greedy_decode(twins[0], tf.constant(SOURCE), 12)[0].numpy(),
        book.pytorch.greedy_decode(twins[1], torch.tensor(SOURCE), 12)[0].numpy(),
    ):
        ended = (tokens == EOS).cumsum(axis=1) - (tokens == EOS) > 0
        assert tokens.shape == (3, 12)
        assert (tokens[ended] == PAD).all()


class AlwaysEos:
    """A stand-in for a model that ends every sentence at once."""

    def __init__(self, framework):
        """`framework` makes arrays: tf or torch."""
        logits = np.eye(len(vocabulary), dtype=np.float32)[[EOS]]
        self.logits = (tf.constant if framework is tf else torch.tensor)(logits)
        self.encoder = lambda source: (source, None)
        self.decoder = lambda token, state, states, mask: (self.logits, state, states)


def test_decoding_stops_at_eos():
    source = np.array([[4, EOS]])
    tokens = book.tensorflow.greedy_decode(AlwaysEos(tf), tf.constant(source), 3)[0].numpy()
    torch_tokens = book.pytorch.greedy_decode(AlwaysEos(torch), torch.tensor(source), 3)[0]
    assert tokens.tolist() == torch_tokens.tolist() == [[EOS, PAD, PAD]]


def test_one_training_step_lowers_the_loss_alike(twins):
    import keras

    model = book.tensorflow.Translator(len(vocabulary))
    twin = book.pytorch.Translator(len(vocabulary))
    copy_translator(model, twin)
    optimizer = keras.optimizers.SGD(0.1)
    twin_optimizer = torch.optim.SGD(twin.parameters(), lr=0.1)
    ours = [
        float(
            book.tensorflow.train_step(model, optimizer, tf.constant(SOURCE), tf.constant(TARGET))
        )
        for _ in range(5)
    ]
    theirs = [
        float(
            book.pytorch.train_step(
                twin, twin_optimizer, torch.tensor(SOURCE), torch.tensor(TARGET)
            )
        )
        for _ in range(5)
    ]
    assert ours[-1] < ours[0]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)


def test_special_tokens_are_three_different_tokens():
    assert len({PAD, SOS, EOS}) == 3
