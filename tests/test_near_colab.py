"""The chapters give the stored outputs with Colab's versions, in an environment of their own.

One language and both frameworks in one notebook are enough, since that notebook holds all code
(tests below). That one framework's notebook runs without the other is shown, for the book's own
versions, in test_framework_views.py.
"""

import sys

import pytest
from conftest import ROOT

from book.publishing.chapters import chapters_of, read_chapter
from book.publishing.rerun import find_notebooks, look_at, rerun
from book.publishing.views import FRAMEWORKS, LANGUAGES, view
from ci.environment import NEAR_COLAB, NEAR_COLAB_PYTHON, bin_of

PYTHON = bin_of(NEAR_COLAB) / "python"
LANGUAGE = "ko"
CHAPTERS = {path.stem: read_chapter(path) for path in chapters_of(ROOT)}
WITH_CODE = [
    name
    for name, chapter in CHAPTERS.items()
    if any(cell.cell_type == "code" for cell in chapter.cells)
]


@pytest.fixture(scope="module")
def machine():
    if sys.version_info < NEAR_COLAB_PYTHON:
        pytest.skip("Colab's Keras needs Python 3.11 or newer")
    assert NEAR_COLAB.exists(), "run ci/test, which makes this environment"
    machine = look_at(PYTHON)
    assert "TensorFlow 2.20.0, Keras 3.13.2" in machine.frameworks["tensorflow"]["versions"]
    return machine


@pytest.mark.slow
@pytest.mark.parametrize("chapter", WITH_CODE)
def test_chapter_gives_the_stored_outputs(machine, chapter):
    (notebook,) = find_notebooks(ROOT / "_build" / "notebooks", [LANGUAGE], ["both"], [chapter])
    outcome = rerun(notebook, PYTHON, machine)
    assert outcome.compared > 0
    assert outcome.differences == ()


def code_of(chapter: str, language: str, framework: str) -> list[str]:
    cells = view(CHAPTERS[chapter], language, framework).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


@pytest.mark.parametrize("chapter", WITH_CODE)
def test_one_notebook_holds_all_code(chapter):
    everything = code_of(chapter, LANGUAGE, "both")
    for language in LANGUAGES:
        assert code_of(chapter, language, "both") == everything
        for framework in FRAMEWORKS:
            remaining = iter(everything)
            # In the same order: each search goes on where the one before has stopped.
            assert all(source in remaining for source in code_of(chapter, language, framework))
