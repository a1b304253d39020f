"""The groups of figures. A new one is a module and a line here."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from publishing.bench import build, scale, serve, training, view
from publishing.bench.measure import Competitor, Measured, measure
from publishing.chapter.editions import FRAMEWORKS


@dataclass(frozen=True)
class Group:
    """What is measured, and what follows from the figures when all are there."""

    # Takes the clone's folder and an empty one; yields them, and puts all away at the end.
    competitors: Callable[[Path, Path], AbstractContextManager[Sequence[Competitor]]]
    # Returns the rows of a table of its own, each a value for each title.
    summary: Callable[[Sequence[Measured]], Sequence[dict[str, Any]]] | None = None
    plot: Callable[[Sequence[Measured], str], bytes] | None = None  # takes the kind of picture


GROUPS = {
    "build": Group(build.competitors),
    "serve": Group(serve.competitors),
    "view": Group(view.competitors),
    "training": Group(training.competitors),
    "scale": Group(scale.competitors, scale.summary, scale.plot),
}
# Whose versions a report names.
BUILDING = ("sphinx", "jupyter-book", "playwright")
PACKAGES = (*BUILDING, "keras", *(framework.module for framework in FRAMEWORKS.values()))


class GroupError(Exception):
    """There is no such group; the message lists those there are."""


def chosen(names: Sequence[str], *, plotted: bool = False) -> dict[str, Group]:
    """Return the named groups, or all.

    Raises:
        GroupError: There is no group of a name, or none with a plot where one is wanted.
    """
    for name in names:
        if name not in GROUPS:
            raise GroupError(f"There is no group {name!r}; there are {', '.join(GROUPS)}.")
    groups = {name: GROUPS[name] for name in names or GROUPS}
    if plotted and not any(group.plot for group in groups.values()):
        having = ", ".join(name for name, group in GROUPS.items() if group.plot)
        raise GroupError(f"None of {', '.join(groups)} has a plot; groups that have: {having}.")
    return groups


def measure_group(root: Path, group: Group) -> list[Measured]:
    """Measure a group of the clone in a folder."""
    with TemporaryDirectory() as folder, group.competitors(root, Path(folder)) as competitors:
        return measure(competitors)
