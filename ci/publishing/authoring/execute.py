"""Runs chapters and stores their outputs."""

import glob
import os
import tempfile
from copy import deepcopy
from itertools import count
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from publishing.chapter.editions import IGNORED
from publishing.chapter.figures import CHOICE
from publishing.chapter.files import KERNEL, read_chapter
from publishing.chapter.view import tags_of

CELL_TIMEOUT = 600  # seconds


class ExecutionError(Exception):
    """A chapter did not run to its end; the message names the cell and the error."""


def execute(path: Path) -> bool:
    """Run a chapter in its own folder, and replace its file at once after all cells have run.

    Returns:
        Whether the file has changed. What stands in uncompared cells does not change it: they are
        stored anew only together with something else, or where they are empty.

    Raises:
        ChapterError: The file is no notebook.
        ExecutionError: A cell failed; the file is left as it was.
    """
    # What stayed where an earlier run was killed while it wrote this notebook.
    for leftover in path.parent.glob(f"{glob.escape(_unfinished(path))}*"):
        leftover.unlink()
    chapter = read_chapter(path)
    stored = chapter.notebook
    notebook = deepcopy(stored)
    _run(notebook, path)
    _normalise(notebook)
    if _compared(notebook) == _compared(stored):
        # Timings differ in each run; running again shall change nothing.
        for cell, earlier in zip(notebook.cells, stored.cells, strict=True):
            if IGNORED in tags_of(cell):
                cell.outputs = earlier.outputs
    after = nbformat.writes(notebook).rstrip("\n") + "\n"
    if after == chapter.text:
        return False
    _replace(path, after)
    return True


def _run(notebook: NotebookNode, path: Path) -> None:
    client = NotebookClient(
        notebook,
        kernel_name=KERNEL["name"],
        timeout=CELL_TIMEOUT,
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
    )
    # Figures of all languages are stored, whichever one's shell has asked for.
    environment = {name: os.environ[name] for name in os.environ if name != CHOICE}
    try:
        client.execute(env=environment)
    except CellExecutionError as error:
        number, first_line = _failed_cell(notebook)
        reason = f"{error.ename}: {error.evalue}".splitlines()[0]
        raise ExecutionError(f"{path.name}, cell {number} ({first_line}): {reason}") from error
    except (CellTimeoutError, DeadKernelError) as error:
        raise ExecutionError(f"{path.name}: {str(error).splitlines()[0]}") from error


def _failed_cell(notebook: NotebookNode) -> tuple[int, str]:
    for number, cell in reversed(list(enumerate(notebook.cells, start=1))):
        outputs = cell.get("outputs", [])
        if any(output.output_type == "error" for output in outputs):
            return number, cell.source.partition("\n")[0]
    return 0, "unknown"


def _normalise(notebook: NotebookNode) -> None:
    """Make the file depend on the source and the outputs alone, not on who ran it."""
    notebook.metadata["kernelspec"] = dict(KERNEL)
    notebook.metadata["language_info"] = {"name": "python"}
    numbers = count(1)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)  # an editor's timings
        if cell.cell_type == "code" and cell.source.strip():
            cell.execution_count = next(numbers)
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = cell.execution_count


def _compared(notebook: NotebookNode) -> list[object]:
    """Return what each cell put out; for progress and timings, only whether they are there."""
    return [
        bool(cell.outputs) if IGNORED in tags_of(cell) else cell.get("outputs")
        for cell in notebook.cells
    ]


def _unfinished(path: Path) -> str:
    """Return how the names of files begin that are being written; .gitignore knows it, too."""
    return f".{path.name}-"


def _replace(path: Path, text: str) -> None:
    """Write a file at once: a reader sees the earlier text or the new one, nothing between."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_unfinished(path))
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, path.stat().st_mode)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
