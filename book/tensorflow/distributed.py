"""Training of chapter 11 on several workers, in TensorFlow."""

import json
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from book.checkpoints import SAVE_EVERY, latest_checkpoint, new_checkpoint, take_up
from book.data import PAD, check_ids, check_size, load_digits, vocabulary
from book.streams import digit_stream, share_of
from book.tensorflow.decoder import Translator
from book.tensorflow.training import make_batches, masked_loss, train
from book.workers import Program, die_once, free_addresses, median_seconds


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (12f31d5a).
class Training(NamedTuple):
    """All that changes while a model learns, apart from its place in the data."""

    model: keras.Model
    optimizer: keras.optimizers.Optimizer  # counts its steps, and lowers its rate by them


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (6b3feb47).
def loss_sum(
    logits: tf.Tensor,  # (batch, target, vocabulary)
    target: tf.Tensor,  # (batch, target)
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the summed cross-entropy of real tokens, in nats, and how many they are: both ().

    Raises what `check_ids` raises for `target`.
    """
    target = check_ids(target, logits.shape[2], "target")
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=target, logits=logits
    )  # (batch, target)
    mask = tf.cast(tf.not_equal(target, PAD), losses.dtype)  # (batch, target)
    return tf.reduce_sum(losses * mask), tf.reduce_sum(mask)


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (430937ee).
def workers_here() -> tuple[int, int]:
    """Return the rank of this process and the number of workers; (0, 1) where it works alone."""
    cluster = json.loads(os.environ.get("TF_CONFIG", "{}"))
    if not cluster:
        return 0, 1
    return cluster["task"]["index"], len(cluster["cluster"]["worker"])


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (bd383a79).
def sum_over_workers(value: tf.Tensor) -> tf.Tensor:
    """Return the sum of what all workers give, to each of them: an all-reduce."""
    return tf.distribute.get_replica_context().all_reduce("SUM", value)


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (5048daea).
@tf.function
def worker_step(
    training: Training,
    source: tf.Tensor,  # (batch, source), this worker's share
    target: tf.Tensor,  # (batch, target)
) -> tf.Tensor:
    """Change the parameters once, on this worker's share. Returns the whole batch's loss in nats.

    Every worker has to call it. Raises what the model raises.
    """
    with tf.GradientTape() as tape:
        losses, tokens = loss_sum(training.model(source, target), target)
        tokens = sum_over_workers(tokens)  # of the whole batch
        share = losses / tokens
    gradients = tape.gradient(share, training.model.trainable_variables)
    gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
    training.optimizer.apply(gradients, training.model.trainable_variables)  # adds up the workers'
    return sum_over_workers(losses) / tokens


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (a8f529f8).
def make_training(steps: int, seed: int = 0) -> Training:
    """Return a new translator of digits, and Adam with a rate that falls to 0 within the steps."""
    keras.utils.set_random_seed(seed)
    model = Translator(len(vocabulary))
    row = tf.constant([[vocabulary.ids["EOS"]]], tf.int64)
    model(row, row)  # makes the parameters
    schedule = keras.optimizers.schedules.PolynomialDecay(5e-3, check_size(steps, "steps"), 0.0)
    optimizer = keras.optimizers.Adam(schedule)
    optimizer.build(model.trainable_variables)
    return Training(model, optimizer)


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (7e3baf64).
def save_training(training: Training, folder: Path) -> None:
    """Write model and optimizer, which knows the place in the schedule, into a folder."""
    variables = [*training.model.variables, *training.optimizer.variables]
    np.savez(folder / "training.npz", *[variable.numpy() for variable in variables])


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (5fdb9400).
def load_training(training: Training, folder: Path) -> None:
    """Put back what `save_training` has written."""
    variables = [*training.model.variables, *training.optimizer.variables]
    with np.load(folder / "training.npz") as saved:
        for variable, name in zip(variables, saved.files, strict=True):
            variable.assign(saved[name])


def flat_weights(training: Training) -> np.ndarray:
    """Return all parameters of the model that learn, in one row: (parameter,)."""
    learned = training.model.trainable_variables
    return np.concatenate([variable.numpy().ravel() for variable in learned])


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (9adf6b38).
@cache
def worker_strategy() -> tf.distribute.Strategy:
    """Return the strategy of this process: over all workers of TF_CONFIG, else over its own GPUs.

    The first call has to come before TensorFlow computes anything.
    """
    _, workers = workers_here()
    if workers > 1:
        return tf.distribute.MultiWorkerMirroredStrategy()
    return tf.distribute.MirroredStrategy()


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (8adb6148).
def shared(
    strategy: tf.distribute.Strategy,
    rows: np.ndarray,  # (batch,)
    array: np.ndarray,  # token ids of all sentences
) -> tf.distribute.DistributedValues:
    """Return for each replica of this process the token ids of its own rows."""
    return strategy.experimental_distribute_values_from_function(
        lambda place: tf.constant(
            array[share_of(rows, place.replica_id_in_sync_group, place.num_replicas_in_sync)]
        )
    )


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (7d3acbc8).
def train_worker(folder: Path, steps: int, killed_after: int | None = None) -> list[float]:
    """Be one of the workers that train together. Returns the losses of all steps, in nats.

    Takes up the latest checkpoint of the folder, and saves a new one every few steps and at the
    end. The worker of the last rank kills itself once after step `killed_after`. Raises what
    `take_up` raises.
    """
    check_size(steps, "steps")
    strategy = worker_strategy()
    rank, workers = workers_here()
    with strategy.scope():
        training = make_training(steps)
    stream, source, target = digit_stream()
    losses: list[float] = []
    if checkpoint := latest_checkpoint(folder):
        losses = take_up(checkpoint, stream, steps)
        load_training(training, checkpoint)
    while len(losses) < steps:
        rows = stream.draw()
        share = [shared(strategy, rows, array) for array in (source, target)]
        loss = strategy.run(worker_step, args=(training, *share))
        losses.append(float(strategy.experimental_local_results(loss)[0]))
        if rank == 0 and (len(losses) % SAVE_EVERY == 0 or len(losses) == steps):
            with new_checkpoint(folder, losses, stream, steps) as unfinished:
                save_training(training, unfinished)
        if len(losses) == killed_after and rank == workers - 1:
            die_once(folder, len(losses))
    return losses


def all_reduce_seconds(numbers: int) -> float:
    """Return how long a sum of so many float32 numbers over the workers takes: median of nine.

    Every worker that `train_worker` has made one has to call it.
    """
    strategy, value = worker_strategy(), tf.zeros(check_size(numbers, "numbers"))
    add = tf.function(lambda: strategy.run(sum_over_workers, args=(value,)))
    return median_seconds(lambda: strategy.experimental_local_results(add())[0][0])


def step_seconds() -> float:
    """Return how long the workers take for a step with 64 sentences in all: median of nine.

    Every worker that `train_worker` has made one has to call it.
    """
    strategy = worker_strategy()
    with strategy.scope():
        training = make_training(1000)
    _, source, target = digit_stream()
    share = [shared(strategy, np.arange(64), array) for array in (source, target)]

    def step() -> tf.Tensor:
        loss = strategy.run(worker_step, args=(training, *share))
        return strategy.experimental_local_results(loss)[0]

    return median_seconds(step)


def worker_programs(workers: int, folder: Path, *options: str) -> Sequence[Program]:
    """Return what starts the workers on this machine: each is told all addresses, and its own.

    The options are those of `python -m book.workers`. Raises TypeError or ValueError for a number
    of workers that is none.
    """
    addresses = free_addresses(workers)
    worker = ["-m", "book.workers", "tensorflow", str(folder), "--end-with-parent", *options]
    places = [
        {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": rank}}
        for rank in range(workers)
    ]
    gpus = len(tf.config.list_physical_devices("GPU"))
    return [
        Program(
            worker,
            {
                "TF_CONFIG": json.dumps(place),
                "CUDA_VISIBLE_DEVICES": str(rank) if gpus >= workers else "",
            },
        )
        for rank, place in enumerate(places)
    ]


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (7486578d).
def batch_loss(
    batch_size: int, rate: float, seed: int = 0, steps: int | None = None
) -> list[float]:
    """Train on 12,800 sentences in batches of one size. Returns log10 of the validation loss."""
    data = load_digits()
    keras.utils.set_random_seed(seed)
    model = Translator(len(vocabulary))
    steps = steps or 12_800 // batch_size
    train(
        model,
        make_batches(data.train_source, data.train_target, batch_size, steps, seed),
        rate,
        False,
    )
    source, target = tf.constant(data.validation_source), tf.constant(data.validation_target)
    return [float(np.log10(masked_loss(model(source, target), target)))]
