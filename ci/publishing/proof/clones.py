"""What a clone goes through on a person's machine: its commands must cope, and lose nothing.

All conditions share one clone in `_build/perturb`, whose environment is kept from run to run.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile

from publishing.chapter.editions import LANGUAGES
from publishing.children import run_child
from publishing.proof.mutate import copy_book
from publishing.proof.pytest_run import MissingError
from publishing.texts import title

NAME = title(next(iter(LANGUAGES)))  # Hangul and a space, as on many a reader's machine
CHAPTER = "01-dataset"  # runs in seconds
COMMANDS = (  # each once alone, then two of it at once
    ["ci/build"],
    ["ci/sync"],
    ["ci/execute", CHAPTER],
    ["ci/run-notebooks", CHAPTER, "--language=en"],
)
INTERRUPTED = 130
PATIENCE = 60  # seconds until a process has ended that was told to
BROKEN = '"cells": ['
BROKEN_CELL = f'{{"cell_type": "raw", "id": "raw", "metadata": {{}}, "source": "{NAME}"}}, '


class CloneError(Exception):
    """A command has failed in the clone; the message says which and how."""


@dataclass(frozen=True)
class CloneCondition:
    """One thing that happens to a clone."""

    name: str
    happens: Callable[[Path, Path], None]  # with the book's folder and that of the clone

    def check(
        self, root: Path, chapters: Sequence[Path], prepare: Callable[..., Path]
    ) -> tuple[int, str]:
        """Let it happen; return 0 and `passed` or what went wrong."""
        clone = root / "_build" / "perturb" / NAME
        for path in clone.glob("[!.]*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        copy_book(root, clone)
        try:
            self.happens(root, clone)
        except CloneError as error:
            return 0, f"**{error}**"
        return 0, "passed"


def _moved_and_copied(root: Path, clone: Path) -> None:
    _must_run(clone, "ci/build")
    moved = clone.with_name("moved")
    shutil.rmtree(moved, ignore_errors=True)
    clone.rename(moved)
    try:
        _must_run(moved, "ci/build")
        _must_import_its_own(moved)
    finally:
        moved.rename(clone)
    copied = clone.with_name("copied")
    shutil.copytree(clone, copied, symlinks=True)
    try:
        _must_run(copied, "ci/build")
        _must_import_its_own(copied)
    finally:
        shutil.rmtree(copied)


def _must_import_its_own(clone: Path) -> None:
    code = "import book, publishing; print(book.__file__, publishing.__file__)"
    told = run_child([str(clone / ".venv" / "bin" / "python"), "-c", code], clone.parent).stdout
    if told.count(str(clone)) != 2:
        raise CloneError(f"{clone.name} imports {told.strip()}")


def _interrupted(root: Path, clone: Path) -> None:
    """Break off the first installation, builds and executions, twenty times, at random moments."""
    moments = random.Random(0)
    shutil.rmtree(clone / ".venv", ignore_errors=True)
    for _ in range(6):
        _break_off(clone, ["ci/build"], moments.uniform(0.1, 25), moments)
    _must_run(clone, "ci/build")
    _must_run(clone, "ci/execute", CHAPTER)  # installs what is missing
    before = _sources(clone)
    for command, longest in ((["ci/build"], 20), (["ci/execute", CHAPTER], 10)) * 7:
        _break_off(clone, command, moments.uniform(0.1, longest), moments)
        _must_be_whole(clone)
        if _sources(clone) != before:
            raise CloneError(f"{' '.join(command)}, broken off, has changed a source")
    for command in COMMANDS:
        _must_run(clone, *command)
    left = [path.name for path in (clone / "chapters").iterdir() if path.name.startswith(".")]
    if left:
        raise CloneError(f"in chapters is left {', '.join(left)}")


def _break_off(clone: Path, command: Sequence[str], seconds: float, moments: random.Random) -> None:
    """Start a command, and interrupt or kill it."""
    kind = moments.choice([signal.SIGINT, signal.SIGKILL])
    with TemporaryFile() as written:
        process = subprocess.Popen(
            command, cwd=clone, stdout=written, stderr=written, start_new_session=True
        )
        time.sleep(seconds)
        if process.poll() is None:
            os.killpg(process.pid, kind)
        code = process.wait(PATIENCE)
        written.seek(0)
        told = written.read().decode(errors="replace")
    what = f"{command[0]}, interrupted after {seconds:.1f} s,"
    if kind == signal.SIGINT and code not in (0, INTERRUPTED, -signal.SIGINT):
        raise CloneError(f"{what} exits with {code}: {_last_line(told)}")
    if kind == signal.SIGINT and "Traceback" in told:
        raise CloneError(f"{what} shows a traceback: {_last_line(told)}")


def _sources(clone: Path) -> dict[str, bytes]:
    files = [*clone.glob("chapters/*.ipynb"), *clone.glob("book/**/*.py")]
    return {str(path): path.read_bytes() for path in files}


def _must_be_whole(clone: Path) -> None:
    """Demand that what is published, if it is there, is of one build."""
    output = clone / "_build"
    listed = (output / "checksums.txt").read_text("utf-8").splitlines()
    # Between the moves of the folders one of them may have its earlier name.
    for line in listed:
        digest, _, name = line.partition("  ")
        top, _, rest = name.partition("/")
        for folder in (output / top, output / f"{top}-earlier"):
            if (folder / rest).exists():
                if sha256((folder / rest).read_bytes()).hexdigest() != digest:
                    raise CloneError(f"{name} is not what checksums.txt says")
                break
        else:
            raise CloneError(f"{name} is missing")


def _used_twice_at_once(root: Path, clone: Path) -> None:
    for command in COMMANDS:
        _must_run(clone, *command)
    before = _sources(clone)
    for command in COMMANDS:
        processes = []
        for _ in range(2):
            processes.append(
                subprocess.Popen(command, cwd=clone, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            )
            time.sleep(1)
        errors = [process.communicate()[1].decode(errors="replace") for process in processes]
        if any(process.returncode for process in processes):
            raise CloneError(f"two of {command[0]} at once: {_last_line(''.join(errors))}")
        if f"Waiting for {command[0]} (process {processes[0].pid}) to end" not in errors[1]:
            raise CloneError(f"the second {command[0]} does not say for what it waits")
        _must_be_whole(clone)
    if _sources(clone) != before:
        raise CloneError("a source has changed")


def _read_only(root: Path, clone: Path) -> None:
    _must_run(clone, "ci/build")
    user = None if os.geteuid() else 65534  # root may write everywhere
    paths = [clone, clone / "_build", clone / ".venv.lock", clone / "_build.lock"]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        done = subprocess.run(["ci/build"], cwd=clone, capture_output=True, text=True, user=user)
    except OSError as error:
        raise MissingError(f"no other user can run it: {error.strerror}") from error
    finally:
        for path in paths:
            path.chmod(0o755 if path.is_dir() else 0o644)
    if "python3" in done.stderr and user:
        raise MissingError("no other user can run this Python")
    if done.returncode == 0 or "cannot be used: " not in _last_line(done.stderr):
        raise CloneError(f"ci/build says: {_last_line(done.stderr)}")
    _must_be_whole(clone)


def _autocrlf(root: Path, clone: Path) -> None:
    """Clone as git does where it is set to write Windows's line endings."""
    other = clone.with_name("autocrlf")
    shutil.rmtree(other, ignore_errors=True)
    done = run_child(
        ["git", "clone", "--quiet", "--config=core.autocrlf=true", str(root), str(other)]
    )
    if done.returncode:
        raise CloneError(_last_line(done.stderr))
    shutil.move(clone / ".venv", other / ".venv")
    try:
        for path in (other / "ci").iterdir():
            if path.is_file() and b"\r" in path.read_bytes():
                raise CloneError(f"ci/{path.name} has carriage returns")
        _must_run(other, "ci/sync", "--check")
        _must_run(other, "ci/build")
        changed = run_child(["git", "status", "--porcelain"], other).stdout
        if changed:
            raise CloneError(f"git sees changes: {changed.splitlines()[0]}")
    finally:
        shutil.move(other / ".venv", clone / ".venv")
        shutil.rmtree(other)


