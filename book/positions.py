"""Where a token stands, as numbers that a Transformer can compute with. Needs no framework."""

import numpy as np

from book.data import check_size

LONGEST = 200  # places of a model's table, more than any text of this book has


def check_reach(*lengths: int | None) -> None:
    """Raise ValueError for a text with more tokens than there are places; None is not known yet."""
    for length in lengths:
        if length is not None and length > LONGEST:
            raise ValueError(
                f"a text has {length} tokens: give at most {LONGEST}, as many as there are places"
            )


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (753ebb7e).
def sinusoids(length: int, hidden_size: int) -> np.ndarray:
    """Return positions (length, hidden): sines and cosines, each pair slower than the last.

    Vaswani et al. (2017), 3.5, float32. Raises ValueError for an odd `hidden_size`: every sine has
    its cosine.
    """
    if check_size(hidden_size, "hidden_size") % 2:
        raise ValueError(
            f"hidden_size is {hidden_size}: make it even, for pairs of sine and cosine"
        )
    angles = rotation_angles(length, hidden_size)  # (length, hidden / 2)
    pairs = np.stack([np.sin(angles), np.cos(angles)], axis=2)  # (length, hidden / 2, 2)
    return pairs.reshape(length, hidden_size).astype(np.float32)


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (85af479a).
def rotation_angles(length: int, size: int) -> np.ndarray:
    """Return how far each pair of numbers has turned at each place: (length, size / 2), radians."""
    rates = 10_000.0 ** (-np.arange(0, size, 2) / size)  # (size / 2,)
    return np.arange(check_size(length, "length"))[:, None] * rates
