"""How files stand: two such states tell whether something has been written in between."""

from collections.abc import Iterable, Mapping
from pathlib import Path

State = Mapping[Path, tuple[int, int]]  # of files: when they were written, and how long they are


def state(root: Path, patterns: Iterable[str]) -> State:
    """Return how the files of a folder at patterns stand."""
    paths = (path for pattern in patterns for path in root.glob(pattern))
    read = [(path, path.stat()) for path in paths if path.is_file()]
    return {path: (stat.st_mtime_ns, stat.st_size) for path, stat in read}
