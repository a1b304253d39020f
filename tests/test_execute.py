import nbformat
import pytest
from conftest import code
from nbformat.v4 import new_code_cell

from book.publishing.chapters import ChapterError
from book.publishing.execute import ExecutionError, execute
from book.publishing.structure import check


def test_outputs_are_stored_and_a_second_run_changes_no_byte(write_chapter):
    path = write_chapter(
        new_code_cell("print(1)\nprint(2)\n6 * 7"),
        new_code_cell(""),
        new_code_cell("import os\nos.path.basename(os.getcwd())"),
    )
    before = nbformat.read(path, as_version=4)
    assert execute(path)
    stored = path.read_bytes()
    assert not execute(path)
    assert path.read_bytes() == stored
    assert stored.endswith(b"}\n")
    assert b"\r" not in stored

    after = nbformat.read(path, as_version=4)
    assert [cell.id for cell in after.cells] == [cell.id for cell in before.cells]
    assert [cell.execution_count for cell in after.cells] == [1, None, 2]
    stream, result = after.cells[0].outputs
    assert (stream.text, result.data["text/plain"]) == ("1\n2\n", "42")
    assert after.cells[2].outputs[0].data["text/plain"] == "'chapters'"
    assert after.metadata.kernelspec.name == "python3"
    assert "version" not in after.metadata.language_info
    assert check(path) == []


def test_failed_chapter_stays_as_it_was(write_chapter):
    path = write_chapter(code("print(1)", prints="old\n"), code("{}['key']"))
    before = path.read_bytes()
    with pytest.raises(
        ExecutionError, match=r"01-sample.ipynb, cell 2 \(\{\}\['key'\]\): KeyError"
    ):
        execute(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_expected_error_does_not_fail_the_chapter(write_chapter):
    path = write_chapter(code("1 / 0", "raises-exception"), code("print(2)"))
    execute(path)
    assert nbformat.read(path, as_version=4).cells[1].outputs[0].text == "2\n"


def test_file_that_is_no_notebook_is_refused(tmp_path):
    path = tmp_path / "broken.ipynb"
    path.write_text("{")
    with pytest.raises(ChapterError, match=r"broken.ipynb: cannot be read"):
        execute(path)
