"""How the time of an epoch grows with sentence length, vocabulary, batch and width.

Each framework trains the course's translator on random sentences: at a base point, and with one of
the four sizes changed at a time. The slope of a line through the logarithms says by which power of
the size the time grows; beside it stands the slope of the number of multiplications.

One Python for each framework is started and asked for point after point: it imports the framework
once and traces each shape once.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, partial
from importlib import import_module
from io import BytesIO
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from publishing.bench.measure import Competitor, Measured
from publishing.bench.programs import BenchError, module, started
from publishing.bench.training import ready
from publishing.chapter.editions import FRAMEWORKS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EMBEDDING = 32
ENOUGH = 0.2  # seconds of steps for one figure


class Point(NamedTuple):
    """The sizes of a translator and of its batches; as they are here, the base point."""

    length: int = 8  # positions of a source sentence, and of a target sentence
    vocabulary: int = 64
    batch: int = 64
    width: int = 128  # of a hidden state


BASE = Point()
AXES: Mapping[str, Sequence[int]] = {  # each goes through the base point
    "length": (4, 8, 16, 32),
    "vocabulary": (64, 256, 1024, 4096),
    "batch": (16, 32, 64, 128, 256),
    "width": (32, 64, 128, 256, 512),
}


def along(axis: str) -> list[Point]:
    """Return the points of one axis."""
    return [BASE._replace(**{axis: size}) for size in AXES[axis]]


def named(framework: str, point: Point) -> str:
    """Return the name of a competitor: how its point differs from the base."""
    changed = [axis for axis in AXES if getattr(point, axis) != getattr(BASE, axis)]
    sizes = ", ".join(f"{axis} {getattr(point, axis)}" for axis in changed)
    return f"{framework}: {sizes or 'base'}"


def multiplications(point: Point) -> int:
    """Return how many multiplications of matrices the forward pass takes for one sentence.

    The backward pass takes twice as many, and each epoch has the same sentences: neither changes a
    slope. Functions of single numbers, such as tanh, and the optimizer are not counted.
    """
    positions, hidden = point.length, point.width
    encoder = 4 * hidden * (EMBEDDING + hidden)  # an LSTM has four gates
    keys = hidden * hidden  # once for each source position
    query = hidden * hidden
    attention = 2 * positions * hidden  # scores and context, over all source positions
    decoder = 4 * hidden * (hidden + EMBEDDING + hidden)  # reads context and word
    projection = hidden * point.vocabulary
    return positions * (encoder + keys + query + attention + decoder + projection)


# --- What is measured -----------------------------------------------------------------------------


@contextmanager
def competitors(root: Path, folder: Path) -> Iterator[Sequence[Competitor]]:
    """Yield every point in each framework; figures are seconds for an epoch."""
    points = dict.fromkeys(point for axis in AXES for point in along(axis))
    with ExitStack() as programs:
        ask = {
            framework: programs.enter_context(asked(framework, folder / f"{framework}.log"))
            for framework in FRAMEWORKS
        }
        yield [
            Competitor(
                named(framework, point),
                "s/epoch",
                partial(ask[framework], point),
                against="" if point == BASE else named(framework, BASE),
            )
            for point in points
            for framework in FRAMEWORKS
        ]


@contextmanager
def asked(framework: str, log: Path) -> Iterator[Callable[[Point], float]]:
    """Start a framework's Python; yield what asks it for the seconds of an epoch at a point.

    That raises BenchError where there are none, with the reason. At the end the Python is ended.
    """
    with started(module(__name__, framework), log) as program:
        questions, replies = program.stdin, program.stdout
        assert questions is not None
        assert replies is not None

        def ask(point: Point) -> float:
            with suppress(BrokenPipeError):  # it has ended: then there is no answer, either
                print(json.dumps(point), file=questions, flush=True)
            answer = replies.readline()
            try:
                return float(answer)
            except ValueError as error:
                reason = answer.strip() or f"it has ended:\n{log.read_text('utf-8')[-2000:]}"
                raise BenchError(f"{named(framework, point)} is not measured: {reason}") from error

        yield ask


# --- What follows from the figures ----------------------------------------------------------------


def slope(sizes: Sequence[float], figures: Sequence[float]) -> float:
    """Return the power of sizes that figures grow by: least squares of the logarithms."""
    exponent, _ = np.polyfit(np.log(sizes), np.log(figures), 1)
    return round(float(exponent), 4) + 0.0  # never -0.0


def predicted(axis: str) -> float:
    """Return the slope of the multiplications."""
    return slope(AXES[axis], [multiplications(point) for point in along(axis)])


def summary(measured: Sequence[Measured]) -> list[dict[str, Any]]:
    """Return the slope of each axis in each framework, over the rounds, and the predicted one."""
    figures = {one.competitor.name: one.figures for one in measured}

    def slopes(axis: str, framework: str) -> dict[str, Any]:
        rounds = zip(*(figures[named(framework, point)] for point in along(axis)), strict=True)
        found = [slope(AXES[axis], one_round) for one_round in rounds]
        return {"slope": median(found), "from": min(found), "to": max(found)}

    return [
        {
            "axis": axis,
            "framework": framework,
            **slopes(axis, framework),
            "predicted": predicted(axis),
        }
        for axis in AXES
        for framework in FRAMEWORKS
    ]


def plot(measured: Sequence[Measured], kind: str) -> bytes:
    """Return a picture of some kind, such as "png": a panel for each axis."""
    from matplotlib.figure import Figure

    medians = {one.competitor.name: one.median for one in measured}
    slopes = {(one["axis"], one["framework"]): one["slope"] for one in summary(measured)}
    figure = Figure(figsize=(9, 7), layout="constrained")
    panels = figure.subplots(2, 2, sharey=True).flat
    for panel, axis in zip(panels, AXES, strict=True):
        for number, framework in enumerate(FRAMEWORKS):
            seconds = [medians[named(framework, point)] for point in along(axis)]
            label = f"{FRAMEWORKS[framework].label}: slope {slopes[axis, framework]:.2f}"
            _draw(panel, axis, seconds, number, label)
        _finish(panel, axis)
    figure.suptitle("Seconds of an epoch, and as the multiplications predict them from the base")
    figure.supylabel("seconds")
    picture = BytesIO()
    figure.savefig(picture, format=kind, dpi=150)
    return picture.getvalue()


def _draw(panel: "Axes", axis: str, seconds: Sequence[float], number: int, label: str) -> None:
    """Draw a framework's figures, and dashed the multiplications, which meet them at the base."""
    colour, marker = f"C{number}", "osD^v"[number % 5]
    panel.plot(AXES[axis], seconds, color=colour, marker=marker, label=label)
    at_base = seconds[along(axis).index(BASE)]
    times = [multiplications(point) / multiplications(BASE) for point in along(axis)]
    dashed = {"color": colour, "linestyle": "--", "linewidth": 0.8}
    panel.plot(AXES[axis], [at_base * each for each in times], **dashed)  # type: ignore[arg-type]


