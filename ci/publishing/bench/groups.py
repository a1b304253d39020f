"""The groups of figures. A new one is a module and a line here."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from publishing.bench import build, serve, training, view
from publishing.bench.measure import Competitor

# Takes the clone's folder and an empty one; yields the competitors, and puts all away at the end.
Group = Callable[[Path, Path], AbstractContextManager[Sequence[Competitor]]]

GROUPS: dict[str, Group] = {
    "build": build.competitors,
    "serve": serve.competitors,
    "view": view.competitors,
    "training": training.competitors,
}
PACKAGES = ("sphinx", "jupyter-book", "playwright")  # whose versions a report names


class GroupError(Exception):
    """There is no such group; the message lists those there are."""


def chosen(names: Sequence[str]) -> dict[str, Group]:
    """Return the named groups, or all.

    Raises:
        GroupError: There is no group of a name.
    """
    for name in names:
        if name not in GROUPS:
            raise GroupError(f"There is no group {name!r}; there are {', '.join(GROUPS)}.")
    return {name: GROUPS[name] for name in names or GROUPS}
