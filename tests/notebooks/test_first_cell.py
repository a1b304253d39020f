"""The first cell of a notebook to run: the right package is there, or it installs it."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import ROOT, code
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from publishing.chapter.editions import EDITIONS, FRAMEWORKS, Edition
from publishing.notebooks import wheel as wheel_module
from publishing.notebooks.version import PACKED
from publishing.notebooks.wheel import Wheel, build_wheel, framework_requirement
from publishing.notebooks.write import install_cell

PYTHONS = "3.8–3.9"
NAME = "attention_side_by_side-0.1.0+1a2b3c4d-py3-none-any.whl"
ABSENT = Wheel(NAME, "file:///absent.whl", PYTHONS)
NOWHERE = Wheel(NAME, None, PYTHONS)
EDITION = Edition("en", "pytorch")
EACH_EDITION = pytest.mark.parametrize("edition", EDITIONS, ids=lambda edition: edition.folder)


@EACH_EDITION
@pytest.mark.parametrize("wheel", [ABSENT, NOWHERE], ids=["address", "no address"])
def test_first_cell_compiles_and_its_texts_stand_as_they_are_written(edition, wheel):
    source = install_cell(edition, wheel).source
    compile(TransformerManager().transform_cell(source), "first cell", "exec")
    texts = re.findall(r'raise SystemExit\(f?"(.*)"\)', source)
    assert len(texts) == (3 if wheel.address else 4)
    for text in (source.partition("\n")[0].removeprefix("# "), *texts):
        plain = re.sub(r"\{(file|wheel)\}", "", text)
        assert bool(re.search("[가-힣]", plain)) == (edition.language == "ko")
        assert not set(plain) & set('"\\{}')
    assert PYTHONS in " ".join(texts)


@EACH_EDITION
def test_first_cell_fits_on_a_screen(edition):
    lines = install_cell(edition, NOWHERE).source.splitlines()
    assert len(lines) <= 40
    assert all(len(line) <= 140 for line in lines if "SystemExit" not in line)


@EACH_EDITION
def test_first_cell_asks_for_the_book_and_the_frameworks_of_its_edition(edition):
    source = install_cell(edition, ABSENT).source
    needed = re.search(r'^needed = \{"book": f"(.*?)", (.*)\}$', source, re.MULTILINE)
    extras = ",".join(edition.frameworks)
    assert needed[1] == f"attention-side-by-side[{extras}] @ {{address}}"
    assert json.loads(f"{{{needed[2]}}}") == {
        FRAMEWORKS[name].module: framework_requirement(name) for name in edition.frameworks
    }
    assert ', "file:///absent.whl")' in source
    assert f'version, wheel = "0.1.0+1a2b3c4d", "{NAME}"' in source


@EACH_EDITION
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
    versions = {"numpy": "2.1.3", "matplotlib": "3.10.0", "tqdm": "4.67.1", "babel": "2.17.0"}
    versions |= {"tensorflow": "2.20.0", "torch": "2.11.0"}
    projects = [fake_package(folder, name, version) for name, version in versions.items()]
    # Packages that Colab lacks; here they come from the folder, not from the network.
    lacking = [
        fake_package(folder, "koreanize_matplotlib", "0.1.1", '"matplotlib"'),
        fake_package(folder, "num2words", "0.5.14"),
        fake_package(folder, "sacrebleu", "2.6.0", '"numpy"'),
    ]
    wheels = folder / "wheels"
    build = [sys.executable, "-m", "hatchling", "build", "--target=wheel", "--directory", wheels]
    for project in (*projects, *lacking):
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


@pytest.mark.slow
@pytest.mark.parametrize("edition", [Edition("ko", "both"), Edition("en", "pytorch")])
def test_package_changes_nothing_that_is_there(like_colab, tmp_path, edition):
    wheels = like_colab.parents[2] / "wheels"
    book = re.search(r'"book": f"(.*?)"', install_cell(edition, NOWHERE).source)[1]
    book = book.format(address=build_wheel(tmp_path).as_uri())
    before = pip(like_colab, wheels, "freeze").splitlines()
    pip(like_colab, wheels, "install", "--quiet", book)
    after = pip(like_colab, wheels, "freeze").splitlines()
    assert set(before) < set(after)
    new = sorted(re.match(r"[\w-]+", line)[0] for line in set(after) - set(before))
    lacking = ["koreanize_matplotlib", "num2words", "sacrebleu"]
    assert new == ["attention-side-by-side", *lacking]
    pip(like_colab, wheels, "uninstall", "--yes", "--quiet", *new)


# --- Run for real: each test has an environment, and a folder with the notebook, of its own -------

# Runs cells as a kernel does, and says as JSON in its last line what stopped it.
SHELL = """\
import json, sys
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
for source in json.load(sys.stdin):
    result = shell.run_cell(source)
    if error := result.error_before_exec or result.error_in_exec:
        break
