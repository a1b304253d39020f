"""One notebook to run: its opening, its cells, its metadata."""

import nbformat
import pytest
from conftest import chapter_of, code, figure, markdown
from nbformat import NotebookNode
from publishing.chapter.editions import SOLUTION
from publishing.chapter.files import ChapterError
from publishing.chapter.view import tags_of
from publishing.notebooks.book_index import BookIndex, Place
from publishing.notebooks.wheel import Wheel
from publishing.notebooks.write import Writer
from publishing.publication import Publication

INDEX = BookIndex(pages={"chapters/01-sample": Place("chapters/01-sample", "", "Sample")})
WHEEL = Wheel("book-1.0-py3-none-any.whl", "https://b.example/wheel", "3.8–3.9")
NOWHERE = Publication()
TITLE = [markdown("# 제목\n\n글", "ko"), markdown("# Title\n\ntext", "en")]


def notebook_of(
    *cells: NotebookNode,
    framework: str = "pytorch",
    language: str = "en",
    publication: Publication = NOWHERE,
    **metadata: object,
) -> NotebookNode:
    writer = Writer(None, language, INDEX, publication, WHEEL)
    return writer.notebook(chapter_of(*TITLE, *cells, **metadata), framework)


def test_notebook_opens_with_title_links_and_needs_then_installs():
    publication = Publication("https://book.example/", "https://github.com/Owner/name")
    opening, install, _ = notebook_of(code("x = 1"), publication=publication).cells
    title, links, needs, text = opening.source.split("\n\n")
    colab = "https://colab.research.google.com/github/Owner/name/blob/notebooks/en/pytorch"
    page = "https://book.example/en/chapters/01-sample.html"
    assert (title, text) == ("# Title", "text")
    assert links == f"[Open in Colab]({colab}/01-sample.ipynb) · [Read in the book]({page})"
    assert "PyTorch" in needs
    assert "TensorFlow" not in needs
    assert "3.8–3.9" in needs
    assert '"torch": "torch>=' in install.source
    assert '"https://b.example/wheel"' in install.source


def test_solutions_are_folded():
    cells = [markdown("because", SOLUTION), code("x = 1", "pytorch", SOLUTION)]
    prose, program = notebook_of(*cells).cells[2:]
    assert prose.source == "<details><summary>Solution</summary>\n\nbecause\n\n</details>"
    assert program.source == "# @title Solution\nx = 1"
    assert program.metadata == {
        "cellView": "form",
        "jupyter": {"source_hidden": True, "outputs_hidden": True},
    }


def test_answers_of_the_self_test_are_folded_under_a_title_of_their_own():
    cells = [
        *(markdown("## 스스로 점검하기", "ko"), markdown("## Test yourself\n\n1. Which?", "en")),
        code("y = 1"),
        *(markdown("1. 이것", "ko", SOLUTION), markdown("1. This", "en", SOLUTION)),
        code("x = 1", SOLUTION),
        *(markdown("## 정리", "ko"), markdown("## Summary", "en")),
        code("z = 1", SOLUTION),
    ]
    english = [cell.source for cell in notebook_of(*cells).cells]
    title = "Answers and reasons"
    assert f"<details><summary>{title}</summary>\n\n1. This\n\n</details>" in english
    assert f"# @title {title}\nx = 1" in english
    assert "# @title Solution\nz = 1" in english
    korean = [cell.source for cell in notebook_of(*cells, language="ko").cells]
    assert "# @title 답과 까닭\nx = 1" in korean


def test_tags_of_the_book_go_and_those_of_tools_stay():
    cells = [code("x", "pytorch", "book"), code("y", "nbval-ignore-output", "raises-exception")]
    prepared = notebook_of(*cells).cells[2:]
    assert [tags_of(cell) for cell in prepared] == [
        set(),
        {"nbval-ignore-output", "raises-exception"},
    ]


def test_output_keeps_its_alternative_text():
    cell = figure({"ko": "점", "en": "a dot"})
    (output,) = notebook_of(cell).cells[-1].outputs
    assert output.metadata["image/png"] == {"alt": "a dot", "width": 1, "height": 1}


@pytest.mark.parametrize(("language", "label"), [("ko", "원문"), ("en", "source")])
def test_stored_figure_is_that_of_the_language_as_it_comes_out_there(language, label):
    cell = figure({"ko": "점", "en": "a dot"}, ko="원문", en="source")
    (output,) = notebook_of(cell, language=language).cells[-1].outputs
    assert output.data["text/plain"] == f"Figure\nx: {label}"
    assert "language" not in output.metadata


def test_chapter_without_code_has_no_opening_and_installs_nothing():
    (only,) = notebook_of().cells
    assert only.source == "# Title\n\ntext"


def test_notebook_is_the_same_each_time():
    cell = code("x = 1")
    assert len({nbformat.writes(notebook_of(cell, language="ko")) for _ in range(2)}) == 1


def test_chapter_stays_as_it_is():
    chapter = chapter_of(*TITLE, figure({"ko": "점", "en": "a dot"}), book={"gpu": True})
    before = nbformat.writes(chapter.notebook)
    Writer(None, "en", INDEX, NOWHERE, WHEEL).notebook(chapter, "pytorch")
    assert nbformat.writes(chapter.notebook) == before


def test_each_framework_has_a_file_in_its_folder(tmp_path):
    Writer(tmp_path, "ko", INDEX, NOWHERE, WHEEL).write(chapter_of(*TITLE), tmp_path)
    written = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.ipynb"))
    assert written == [
        f"ko/{framework}/01-sample.ipynb" for framework in ("both", "pytorch", "tensorflow")
    ]


@pytest.mark.parametrize("gpu", [True, False])
def test_only_a_chapter_that_gains_from_a_gpu_asks_colab_for_one(gpu):
    notebook = notebook_of(code("x = 1"), book={"difficulty": 1, "gpu": gpu})
    assert notebook.metadata.get("accelerator") == ("GPU" if gpu else None)
    assert ("gpuType" in notebook.metadata.colab) == gpu
    assert ("makes it much faster" in notebook.cells[0].source) == gpu
    assert "book" not in notebook.metadata


def test_refusal_names_the_file_the_cell_and_the_construct():
    chapter = chapter_of(markdown("# 제목", "ko"), markdown("# A {kbd}`x`", "en"), code("x = 1"))
    with pytest.raises(ChapterError) as caught:
        Writer(None, "en", INDEX, NOWHERE, WHEEL).notebook(chapter, "both")
    message = "01-sample.ipynb, cell 2 (# A {kbd}`x`): the role {kbd} is only known to the site"
    assert str(caught.value).startswith(message)
    assert "ci/publishing/notebooks/plain_markdown.py" in str(caught.value)
