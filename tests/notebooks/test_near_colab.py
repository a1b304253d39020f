"""What ci/build has made of the chapters fits Colab's versions, in an environment of their own.

There, test_one_framework.py runs notebooks of one framework, one language of each: both
hold the same code (tests below). Of those with both frameworks, the first runs here. The others
would add the cells that compare the frameworks; `ci/perturb` runs these with Colab's versions every
week.
"""

import json
import subprocess

import pytest
from conftest import NOTEBOOKS, ROOT, kernel_with
from environment import NEAR_COLAB, bin_of
from publishing.chapter.editions import FRAMEWORKS, LANGUAGES
from publishing.chapter.files import chapters_of, read_chapter
from publishing.chapter.view import view
from publishing.notebooks.wheel import PACKAGE
from publishing.proof.rerun import find_notebooks, look_at, rerun

LANGUAGE = "ko"
CHAPTERS = {path.stem: read_chapter(path) for path in chapters_of(ROOT)}
WITH_CODE = [name for name, chapter in CHAPTERS.items() if chapter.has_code]


@pytest.fixture(scope="module")
def python():
    assert NEAR_COLAB.exists(), "run ci/test, which makes this environment"
    return bin_of(NEAR_COLAB) / "python"


@pytest.fixture(scope="module")
def machine(python):
    machine = look_at(python)
    assert "TensorFlow 2.20.0, Keras 3.13.2" in machine.frameworks["tensorflow"]["versions"]
    return machine


@pytest.mark.slow
def test_notebook_of_both_gives_the_stored_outputs(python, machine, tmp_path, unpacked_wheel):
    (notebook,) = find_notebooks(NOTEBOOKS, [LANGUAGE], ["both"], WITH_CODE[:1])
    outcome = rerun(notebook, python, machine, kernel_with(tmp_path, unpacked_wheel))
    assert outcome.compared > 0
    assert outcome.differences == ()


@pytest.mark.slow  # as are all that need this environment
def test_package_asks_colab_for_nothing_more(python):
    (wheel,) = NOTEBOOKS.glob("*.whl")
    requirement = f"{wheel}[{','.join(FRAMEWORKS)}]"
    command = [python, "-m", "pip", "install", "--quiet", "--no-index", "--dry-run"]
    done = subprocess.run([*command, "--report=-", requirement], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [package["metadata"]["name"] for package in report["install"]] == [PACKAGE]


def code_of(chapter: str, language: str, framework: str) -> list[str]:
    cells = view(CHAPTERS[chapter].notebook, language, framework).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


@pytest.mark.parametrize("chapter", WITH_CODE)
def test_one_notebook_holds_all_code(chapter):
    everything = code_of(chapter, LANGUAGE, "both")
    for language in LANGUAGES:
        assert code_of(chapter, language, "both") == everything
        for framework in FRAMEWORKS:
            remaining = iter(everything)
            part = code_of(chapter, language, framework)
            assert part == code_of(chapter, LANGUAGE, framework)
            # In the same order: each search goes on where the one before has stopped.
            assert all(source in remaining for source in part)
