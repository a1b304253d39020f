"""Batches, loss and training loop of chapters 01 and 06, in TensorFlow."""

import keras
import numpy as np
import tensorflow as tf
from tqdm import tqdm

from book.data import PAD, batch_order, check_ids, check_tokens
from book.tensorflow.graphs import with_optimizer_built


# Taught in chapters/01-dataset.ipynb; ci/sync copies it (cdeb663e).
def make_batches(
    source: np.ndarray, target: np.ndarray, batch_size: int, steps: int, seed: int = 0
) -> tf.data.Dataset:
    """Return a dataset of `steps` batches of (source, target), in the order of `batch_order`.

    These are (batch, source) and (batch, target), int64. Raises TypeError and ValueError for
    what `check_tokens` and `batch_order` refuse.
    """
    check_tokens(source=source, target=target)
    order = batch_order(len(source), batch_size, steps, seed)
    dataset = tf.data.Dataset.from_tensor_slices(order)
    source, target = tf.constant(source), tf.constant(target)
    return dataset.map(lambda rows: (tf.gather(source, rows), tf.gather(target, rows)))


# Taught in chapters/06-training.ipynb; ci/sync copies it (0521751e).
def masked_loss(
    logits: tf.Tensor,  # (batch, target, vocabulary)
    target: tf.Tensor,  # (batch, target)
) -> tf.Tensor:
    """Return the cross-entropy in nats, averaged over the tokens that are not padding.

    Raises what `check_ids` raises for `target`.
    """
    target = check_ids(target, logits.shape[2], "target")
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=target, logits=logits
    )  # (batch, target)
    mask = tf.cast(tf.not_equal(target, PAD), losses.dtype)  # (batch, target)
    return tf.reduce_sum(losses * mask) / tf.reduce_sum(mask)


# Taught in chapters/06-training.ipynb; ci/sync copies it (1d45e671).
@with_optimizer_built
@tf.function
def train_step(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    source: tf.Tensor,  # (batch, source)
    target: tf.Tensor,  # (batch, target)
) -> tf.Tensor:
    """Change the parameters of `model` once. Returns the loss in nats before the change.

    Raises what `model` raises.
    """
    with tf.GradientTape() as tape:
        loss = masked_loss(model(source, target), target)
    gradients = tape.gradient(loss, model.trainable_variables)
    # An embedding's gradient comes as IndexedSlices, a row for each look-up. Adam must see
    # their sum, or it squares each part by itself.
    gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
    optimizer.apply(gradients, model.trainable_variables)
    return loss


# Taught in chapters/06-training.ipynb; ci/sync copies it (d11f541a).
def train(
    model: keras.Model,
    batches: tf.data.Dataset,
    learning_rate: float = 5e-3,
    progress: bool = True,
) -> list[float]:
    """Take one step of Adam for each batch, in ever smaller steps. Returns the losses in nats."""
    schedule = keras.optimizers.schedules.PolynomialDecay(learning_rate, len(batches), 0.0)
    optimizer = keras.optimizers.Adam(schedule)
    losses = []
    for source, target in tqdm(batches, disable=not progress):
        losses.append(train_step(model, optimizer, source, target))
    return tf.stack(losses).numpy().tolist()
