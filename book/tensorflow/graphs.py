"""What a graph of TensorFlow needs: checks that wait until it runs, variables made before it."""

from collections.abc import Callable
from functools import wraps

import keras
import tensorflow as tf

from book.data import check_shape, faults


def checked_ids(
    ids: tf.Tensor,  # (batch, source), or as `name` says
    tokens: int,
    name: str,
) -> tf.Tensor:
    """Return ids (batch, `name`) that `book.data.check_ids` is given while a graph is made.

    Nothing reads what is returned before the check has passed. Raises ValueError for other shapes
    at once; tf.errors.InvalidArgumentError, with the words of `check_ids`, when the graph runs.
    """
    if ids.shape.rank is not None:
        check_shape(ids.shape.as_list(), name)
    rows = [(tf.reduce_any(places, axis=1), what) for places, what in faults(ids, tokens)]
    is_wrong = tf.reduce_any(tf.stack([row for row, _ in rows])) | tf.equal(tf.size(ids), 0)  # ()

    def refused() -> tf.Tensor:
        """Say what is wrong; the first of several."""
        empty = f"{name} has no rows: at least one sentence is needed"
        done = tf.debugging.Assert(tf.shape(ids)[0] > 0, [empty])
        for row, what in rows:
            first = tf.strings.reduce_join(tf.strings.as_string(tf.where(row)[:1]))
            message = tf.strings.join(["row ", first, f" of {name} {what}"])
            with tf.control_dependencies([done]):
                done = tf.debugging.Assert(~tf.reduce_any(row), [message])
        with tf.control_dependencies([done]):
            return tf.identity(ids)

    # Chosen when it runs: where nothing is wrong, no message is made.
    checked = tf.cond(is_wrong, refused, lambda: tf.identity(ids))
    checked.set_shape(ids.shape)
    return checked


def with_optimizer_built(step: Callable[..., object]) -> Callable[..., object]:
    """Let a training step, a `tf.function`, find the variables of its optimizer made.

    A graph may make variables at its first call only, and when that call fails, at none.
    """

    @wraps(step.python_function)  # type: ignore[attr-defined]
    def built(
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        source: tf.Tensor,  # (batch, source)
        target: tf.Tensor,  # (batch, target)
    ) -> object:
        optimizer.build(model.trainable_variables)
        return step(model, optimizer, source, target)

    return built
