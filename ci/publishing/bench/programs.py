"""The book and programs that are measured: copied to a folder of their own, ended at the end."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

CI = Path(__file__).parents[2]  # where Python finds this package; beside it, what is taught
BOOK = ("chapters", "resources", "_config.yml", "_toc.yml")


class BenchError(Exception):
    """Something cannot be measured; the message says why."""


def copy_book(root: Path, folder: Path) -> Path:
    """Copy what the site is made of into a folder, and return it."""
    folder.mkdir(parents=True)
    for name in BOOK:
        copy = shutil.copytree if (root / name).is_dir() else shutil.copy
        copy(root / name, folder / name)
    return folder


def search_path() -> dict[str, str]:
    """Return the variable with which a program finds this package and what is taught."""
    paths = filter(None, (str(CI.parent), str(CI), os.environ.get("PYTHONPATH")))
    return {"PYTHONPATH": os.pathsep.join(paths)}


@contextmanager
def started(command: Sequence[str], log: Path) -> Iterator["subprocess.Popen[str]"]:
    """Start a program, whose errors go to a file; at the end, end it with all that it started.

    It reads what is written to its `stdin`, nothing from the terminal.
    """
    with log.open("w", encoding="utf-8") as errors:
        program = subprocess.Popen(
            command,
            env={**os.environ, **search_path()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
            start_new_session=True,
        )
    try:
        yield program
    finally:
        with suppress(ProcessLookupError):  # it has ended, with all of them
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()
        for pipe in filter(None, (program.stdin, program.stdout)):
            with suppress(BrokenPipeError):  # something was written that nobody has read
                pipe.close()


def run_whole(command: Sequence[str], log: Path) -> None:
    """Run a program to its end.

    Raises:
        BenchError: It has failed.
    """
    with started(command, log) as program:
        output, _ = program.communicate()
    if program.returncode != 0:
        raise BenchError(f"{output}{log.read_text('utf-8')}\nThis has failed (see above).")


def python(code: str, *arguments: Path) -> list[str]:
    """Return the command that runs Python code with arguments."""
    return [sys.executable, "-c", code, *map(str, arguments)]


def module(name: str, *arguments: str) -> list[str]:
    """Return the command that runs a module with arguments."""
    return [sys.executable, "-m", name, *arguments]
