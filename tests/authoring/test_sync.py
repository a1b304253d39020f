"""The package follows the chapters, and an edit of the package is not lost."""

import pytest
from conftest import ROOT, code
from publishing.authoring.sync import SyncError, digest, sync

TAUGHT = "@decorated\ndef add(a, b):\n    # the sum\n    return a + b"
CHANGED = TAUGHT.replace("the sum", "their sum")
MODULE = '"""Sums."""\n\nimport os\n\n\n{}\n\n\nclass Other:\n    pass\n'


def copied(text: str) -> str:
    """Return a definition as sync writes it."""
    return f"# Taught in chapters/01-sample.ipynb; ci/sync copies it ({digest(text)}).\n{text}"


@pytest.fixture
def module(tmp_path):
    path = tmp_path / "book" / "pytorch" / "sums.py"
    path.parent.mkdir(parents=True)
    path.write_text(MODULE.format(copied(TAUGHT)))
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
    write_chapter(code(CHANGED, "pytorch", "book"))
    (line,) = sync(tmp_path, write=False)
    assert line == "add in book/pytorch/sums.py differs from chapters/01-sample.ipynb, cell 1"
    assert module.read_text() == before


@pytest.mark.parametrize(
    "before",
    ["def add(a, b): ...", copied(TAUGHT), f"# A remark.\n{TAUGHT}"],
    ids=["a stub", "an earlier text", "the same text without its origin"],
)
def test_sync_replaces_the_definition_and_nothing_else(tmp_path, module, write_chapter, before):
    taught = CHANGED if before == copied(TAUGHT) else TAUGHT
    module.write_text(MODULE.format(before))
    write_chapter(code(taught, "pytorch", "book"))
    assert len(sync(tmp_path, write=True)) == 1
    remark = "# A remark.\n" if before.startswith("# A remark.") else ""
    assert module.read_text() == MODULE.format(remark + copied(taught))
    assert sync(tmp_path, write=True) == []


def test_line_on_the_origin_follows_a_definition_to_another_chapter(
    tmp_path, module, write_chapter
):
    write_chapter(code(TAUGHT, "pytorch", "book"), name="02-next")
    assert len(sync(tmp_path, write=True)) == 1
    expected = copied(TAUGHT).replace("01-sample", "02-next")
    assert module.read_text() == MODULE.format(expected)


@pytest.mark.parametrize(
    "edited",
    [copied(TAUGHT).replace("a + b", "b + a"), TAUGHT.replace("a + b", "b + a")],
    ids=["a copy", "one that was never copied"],
)
def test_an_edit_of_the_package_is_refused_and_nothing_is_written(
    tmp_path, module, write_chapter, edited
):
    module.write_text(MODULE.format(edited))
    other = module.with_name("others.py")
    other.write_text("def subtract(): ...\n")
    write_chapter(
        code("def subtract():\n    return 1", "pytorch", "book"), code("x = 1"), name="00-a"
    )
    write_chapter(code(TAUGHT, "pytorch", "book"))
    before = module.read_text()
    with pytest.raises(SyncError) as caught:
        sync(tmp_path, write=True)
    assert str(caught.value) == (
        "add was edited in book/pytorch/sums.py, and chapters/01-sample.ipynb, cell 1 teaches it "
        "otherwise: make the change in the cell, or undo it in the module"
    )
    assert module.read_text() == before
    assert other.read_text() == "def subtract(): ...\n"


def test_the_same_edit_in_both_places_is_no_conflict(tmp_path, module, write_chapter):
    module.write_text(MODULE.format(copied(TAUGHT).replace("the sum", "their sum")))
    write_chapter(code(CHANGED, "pytorch", "book"))
    assert len(sync(tmp_path, write=True)) == 1
    assert module.read_text() == MODULE.format(copied(CHANGED))


def test_definition_of_both_frameworks_belongs_to_the_package_itself(
    tmp_path, module, write_chapter
):
    shared = tmp_path / "book" / "shared.py"
    shared.write_text("def compare(): ...\n")
    taught = "def compare():\n    return True"
    write_chapter(code(taught, "tensorflow", "pytorch", "book"))
    sync(tmp_path, write=True)
    assert shared.read_text() == f"{copied(taught)}\n"


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


def test_definition_in_two_modules_is_refused(tmp_path, module, write_chapter):
    module.with_name("again.py").write_text("def add(): ...\n")
    write_chapter(code(TAUGHT, "pytorch", "book"))
    with pytest.raises(SyncError, match=r"add is in several modules .*: again\.py, sums\.py"):
        sync(tmp_path, write=True)
