"""Other conditions: what each of them does, with stand-ins for what takes long."""

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import code
from environment import NEAR_COLAB, NEWEST, OLDEST, VENV, dotted
from publishing.children import run_child
from publishing.proof import perturb as module
from publishing.proof.build_run import SITE_ADDRESS, build_with
from publishing.proof.perturb import (
    NEWEST_PACKAGES,
    Condition,
    NewestThemes,
    SameSite,
    conditions,
    find_python,
    perturb,
)
from publishing.proof.pytest_run import CheckError, MissingError, Result

ALL = conditions(dotted(OLDEST), dotted(NEWEST))
PASSED = ElementTree.Element("testcase", classname="01-sample", name="Cell 0")
FAILED = ElementTree.Element("testcase", classname="01-sample", name="Cell 1")
FAILED.append(ElementTree.Element("failure"))


def present_python(folder, locks, interpreter):
    """Stand in for what makes an environment."""
    return Path(sys.executable)


def rows(root, *chosen, chapters=("01-sample",), prepare=present_python, **options):
    paths = [root / "chapters" / f"{name}.ipynb" for name in chapters]
    return list(perturb(root, paths, chosen, prepare, **options))


@pytest.fixture
def runs(monkeypatch):
    """Stand in for pytest; return what it was asked. It passes only where CELLS=pass."""
    asked = []

    def run(python, folder, arguments, variables):
        asked.append((python, list(arguments), variables))
        if variables.get("CELLS") == "broken":
            raise CheckError("no such option")
        cases = [PASSED] if variables.get("CELLS") == "pass" else [PASSED, FAILED]
        return Result(cases, 1.0, "what pytest wrote")

    monkeypatch.setattr(module, "run_checks", run)
    return asked


# --- Chapters ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_chapter_that_depends_on_a_condition_is_named(tmp_path, write_chapter, only_nbval):
    source = "import os\nprint(os.environ.get('OMP_NUM_THREADS'))"
    write_chapter(code("pass"), code(source, prints="1\n"))
    (same, failed), (other, other_failed) = rows(
        tmp_path,
        Condition("one", {"OMP_NUM_THREADS": "1"}),
        Condition("two", {"OMP_NUM_THREADS": "2"}),
    )
    assert same.startswith("| one | 2 | passed |")
    assert not failed
    assert other.startswith("| two | 2 | **1 differ**: 01-sample, Cell 1, see _build/perturb/two.")
    assert other_failed
    log = (tmp_path / "_build" / "perturb" / "two.txt").read_text()
    assert log.startswith("export OMP_NUM_THREADS=2\n")
    assert "stdout differs" in log


def test_row_names_what_differs_and_where_pytest_s_words_are(tmp_path, runs):
    (passed, was_wrong), (differs, is_wrong), (broken, is_broken) = rows(
        tmp_path,
        Condition("one", {"CELLS": "pass"}),
        Condition("two words", {"CELLS": "fail"}),
        Condition("three", {"CELLS": "broken"}),
    )
    log = "_build/perturb/two-words.txt"
    assert passed.startswith("| one | 1 | passed |")
    assert differs.startswith(f"| two words | 2 | **1 differ**: 01-sample, Cell 1, see {log} |")
    assert broken.startswith("| three |  | pytest could not run, see _build/perturb/three.txt |")
    assert (was_wrong, is_wrong, is_broken) == (False, True, True)
    assert (tmp_path / log).read_text() == "export CELLS=fail\n\nwhat pytest wrote"


def test_condition_runs_its_chapters_with_its_options_and_its_order(tmp_path, runs):
    backwards = Condition("back", {"CELLS": "pass"}, options=["--many"], backwards=True)
    rows(tmp_path, backwards, chapters=("01-a", "02-b"))
    ((python, arguments, variables),) = runs
    assert python == Path(sys.executable)
    assert arguments[-3:] == ["--many", "chapters/02-b.ipynb", "chapters/01-a.ipynb"]
    assert variables["PYTHONPATH"] == f"{tmp_path}:{tmp_path / 'ci'}"


def test_condition_s_files_are_made_and_its_variables_name_them(tmp_path, monkeypatch):
    seen = []

    def run(python, folder, arguments, variables):
        file = Path(variables["CONFIG"])
        seen.append((file.parent, file.read_text("utf-8"), variables["HOME"]))
        return Result([FAILED], 1.0, "what pytest wrote")

    monkeypatch.setattr(module, "run_checks", run)
    variables = {"CONFIG": "{folder}/a.rc", "HOME": None}
    rows(tmp_path, Condition("own", variables, files={"a.rc": "size: 1"}))
    ((folder, text, home),) = seen
    assert (text, home) == ("size: 1", None)
    assert not folder.exists()
    log = (tmp_path / "_build" / "perturb" / "own.txt").read_text()
    lines = ["export 'CONFIG={folder}/a.rc'", "unset HOME", "# {folder}/a.rc", "size: 1"]
    assert log.splitlines()[:4] == lines


