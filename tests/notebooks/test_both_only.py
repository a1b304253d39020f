"""What a notebook of one framework has in place of the steps that need both."""

from pathlib import Path

import pytest
from conftest import ROOT, built_notebook, chapter_of, code, figure, markdown
from nbformat import NotebookNode
from publishing.chapter.editions import BOTH, EDITIONS, FRAMEWORKS, SOLUTION, Edition
from publishing.chapter.files import chapters_of, read_chapter
from publishing.chapter.view import needs_both, outputs_of
from publishing.notebooks.book_index import BookIndex, Place
from publishing.notebooks.wheel import Wheel
from publishing.notebooks.write import Writer
from publishing.publication import Publication

INDEX = BookIndex(pages={"chapters/01-sample": Place("chapters/01-sample", "", "Sample")})
PIXEL = figure().outputs[0].data["image/png"]
OPENING = [markdown("# 제목", "ko"), markdown("# Title", "en")]
SECTION = [markdown("## 견주기\n\n글", "ko"), markdown("## Compare them\n\ntext", "en")]
STEP = [code("a = 1", "tensorflow"), code("a = 2", "pytorch")]
ENGLISH, KOREAN = Edition("en", "pytorch"), Edition("ko", "tensorflow")
NOWHERE = Publication()
ALT = {"ko": "점 [하나]", "en": "a dot [of $x]"}


def both(source: str, *tags: str, prints: str | None = None) -> NotebookNode:
    return code(source, *FRAMEWORKS, *tags, prints=prints)


def both_figure() -> NotebookNode:
    cell = figure(ALT)
    cell.metadata["tags"] = list(FRAMEWORKS)
    return cell


def sources(
    *cells: NotebookNode, edition: Edition = ENGLISH, publication: Publication = NOWHERE
) -> list[str]:
    """Return the cells of a notebook, but for its opening and the one that installs."""
    writer = Writer(
        None, edition.language, INDEX, publication, Wheel("book-1.0-py3-none-any.whl", "wheel", "")
    )
    notebook = writer.notebook(chapter_of(*OPENING, *cells), edition.framework)
    return [cell.source for cell in notebook.cells if cell.get("id") != "install"][1:]


ONE_FRAMEWORK = [edition for edition in EDITIONS if edition.framework != BOTH]
SENTENCE = "This step needs both frameworks: it runs in the notebook `both/01-sample.ipynb`."


def test_note_stands_in_the_place_of_a_run_and_shows_what_it_gave():
    run = [both("import x"), both("print(1)", prints="one\n"), both_figure()]
    prose, own, note = sources(*SECTION, *STEP, *run)
    assert (prose, own) == ("## Compare them\n\ntext", "a = 2")
    image = rf"![a dot \[of $x\]](data:image/png;base64,{PIXEL})"
    assert note == f"{SENTENCE} Its output:\n\n```text\none\n```\n\n{image}"
    assert "import x" not in note


def test_note_is_in_the_language_of_the_notebook():
    *_, note = sources(*SECTION, both_figure(), edition=KOREAN)
    sentence, image = note.split("\n\n")
    assert sentence == (
        "이 단계에는 두 프레임워크가 모두 필요하므로, 노트북 `both/01-sample.ipynb`에서 "
        "실행합니다. 출력은 다음과 같습니다."
    )
    assert image.startswith(r"![점 \[하나\]](")


def test_note_shows_the_figure_in_the_language_of_the_notebook():
    pixels = {"ko": "aaaa", "en": "bbbb"}
    cell = both_figure()
    cell.outputs = figure(ko="원문", en="source").outputs
    for output in cell.outputs:
        output.data["image/png"] = pixels[output.metadata["language"]]
    for edition, other in ((ENGLISH, "ko"), (KOREAN, "en")):
        *_, note = sources(*SECTION, cell, edition=edition)
        assert f"base64,{pixels[edition.language]})" in note
        assert pixels[other] not in note


def test_definitions_give_one_sentence():
    assert sources(*SECTION, both("import x"), both("import y"))[1:] == [SENTENCE]


def test_each_run_has_its_note_and_all_stay_in_the_notebook_for_both():
    cells = [*SECTION, both("x"), *STEP, both("y")]
    assert sources(*cells)[1:] == [SENTENCE, "a = 2", SENTENCE]
    assert sources(*cells, edition=Edition("en", "both"))[1:] == ["x", "a = 1", "a = 2", "y"]


def test_note_of_a_solution_is_folded_alone():
    cells = [*SECTION, both("x"), both("y", SOLUTION, prints="```\n")]
    *_, plain, folded = sources(*cells)
    assert plain == SENTENCE
    assert folded == (
        f"<details><summary>Solution</summary>\n\n{SENTENCE} Its output:\n\n"
        "````text\n```\n````\n\n</details>"
    )


def test_note_leads_to_the_section_and_to_the_notebook():
    site = "https://book.example/"
    page = f"{site}ko/chapters/01-sample.html#compare-them"
    on_site = f"{site}notebooks/ko/both/01-sample.ipynb"
    *_, note = sources(*SECTION, both("x"), edition=KOREAN, publication=Publication(site))
    assert note.startswith(f"[이 단계]({page})에는")
    assert f"[두 프레임워크용 노트북]({on_site})에서" in note
    on_github = Publication(site, "https://github.com/Owner/name")
    *_, note = sources(*SECTION, both("x"), publication=on_github)
    colab = "https://colab.research.google.com/github/Owner/name/blob/notebooks/en/both"
    assert f"[the notebook for both]({colab}/01-sample.ipynb)" in note


@pytest.mark.parametrize("edition", ONE_FRAMEWORK, ids=lambda one: one.folder)
@pytest.mark.parametrize("path", chapters_of(ROOT), ids=lambda path: path.stem)
def test_nothing_that_a_dropped_step_gave_is_missing(path, edition):
    cells = built_notebook(Path(edition.folder, path.name)).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for cell in filter(needs_both, read_chapter(path).cells):
        for output in outputs_of(cell, edition.language):
            assert output.get("text", "").strip() in prose
            assert output.get("data", {}).get("image/png", "").strip() in prose
        assert cell.metadata.get("alt", {}).get(edition.language, "") in prose
