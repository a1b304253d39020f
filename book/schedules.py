"""How chapters 06 and 09 train: batches by length, a rate that rises and falls, when to stop.

Needs no framework, so that both read the same batches at the same rates.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from book.data import PAD, batch_order, check_batches, check_seed


class TrainingSettings(NamedTuple):
    """All that decides how a translator is trained, apart from its data."""

    steps: int = 400
    batch_size: int = 64
    pool: int = 5  # batches that are sorted by length together; 1 sorts nothing
    rate: float = 0.015  # the highest learning rate
    warm_up: float = 0.3  # the share of the steps in which the rate rises
    clip: float = 1.0  # the longest gradient, all parameters together; infinity clips nothing
    check_every: int = 100  # steps from one look at validation to the next
    patience: int = 3  # looks without a better one before training stops
    dropout: float = 0.0


QUICK = TrainingSettings(steps=120, batch_size=32, rate=0.01)  # chapter 06's short training


# Taught in chapters/06-training.ipynb; ci/sync copies it (d9e165f7).
def draw_order(
    lengths: np.ndarray,  # (batch,), in tokens
    batch_size: int,
    steps: int,
    seed: int = 0,
) -> np.ndarray:
    """Return which rows form each batch, drawn at random: (steps, batch).

    A length with 100 times as many rows is drawn 10 times as often. Raises what `batch_order`
    raises.
    """
    rows, batch_size, steps = check_batches(len(lengths), batch_size, steps)
    weights = 1 / np.sqrt(np.bincount(lengths)[lengths])  # one for each row
    generator = np.random.default_rng(check_seed(seed))
    return generator.choice(rows, (steps, batch_size), p=weights / weights.sum())


def changed_settings(**changes: float) -> TrainingSettings:
    """Return the usual settings with some changed. Raises ValueError for a name that is none."""
    return TrainingSettings()._replace(**changes)  # type: ignore[arg-type]  # counts are int


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (325648d0).
def learning_rates(settings: TrainingSettings) -> np.ndarray:
    """Return the rate of each step, a line up and then a line down to almost 0: (steps,)."""
    steps = np.arange(1, settings.steps + 1)  # (steps,)
    top = settings.warm_up * settings.steps
    falling = (settings.steps + 1 - steps) / (settings.steps + 1 - top)  # (steps,)
    rising = steps / top if top > 0 else np.ones(settings.steps)  # (steps,)
    shares: np.ndarray = np.minimum(np.minimum(rising, falling), 1)  # (steps,)
    return settings.rate * shares


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (d65e513e).
def order_by_length(
    lengths: np.ndarray,  # (batch,), in tokens
    settings: TrainingSettings,
    seed: int = 0,
) -> np.ndarray:
    """Return which rows form each batch: (steps, batch). Rows of a batch are of similar length.

    The rows of `pool` batches are drawn at random, sorted by length, and cut into batches, whose
    order is again random. No row is left out for its length. Raises what `batch_order` raises.
    """
    pools = -(-settings.steps // settings.pool)  # rounded up
    order = batch_order(len(lengths), settings.batch_size * settings.pool, pools, seed)
    generator = np.random.default_rng(seed)
    batches: list[np.ndarray] = []
    for rows in order:  # (pool * batch,)
        by_length = rows[np.argsort(lengths[rows], kind="stable")] if settings.pool > 1 else rows
        cut = by_length.reshape(settings.pool, settings.batch_size)
        batches.extend(cut[generator.permutation(settings.pool)])
    return np.array(batches[: settings.steps])


def trimmed(rows: np.ndarray) -> np.ndarray:
    """Return token ids (batch, length) without the columns that hold nothing but padding."""
    return rows[:, (rows != PAD).any(axis=0)]


def batches_by_length(
    source: np.ndarray, target: np.ndarray, settings: TrainingSettings, seed: int = 0
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield batches of (batch, source) and (batch, target), each no longer than its longest row.

    Rows are sorted by the length of the target, whose steps are what takes time. Raises what
    `batch_order` raises.
    """
    lengths = (target != PAD).sum(axis=1)  # (batch,)
    for rows in order_by_length(lengths, settings, seed):
        yield trimmed(source[rows]), trimmed(target[rows])


def is_check_due(step: int, settings: TrainingSettings) -> bool:
    """Say whether validation is looked at after this step, counted from 1; always at the end."""
    return step % settings.check_every == 0 or step == settings.steps


def checks_since_best(losses: Sequence[float]) -> int:
    """Return how many losses came after the lowest, or the first of equal ones."""
    return len(losses) - 1 - int(np.argmin(losses)) if losses else 0
