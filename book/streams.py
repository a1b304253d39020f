"""Batches of a training that can be taken up again, and each worker's share of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from book.data import check_batches, check_seed, check_size, check_whole, load_digits


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (63f17e43).
class BatchStream:
    """Rows of one batch after the other, reshuffled every epoch, from any place on.

    Every worker draws the same batches and takes its own share. Raises what `batch_order` raises.
    """

    def __init__(self, rows: int, batch_size: int, seed: int = 0):
        self.rows, self.batch_size, _ = check_batches(rows, batch_size, 1)
        self.generator = np.random.default_rng(check_seed(seed))
        self.shuffle()

    def shuffle(self) -> None:
        """Begin an epoch; remember how the generator stood before."""
        self.before = self.generator.bit_generator.state
        self.order = self.generator.permutation(self.rows)  # (row,)
        self.position = 0

    def draw(self) -> np.ndarray:
        """Return the rows of the next batch: (batch,). What is left of an epoch is left out."""
        if self.position + self.batch_size > self.rows:
            self.shuffle()
        batch = self.order[self.position : self.position + self.batch_size]
        self.position += self.batch_size
        return batch

    def state(self) -> dict[str, Any]:
        """Return where the stream stands: all that `take_up` needs, as JSON can hold it."""
        return {"generator": self.before, "position": self.position}

    def take_up(self, state: Mapping[str, Any]) -> None:
        """Go on where a stream of the same rows stood when it gave this state."""
        self.generator.bit_generator.state = state["generator"]
        self.shuffle()
        self.position = state["position"]


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (421c9d20).
def share_of(
    batch: np.ndarray,  # (batch,), rows
    rank: int,
    workers: int,
) -> np.ndarray:
    """Return the rows of worker `rank`: every `workers`-th, so that no two workers share one.

    Raises ValueError when there is no such worker, or fewer rows than workers.
    """
    workers = check_size(workers, "workers")
    if not 0 <= check_whole(rank, "rank") < workers:
        raise ValueError(f"rank is {rank}: the {workers} workers have ranks from 0 on")
    if len(batch) < workers:
        raise ValueError(f"a batch of {len(batch)} rows leaves some of {workers} workers without")
    return batch[rank::workers]


def digit_stream() -> tuple[BatchStream, np.ndarray, np.ndarray]:
    """Return batches of 64 out of 512 sentences, and the sentences: source, target."""
    data = load_digits()
    source, target = data.train_source[:512], data.train_target[:512]
    return BatchStream(len(source), 64), source, target
