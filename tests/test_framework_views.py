"""Each single-framework view runs where the other framework is absent, with the stored outputs."""

import os
from pathlib import Path

import pytest
from conftest import ROOT, code
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from book.publishing.chapters import chapters_of, read_chapter
from book.publishing.views import tags_of, view

ABSENT = {"tensorflow": ["torch"], "pytorch": ["tensorflow", "keras"]}
CELL_TIMEOUT = 300  # seconds

pytestmark = pytest.mark.slow


def run_without(packages: list[str], notebook: NotebookNode, folder: Path) -> None:
    """Run a notebook in an empty folder where importing the packages fails."""
    shadows = folder / "shadows"
    for name in packages:
        package = shadows / name / "__init__.py"
        package.parent.mkdir(parents=True)
        message = f"{name} is absent in this test: the view must run without it"
        package.write_text(f"raise ModuleNotFoundError({message!r}, name={name!r})\n")
    empty = folder / "empty"
    empty.mkdir()
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=CELL_TIMEOUT,
        resources={"metadata": {"path": str(empty)}},
        coalesce_streams=True,
    )
    # PYTHONPATH comes before the installed packages, so the shadows are found first.
    client.execute(env={**os.environ, "PYTHONPATH": str(shadows)})


def texts(notebook: NotebookNode) -> list[list[str]]:
    """Return each cell's text outputs, less what nbval is told to ignore."""
    return [[text_of(output) for output in compared_outputs(cell)] for cell in notebook.cells]


def compared_outputs(cell: NotebookNode) -> list[NotebookNode]:
    if "nbval-ignore-output" in tags_of(cell):
        return []
    # A warning comes from whichever cell imports a package first; none is ever stored.
    return [output for output in cell.get("outputs", []) if output.get("name") != "stderr"]


def text_of(output: NotebookNode) -> str:
    return output.get("text") or output.get("data", {}).get("text/plain", "")


@pytest.mark.parametrize("framework", ABSENT)
@pytest.mark.parametrize("path", chapters_of(ROOT), ids=lambda path: path.stem)
def test_view_runs_without_the_other_framework(tmp_path, path, framework):
    stored = view(read_chapter(path), "en", framework)
    fresh = view(read_chapter(path), "en", framework)
    run_without(ABSENT[framework], fresh, tmp_path)
    assert texts(fresh) == texts(stored)


@pytest.mark.parametrize("name", sorted({name for names in ABSENT.values() for name in names}))
def test_absent_framework_is_really_absent(tmp_path, name):
    notebook = new_notebook(cells=[code(f"import {name}")])
    with pytest.raises(CellExecutionError, match=f"{name} is absent in this test"):
        run_without([name], notebook, tmp_path)
