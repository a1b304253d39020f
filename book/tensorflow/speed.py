"""The short training of chapter 06, and how many sentences it still gets wrong, in TensorFlow."""

import keras
import numpy as np
import tensorflow as tf

from book.data import PAD, check_seed, load_digits, vocabulary
from book.schedules import QUICK, draw_order, learning_rates
from book.tensorflow.decoder import Translator
from book.tensorflow.training import make_batches, train, train_step
from book.tensorflow.translation import exact_match


# Taught in chapters/06-training.ipynb; ci/sync copies it (32a13101).
def train_quickly(
    model: keras.Model,
    source: np.ndarray,
    target: np.ndarray,
    order: np.ndarray,
    rates: np.ndarray,
) -> list[float]:
    """Take one step of Adam for each row of `order`, at its rate. Returns the losses in nats.

    Reads (batch, source) and (batch, target), in the order (steps, batch), at the rates (steps,).
    """
    optimizer = keras.optimizers.Adam(0.0, beta_1=0.8, beta_2=0.99)
    source, target = tf.constant(source), tf.constant(target)
    losses = []
    for rows, rate in zip(order, rates, strict=True):
        optimizer.learning_rate = rate  # a variable: the graph stays
        batch = tf.gather(source, rows), tf.gather(target, rows)
        losses.append(train_step(model, optimizer, *batch))
    return tf.stack(losses).numpy().tolist()


def wrong_sentences(without: str = "", steps: int = QUICK.steps, seed: int = 0) -> list[float]:
    """Train one translator; return how many of the 781 test sentences it gets wrong.

    It is trained by `train_quickly` or, `without` "all" of its changes, by `train`. Raises
    ValueError for another part.
    """
    if without not in ("", "all"):
        raise ValueError(f"without is {without!r}: choose all, or leave it empty")
    data = load_digits()
    source, target = data.train_source, data.train_target
    keras.utils.set_random_seed(check_seed(seed))
    model = Translator(len(vocabulary))
    if without:
        train(model, make_batches(source, target, 64, steps, seed), progress=False)
    else:
        lengths = (source != PAD).sum(axis=1)
        order = draw_order(lengths, QUICK.batch_size, steps, seed)
        train_quickly(model, source, target, order, learning_rates(QUICK._replace(steps=steps)))
    share = exact_match(model, data.test_source, data.test_target)
    return [float(round((1 - share) * len(data.test_source)))]
