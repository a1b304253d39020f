"""How workers add up their vectors in a ring, and how long that takes. Needs no framework."""

from typing import NamedTuple

import numpy as np

from book.data import check_size


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (9eaad630).
def ring_all_reduce(
    vectors: np.ndarray,  # (worker, number): what each worker has
) -> tuple[np.ndarray, np.ndarray]:
    """Return what each worker has in the end, (worker, number), and how many it sent, (worker,).

    Each vector is cut into as many pieces as there are workers. In each round a worker sends one
    piece to the next one; after n - 1 rounds every sum is complete somewhere, after n - 1 more it
    is everywhere (Patarasuk and Yuan, 2009, 3).
    """
    workers = len(vectors)
    pieces = [np.array_split(vector.copy(), workers) for vector in vectors]
    sent = np.zeros(workers, int)  # (worker,)
    for step in range(2 * (workers - 1)):
        places = [(rank - step) % workers for rank in range(workers)]
        sending = [pieces[rank][place].copy() for rank, place in enumerate(places)]
        for rank, (place, piece) in enumerate(zip(places, sending, strict=True)):
            own = pieces[(rank + 1) % workers]  # of the next one in the ring
            own[place] = own[place] + piece if step < workers - 1 else piece
            sent[rank] += len(piece)
    return np.stack([np.concatenate(own) for own in pieces]), sent


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (56ebf1b8).
class Cluster(NamedTuple):
    """What decides how fast n workers are: the work of a step, and the way between them."""

    whole: float  # seconds of a step's work that can be shared out
    fixed: float  # seconds of a step that every worker needs
    size: float  # bytes of the gradients
    latency: float  # seconds before the first byte arrives
    bandwidth: float  # bytes in a second

    def ring_seconds(self, workers: int) -> float:
        """Return how long one all-reduce takes: 2 (n - 1) rounds of a piece each."""
        rounds = 2 * (check_size(workers, "workers") - 1)
        return rounds * (self.latency + self.size / workers / self.bandwidth)

    def step_seconds(self, workers: int) -> float:
        """Return how long a step takes when its batch is shared out (Amdahl, 1967)."""
        return self.fixed + self.whole / workers + self.ring_seconds(workers)

    def speedup(self, workers: int) -> float:
        """Return how many times as fast as one the workers are."""
        return self.step_seconds(1) / self.step_seconds(workers)
