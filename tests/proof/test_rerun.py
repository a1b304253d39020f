"""Running the built notebooks: what counts as a difference, and how it is reported."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import nbformat
import pytest
from conftest import ONLY_NBVAL, ROOT, code, figure, markdown
from nbformat.v4 import new_notebook
from publishing.proof.pytest_run import CHAPTER_OPTIONS, DIFFERENCES
from publishing.proof.report import report
from publishing.proof.rerun import (
    Machine,
    Notebook,
    Outcome,
    RerunError,
    find_notebooks,
    is_proven,
    look_at,
    rerun,
)

PYTHON = Path(sys.executable)
pytestmark = pytest.mark.usefixtures("only_nbval")

MACHINE = Machine("3.13.1", {"pytorch": {"versions": "PyTorch 2.0", "device": "Some GPU"}})


def write_notebook(folder, *cells, view="en/pytorch", name="01-sample"):
    """Write cells where ci/build would put a notebook."""
    path = folder / "_build" / "notebooks" / view / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=list(cells)), path)
    return Notebook(path)


@pytest.fixture
def write(tmp_path):
    return partial(write_notebook, tmp_path)


DRAW = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """Run one notebook, of cells of all kinds."""
    drawing, listing = figure(), code("import os\nos.listdir()")
    drawing.source = DRAW
    listing.outputs = [
        nbformat.v4.new_output("execute_result", {"text/plain": "['01-sample.ipynb']"})
    ]
    notebook = write_notebook(
        tmp_path_factory.mktemp("rerun"),
        markdown("# Title", "en"),
        listing,
        code("a = 6\nprint(a * 7)", prints="41\n"),
        code("print('differs, and may')", "nbval-ignore-output", prints="bar\n"),
        code("{}['key']"),
        code("{}['key']", "raises-exception"),
        drawing,
    )
    before = notebook.path.read_bytes()
    outcome = rerun(notebook, PYTHON, MACHINE, ONLY_NBVAL)
    assert notebook.path.read_bytes() == before
    return outcome


def test_cells_that_differ_are_found_and_the_notebook_sees_nothing_but_itself(outcome):
    assert [difference.cell for difference in outcome.differences] == ["2", "4", "5", "6"]
    assert outcome.compared == 5
    assert not is_proven([outcome])


def test_differing_cells_are_reported_with_how(outcome):
    text = report([outcome], MACHINE, "python3")
    seconds = f"{outcome.seconds:.0f}"
    row = f"| 01-sample | en/pytorch | Some GPU | PyTorch 2.0 | {seconds} | 5 | 2, 4, 5, 6 |"
    assert row in text.splitlines()
    _, second, fourth, _, _ = text.split("01-sample, en/pytorch, cell ")
    assert second.startswith("2: `a = 6`")
    assert "41" in second
    assert "42" in second
    assert "print" not in second  # the difference, not the cell again
    assert "KeyError: 'key'" in fourth
    assert "ci/execute" not in text
    command = "`ci/run-notebooks --python python3 --language en --framework pytorch 01-sample`"
    assert text.endswith(f"\n\nCompare again: {command}\n")
    assert text.count("Compare again") == 1
    assert "\x1b" not in text
    assert "#x1B" not in text


def test_figures_that_differ_are_kept_where_the_report_says(outcome):
    root = outcome.notebook.path.parents[4]
    folder = root / DIFFERENCES / "en" / "pytorch"
    pictures = {str(path.relative_to(root)) for path in folder.iterdir()}
    assert len(pictures) >= 2  # the stored one and the new one
    how = outcome.differences[-1].how
    assert pictures == {word for word in how.split() if word.endswith(".png")}


def test_notebook_that_gives_what_is_stored_is_proven(write):
    outcome = Outcome(write(code("1")), seconds=1, compared=1)
    assert is_proven([outcome])
    assert "| 1 | none |" in report([outcome], MACHINE)


@pytest.mark.slow
def test_dead_kernel_is_a_difference(write, monkeypatch):
    options = (*CHAPTER_OPTIONS, "--nbval-cell-timeout=5")
    monkeypatch.setattr("publishing.proof.rerun.CHAPTER_OPTIONS", options)
    outcome = rerun(write(code("import os\nos._exit(1)")), PYTHON, MACHINE)
    assert [difference.cell for difference in outcome.differences] == ["1"]


def test_broken_file_is_a_difference_with_what_pytest_said(write, monkeypatch):
    notebook = write(code("1"))
    monkeypatch.setattr("publishing.proof.rerun.CHAPTER_OPTIONS", ("--no-such-option",))
    monkeypatch.delenv("PYTEST_PLUGINS")
    (difference,) = rerun(notebook, PYTHON, MACHINE).differences
    assert "unrecognized arguments: --no-such-option" in difference.how


@pytest.mark.parametrize(
    ("framework", "reason"),
    [
        ("tensorflow", "not run: TensorFlow is not installed"),
        ("both", "not run: TensorFlow is not installed"),
    ],
)
def test_notebook_whose_framework_is_missing_is_reported_and_proves_nothing(
    write, framework, reason
):
    outcome = rerun(write(code("1"), view=f"ko/{framework}"), PYTHON, MACHINE)
    assert f"| 01-sample | ko/{framework} |  |  |  |  | {reason} |" in report([outcome], MACHINE)
    assert not is_proven([outcome])
    assert is_proven([outcome, Outcome(write(code("1")), compared=1)])


def test_notebooks_are_chosen_by_language_framework_and_chapter(tmp_path, write):
    for view in ("ko/both", "en/both", "en/pytorch"):
        write(code("1"), view=view)
        write(code("1"), view=view, name="02-second")
        write(markdown("prose"), view=view, name="appendix")
    folder = tmp_path / "_build" / "notebooks"
    found = find_notebooks(folder, ["en"], ["both", "pytorch"], ["01-sample"])
    assert [item.path.relative_to(folder).as_posix() for item in found] == [
        "en/both/01-sample.ipynb",
        "en/pytorch/01-sample.ipynb",
    ]
    assert len(find_notebooks(folder)) == 6
    with pytest.raises(RerunError, match="No notebook has the language fr: choose from en, ko"):
        find_notebooks(folder, ["fr"])
    with pytest.raises(RerunError, match="chapter appendix: choose from 01-sample, 02-second"):
        find_notebooks(folder, chapters=["appendix"])
    with pytest.raises(RerunError, match="run ci/build first"):
        find_notebooks(folder / "absent")


def test_python_that_lacks_something_is_told_what_to_do(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    with pytest.raises(RerunError, match="absent cannot be started"):
        look_at(tmp_path / "absent")
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    bare = tmp_path / "bare" / "bin" / "python"
    with pytest.raises(
        RerunError,
        match=r"lacks book, publishing, nbval, pytest: in the clone, run .* -m pip install",
    ):
        look_at(bare)


@pytest.mark.slow
def test_machine_names_versions_and_devices():
    import torch

    machine = look_at(PYTHON)
    assert machine.frameworks["pytorch"]["versions"] == f"PyTorch {torch.__version__}"
    assert machine.frameworks["tensorflow"]["versions"].startswith("TensorFlow 2.")
    if not torch.cuda.is_available():
        assert machine.frameworks["pytorch"]["device"] == "CPU"


def test_command_needs_no_environment_of_its_own_and_names_a_wrong_chapter():
    command = [ROOT / "ci" / "run-notebooks", "--python", PYTHON, "99-none"]
    done = subprocess.run([PYTHON, "-S", *command], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("No notebook has the chapter 99-none: choose from 00-welcome")
