"""Runs the chapters under other conditions: what they print must not depend on any of these."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from book.publishing.checks import CHAPTER_OPTIONS, CheckError, run_checks, with_book

HEADER = "| condition | cells | result | seconds |\n| --- | --- | --- | --- |"
LOGS = Path("_build", "perturb")  # what pytest wrote, a file for each condition that failed
NO_GPU = {"CUDA_VISIBLE_DEVICES": "-1"}


@dataclass(frozen=True)
class Condition:
    """One way to run all chapters."""

    name: str
    variables: Mapping[str, str] = field(default_factory=lambda: NO_GPU)
    python: str = ""  # a version; the present one where empty
    environment: str = ".venv"  # a folder
    options: Sequence[str] = ()  # for pytest
    backwards: bool = False
    needs_gpu: bool = False


def _threads(count: int) -> dict[str, str]:
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    return NO_GPU | dict.fromkeys(names, str(count))


CONDITIONS = (
    Condition("one thread", _threads(1)),
    Condition("two threads", _threads(2)),
    # Which vector instructions PyTorch uses: other ones add in another order.
    Condition("ATen without vectors", NO_GPU | {"ATEN_CPU_CAPABILITY": "default"}),
    Condition("ATen with AVX2", NO_GPU | {"ATEN_CPU_CAPABILITY": "avx2"}),
    Condition("TensorFlow without oneDNN", NO_GPU | {"TF_ENABLE_ONEDNN_OPTS": "0"}),
    Condition("hash seed 0", NO_GPU | {"PYTHONHASHSEED": "0"}),
    Condition("hash seed 1", NO_GPU | {"PYTHONHASHSEED": "1"}),
    Condition("chapters backwards", backwards=True),
    Condition("two chapters at once", options=("--numprocesses=2", "--dist=loadfile")),
    Condition("Python 3.10", python="3.10", environment=".venv-3.10"),
    Condition("Python 3.13", python="3.13", environment=".venv-3.13"),
    Condition("versions near Colab's", environment=".venv-colab"),
    Condition("GPU", {}, needs_gpu=True),
)


class MissingError(Exception):
    """This machine cannot make a condition; the message says what is missing."""


def perturb(
    root: Path,
    chapters: Sequence[Path],
    conditions: Sequence[Condition],
    prepare: Callable[[Path, str], Path],
    *,
    skips: bool = True,
) -> Iterator[tuple[str, bool]]:
    """Run chapters under each condition.

    Args:
        root: The folder of the book.
        chapters: The notebooks.
        conditions: Which conditions.
        prepare: Makes an environment, where it is not there yet, from its folder and the
            interpreter that makes it; returns the environment's Python. It raises
            `MissingError` where this machine cannot make it.
        skips: Whether a condition that this machine cannot make is no failure. A GPU that is
            missing never is one.

    Yields:
        A row of the table below `HEADER`, and whether the condition failed.
    """
    for condition in conditions:
        try:
            python = _python(root, condition, prepare)
            cells, result, seconds = _run(root, chapters, condition, python)
        except MissingError as reason:
            row = f"| {condition.name} | | skipped: {reason} | |"
            yield row, not (skips or condition.needs_gpu)
        else:
            yield f"| {condition.name} | {cells} | {result} | {seconds:.0f} |", result != "passed"


def _run(
    root: Path, chapters: Sequence[Path], condition: Condition, python: Path
) -> tuple[int, str, float]:
    """Return how many cells ran, the result in words, and the seconds."""
    paths = [str(path.relative_to(root)) for path in chapters]
    if condition.backwards:
        paths.reverse()
    arguments = [*CHAPTER_OPTIONS, *condition.options, *paths]
    log = root / LOGS / f"{condition.name}.txt".replace(" ", "-")
    try:
        result = run_checks(python, root, arguments, {**with_book(root), **condition.variables})
    except CheckError as error:
        _keep(log, condition, str(error))
        return 0, f"pytest could not run, see {log.relative_to(root)}", 0.0
    if not result.failures:
        return len(result.cases), "passed", result.seconds
    _keep(log, condition, result.output)
    failures = "; ".join(result.failures)
    differ = f"**{len(result.failures)} differ**: {failures}, see {log.relative_to(root)}"
    return len(result.cases), differ, result.seconds


def _keep(log: Path, condition: Condition, text: str) -> None:
    """Write what pytest wrote, after what a shell needs for the commands in it."""
    variables = shlex.join(["export", *map("=".join, condition.variables.items())])
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(f"{variables}\n\n{text}", "utf-8")


def _python(root: Path, condition: Condition, prepare: Callable[[Path, str], Path]) -> Path:
    """Return the interpreter for a condition.

    Raises:
        MissingError: It, or the GPU, is missing.
    """
    if condition.needs_gpu and not _runs(["nvidia-smi", "--list-gpus"]):
        raise MissingError("no GPU")
    interpreter = find_python(condition.python) if condition.python else sys.executable
    return prepare(root / condition.environment, interpreter)


def find_python(version: str) -> str:
    """Return an interpreter of a version such as 3.10, from PATH or from pyenv.

    Raises:
        MissingError: There is none that runs.
    """
    name = f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [name, *map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/{name}")))]
    # pyenv puts a command of that name on PATH that only runs where the version is chosen.
    for candidate in candidates:
        if _runs([candidate, "--version"]):
            return candidate
    raise MissingError(f"no {name}")


def _runs(command: list[str]) -> bool:
    return shutil.which(command[0]) is not None and (
        subprocess.run(command, capture_output=True).returncode == 0
    )