def test_variable_without_a_value_is_unset(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/nowhere")
    code = "import os; print(os.environ.get('HOME'), os.environ['A'])"
    variables = {"HOME": None, "A": "1"}
    assert run_child([sys.executable, "-c", code], tmp_path, variables).stdout == "None 1\n"


def test_book_is_copied_to_the_folder_of_a_condition(tmp_path, monkeypatch):
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "01-sample.ipynb").write_text("cells")
    seen = []

    def run(python, folder, arguments, variables):
        seen.append((folder.name, variables["PYTHONPATH"], (folder / arguments[-1]).read_text()))
        return Result([PASSED], 1.0, "")

    monkeypatch.setattr(module, "run_checks", run)
    ((row, failed),) = rows(tmp_path, Condition("copy", copied_to="책 한 권"))
    assert "| passed |" in row
    assert not failed
    ((name, path, text),) = seen
    assert (name, text) == ("책 한 권", "cells")
    assert path.endswith("책 한 권/ci")
    assert not Path(path.partition(":")[0]).exists()


def test_environment_of_a_condition_is_made(tmp_path, runs):
    made = []

    def prepare(folder, locks, interpreter):
        made.append((folder, list(locks), interpreter))
        return folder

    near = Condition("near", environment=".x", locks=["colab"])
    rows(tmp_path, near, Condition("same"), prepare=prepare)
    assert made == [
        (tmp_path / ".x", ["colab"], sys.executable),
        (tmp_path / ".venv", ["build", "test"], sys.executable),
    ]
    assert [python for python, *_ in runs] == [tmp_path / ".x", tmp_path / ".venv"]


@pytest.mark.parametrize(("options", "failed"), [({}, False), ({"skips": False}, True)])
def test_missing_condition_is_skipped_with_its_reason(tmp_path, monkeypatch, options, failed):
    def prepare(folder, locks, interpreter):
        raise MissingError(f"no {folder.name}")

    monkeypatch.setattr(module, "_runs", lambda command: False)
    chosen = (
        Condition("old", python="3.0"),
        Condition("near", environment=".x"),
        Condition("GPU", needs_gpu=True),
        SameSite("site", ("3.0", "3.1")),
        NewestThemes("themes"),
    )
    assert rows(tmp_path, *chosen, prepare=prepare, **options) == [
        ("| old | | skipped: no python3.0 | |", failed),
        ("| near | | skipped: no .x | |", failed),
        ("| GPU | | skipped: no GPU | |", False),
        ("| site | | skipped: no python3.0 | |", failed),
        ("| themes | | skipped: no .venv-newest | |", failed),
    ]


# --- The site ------------------------------------------------------------------------------------


@pytest.fixture
def builds(monkeypatch):
    """Stand in for the build; return the function that says what each Python is to build."""
    results = {}

    def build(python, root, output):
        sums, message = results[python.name]
        output.mkdir(parents=True)
        (output / "checksums.txt").write_text(sums)
        return message

    monkeypatch.setattr(module, "build_with", build)
    monkeypatch.setattr(module, "find_python", lambda version: f"python{version}")
    return results


def environment_s_python(folder, locks, interpreter):
    assert list(locks) == ["build"]
    assert interpreter.removeprefix("python") in folder.name
    return folder


SAME_SITE = SameSite("site", ("3.8", "3.9"))


@pytest.mark.parametrize(
    ("other", "result"),
    [
        (("1  a.html\n2  b.html\n", ""), "passed"),
        (("1  a.html\n3  b.html\n", ""), "**1 files differ**: b.html"),
        (("1  a.html\n", ""), "**1 files differ**: b.html"),
        (("", "no template"), "**Python 3.9 builds none**, see _build/perturb/site.txt"),
    ],
    ids=["equal", "another content", "a file less", "no site"],
)
def test_sites_of_two_pythons_are_compared_file_by_file(tmp_path, builds, other, result):
    builds |= {".venv-3.8": ("1  a.html\n2  b.html\n", ""), ".venv-3.9": other}
    ((row, failed),) = rows(tmp_path, SAME_SITE, prepare=environment_s_python)
    assert row.startswith(f"| site |  | {result} |")
    assert failed == (result != "passed")
    if other[1]:
        assert (tmp_path / "_build" / "perturb" / "site.txt").read_text() == other[1]