print()
print(json.dumps([type(error).__name__, str(error)] if error else None))
"""
USES_BOOK = "import book.data; print('book is', book.__file__)"


class Place(NamedTuple):
    """An environment, and the folder of a notebook."""

    python: Path
    packages: Path  # of the environment
    notebooks: Path  # as _build/notebooks
    folder: Path  # of the notebook

    def run(self, *sources: str) -> tuple[list[str] | None, str]:
        """Run cells; return what stopped them, and what they have printed."""
        offline = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PYTHONNOUSERSITE": "1"}
        variables = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(
            [str(self.python), "-c", SHELL],
            cwd=self.folder,
            input=json.dumps(sources),
            env={**variables, **offline, "IPYTHONDIR": str(self.packages.parent / "ipython")},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        printed, _, last = done.stdout.strip().rpartition("\n")
        return json.loads(last), printed.strip()

    def install(self, *arguments: str) -> None:
        command = [str(self.python), "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
        subprocess.run([*command, *arguments], check=True, capture_output=True)

    def book_in(self, packages: Path) -> str:
        return f"book is {packages / 'book' / '__init__.py'}"


@pytest.fixture
def place(tmp_path) -> Place:
    """Return an environment that has all but the book, from the one that runs this test."""
    environment = tmp_path / "environment"
    venv.create(environment, symlinks=True)
    variables = {"base": str(environment), "platbase": str(environment)}
    packages = Path(sysconfig.get_path("purelib", "venv", variables))
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    notebooks = tmp_path / "내 노트북" / "notebooks"
    folder = notebooks / "en" / "pytorch"
    folder.mkdir(parents=True)
    return Place(python, packages, notebooks, folder)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def older(tmp_path, monkeypatch) -> Path:
    """Return the package as it was before something was added to it, as a clone."""
    return copy_of_the_package(tmp_path / "older", "VALUE = 'older'")


def copy_of_the_package(folder: Path, addition: str = "") -> Path:
    """Copy what makes the package; a clone has no more, as far as a notebook is concerned."""
    for name in ("pyproject.toml", "LICENSE", "ci/publishing/notebooks/version.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name in PACKED:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    with (folder / "book" / "data.py").open("a", encoding="utf-8") as file:
        file.write(f"{addition}\n" if addition else "")
    return folder


def cell_for(wheel: Path, address: str | None = None, edition: Edition = EDITION) -> str:
    return install_cell(edition, Wheel(wheel.name, address, PYTHONS)).source


def build_older(older: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with monkeypatch.context() as patched:
        patched.setattr(wheel_module, "PROJECT", older)
        return build_wheel(folder)


def put_nothing(folder: Path) -> None:
    pass


def put_empty_folder(folder: Path) -> None:
    (folder / "book").mkdir()


def put_folder_of_texts(folder: Path) -> None:
    (folder / "book" / "pictures").mkdir(parents=True)
    (folder / "book" / "notes.txt").write_text("my notes")


HARMLESS = pytest.mark.parametrize("put", [put_nothing, put_empty_folder, put_folder_of_texts])


@pytest.mark.slow
@HARMLESS
@pytest.mark.parametrize("near", ["in its folder", "further up", "at its address"])
def test_package_is_installed_from_beside_the_notebook_or_its_address(place, wheel, put, near):
    put(place.folder)
    if near != "at its address":
        shutil.copy(wheel, place.folder if near == "in its folder" else place.notebooks)
    cell = cell_for(wheel, wheel.as_uri() if near == "at its address" else None)
    stopped, printed = place.run(cell, USES_BOOK)
    assert stopped is None
    assert place.book_in(place.packages) in printed
    assert place.run(cell, USES_BOOK) == (None, place.book_in(place.packages))  # nothing to do


@pytest.mark.slow
def test_folder_that_was_taken_for_the_package_does_no_harm(place, wheel):
    put_empty_folder(place.folder)
    shutil.copy(wheel, place.folder)
    stopped, _ = place.run("import book", cell_for(wheel), USES_BOOK)
    assert stopped[0] == "SystemExit"
    assert "restart the kernel" in stopped[1]
    assert place.run(cell_for(wheel), USES_BOOK) == (None, place.book_in(place.packages))


def put_module(folder: Path) -> Path:
    path = folder / "book.py"
    path.write_text("raise RuntimeError('this is not the book')")
    return path


def put_package(folder: Path) -> Path:
    path = folder / "book" / "__init__.py"
    path.parent.mkdir(parents=True)
    path.write_text("raise RuntimeError('this is not the book')")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("put", [put_module, put_package])
@pytest.mark.parametrize("is_installed", [False, True])
def test_other_module_of_the_name_is_named(place, wheel, put, is_installed):
    shutil.copy(wheel, place.folder)
    if is_installed:
        place.install(str(wheel))
    path = put(place.folder)
    text = path.read_text()
    stopped, _ = place.run(cell_for(wheel))
    assert stopped[0] == "SystemExit"
    assert stopped[1].startswith(f"{path} stands in the way")
    assert "\n" not in stopped[1]
    assert path.read_text() == text
    assert (place.packages / "book").exists() == is_installed


@pytest.mark.slow
def test_other_distribution_with_such_a_package_is_named_and_kept(place, wheel, tmp_path):
    shutil.copy(wheel, place.folder)
    place.install("--no-build-isolation", fake_package(tmp_path, "book", "3.1"))
    path = place.packages / "book" / "__init__.py"
    stopped, _ = place.run(cell_for(wheel))
    assert stopped[1].startswith(f"{path} stands in the way")
    assert path.read_text() == "__version__ = '3.1'\n"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["another content", "no digest"])
def test_older_version_is_replaced(place, wheel, older, tmp_path, monkeypatch, kind):
    shutil.copy(wheel, place.notebooks)
    if kind == "no digest":  # as it was before the version told the content
        project = older / "pyproject.toml"
        text = project.read_text("utf-8").replace('dynamic = ["version"]', 'version = "0.1.0"')
        project.write_text(text.replace("[tool.hatch.version]", "[tool.unused]"), "utf-8")
    earlier = build_older(older, tmp_path / "earlier", monkeypatch)
    assert earlier.name != wheel.name
    place.install(str(earlier))
    assert place.run("import book.data; print(book.data.VALUE)") == (None, "older")
    # In another kernel, the older one is in memory.
    stopped, _ = place.run("import book.data", cell_for(wheel))
    assert stopped[0] == "SystemExit"
    assert "restart the kernel" in stopped[1]
    assert "\n" not in stopped[1]
    cells = cell_for(wheel), USES_BOOK, "print(hasattr(book.data, 'VALUE'))"
    assert place.run(*cells) == (None, f"{place.book_in(place.packages)}\nFalse")


@pytest.mark.slow
def test_older_version_in_memory_is_not_used_even_without_a_restart(
    place, wheel, older, tmp_path, monkeypatch
):
    shutil.copy(wheel, place.notebooks)
    place.install(str(build_older(older, tmp_path / "earlier", monkeypatch)))
    swallow = "try:\n    get_ipython().run_cell(first)\nfinally:\n    pass"
    cells = [f"first = {cell_for(wheel)!r}", "import book.data", swallow, cell_for(wheel)]
    stopped, printed = place.run(*cells, "import book.data; print(hasattr(book.data, 'VALUE'))")
    assert stopped is None
    assert printed.endswith("False")


@pytest.mark.slow
@pytest.mark.parametrize(("language", "words"), [("ko", "파일이 없습니다"), ("en", "is missing")])
def test_package_that_nobody_can_find_is_named(place, wheel, language, words):
    cell = cell_for(wheel, edition=Edition(language, "both"))
    stopped, printed = place.run(cell)
    assert stopped[0] == "SystemExit"
    assert stopped[1].startswith(wheel.name)
    assert words in stopped[1]
    assert printed.count("\n") <= 2  # pip was not asked


@pytest.mark.slow
def test_package_installed_from_a_clone_is_the_same(place, wheel, tmp_path):
    """As the administrator of a JupyterHub does it."""
    clone = copy_of_the_package(tmp_path / "clone")
    place.install("--no-build-isolation", str(clone))
    shutil.rmtree(clone)
    assert place.run(cell_for(wheel), USES_BOOK) == (None, place.book_in(place.packages))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["path file", "editable"])
def test_clone_goes_with_its_own_notebooks_and_with_others_of_its_version(
    place, wheel, tmp_path, kind
):
    clone = copy_of_the_package(tmp_path / "clone")
    if kind == "editable":
        place.install("--no-build-isolation", "--editable", str(clone))
    else:
        (place.packages / "book.pth").write_text(str(clone))
    assert place.run(cell_for(wheel), USES_BOOK) == (None, place.book_in(clone))
    # Somebody works on it: its own notebooks use what is there, others do not.
    with (clone / "book" / "data.py").open("a", encoding="utf-8") as file:
        file.write("VALUE = 'newer'\n")
    stopped, _ = place.run(cell_for(wheel))
    assert stopped[1].startswith(f"{clone / 'book' / '__init__.py'} stands in the way")
    inside = clone / "_build" / "notebooks" / "en" / "pytorch"
    inside.mkdir(parents=True)
    own = place._replace(folder=inside)
    assert own.run(cell_for(wheel), USES_BOOK) == (None, place.book_in(clone))


@pytest.mark.slow
def test_framework_alone_is_installed_where_the_book_is_there(place, wheel, tmp_path):
    place.install(str(wheel))
    absent = fake_package(tmp_path, "absent_framework", "2.9")
    requirement = f'"absent_framework": "absent_framework @ {Path(absent).as_uri()}"'
    cell = cell_for(wheel).replace('"torch": "torch>=2.6"', requirement)
    assert requirement in cell
    install = cell.replace("--quiet", "--quiet --no-build-isolation")
    stopped, _ = place.run(install, USES_BOOK, "import absent_framework")
    assert stopped is None


def run_in_notebook(source: str) -> list[NotebookNode]:
    notebook = new_notebook(cells=[code(source)])
    client = NotebookClient(notebook, kernel_name="python3", allow_errors=True, timeout=120)
    client.execute()
    return notebook.cells[0].outputs


@pytest.mark.slow
def test_first_cell_is_silent_in_the_clone():
    """Whatever version it was made with: there the package is as the clone has it."""
    assert run_in_notebook(install_cell(Edition("en", "both"), ABSENT).source) == []


@pytest.mark.slow
@pytest.mark.parametrize(("language", "words"), [("ko", "설치하지 못했습니다"), ("en", "failed")])
def test_first_cell_says_what_to_do_where_it_fails(place, language, words):
    source = install_cell(Edition(language, "pytorch"), ABSENT).source
    stopped, _ = place.run(source)
    assert stopped[0] == "SystemExit"
    assert words in stopped[1]
    assert PYTHONS in stopped[1]
