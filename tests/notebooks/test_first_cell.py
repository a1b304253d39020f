"""The first cell of a notebook to run, which installs what is missing and changes nothing else."""

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from conftest import code
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from publishing.chapter.editions import EDITIONS, FRAMEWORKS, Edition
from publishing.notebooks.wheel import Wheel, build_wheel
from publishing.notebooks.write import install_cell

PYTHONS = "3.8–3.9"
ABSENT = Wheel("file:///absent.whl", PYTHONS)


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda edition: edition.folder)
def test_first_cell_compiles_and_its_texts_stand_as_they_are_written(edition):
    source = install_cell(edition, ABSENT).source
    compile(TransformerManager().transform_cell(source), "first cell", "exec")
    comment, *_, failure = source.splitlines()
    for text in (
        comment.removeprefix("# "),
        re.fullmatch(r' +raise SystemExit\("(.*)"\)', failure)[1],
    ):
        assert bool(re.search("[가-힣]", text)) == (edition.language == "ko")
        assert not set(text) & set('"\\{}')
    assert PYTHONS in failure


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda edition: edition.folder)
def test_first_cell_asks_for_the_book_and_the_frameworks_of_its_edition(edition):
    source = install_cell(edition, ABSENT).source
    needed = re.search(r"^needed = \((.*)\)$", source, re.MULTILINE)[1]
    modules = [FRAMEWORKS[framework].module for framework in edition.frameworks]
    assert needed == ", ".join(f'"{module}"' for module in ("book", *modules))
    extras = ",".join(edition.frameworks)
    assert f'"attention-side-by-side[{extras}] @ file:///absent.whl"' in source


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda edition: edition.folder)
def test_first_cell_chooses_the_language_of_the_figures(edition):
    source = install_cell(edition, ABSENT).source
    assert f'os.environ["BOOK_LANGUAGE"] = "{edition.language}"  # ' in source


def fake_package(folder: Path, name: str, version: str, needs: str = "") -> str:
    """Write a tiny package that pip can install; return its folder."""
    project = folder / name
    (project / name).mkdir(parents=True)
    (project / name / "__init__.py").write_text(f"__version__ = {version!r}\n")
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        f'[project]\nname = "{name}"\nversion = "{version}"\ndependencies = [{needs}]\n'
        f'[tool.hatch.build.targets.wheel]\npackages = ["{name}"]\n'
    )
    return str(project)


@pytest.fixture(scope="module")
def like_colab(tmp_path_factory) -> Path:
    """Return an environment's Python where older versions of what the book needs are installed."""
    folder = tmp_path_factory.mktemp("like-colab")
    versions = {"numpy": "2.1.3", "matplotlib": "3.10.0", "tqdm": "4.67.1"}
    versions |= {"tensorflow": "2.20.0", "torch": "2.11.0"}
    projects = [fake_package(folder, name, version) for name, version in versions.items()]
    # The font is a package that Colab lacks; here it comes from the folder, not from the network.
    font = fake_package(folder, "koreanize_matplotlib", "0.1.1", '"matplotlib"')
    wheels = folder / "wheels"
    build = [sys.executable, "-m", "hatchling", "build", "--target=wheel", "--directory", wheels]
    for project in (*projects, font):
        subprocess.run(build, cwd=project, check=True, capture_output=True)
    environment = folder / "environment"
    venv.create(environment, with_pip=True, symlinks=True)
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip(python, wheels, "install", "--quiet", *versions)
    return python


def pip(python: Path, wheels: Path, *arguments: str) -> str:
    """Run pip with nothing but a folder of wheels to install from."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    environment |= {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    command = [str(python), "-m", "pip", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def requirement_of(edition: Edition, wheel: str) -> str:
    """Return what the first cell tells pip to install."""
    return re.search(
        r'%pip install --quiet "(.*)"', install_cell(edition, Wheel(wheel, PYTHONS)).source
    )[1]


@pytest.mark.slow
@pytest.mark.parametrize("edition", [Edition("ko", "both"), Edition("en", "pytorch")])
def test_first_cell_changes_nothing_that_is_there(like_colab, tmp_path, edition):
    wheels = like_colab.parents[2] / "wheels"
    wheel = build_wheel(tmp_path).as_uri()
    before = pip(like_colab, wheels, "freeze").splitlines()
    pip(like_colab, wheels, "install", "--quiet", requirement_of(edition, wheel))
    after = pip(like_colab, wheels, "freeze").splitlines()
    assert set(before) < set(after)
    new = sorted(re.match(r"[\w-]+", line)[0] for line in set(after) - set(before))
    assert new == ["attention-side-by-side", "koreanize_matplotlib"]
    pip(like_colab, wheels, "uninstall", "--yes", "--quiet", *new)


def run_in_notebook(source: str) -> list[NotebookNode]:
    notebook = new_notebook(cells=[code(source)])
    client = NotebookClient(notebook, kernel_name="python3", allow_errors=True, timeout=120)
    client.execute()
    return notebook.cells[0].outputs


@pytest.mark.slow
def test_first_cell_is_silent_where_all_is_there():
    assert run_in_notebook(install_cell(Edition("en", "both"), ABSENT).source) == []


@pytest.mark.slow
@pytest.mark.parametrize(("language", "words"), [("ko", "설치하지 못했습니다"), ("en", "failed")])
def test_first_cell_says_what_to_do_where_it_fails(language, words):
    source = install_cell(Edition(language, "pytorch"), ABSENT).source
    outputs = run_in_notebook(source.replace('"book"', '"absent_book"'))
    (error,) = [output for output in outputs if output.output_type == "error"]
    assert error.ename == "SystemExit"
    assert words in error.evalue
    assert PYTHONS in error.evalue