def _korean_encoding(root: Path, clone: Path) -> None:
    """Let a build tell of a mistake in Hangul where Python is told to write cp949 or ASCII."""
    path = clone / "chapters" / f"{CHAPTER}.ipynb"
    path.write_text(path.read_text("utf-8").replace(BROKEN, BROKEN + BROKEN_CELL, 1), "utf-8")
    for encoding in ("cp949", "euc-kr", "ascii"):
        done = _run(clone, ["ci/build"], {"PYTHONIOENCODING": encoding})
        if done.returncode != 1 or f"{CHAPTER}.ipynb, cell 1" not in done.stderr:
            raise CloneError(f"in {encoding}: {_last_line(done.stderr)}")


def _must_run(clone: Path, *command: str) -> None:
    done = _run(clone, command)
    if done.returncode != 0:
        told = _last_line(done.stderr) or _last_line(done.stdout)
        raise CloneError(f"{' '.join(command)} fails: {told}")


def _run(
    clone: Path, command: Sequence[str], variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    alone = {"BOOK_LOCKS_HELD": None, "BOOK_URL": "https://book.example"}
    return run_child(command, clone, {**alone, **(variables or {})})


def _last_line(text: str) -> str:
    return next(reversed(text.strip().splitlines()), "no message")[-300:]


def clone_conditions() -> Iterator[CloneCondition]:
    """Yield all that happens to a clone."""
    for name, happens in (
        ("a clone moved and copied", _moved_and_copied),
        ("a clone whose commands are interrupted", _interrupted),
        ("a clone used twice at once", _used_twice_at_once),
        ("a clone that cannot be written", _read_only),
        ("a clone with core.autocrlf", _autocrlf),
        ("a clone told of mistakes in cp949", _korean_encoding),
    ):
        yield CloneCondition(name, happens)
