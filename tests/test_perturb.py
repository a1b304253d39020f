import sys
from pathlib import Path

import pytest
from book.publishing.perturb import CONDITIONS, Condition, MissingError, find_python, perturb
from conftest import code

from ci.environment import NEAR_COLAB


def present_python(folder, interpreter):
    """Stand in for what makes an environment."""
    return Path(sys.executable)


def rows(root, chapter, *conditions, prepare=present_python, **options):
    return list(perturb(root, [chapter], conditions, prepare, **options))


def test_chapter_that_depends_on_a_condition_is_named(tmp_path, write_chapter):
    source = "import os\nprint(os.environ.get('OMP_NUM_THREADS'))"
    chapter = write_chapter(code("pass"), code(source, prints="1\n"))
    (same, failed), (other, other_failed) = rows(
        tmp_path,
        chapter,
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


NO_GPU_HERE = Condition("GPU", needs_gpu=True)


@pytest.mark.parametrize(("options", "failed"), [({}, False), ({"skips": False}, True)])
def test_missing_condition_is_skipped_with_its_reason(
    tmp_path, write_chapter, monkeypatch, options, failed
):
    def prepare(folder, interpreter):
        raise MissingError(f"no {folder.name}")

    monkeypatch.setattr("book.publishing.perturb._runs", lambda command: False)
    conditions = Condition("old", python="3.0"), Condition("near", environment=".x"), NO_GPU_HERE
    chapter = write_chapter(code("pass"))
    assert rows(tmp_path, chapter, *conditions, prepare=prepare, **options) == [
        ("| old | | skipped: no python3.0 | |", failed),
        ("| near | | skipped: no .x | |", failed),
        ("| GPU | | skipped: no GPU | |", False),
    ]


def test_environment_of_a_condition_is_made(tmp_path, monkeypatch):
    made = []

    def prepare(folder, interpreter):
        made.append((folder, interpreter))
        return folder

    def run(root, chapters, condition, python):
        return 7, "passed", len(python.name)

    monkeypatch.setattr("book.publishing.perturb._run", run)
    conditions = Condition("near", environment=".x"), Condition("same")
    assert rows(tmp_path, tmp_path, *conditions, prepare=prepare, skips=False) == [
        ("| near | 7 | passed | 2 |", False),
        ("| same | 7 | passed | 5 |", False),
    ]
    assert made == [(tmp_path / ".x", sys.executable), (tmp_path / ".venv", sys.executable)]


def test_environments_of_the_conditions_are_those_of_the_commands():
    environments = {condition.environment for condition in CONDITIONS}
    assert environments == {".venv", ".venv-3.10", ".venv-3.13", NEAR_COLAB.name}


def test_command_that_only_exists_by_name_is_no_python(tmp_path, monkeypatch):
    command = tmp_path / "python3.0"
    command.write_text("#!/bin/sh\nexit 127\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(MissingError, match=r"no python3\.0"):
        find_python("3.0")
