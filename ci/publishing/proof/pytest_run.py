"""Runs pytest in a process of its own and reads which checks failed."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from xml.etree import ElementTree

from publishing.children import run_child

# Chapters are run with the Python that runs pytest, and compared by the book's rules.
CHAPTER_OPTIONS = (
    *("-p", "publishing.proof.nbval_plugin"),
    *("--nbval", "--nbval-current-env"),
    "--nbval-cell-timeout=600",  # seconds; nbval also waits so long for a kernel that has died
)
DIFFERENCES = Path("_build", "differences")  # where the plugin keeps figures that differ
COMPARE_AGAIN = "Compare again: "  # begins the plugin's last lines on a failure, the commands
TESTS_FAILED = 1  # pytest's exit code; above it, pytest itself could not go on


class CheckError(Exception):
    """pytest could not run; the message ends with what it wrote."""


class MissingError(Exception):
    """This machine cannot make a condition; the message says what is missing."""


@dataclass(frozen=True)
class Result:
    """What became of a run."""

    cases: list[ElementTree.Element]  # of tests and of cells, as pytest reports them
    seconds: float
    output: str  # what pytest wrote

    @property
    def failures(self) -> list[str]:
        """The names of those that failed, in order: a test's, or a cell's with its chapter's."""
        names = []
        for case in self.cases:
            if case.find("failure") is not None or case.find("error") is not None:
                module = case.get("classname", "").removesuffix(".ipynb").rpartition(".")[2]
                names.append(f"{module}, {case.get('name')}")
        return names


def run_checks(
    python: Path, folder: Path, arguments: Sequence[str], variables: Mapping[str, str | None]
) -> Result:
    """Run pytest in a folder, with environment variables on top of the present ones; None unsets.

    Raises:
        CheckError: pytest ended with another result than passed or failed.
    """
    with TemporaryDirectory() as temporary:
        report = Path(temporary, "report.xml")
        command = [str(python), "-m", "pytest", f"--junitxml={report}", *arguments]
        started = perf_counter()
        done = run_child(command, folder, variables, errors_apart=False)
        seconds = perf_counter() - started
        if done.returncode not in (0, TESTS_FAILED):
            code, end = done.returncode, done.stdout[-2000:]
            raise CheckError(f"pytest could not run (exit code {code}):\n{end}")
        cases = list(ElementTree.parse(report).iter("testcase"))
    return Result(cases, seconds, done.stdout)


def with_second_device(folder: Path) -> dict[str, str]:
    """Return the variable with which PyTorch in a kernel sees a GPU: see `second_device.py`."""
    return {"PYTHONSTARTUP": str(folder / "ci/publishing/proof/second_device_startup.py")}


def with_packages(folder: Path) -> dict[str, str]:
    """Return the variable that makes a folder's `book` and `publishing` those that are imported."""
    return {"PYTHONPATH": f"{folder}{os.pathsep}{folder / 'ci'}"}
