"""Runs the notebooks that ci/build has made, and compares what comes out with what is stored.

Imports nothing but Python's own library: it also serves environments such as Colab's, which have
their own packages and shall keep them.
"""

import json
import re
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copy, copytree
from tempfile import TemporaryDirectory
from types import MappingProxyType
from xml.etree import ElementTree

from publishing.chapter.editions import Edition
from publishing.proof.pytest_run import (
    CHAPTER_OPTIONS,
    COMPARE_AGAIN,
    DIFFERENCES,
    CheckError,
    run_checks,
)

UNCOMPARED_TAGS = {"nbval-ignore-output", "nbval-skip"}
PROBE = Path(__file__).with_name("machine.py")
NO_VARIABLES = MappingProxyType({})
QUIET = ("--color=no", "-p", "no:cacheprovider")  # nothing in the folder but the notebook


class RerunError(Exception):
    """The notebooks cannot be run at all; the message is one line that says what to do."""


@dataclass(frozen=True)
class Machine:
    """What the notebooks find where they run."""

    python: str  # version
    frameworks: dict[str, dict[str, str]]  # those installed: their `versions` and `device`


@dataclass(frozen=True)
class Notebook:
    """One view of one chapter, as a file."""

    path: Path  # .../LANGUAGE/FRAMEWORK/CHAPTER.ipynb

    @property
    def chapter(self) -> str:
        """The chapter's name."""
        return self.path.stem

    @property
    def framework(self) -> str:
        """`tensorflow`, `pytorch` or `both`."""
        return self.path.parent.name

    @property
    def needs(self) -> tuple[str, ...]:
        """The frameworks without which it cannot be run."""
        return Edition(self.language, self.framework).frameworks

    @property
    def language(self) -> str:
        """`ko` or `en`."""
        return self.path.parent.parent.name

    def code_cells(self) -> list[dict]:
        """Return the code cells, in the order in which nbval counts them from 0."""
        cells = json.loads(self.path.read_text("utf-8"))["cells"]
        return [cell for cell in cells if cell["cell_type"] == "code"]


@dataclass(frozen=True)
class Difference:
    """A cell that did not give what is stored, or a run that broke off."""

    cell: str  # its number among the code cells, from 1, or `all`
    first_line: str
    how: str


@dataclass(frozen=True)
class Outcome:
    """What came of one notebook."""

    notebook: Notebook
    seconds: float = 0
    compared: int = 0  # cells
    differences: tuple[Difference, ...] = ()
    missing: tuple[str, ...] = ()  # frameworks without which it was not run


def find_notebooks(
    folder: Path,
    languages: Iterable[str] = (),
    frameworks: Iterable[str] = (),
    chapters: Iterable[str] = (),
) -> list[Notebook]:
    """Find the notebooks to run.

    Args:
        folder: Where ci/build puts them, as LANGUAGE/FRAMEWORK/CHAPTER.ipynb.
        languages: Those to run; none means all. The same holds for the next two.
        frameworks: `tensorflow`, `pytorch` or `both`.
        chapters: Names like `04-attention`.

    Returns:
        Those that hold code, chapter by chapter.

    Raises:
        RerunError: There are none, or one that is asked for does not exist.
    """
    found = [Notebook(path) for path in folder.glob("*/*/*.ipynb")]
    found = [notebook for notebook in found if notebook.code_cells()]
    if not found:
        raise RerunError(f"There are no notebooks in {folder}: run ci/build first.")
    for kind, wanted in (
        ("language", set(languages)),
        ("framework", set(frameworks)),
        ("chapter", set(chapters)),
    ):
        existing = {getattr(notebook, kind) for notebook in found}
        if wanted - existing:
            unknown = ", ".join(sorted(wanted - existing))
            raise RerunError(
                f"No notebook has the {kind} {unknown}: choose from {', '.join(sorted(existing))}."
            )
        found = [item for item in found if not wanted or getattr(item, kind) in wanted]
    return sorted(found, key=lambda item: (item.chapter, item.path))


