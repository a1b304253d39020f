"""What MyST-NB gets of a chapter: one language, in words that it knows."""

import nbformat
import pytest
from conftest import chapter_of, code, figure, markdown
from publishing.site.reader import read


def cells_of(*cells, language="ko"):
    return read(chapter_of(*cells).text, language).cells


def test_tagged_markdown_is_wrapped_with_a_fence_longer_than_any_inside():
    (cell,) = cells_of(markdown("````\n```\n````", "pytorch", "solution"))
    assert cell.source.startswith("`````{container} tag_pytorch tag_solution\n")
    assert cell.source.endswith("\n`````")


def test_untagged_markdown_and_code_stay_as_they_are():
    prose, program = cells_of(markdown("text", "ko"), code("x = 1", "pytorch"))
    assert (prose.source, program.source) == ("text", "x = 1")


@pytest.mark.parametrize(("language", "text"), [("ko", "그림"), ("en", "a figure")])
def test_alternative_text_is_written_as_myst_nb_reads_it(language, text):
    (cell,) = cells_of(figure({"ko": "그림", "en": "a figure"}), language=language)
    assert cell.metadata["mystnb"] == {"image": {"alt": text}}
    assert "alt" not in cell.metadata


def test_facts_of_the_chapter_do_not_reach_the_page_and_stay_in_the_chapter():
    chapter = chapter_of(markdown("text"), book={"difficulty": 2})
    before = nbformat.writes(chapter.notebook)
    assert "book" not in read(chapter.text, "en").metadata
    assert nbformat.writes(chapter.notebook) == before
