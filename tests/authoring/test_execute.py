"""Running chapters: what is stored, and that nothing damages the file."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import nbformat
import pytest
from conftest import ROOT, code
from nbformat.v4 import new_code_cell
from publishing.authoring.execute import ExecutionError, execute
from publishing.chapter.editions import IGNORED
from publishing.chapter.files import KERNEL, ChapterError, chapters_of, read_chapter
from publishing.chapter.format import problems_of


def test_outputs_are_stored_and_a_second_run_changes_no_byte(write_chapter):
    path = write_chapter(
        new_code_cell("print(1)\nprint(2)\n6 * 7"),
        new_code_cell(""),
        new_code_cell("import os\nos.path.basename(os.getcwd())"),
        code("1 / 0", "raises-exception"),
        book={"difficulty": 2},
    )
    leave_what_an_editor_leaves(path)
    before = nbformat.read(path, as_version=4)
    assert execute(path)
    stored = path.read_bytes()
    assert not execute(path)
    assert path.read_bytes() == stored
    assert stored.endswith(b"}\n")
    assert b"\r" not in stored

    after = nbformat.read(path, as_version=4)
    assert [cell.id for cell in after.cells] == [cell.id for cell in before.cells]
    assert [cell.execution_count for cell in after.cells] == [1, None, 2, 3]
    stream, result = after.cells[0].outputs
    assert (stream.text, result.data["text/plain"]) == ("1\n2\n", "42")
    assert after.cells[2].outputs[0].data["text/plain"] == "'chapters'"
    assert after.cells[3].outputs[0].ename == "ZeroDivisionError"
    assert after.cells[0].metadata == {}
    facts = {"book": {"difficulty": 2}}
    assert after.metadata == {"kernelspec": KERNEL, "language_info": {"name": "python"}, **facts}


def leave_what_an_editor_leaves(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.kernelspec["display_name"] = "My environment"
    notebook.metadata.language_info["version"] = "3.11.7"
    notebook.cells[0].metadata["execution"] = {"started": "now"}
    notebook.cells[0].execution_count = 41
    path.write_bytes(nbformat.writes(notebook).replace("\n", "\r\n").encode())


@pytest.mark.slow
def test_timings_alone_change_no_byte_and_are_new_where_anything_else_is(write_chapter):
    timing = code("import time\nprint(time.perf_counter())", IGNORED)
    path = write_chapter(timing, code("print(1)"))
    assert execute(path)
    stored = path.read_bytes()
    assert not execute(path)
    assert path.read_bytes() == stored

    path.write_bytes(stored.replace(b'"1\\n"', b'"2\\n"'))
    assert path.read_bytes() != stored
    assert execute(path)
    before, after = (nbformat.reads(text, 4).cells for text in (stored, path.read_bytes()))
    assert after[1] == before[1]
    assert after[0].outputs != before[0].outputs


def test_failed_chapter_stays_as_it_was(write_chapter):
    path = write_chapter(code("print(1)", prints="old\n"), code("{}['key']"))
    before = path.read_bytes()
    with pytest.raises(
        ExecutionError, match=r"01-sample.ipynb, cell 2 \(\{\}\['key'\]\): KeyError"
    ):
        execute(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_file_that_is_no_notebook_is_refused(tmp_path):
    path = tmp_path / "broken.ipynb"
    path.write_text("{")
    with pytest.raises(ChapterError, match=r"broken.ipynb: cannot be read"):
        execute(path)


def run_and_kill(code, path, seconds):
    """Run Python code, with the path as its argument, and kill it after some seconds."""
    command = [sys.executable, "-c", code, str(path)]
    process = subprocess.Popen(command, start_new_session=True)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


EXECUTE = "import sys, pathlib; from publishing.authoring.execute import execute;"
RUN_FOR_EVER = f"{EXECUTE}\nwhile True: execute(pathlib.Path(sys.argv[1]))"


@pytest.mark.slow
def test_kill_at_any_moment_damages_no_notebook(write_chapter):
    # Other outputs in every run, and long ones, so that storing them takes a while.
    path = write_chapter(new_code_cell("import time\nprint(f'{time.time_ns()}\\n' * 20_000)"))
    started = perf_counter()
    execute(path)
    one_run = perf_counter() - started
    generator = random.Random(0)
    for _ in range(20):
        run_and_kill(RUN_FOR_EVER, path, generator.uniform(0.3, 3) * one_run)
        (cell,) = nbformat.read(path, as_version=4).cells
        lines = cell.outputs[0].text.split()
        assert len(lines) == 20_000
        assert len(set(lines)) == 1
    assert chapters_of(path.parents[1]) == [path]
    assert problems_of(read_chapter(path)) == []


@pytest.mark.slow
def test_kill_while_writing_leaves_the_earlier_text_or_the_new_one(tmp_path):
    path = tmp_path / "01-sample.ipynb"
    size = 20_000_000
    path.write_text("a" * size)
    code = (
        "import sys, pathlib; from publishing.authoring.execute import _replace\n"
        f"while True:\n    for letter in 'ab': _replace(pathlib.Path(sys.argv[1]), letter * {size})"
    )
    generator = random.Random(0)
    for _ in range(5):
        run_and_kill(code, path, 1.5 + generator.random())
        assert path.read_text() in ("a" * size, "b" * size)


def test_what_a_killed_run_leaves_is_removed_by_the_next_and_tracked_by_nobody(write_chapter):
    path = write_chapter(code("print(1)"))
    before = path.read_bytes()
    other = path.with_name(".02-other.ipynb-abcd")  # perhaps being written at this moment
    other.touch()
    writer = "import sys, pathlib; from publishing.authoring import replace\n"
    writer += "replace.os.replace = lambda *paths: replace.os.kill(replace.os.getpid(), 9)\n"
    writer += "replace.replace(pathlib.Path(sys.argv[1]), 'text')"
    run_and_kill(writer, path, 60)
    assert path.read_bytes() == before
    (leftover,) = path.parent.glob(f".{path.name}-*")
    question = ["git", "check-ignore", "--quiet", f"chapters/{leftover.name}"]
    assert subprocess.run(question, cwd=ROOT).returncode == 0
    assert execute(path)
    assert {file.name for file in path.parent.iterdir()} == {path.name, other.name}
