"""Measures competitors in turn, and says which differences are results.

Each round lets every competitor run once, A B A B: what slows the machine for a while slows all of
them. The first round warms up and counts for nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median
from time import perf_counter

ROUNDS = 5  # that count; with fewer, a median says little


@dataclass(frozen=True)
class Competitor:
    """Something that is done again and again, and what its figure has to keep."""

    name: str
    unit: str
    once: Callable[[], float]  # does it, and returns its figure: the less, the better
    against: str = ""  # the competitor that it is compared with
    limit: float | None = None  # at most so much; with `against`, so many times the other's figure


@dataclass(frozen=True)
class Measured:
    """A competitor's figures, in the order of the rounds."""

    competitor: Competitor
    figures: Sequence[float]

    @property
    def median(self) -> float:
        """The figure in the middle."""
        return median(self.figures)

    @property
    def spread(self) -> float:
        """How far the figures are apart."""
        return max(self.figures) - min(self.figures)


class Verdict(Enum):
    """What may be said of a competitor."""

    ALONE = "compared with nothing"
    KEPT = "within the limit"
    BROKEN = "over the limit"
    FASTER = "less than the other"
    SLOWER = "more than the other"
    OPEN = "no result: the spread is larger than the difference"


def timed(action: Callable[[], object], clock: Callable[[], float] = perf_counter) -> float:
    """Do something, and return how many seconds it took."""
    start = clock()
    action()
    return clock() - start


def measure(competitors: Sequence[Competitor], rounds: int = ROUNDS) -> list[Measured]:
    """Let competitors run in turn: once to warm up, then as many rounds as count.

    Raises:
        ValueError: The rounds are too few for a median.
    """
    if rounds < ROUNDS:
        raise ValueError(f"at least {ROUNDS} rounds")
    figures: list[list[float]] = [[] for _ in competitors]
    for number in range(rounds + 1):
        for competitor, own in zip(competitors, figures, strict=True):
            figure = competitor.once()
            if number > 0:
                own.append(figure)
    return [Measured(*pair) for pair in zip(competitors, figures, strict=True)]


def verdict(one: Measured, all_measured: Sequence[Measured]) -> Verdict:
    """Return what may be said of a competitor beside the others.

    A difference that is not larger than the spread of either side is no result.
    """
    competitor = one.competitor
    if not competitor.against and competitor.limit is None:
        return Verdict.ALONE
    bound, spread = _bound(competitor, all_measured)
    if abs(one.median - bound) <= max(one.spread, spread):
        return Verdict.OPEN
    if competitor.limit is None:
        return Verdict.FASTER if one.median < bound else Verdict.SLOWER
    return Verdict.KEPT if one.median < bound else Verdict.BROKEN


def _bound(competitor: Competitor, all_measured: Sequence[Measured]) -> tuple[float, float]:
    """Return what a competitor's figure is compared with, and the spread of that."""
    if not competitor.against:
        assert competitor.limit is not None
        return competitor.limit, 0
    (other,) = (one for one in all_measured if one.competitor.name == competitor.against)
    times = 1 if competitor.limit is None else competitor.limit
    return times * other.median, times * other.spread
