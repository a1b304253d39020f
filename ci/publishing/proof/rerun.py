"""Runs the notebooks that ci/build has made, and compares what comes out with what is stored.

Imports nothing but Python's own library: it also serves environments such as Colab's, which have
their own packages and shall keep them.
"""

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import copy, copytree
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

from publishing.chapter.editions import Edition
from publishing.children import run_child
from publishing.proof import pytest_run
from publishing.proof.pytest_run import CHAPTER_OPTIONS, COMPARE_AGAIN, DIFFERENCES

Names = Iterable[str]
UNCOMPARED_TAGS = {"nbval-ignore-output", "nbval-skip"}
PROBE = Path(__file__).with_name("machine.py")
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

    def code_cells(self) -> list[dict[str, Any]]:
        """Return the code cells, in the order in which nbval counts them from 0."""
        cells: list[dict[str, Any]] = json.loads(self.path.read_text("utf-8"))["cells"]
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
    folder: Path, languages: Names = (), frameworks: Names = (), chapters: Names = ()
) -> list[Notebook]:
    """Find the notebooks in ci/build's folder of them that hold code, chapter by chapter.

    Those that are asked for; where no language is named, of all languages, and so on.

    Raises:
        RerunError: There are none, or one that is asked for does not exist.
    """
    found = [Notebook(path) for path in folder.glob("*/*/*.ipynb")]
    found = [notebook for notebook in found if notebook.code_cells()]
    if not found:
        raise RerunError(f"There are no notebooks in {folder}: run ci/build first.")
    kinds = {"language": set(languages), "framework": set(frameworks), "chapter": set(chapters)}
    for kind, wanted in kinds.items():
        existing = {getattr(notebook, kind) for notebook in found}
        if unknown := ", ".join(sorted(wanted - existing)):
            choices = ", ".join(sorted(existing))
            raise RerunError(f"No notebook has the {kind} {unknown}: choose from {choices}.")
        found = [item for item in found if not wanted or getattr(item, kind) in wanted]
    return sorted(found, key=lambda item: (item.chapter, item.path))


def look_at(python: Path) -> Machine:
    """Find out what is there for the notebooks, in the Python that is to run them.

    Raises:
        RerunError: It cannot be started, or lacks what every notebook needs.
    """
    with TemporaryDirectory() as empty:
        try:
            # Not in the clone, where `import book` always works.
            answer = run_child([str(python), "-c", PROBE.read_text("utf-8")], Path(empty))
        except OSError as error:
            raise RerunError(f"{python} cannot be started ({error.strerror}).") from error
    if answer.returncode != 0:
        *_, reason = ["it gives no reason", *answer.stderr.strip().splitlines()]
        raise RerunError(f"{python} cannot be used: {reason}")
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
    notebook: Notebook, python: Path, machine: Machine, variables: Mapping[str, str] | None = None
) -> Outcome:
    """Run one notebook in an empty folder of its own and compare every cell.

    `machine` is what `look_at` said of this Python; `variables` are set in the environment.
    """
    missing = tuple(name for name in notebook.needs if name not in machine.frameworks)
    if missing:
        return Outcome(notebook, missing=missing)
    with TemporaryDirectory() as folder:
        copy(notebook.path, folder)
        arguments = [*CHAPTER_OPTIONS, notebook.path.name, f"--rootdir={folder}", *QUIET]
        started = time.monotonic()
        try:
            result = pytest_run.run_checks(python, Path(folder), arguments, variables or {})
        except pytest_run.CheckError as error:
            differences = [Difference("all", "pytest broke off", str(error))]
        else:
            kept = DIFFERENCES / notebook.language / notebook.framework  # from the root
            if (figures := Path(folder, DIFFERENCES)).exists():
                copytree(figures, notebook.path.parents[4] / kept, dirs_exist_ok=True)
            differences = list(_read_differences(result.cases, notebook, kept))
        seconds = time.monotonic() - started
    compared = sum(
        cell["execution_count"] is not None
        and UNCOMPARED_TAGS.isdisjoint(cell["metadata"].get("tags", []))
        for cell in notebook.code_cells()
    )
    return Outcome(notebook, seconds, compared, tuple(differences))


def is_proven(outcomes: list[Outcome]) -> bool:
    """Tell whether all that was run gave what is stored, and anything was run at all."""
    differs = any(outcome.differences for outcome in outcomes)
    return not differs and not all(outcome.missing for outcome in outcomes)


def _read_differences(
    cases: Iterable[ElementTree.Element], notebook: Notebook, figures: Path
) -> Iterator[Difference]:
    cells = notebook.code_cells()
    for case in cases:
        # A cell after one that took too long is "expected to fail": it did not give its output.
        failures = [*case.iter("failure"), *case.iter("error"), *case.iter("skipped")]
        if not failures:
            continue
        number = int(case.attrib["name"].rpartition(" ")[2])
        first_line = "".join(cells[number]["source"]).strip().partition("\n")[0]
        texts = [failure.text or failure.attrib.get("message", "") for failure in failures]
        how = "\n".join(map(_only_difference, texts)).replace(str(DIFFERENCES), str(figures))
        yield Difference(str(number + 1), first_line, how)


def _only_difference(text: str) -> str:
    """Return what the plugin says of a cell, less the cell itself, the colours and the commands."""
    text = re.sub(r"#x1B\[[\d;]*m", "", text)  # how pytest writes them in XML
    text = text.rpartition(COMPARE_AGAIN)[0] or text  # what runs a chapter, not this notebook
    return (text.partition("Traceback:\n")[2] or text).strip()
