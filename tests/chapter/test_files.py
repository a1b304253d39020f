"""Reading chapters: what is no notebook, what is known of a chapter, and that it stays known."""

from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, chapter_of, code, markdown
from jupytext import cli
from publishing.chapter import files
from publishing.chapter.files import (
    ChapterError,
    Facts,
    chapters_of,
    facts_of,
    find_chapter,
    hand_on,
    read_chapter,
)
from publishing.chapter.format import problems_of


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"cells": 1, "nbformat": 4}'])
def test_file_that_is_no_notebook_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / "02-broken.ipynb"
    path.write_text(text)
    with pytest.raises(
        ChapterError, match=r"^02-broken\.ipynb: cannot be read as a notebook"
    ) as caught:
        read_chapter(path)
    assert str(caught.value).startswith("02-broken.ipynb: ")
    assert "\n" not in str(caught.value)


def test_chapter_knows_its_names_and_whether_it_has_code(write_chapter):
    with_code = read_chapter(write_chapter(markdown("x"), code("x = 1")))
    without = read_chapter(write_chapter(markdown("x"), name="appendix-a"))
    assert (with_code.name, with_code.page) == ("01-sample", "chapters/01-sample")
    assert [cell.source for cell in with_code.cells] == ["x", "x = 1"]
    assert with_code.text == with_code.path.read_text("utf-8")
    assert [chapter.has_code for chapter in (with_code, without)] == [True, False]


@pytest.mark.parametrize("name", ["01-sample", "01-sample.ipynb", "chapters/01-sample.ipynb"])
def test_chapter_is_found_by_its_name_or_path(tmp_path, write_chapter, monkeypatch, name):
    path = write_chapter(code("x"))
    monkeypatch.chdir(tmp_path)
    assert find_chapter(tmp_path, name) == path


def test_chapter_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(ChapterError, match="There is no chapter '99-none'"):
        find_chapter(tmp_path, "99-none")


def test_what_another_process_has_read_is_not_parsed_again(write_chapter, monkeypatch):
    chapter = read_chapter(write_chapter(code("x = 'handed on'")))
    monkeypatch.setattr(files, "_read", {})
    hand_on([chapter])
    monkeypatch.setattr(nbformat, "reads", None)  # cannot be called
    assert read_chapter(chapter.path).notebook is chapter.notebook


# --- Facts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metadata", "facts"),
    [
        ({}, Facts()),
        ({"book": {"difficulty": 2}}, Facts(2)),
        ({"book": {"difficulty": 3, "gpu": True}}, Facts(3, gpu=True)),
        ({"book": {"gpu": False}}, Facts()),
    ],
)
def test_facts_stand_in_the_metadata(metadata, facts):
    chapter = chapter_of(code("x = 1"), **metadata)
    assert facts_of(chapter.notebook) == facts
    assert problems_of(chapter, words=False) == []


@pytest.mark.parametrize(
    ("name", "metadata", "is_numbered"),
    [
        ("01-sample", {"book": {"difficulty": 1}}, True),
        ("01-sample", {}, False),
        ("01-sample", {"book": 2}, False),
        ("appendix-a", {"book": {"difficulty": 1}}, False),
    ],
)
def test_chapter_of_the_course_has_a_number_and_a_difficulty(
    write_chapter, name, metadata, is_numbered
):
    chapter = read_chapter(write_chapter(code("x"), name=name, **metadata))
    assert chapter.is_numbered == is_numbered


@pytest.mark.parametrize(
    "facts", [2, [], {"difficulty": 4}, {"difficulty": "2"}, {"gpu": 1}, {"gpus": True}]
)
def test_malformed_facts_are_a_problem_with_an_example(facts):
    (line,) = problems_of(chapter_of(code("x = 1"), book=facts))
    assert line.startswith(f"01-sample.ipynb: the notebook's metadata 'book' are {facts!r}; write")
    assert "{difficulty: 2}" in line
    assert "\n" not in line


def test_every_numbered_chapter_has_a_difficulty():
    numbered = [path for path in chapters_of(ROOT) if path.name[:2].isdigit()]
    difficulties = {
        path.stem: facts_of(read_chapter(path).notebook).difficulty for path in numbered
    }
    assert None not in difficulties.values(), difficulties


def jupytext(path: Path, *arguments: str) -> None:
    assert cli.jupytext(["--quiet", *arguments, str(path)]) in (0, None)


def test_facts_and_outputs_survive_an_edit_of_the_chapter_as_text(write_chapter):
    cells = [markdown("# Title"), code("print(1)", "tensorflow", prints="1\n")]
    path = write_chapter(*cells, book={"difficulty": 2, "gpu": True})
    text = path.with_suffix(".md")
    jupytext(path, "--to", "md:myst")
    text.write_text(text.read_text("utf-8").replace("# Title", "# Another title"), "utf-8")
    jupytext(text, "--update", "--to", "ipynb")
    chapter = read_chapter(path)
    assert chapter.cells[0].source == "# Another title"
    assert chapter.cells[1].outputs[0].text == "1\n"
    assert facts_of(chapter.notebook) == Facts(2, gpu=True)


def test_facts_can_be_written_by_one_command_and_others_stay(write_chapter):
    path = write_chapter(markdown("# Title"), book={"difficulty": 1, "gpu": True})
    jupytext(path, "--update-metadata", '{"book": {"difficulty": 2}}')
    assert facts_of(read_chapter(path).notebook) == Facts(2, gpu=True)