def look_at(python: Path) -> Machine:
    """Find out what is there for the notebooks.

    Args:
        python: The Python that is to run them.

    Raises:
        RerunError: It cannot be started, or lacks what every notebook needs.
    """
    with TemporaryDirectory() as empty:
        try:
            answer = subprocess.run(
                [str(python), "-c", PROBE.read_text("utf-8")],
                cwd=empty,  # not the clone, where `import book` always works
                capture_output=True,
                text=True,
            )
        except OSError as error:
            raise RerunError(f"{python} cannot be started ({error.strerror}).") from error
    if answer.returncode != 0:
        raise RerunError(f"{python} cannot be used: {_last_line(answer.stderr)}")
    description = json.loads(answer.stdout)
    if description["missing"]:
        names = ", ".join(description["missing"])
        raise RerunError(
            f"{python} lacks {names}: in the clone, run "
            f"`{python} -m pip install --editable . pytest nbval`."
        )
    if not description["frameworks"]:
        raise RerunError(f"{python} has neither TensorFlow nor PyTorch: install one of them.")
    return Machine(description["python"], description["frameworks"])


def rerun(
    notebook: Notebook, python: Path, machine: Machine, variables: Mapping[str, str] = NO_VARIABLES
) -> Outcome:
    """Run one notebook in an empty folder of its own and compare every cell.

    Args:
        notebook: The notebook; its file stays as it is.
        python: The Python that runs it.
        machine: What `look_at` said of that Python.
        variables: Environment variables to set on top of the present ones.
    """
    missing = tuple(name for name in notebook.needs if name not in machine.frameworks)
    if missing:
        return Outcome(notebook, missing=missing)
    with TemporaryDirectory() as folder:
        copy(notebook.path, folder)
        arguments = [*CHAPTER_OPTIONS, notebook.path.name, f"--rootdir={folder}", *QUIET]
        started = time.monotonic()
        try:
            result = run_checks(python, Path(folder), arguments, variables)
        except CheckError as error:
            differences = (Difference("all", "pytest broke off", str(error)),)
        else:
            kept = _keep_figures(Path(folder, DIFFERENCES), notebook)
            differences = tuple(
                replace(difference, how=difference.how.replace(str(DIFFERENCES), str(kept)))
                for difference in _read_differences(result.cases, notebook)
            )
        seconds = time.monotonic() - started
    compared = sum(_is_compared(cell) for cell in notebook.code_cells())
    return Outcome(notebook, seconds, compared, differences)


def is_proven(outcomes: list[Outcome]) -> bool:
    """Tell whether all that was run gave what is stored, and anything was run at all."""
    return not any(item.differences for item in outcomes) and any(
        not item.missing for item in outcomes
    )


def _is_compared(cell: dict) -> bool:
    tags = cell["metadata"].get("tags", [])
    return cell["execution_count"] is not None and not UNCOMPARED_TAGS.intersection(tags)


def _keep_figures(folder: Path, notebook: Notebook) -> Path:
    """Copy the figures that differ to a chapter's place for them; return it, from the root."""
    root = notebook.path.parents[4]
    kept = DIFFERENCES / notebook.language / notebook.framework
    if folder.exists():
        copytree(folder, root / kept, dirs_exist_ok=True)
    return kept


def _read_differences(
    cases: Iterable[ElementTree.Element], notebook: Notebook
) -> Iterator[Difference]:
    cells = notebook.code_cells()
    for case in cases:
        # A cell after one that took too long is "expected to fail": it did not give its output.
        failures = [*case.iter("failure"), *case.iter("error"), *case.iter("skipped")]
        if not failures:
            continue
        number = int(case.get("name").rpartition(" ")[2])
        first_line = "".join(cells[number]["source"]).strip().partition("\n")[0]
        texts = [failure.text or failure.get("message", "") for failure in failures]
        yield Difference(str(number + 1), first_line, "\n".join(map(_only_difference, texts)))


def _only_difference(text: str) -> str:
    """Return what the plugin says of a cell, less the cell itself, the colours and the commands.

    Those are for a chapter in the clone; report.py knows what runs this notebook again.
    """
    text = re.sub(r"#x1B\[[\d;]*m", "", text)  # how pytest writes them in XML
    text = text.rpartition(COMPARE_AGAIN)[0] or text
    return (text.partition("Traceback:\n")[2] or text).strip()


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it gives no reason"])[-1]
