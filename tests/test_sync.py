import pytest
from book.publishing.sync import SyncError, sync
from conftest import ROOT, code

TAUGHT = "@decorated\ndef add(a, b):\n    # the sum\n    return a + b"
MODULE = '"""Sums."""\n\nimport os\n\n\n{}\n\n\nclass Other:\n    pass\n'


@pytest.fixture
def module(tmp_path):
    path = tmp_path / "book" / "pytorch" / "sums.py"
    path.parent.mkdir(parents=True)
    path.write_text(MODULE.format(TAUGHT))
    return path


def test_package_and_chapters_are_the_same_text():
    assert sync(ROOT, write=False) == [], "run ci/sync"


def test_equal_text_is_no_difference(tmp_path, module, write_chapter):
    write_chapter(code(f"import os\n\n\n{TAUGHT}\n\n\nadd(1, 2)", "pytorch", "book"))
    assert sync(tmp_path, write=False) == []


def test_cell_without_the_tag_is_left_alone(tmp_path, module, write_chapter):
    write_chapter(code("def add(a, b):\n    return 0", "pytorch"))
    assert sync(tmp_path, write=True) == []


def test_difference_is_listed_and_not_written_by_a_check(tmp_path, module, write_chapter):
    before = module.read_text()
    write_chapter(code(TAUGHT.replace("the sum", "their sum"), "pytorch", "book"))
    (line,) = sync(tmp_path, write=False)
    assert line == "add in book/pytorch/sums.py differs from 01-sample.ipynb, cell 1"
    assert module.read_text() == before


def test_sync_replaces_the_definition_and_nothing_else(tmp_path, module, write_chapter):
    module.write_text(MODULE.format("def add(a, b): ..."))
    write_chapter(code(TAUGHT, "pytorch", "book"))
    assert len(sync(tmp_path, write=True)) == 1
    assert module.read_text() == MODULE.format(TAUGHT)
    assert sync(tmp_path, write=True) == []


def test_definition_of_both_frameworks_belongs_to_the_package_itself(
    tmp_path, module, write_chapter
):
    shared = tmp_path / "book" / "shared.py"
    shared.write_text("def compare(): ...\n")
    write_chapter(code("def compare():\n    return True", "tensorflow", "pytorch", "book"))
    sync(tmp_path, write=True)
    assert shared.read_text() == "def compare():\n    return True\n"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([code("class New:\n    pass", "pytorch", "book")], "add a stub .* 'class New: ...'"),
        ([code("def broken(:", "pytorch", "book")], "cell 1 is no valid Python"),
        (
            [code(TAUGHT, "pytorch", "book"), code("def add(): ...", "pytorch", "book")],
            "taught in two ways, in .* cell 1 and in .* cell 2",
        ),
    ],
)
def test_what_cannot_be_brought_in_line_is_refused(tmp_path, module, write_chapter, cells, message):
    write_chapter(*cells)
    with pytest.raises(SyncError, match=message):
        sync(tmp_path, write=True)
