"""Planted mistakes: where they can be planted, and which are found."""

import subprocess
import sys
from collections import Counter
from dataclasses import replace

import nbformat
import pytest
from conftest import NO_PLUGINS, ROOT, code
from publishing.chapter.files import chapters_of, read_chapter
from publishing.proof.mutate import Mutation, MutationError, changed, mutate, read_mutations

LIST = ROOT / "tests" / "mutations.yml"
MUTATIONS = read_mutations(LIST)
FEWEST = 5  # mistakes in a chapter


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_mistake_can_be_planted(mutation):
    assert changed(ROOT, mutation) != (ROOT / mutation.file).read_text("utf-8")


def test_contributors_are_told_how_many_mistakes_a_chapter_needs():
    assert "at least five, and see that `ci/mutate`" in (ROOT / "CONTRIBUTING.md").read_text(
        "utf-8"
    )
    assert FEWEST == 5


def test_mistakes_are_in_every_chapter_with_code_and_in_both_frameworks():
    files = Counter(mutation.file for mutation in MUTATIONS)
    for path in chapters_of(ROOT):
        if read_chapter(path).has_code:
            assert files[f"chapters/{path.name}"] >= FEWEST, path.name
    for framework in ("TensorFlow", "PyTorch"):
        assert sum(framework in mutation.name for mutation in MUTATIONS) >= 15
    assert len(MUTATIONS) >= 40


@pytest.fixture
def small_book(tmp_path, monkeypatch):
    """A book with one module and one test, which looks at half of what the module does."""
    (tmp_path / "chapters").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "sums.py").write_text("def add(a, b):\n    return a + b + 0 * a\n")
    test = "from sums import add\n\ndef test_add():\n    assert add(2, 3) == 5\n"
    (tmp_path / "tests" / "test_sums.py").write_text(test)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    for name, value in NO_PLUGINS.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def test_survivor_is_told_from_a_caught_mistake(small_book):
    check = "tests/test_sums.py -k test_add"
    caught = Mutation("wrong sign", "sums.py", check, "a + b", "a - b")
    survivor = Mutation("no matter", "sums.py", check, "0 * a", "0 * b")
    before = (small_book / "sums.py").read_text()
    synced = []  # the copies that the package follows the chapters in
    rows = list(mutate(small_book, sys.executable, [caught, survivor], synced.append))
    assert len(set(synced) - {small_book}) == 2
    assert [right for _, right in rows] == [True, True, False]
    assert rows[0][0].startswith(f"| none | | {check} | passes |")
    assert "| caught: test_sums, test_add |" in rows[1][0]
    assert "**survives**" in rows[2][0]
    assert (small_book / "sums.py").read_text() == before


def test_check_that_fails_without_a_mistake_is_told(small_book):
    (small_book / "tests" / "test_sums.py").write_text("def test_add():\n    assert False\n")
    mutation = Mutation("wrong sign", "sums.py", "tests/test_sums.py", "a + b", "a - b")
    (row, right), _ = mutate(small_book, sys.executable, [mutation], id)
    assert not right
    assert "**fails: test_sums, test_add**" in row


def test_site_is_built_anew_for_what_looks_at_it(small_book):
    builder = small_book / "ci" / "publishing" / "build.py"
    builder.parent.mkdir(parents=True)
    (builder.parent / "__init__.py").touch()
    builder.write_text(
        "from contextlib import nullcontext as workers\n"
        "class BuildError(Exception): pass\n"
        "def build(root, output, pool):\n"
        "    text = (root / 'page.txt').read_text()\n"
        "    if not text: raise BuildError('first line\\nno text')\n"
        "    output.mkdir()\n"
        "    (output / 'page.html').write_text(text)\n"
    )
    (small_book / "page.txt").write_text("right")
    test = small_book / "tests" / "site" / "test_page.py"
    test.parent.mkdir()
    test.write_text(
        "from pathlib import Path\n\n"
        "def test_page():\n    assert Path('_build/page.html').read_text() == 'right'\n"
    )
    check = "tests/site/test_page.py"
    wrong = Mutation("wrong", "page.txt", check, "right", "wrong")
    rows = list(mutate(small_book, sys.executable, [wrong, replace(wrong, name="n", new="")], id))
    assert [right for _, right in rows] == [True, True, True]
    assert "| caught: test_page, test_page |" in rows[1][0]
    assert "| caught: the build: no text |" in rows[2][0]


@pytest.mark.parametrize(("old", "count"), [("nowhere", 0), ("a", 4)])
def test_old_text_must_occur_once(small_book, old, count):
    mutation = Mutation("a name", "sums.py", "tests/test_sums.py", old)
    with pytest.raises(MutationError, match=rf"^a name: the old text occurs {count} times"):
        changed(small_book, mutation)


def test_text_of_the_output_is_changed_and_nothing_else(tmp_path, write_chapter):
    write_chapter(code("print(9)", prints="9 of 9, 5\n"), code("print(9, 5)", prints="5\n"))
    mutation = Mutation(
        "stale", "chapters/01-sample.ipynb", "", "print(9)", "4", "change the output", "5"
    )
    first, second = nbformat.reads(changed(tmp_path, mutation), 4).cells
    assert (first.source, first.outputs[0].text) == ("print(9)", "9 of 9, 4\n")
    assert second.outputs[0].text == "5\n"
    with pytest.raises(MutationError, match="the old text occurs 2 times in the output; give"):
        changed(tmp_path, replace(mutation, output="9"))


def test_tag_is_taken_away_and_nothing_else(tmp_path, write_chapter):
    write_chapter(code("print(9)", "pytorch", "solution", prints="9\n"))
    mutation = Mutation(
        "lost", "chapters/01-sample.ipynb", "", "print(9)", "solution", "take the tag away"
    )
    (cell,) = nbformat.reads(changed(tmp_path, mutation), 4).cells
    assert (cell.source, cell.metadata.tags) == ("print(9)", ["pytorch"])


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ("- {name: a, file: b, check: c}", "old"),
        ("- {name: a, file: b, check: c, old: d, colour: e}", "colour"),
        ("- {name: a, file: b, check: c, old: d, action: e}", "a: the action is none of"),
        ("- &x {name: a, file: b, check: c, old: d}\n- *x", "a: two mistakes have this name"),
        ("- {", "mutations.yml: while parsing"),
    ],
)
def test_list_out_of_order_is_refused(tmp_path, entries, message):
    path = tmp_path / "mutations.yml"
    path.write_text(entries)
    with pytest.raises(MutationError, match=rf"^[^\n]*{message}[^\n]*$"):
        read_mutations(path)