def _finish(panel: "Axes", axis: str) -> None:
    """Give a panel its scales and its words."""
    panel.plot([], [], "k--", linewidth=0.8, label=f"predicted: slope {predicted(axis):.2f}")
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xticks(AXES[axis], labels=[str(size) for size in AXES[axis]])
    panel.minorticks_off()
    panel.set_xlabel(axis)
    panel.grid(alpha=0.3)
    panel.legend(fontsize="small", loc="lower right")


# --- What runs in a Python of its own -------------------------------------------------------------


def answers(lines: Iterable[str], seconds: Callable[[Point], float]) -> Iterator[str]:
    """Yield a line for each line, a point: its seconds, or why it is none."""
    for line in lines:
        try:
            point = read_point(line)
        except ValueError as error:
            yield str(error)
        else:
            yield repr(seconds(point))


def read_point(line: str) -> Point:
    """Return the point of a line.

    Raises:
        ValueError: No sentence and no translator have these sizes.
    """
    from book.data import SOS

    point = Point(*json.loads(line))
    least = Point(1, SOS + 1, 1, 1)  # a target begins with SOS
    for axis, size, smallest in zip(Point._fields, point, least, strict=True):
        if size < smallest:
            raise ValueError(f"{axis} is {size}, and has to be at least {smallest}")
    return point


def epoch_seconds(framework: str, point: Point) -> float:
    """Return what as many steps take as the course's training sentences fill."""
    from book.data import load_digits

    sentences = len(load_digits().train_source)
    # No step is rounded off, for else the slope of the batch would be that of the rounding, too.
    return step_seconds(stepping(framework, point)) * sentences / point.batch


def step_seconds(step: Callable[[], object], clock: Callable[[], float] = perf_counter) -> float:
    """Return what a step takes, on average over some time, after one that does not count.

    That one makes a graph, if there is none, or makes it ready again: the seed of another point's
    model has emptied what a framework keeps.
    """
    step()
    start, steps = clock(), 0
    while True:
        step()
        steps += 1
        if (past := clock() - start) >= ENOUGH:
            return past / steps


@cache
def stepping(framework: str, point: Point) -> Callable[[], float]:
    """Return what takes a step and waits for its loss."""
    from book.data import PAD

    taught, generator = import_module(f"book.{framework}"), np.random.default_rng(0)
    shape = 2, point.batch, point.length
    arrays = generator.integers(PAD + 1, point.vocabulary, shape)  # sentences that are all full
    sizes = point.vocabulary, EMBEDDING, point.width
    model, optimizer, batch = ready(framework, arrays, *sizes)
    return lambda: float(taught.train_step(model, optimizer, *batch))


if __name__ == "__main__":
    for answer in answers(sys.stdin, partial(epoch_seconds, sys.argv[1])):
        print(answer, flush=True)