@pytest.mark.parametrize(
    ("message", "result"),
    [
        ("", "passed"),
        (
            "Traceback\nThemeError: a place is gone\nSphinx warned of something, or failed.\n",
            "**fails**: ThemeError: a place is gone, see _build/perturb/themes.txt",
        ),
    ],
)
def test_newest_themes_are_installed_and_what_they_break_is_named(
    tmp_path, builds, monkeypatch, message, result
):
    upgraded = []

    def run(command, **options):
        upgraded.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(module.subprocess, "run", run)
    builds[".venv-newest"] = ("", message)
    ((row, failed),) = rows(
        tmp_path, NewestThemes("themes"), prepare=lambda folder, locks, interpreter: folder
    )
    assert row.startswith(f"| themes |  | {result} |")
    assert failed == bool(message)
    (command,) = upgraded
    assert command[0] == str(tmp_path / ".venv-newest")
    assert command[-len(NEWEST_PACKAGES) - 1 :] == ["--upgrade", *NEWEST_PACKAGES]


def test_newest_themes_are_skipped_where_pip_finds_none(tmp_path, monkeypatch):
    def run(command, **options):
        return subprocess.CompletedProcess(command, 1, stderr="a\nERROR: no network\n")

    monkeypatch.setattr(module.subprocess, "run", run)
    ((row, failed),) = rows(tmp_path, NewestThemes("themes"))
    assert row == "| themes | | skipped: pip: ERROR: no network | |"
    assert not failed


def test_build_with_a_python_uses_the_book_s_own_code_and_one_address(tmp_path, monkeypatch):
    stand_in = tmp_path / "ci" / "publishing" / "build.py"
    stand_in.parent.mkdir(parents=True)
    (stand_in.parent / "__init__.py").touch()
    stand_in.write_text(
        "import os\nfrom contextlib import nullcontext as workers\n"
        "class BuildError(Exception): pass\n"
        "def build(root, output, pool):\n    raise BuildError(os.environ['BOOK_URL'])\n"
    )
    monkeypatch.setenv("BOOK_URL", "https://other.example")
    assert build_with(Path(sys.executable), tmp_path, tmp_path / "out") == SITE_ADDRESS
    stand_in.write_text(stand_in.read_text().replace("raise", "return"))
    assert build_with(Path(sys.executable), tmp_path, tmp_path / "out") == ""


# --- All conditions ------------------------------------------------------------------------------


def test_environments_of_the_conditions_are_those_of_the_commands():
    environments = {one.environment for one in ALL if isinstance(one, Condition)}
    versions = {f".venv-{dotted(version)}" for version in (OLDEST, NEWEST)}
    assert environments == {VENV.name, NEAR_COLAB.name, *versions}


def test_oldest_and_newest_python_build_the_same_site():
    (same_site,) = (one for one in ALL if isinstance(one, SameSite))
    assert same_site.pythons == (dotted(OLDEST), dotted(NEWEST))


# What a reader's machine may have, and a chapter must bear.
READERS = {
    "MPLBACKEND=agg": {"MPLBACKEND": "agg"},
    "own matplotlibrc": {"MATPLOTLIBRC": "{folder}"},
    "KERAS_BACKEND=torch": {"KERAS_BACKEND": "torch"},
    "own keras.json": {"KERAS_HOME": "{folder}"},
    "LANG=C": {"LANG": "C", "LC_ALL": "C"},
    "no HOME": {"HOME": None},
    "folder with Hangul and spaces": {},
    "PYTHONOPTIMIZE=1": {"PYTHONOPTIMIZE": "1"},
}


@pytest.mark.parametrize("name", READERS)
def test_what_a_reader_may_have_set_is_a_condition(name):
    (condition,) = (one for one in ALL if one.name == name)
    assert READERS[name].items() <= condition.variables.items()


def test_files_of_the_conditions_are_what_their_names_say():
    files = {name: text for one in ALL for name, text in getattr(one, "files", {}).items()}
    assert json.loads(files["keras.json"])["floatx"] == "float64"
    assert "figure.dpi" in files["matplotlibrc"]
    compile(files["startup.py"], "startup.py", "exec")
    (copied,) = filter(None, (getattr(one, "copied_to", "") for one in ALL))
    assert re.search("[가-힣] [가-힣]", copied)


def test_conditions_have_different_names():
    assert len({one.name for one in ALL}) == len(ALL) > 10


def test_command_that_only_exists_by_name_is_no_python(tmp_path, monkeypatch):
    command = tmp_path / "python3.0"
    command.write_text("#!/bin/sh\nexit 127\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(MissingError, match=r"no python3\.0"):
        find_python("3.0")
