"""Each notebook of one framework gives the stored outputs where the other framework is absent.

It runs as ci/build has made it, with no more of the book than the wheel holds: with Colab's
versions, where test_near_colab.py has them, and else (on a Mac) with the book's own. PyTorch's run
as on a machine with a GPU, as far as a CPU can show it.

Of each chapter, `ci/test` runs one framework's notebook, in turn; `ci/test --weekly` runs both, as
does the Mac. nbval has run all their cells in the chapter. What a notebook of one framework adds is
that it needs no name, no package and no state of the other's cells: names are looked at in all
notebooks (test_built_notebooks.py), and packages in all modules (test_imports.py). State is left.
"""

import sys
from pathlib import Path

import nbformat
import pytest
from conftest import NOTEBOOKS, ROOT, code, kernel_with
from environment import NEAR_COLAB, bin_of
from nbformat.v4 import new_notebook
from publishing.chapter.editions import FRAMEWORKS
from publishing.proof.pytest_run import with_second_device
from publishing.proof.rerun import Machine, Notebook, find_notebooks, rerun

PYTHON = bin_of(NEAR_COLAB) / "python" if NEAR_COLAB.exists() else Path(sys.executable)
MACHINE = Machine("", {name: {} for name in FRAMEWORKS})
ABSENT = {"tensorflow": ["torch"], "pytorch": ["tensorflow", "keras"]}
# Both languages' notebooks hold the same code: test_near_colab.py.
BY_FRAMEWORK = {
    framework: find_notebooks(NOTEBOOKS, [language], [framework])
    for language, framework in (("en", "tensorflow"), ("ko", "pytorch"))
}
EDITIONS = [
    pytest.param(
        notebook,
        id=f"{notebook.chapter}-{notebook.framework}",
        marks=[pytest.mark.weekly] if (number + turn) % len(BY_FRAMEWORK) else [],
    )
    for turn, notebooks in enumerate(BY_FRAMEWORK.values())
    for number, notebook in enumerate(notebooks)
]

pytestmark = pytest.mark.slow


@pytest.fixture
def kernel_without(tmp_path, unpacked_wheel):
    """Return a function that gives the variables for a kernel in which importing packages fails."""

    def variables(packages: list[str]) -> dict[str, str]:
        shadows = tmp_path / "shadows"
        for name in packages:
            package = shadows / name / "__init__.py"
            package.parent.mkdir(parents=True)
            message = f"{name} is absent in this test: the notebook must run without it"
            package.write_text(f"raise ModuleNotFoundError({message!r}, name={name!r})\n")
        return kernel_with(tmp_path / "kernel", unpacked_wheel, shadows)

    return variables


@pytest.mark.parametrize("notebook", EDITIONS)
def test_notebook_runs_without_the_other_framework(kernel_without, notebook):
    variables = kernel_without(ABSENT[notebook.framework])
    if notebook.framework == "pytorch":
        variables |= with_second_device(ROOT)
    outcome = rerun(notebook, PYTHON, MACHINE, variables)
    assert outcome.compared > 0
    assert outcome.differences == ()


@pytest.mark.parametrize("framework", ABSENT)
def test_what_is_absent_is_really_absent_and_the_book_is_the_wheel(
    tmp_path, kernel_without, framework
):
    modules = [*ABSENT[framework], "publishing", "book.data"]
    path = tmp_path / "_build" / "notebooks" / "en" / framework / "01-sample.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(new_notebook(cells=[code(f"import {name}") for name in modules]), path)
    outcome = rerun(Notebook(path), PYTHON, MACHINE, kernel_without(ABSENT[framework]))
    reasons = [f"{name} is absent in this test" for name in ABSENT[framework]]
    reasons.append("No module named 'publishing'")
    for reason, difference in zip(reasons, outcome.differences, strict=True):
        assert reason in difference.how
