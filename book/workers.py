"""Worker processes of chapter 11: started together, watched, and ended together.

As a program it is one worker: `python -m book.workers pytorch FOLDER --steps 20`. Needs no
framework until a worker trains.
"""

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import IO, NamedTuple, SupportsFloat

from book.data import check_size, check_whole

LOOPBACK = "127.0.0.1"
MEASURED = 1, 1_000_000  # numbers to be summed: few, for the latency, and many, for the bandwidth


class Program(NamedTuple):
    """What is started once: a worker, or a launcher such as torchrun that starts several."""

    arguments: list[str]  # what follows `python`
    environment: dict[str, str]  # added to that of this process


class Started(NamedTuple):
    """A program that runs, and the file that takes its error messages."""

    process: subprocess.Popen[bytes]
    messages: IO[bytes]


def run_workers(
    make_programs: Callable[[], Sequence[Program]], seconds: float = 120, restarts: int = 0
) -> int:
    """Start the programs, wait until all have ended well. Returns how often they were started anew.

    When one fails, the others are ended, and all are made and started anew, `restarts` times at
    most. Nothing keeps running when this ends, in whatever way: each program is killed with all
    that it has started, and leaves by itself when this process is gone. Raises RuntimeError with
    the error that a program named when it failed once too often, TimeoutError after `seconds`, and
    TypeError or ValueError for limits that are none.
    """
    if not seconds > 0:
        raise ValueError(f"seconds is {seconds}: give a time that is longer than 0")
    if check_whole(restarts, "restarts") < 0:
        raise ValueError(f"restarts is {restarts}: give 0 or more")
    end = time.monotonic() + seconds
    for attempt in range(restarts + 1):
        failure = first_failure(make_programs(), end, seconds)
        if failure is None:
            return attempt
    raise RuntimeError(f"a worker failed: {failure}")


def first_failure(programs: Sequence[Program], end: float, seconds: float) -> str | None:
    """Run the programs once. Returns what the first that failed said; None when all is well.

    Raises TimeoutError when the clock passes `end`, which is `seconds` after the start.
    """
    running: list[Started] = []
    try:
        for program in programs:
            running.append(started(program))
        while True:
            codes = [one.process.poll() for one in running]
            for one, code in zip(running, codes, strict=True):
                if code not in (None, 0):
                    return complaint(one)
            if None not in codes:
                return None
            if time.monotonic() > end:
                raise TimeoutError(f"the workers did not end within {seconds} seconds")
            time.sleep(0.02)
    finally:
        end_all(running)


def started(program: Program) -> Started:
    """Start a program as the first of its own group of processes, with a pipe that it watches."""
    messages = TemporaryFile()
    process = subprocess.Popen(
        [sys.executable, *program.arguments],
        env={**os.environ, **program.environment},
        stdin=subprocess.PIPE,  # closed by the system when this process ends, even by a kill
        stdout=messages,
        stderr=messages,
        start_new_session=True,
    )
    return Started(process, messages)


def end_all(running: Sequence[Started]) -> None:
    """Kill what still runs, with all that it has started, and wait until it is gone."""
    for one in running:
        with suppress(ProcessLookupError, PermissionError):  # the group is empty already
            os.killpg(one.process.pid, signal.SIGKILL)
    for one in running:
        one.process.communicate()
        one.messages.close()


def complaint(one: Started) -> str:
    """Return the first error that a program has named, or how it ended when it named none."""
    one.messages.seek(0)
    lines = one.messages.read().decode(errors="replace").splitlines()
    errors = [line for line in lines if re.match(r"(\[rank\d+\]: )?[\w.]*Error: ", line)]
    return errors[0] if errors else f"it ended with {one.process.returncode} and named no error"


def end_with_parent() -> None:
    """Leave at once when the process that started this one is gone, however it went."""

    def watch() -> None:
        os.read(0, 1)  # standard input; returns when the other end of the pipe is closed
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def free_addresses(count: int, host: str = LOOPBACK) -> list[str]:
    """Return so many addresses of this machine, `host:port`, that nobody listens at.

    Raises TypeError or ValueError for a `count` that is no size.
    """
    sockets = [socket.socket() for _ in range(check_size(count, "count"))]
    for one in sockets:
        one.bind((host, 0))  # the system chooses a port; all are open at once, so they differ
    addresses = [f"{host}:{one.getsockname()[1]}" for one in sockets]
    for one in sockets:
        one.close()
    return addresses


def loopback_name() -> str:
    """Return what this system calls the network that never leaves the machine."""
    return next(name for _, name in socket.if_nameindex() if name.startswith("lo"))


def die_once(folder: Path, step: int) -> None:
    """Kill this process as a lost machine would, unless one was killed at this step before."""
    mark = folder / f"killed-after-{step}"
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def median_seconds(call: Callable[[], SupportsFloat], times: int = 9) -> float:
    """Return how long a call takes until its number is there, after one that is not counted.

    Raises TypeError or ValueError for a number of times that is none.
    """
    taken = []
    for _ in range(check_size(times, "times") + 1):
        start = time.perf_counter()
        float(call())
        taken.append(time.perf_counter() - start)
    return median(taken[1:])


def main(arguments: Sequence[str] | None = None) -> None:
    """Be one worker, as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m book.workers", description=__doc__)
    parser.add_argument("framework", choices=("tensorflow", "pytorch"))
    parser.add_argument("folder", type=Path, help="of the checkpoints, the same for all workers")
    parser.add_argument("--steps", type=int, default=150, help="of the whole training")
    parser.add_argument("--killed-after", type=int, metavar="STEP", help="to try what is lost then")
    parser.add_argument("--measure", action="store_true", help="times, into measured.json")
    parser.add_argument("--end-with-parent", action="store_true", help="when its pipe is closed")
    options = parser.parse_args(arguments)
    if options.end_with_parent:
        end_with_parent()
    distributed = import_module(f"book.{options.framework}.distributed")
    distributed.train_worker(options.folder, options.steps, options.killed_after)
    if options.measure:
        measured = {
            "step": distributed.step_seconds(),
            "all-reduce": [[each, distributed.all_reduce_seconds(each)] for each in MEASURED],
        }
        if distributed.workers_here()[0] == 0:
            (options.folder / "measured.json").write_text(json.dumps(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
