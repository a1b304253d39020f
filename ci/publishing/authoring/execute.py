"""Runs chapters and stores their outputs."""

import asyncio
import glob
import os
import signal
from concurrent.futures import ThreadPoolExecutor, wait
from copy import deepcopy
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from publishing.authoring.replace import replace, unfinished
from publishing.chapter.editions import IGNORED
from publishing.chapter.figures import CHOICE
from publishing.chapter.files import KERNEL, MODELS, facts_of, read_chapter
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
    for leftover in path.parent.glob(f"{glob.escape(unfinished(path))}*"):
        leftover.unlink()
    chapter = read_chapter(path)
    stored = chapter.notebook
    notebook = deepcopy(stored)
    with TemporaryDirectory() as folder:
        _run(notebook, path, _exporting(notebook, Path(folder)))
        _keep_models(Path(folder), path.parents[1] / MODELS)
    _normalise(notebook)
    if _compared(notebook) == _compared(stored):
        # Timings differ in each run; running again shall change nothing.
        for cell, earlier in zip(notebook.cells, stored.cells, strict=True):
            if IGNORED in tags_of(cell):
                cell.outputs = earlier.outputs
    after = nbformat.writes(notebook).rstrip("\n") + "\n"
    if after == chapter.text:
        return False
    replace(path, after)
    return True


def _exporting(notebook: NotebookNode, folder: Path) -> str:
    """Return code that writes the chapter's models into a folder; nothing where it has none."""
    models = facts_of(notebook).models
    if not models:
        return ""
    versions = [
        f"{name!r}: {{{', '.join(f'{one!r}: {value}' for one, value in expressions.items())}}}"
        for name, expressions in models.items()
    ]
    return (
        "# Export of the models that the metadata declare\n"  # an error names this line
        "from pathlib import Path\nfrom publishing.authoring.models import export_models\n"
        f"export_models({{{', '.join(versions)}}}, Path({str(folder)!r}))"
    )


def _keep_models(made: Path, folder: Path) -> None:
    """Move what was exported to where it belongs; what is the same as before stays as it is."""
    for path in sorted(made.iterdir()):
        folder.mkdir(parents=True, exist_ok=True)
        kept = folder / path.name
        if not kept.exists() or kept.read_bytes() != path.read_bytes():
            replace(kept, path.read_text("utf-8"))


def _run(notebook: NotebookNode, path: Path, exporting: str) -> None:
    """Run all cells, and then code that is no cell."""
    own = len(notebook.cells)
    if exporting:
        notebook.cells.append(new_code_cell(exporting))
    try:
        _run_cells(notebook, path)
    finally:
        del notebook.cells[own:]


def _run_cells(notebook: NotebookNode, path: Path) -> None:
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
    )
    # Figures of all languages are stored, whichever one's shell has asked for.
    environment = {name: os.environ[name] for name in os.environ if name != CHOICE}
    try:
        with TemporaryDirectory() as sockets:
            _execute(client, _kernel_manager(sockets), environment)
    except CellExecutionError as error:
        number, first_line = _failed_cell(notebook)
        reason = f"{error.ename}: {error.evalue}".splitlines()[0]
        raise ExecutionError(f"{path.name}, cell {number} ({first_line}): {reason}") from error
    except (CellTimeoutError, DeadKernelError, RuntimeError) as error:
        raise ExecutionError(f"{path.name}: {str(error).splitlines()[0]}") from error


def _kernel_manager(sockets: str) -> AsyncKernelManager:
    # This environment's kernel: one of this name may have been installed elsewhere, too.
    own = KernelSpecManager(kernel_dirs=[], ensure_native_kernel=True)
    return AsyncKernelManager(
        kernel_name=KERNEL["name"], kernel_spec_manager=own, transport="ipc", ip=f"{sockets}/kernel"
    )


def _execute(
    client: NotebookClient, manager: AsyncKernelManager, environment: dict[str, str]
) -> None:
    """Run all cells; on Ctrl+C, end the kernel at once."""
    client.km = manager
    # In the main thread nbclient would answer Ctrl+C itself, as if the kernel had died.
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(client.execute, env=environment)
        try:
            running.result()
        except KeyboardInterrupt:
            if manager.has_kernel:
                asyncio.run(_kill(manager))
            raise
        finally:
            wait([running])
            client.km = manager  # what nbclient does at the end of Python needs it


async def _kill(manager: AsyncKernelManager) -> None:
    await manager.signal_kernel(signal.SIGKILL)


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
