import pytest
from conftest import ROOT, code

from book.publishing.perturb import Condition, MissingError, find_python, perturb


def rows(tmp_path, chapter, *conditions):
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return list(perturb(tmp_path, [chapter], conditions, prepare=None))


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
    assert "stdout differs" in (tmp_path / "_build" / "perturb" / "two.txt").read_text()


def test_missing_condition_is_skipped_with_its_reason(tmp_path, write_chapter):
    chapter = write_chapter(code("pass"))
    ((python, failed), (environment, _)) = rows(
        tmp_path, chapter, Condition("old", python="3.0"), Condition("near", environment=".venv-x")
    )
    assert python == "| old | | skipped: no python3.0 | |"
    assert environment == "| near | | skipped: no environment .venv-x, which ci/test makes | |"
    assert not failed


def test_command_that_only_exists_by_name_is_no_python(tmp_path, monkeypatch):
    command = tmp_path / "python3.0"
    command.write_text("#!/bin/sh\nexit 127\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(MissingError, match=r"no python3\.0"):
        find_python("3.0")
