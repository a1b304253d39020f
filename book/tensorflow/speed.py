"""The short training of chapter 06, and how many sentences it still gets wrong, in TensorFlow."""

import keras
import numpy as np
import tensorflow as tf

from book.data import PAD, batch_order, check_seed, load_digits, vocabulary
from book.schedules import QUICK, draw_order, learning_rates
from book.tensorflow.decoder import Translator
from book.tensorflow.training import make_batches, train, train_step
from book.tensorflow.translation import exact_match


# Taught in chapters/06-training.ipynb; ci/sync copies it (1d192d6f).
def train_quickly(
    model: keras.Model,
    source: np.ndarray,
    target: np.ndarray,
    order: np.ndarray,
    rates: np.ndarray,
    betas: tuple[float, float] = (0.8, 0.99),
) -> list[float]:
    """Take one step of Adam for each row of `order`, at its rate. Returns the losses in nats.

    Reads (batch, source) and (batch, target), in the order (steps, batch), at the rates (steps,).
    """
    optimizer = keras.optimizers.Adam(0.0, *betas)
    source, target = tf.constant(source), tf.constant(target)
    losses = []
    for rows, rate in zip(order, rates, strict=True):
        optimizer.learning_rate = rate  # a variable: the graph stays
        batch = tf.gather(source, rows), tf.gather(target, rows)
        losses.append(train_step(model, optimizer, *batch))
    return tf.stack(losses).numpy().tolist()


# Taught in chapters/06-training.ipynb; ci/sync copies it (7430cb6c).
def wrong_sentences(without: str = "", steps: int = QUICK.steps, seed: int = 0) -> list[float]:
    """Train one translator; return how many of the 781 test sentences it gets wrong.

    It is trained by `train_quickly`, `without` "lengths", "memory", "rise" or "rate" of it, or by
    `train` for "all". Raises ValueError for another part.
    """
    if without not in ("", "lengths", "memory", "rise", "rate", "all"):
        raise ValueError(f"without is {without!r}: choose lengths, memory, rise, rate or all")
    data = load_digits()
    source, target = data.train_source, data.train_target
    keras.utils.set_random_seed(check_seed(seed))
    model = Translator(len(vocabulary))
    settings = QUICK._replace(
        steps=steps,
        rate=0.005 if without == "rate" else QUICK.rate,
        warm_up=0.0 if without == "rise" else QUICK.warm_up,
    )
    lengths = (source != PAD).sum(axis=1)
    order = draw_order(lengths, settings.batch_size, steps, seed)
    if without == "lengths":
        order = batch_order(len(source), settings.batch_size, steps, seed)
    betas = (0.9, 0.999) if without == "memory" else (0.8, 0.99)
    if without == "all":
        train(model, make_batches(source, target, 64, steps, seed), progress=False)
    else:
        train_quickly(model, source, target, order, learning_rates(settings), betas)
    share = exact_match(model, data.test_source, data.test_target)
    return [float(round((1 - share) * len(data.test_source)))]
