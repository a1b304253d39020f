"""The short training of chapter 06: the same in both frameworks, at the rates that it is given."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

import book.pytorch
import book.tensorflow
from book.data import PAD, load_digits, vocabulary
from book.parity import copy_translator
from book.schedules import QUICK, draw_order, learning_rates


def test_both_frameworks_learn_the_same_in_the_short_training():
    """As in the chapter's long one, with epsilon in PyTorch where Keras adds it."""
    data, steps = load_digits(), 20
    lengths = (data.train_source != PAD).sum(axis=1)
    order = draw_order(lengths, QUICK.batch_size, steps)
    rates = learning_rates(QUICK)[:steps]
    keras.utils.set_random_seed(0)
    with tf.device("CPU"):
        first = book.tensorflow.Translator(len(vocabulary))
    second = book.pytorch.Translator(len(vocabulary))
    copy_translator(first, second)
    arrays = data.train_source, data.train_target
    with tf.device("CPU"):
        in_tensorflow = book.tensorflow.train_quickly(first, *arrays, order, rates)
    optimizer = torch.optim.Adam(second.parameters(), betas=(0.8, 0.99), fused=True)
    in_pytorch = []
    for t, (rows, rate) in enumerate(zip(order, rates, strict=True), start=1):
        optimizer.param_groups[0].update(lr=float(rate), eps=1e-7 / np.sqrt(1 - 0.99**t))
        batch = (torch.from_numpy(array[rows]) for array in arrays)
        in_pytorch.append(book.pytorch.train_step(second, optimizer, *batch).item())
    np.testing.assert_allclose(in_tensorflow, in_pytorch, atol=1e-3)


@pytest.mark.parametrize("package", [book.tensorflow, book.pytorch])
def test_part_that_there_is_not_is_refused(package):
    with pytest.raises(ValueError, match="without is 'rate': choose all, or leave it empty"):
        package.wrong_sentences("rate")
