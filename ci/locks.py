"""Lets one command at a time write what two would spoil; the other one waits and says for what.

Python's own library alone, for the first lock is taken before anything is installed. The system
frees a lock when the process that holds it ends, however it ends.
"""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HELD = "BOOK_LOCKS_HELD"  # in the environment: the files that a command holds for its children
_open: "dict[Path, int]" = {}  # the descriptors of the files that are held


def hold(path: Path, *, shared: bool = False) -> None:
    """Take a lock, or turn the one that is held into this kind; wait while it cannot be had.

    Args:
        path: A file that is there for nothing else; made where it is missing.
        shared: Allow others that share it.

    Raises:
        OSError: The file cannot be written.
    """
    if str(path) in os.environ.get(HELD, "").split(os.pathsep):
        return  # this command is part of one that holds it
    release(path)  # two that both share it, and both want it alone, would wait for ever
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 200).decode(errors="replace").strip() or "another command"
        print(f"Waiting for {holder} to end ...", file=sys.stderr, flush=True)
        fcntl.flock(descriptor, kind)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"ci/{Path(sys.argv[0]).name} (process {os.getpid()})\n".encode(), 0)
    _open[path] = descriptor


def descriptors() -> "list[int]":
    """Return what a child must inherit to hold the locks, too, and longer than this process."""
    return list(_open.values())


def release(path: Path) -> None:
    """Let others have the lock."""
    if path in _open:
        os.close(_open.pop(path))


@contextmanager
def alone(path: Path) -> "Iterator[None]":
    """Hold a lock for this process and all that it starts."""
    hold(path)
    before = os.environ.get(HELD)
    os.environ[HELD] = os.pathsep.join(filter(None, [before, str(path)]))
    try:
        yield
    finally:
        release(path)
        del os.environ[HELD]
        if before is not None:
            os.environ[HELD] = before
