"""Words in another language: a screen reader is told which, on the page and in what it opens."""

import re

import pytest
from bs4 import BeautifulSoup
from conftest import SITE, pages, visit
from docutils import nodes
from docutils.utils import new_document
from publishing.chapter.editions import LANGUAGES
from publishing.site.languages import MarkLanguages, words_of_others

HANGUL = re.compile("[가-힣]")
NO_PROSE = ["script", "style", "pre", "code", "title"]


@pytest.mark.parametrize("path", pages("en"))
def test_korean_words_of_an_english_page_are_marked_as_korean(path):
    html = BeautifulSoup((SITE / path).read_text("utf-8"), "html.parser")
    for text in html.body.find_all(string=HANGUL):
        if not text.find_parent(NO_PROSE):
            assert text.find_parent(lang=True)["lang"] == "ko", text.parent
    for marked in html.body.find_all("span", lang="ko"):
        assert not re.search("[A-Za-z]", marked.get_text())
        assert not marked.find_parent(NO_PROSE)


def test_chapter_on_korean_numbers_has_words_to_mark():
    html = (SITE / "en/chapters/09-korean-numbers.html").read_text("utf-8")
    assert '<span lang="ko">삼백이십사만 오천</span>' in html
    assert '<td><p><span lang="ko">삼백</span></p></td>' in html


def test_bibliography_is_in_english():
    for language in LANGUAGES:
        html = (SITE / language / "chapters/appendix-references.html").read_text("utf-8")
        entries = BeautifulSoup(html, "html.parser").select("ul.references > li")
        assert len(entries) > 20
        inherited = {entry.get("lang", language) for entry in entries}
        assert inherited == {"en"}


def marked(*children: nodes.Node, language: str = "en") -> list[str]:
    """Return the words that are marked in a paragraph."""
    document = new_document("page")
    document.append(nodes.paragraph("", "", *children))
    document.settings.env = None
    transform = MarkLanguages.__new__(MarkLanguages)
    transform.document = document
    transform.__class__ = type(
        "", (MarkLanguages,), {"config": type("", (), {"language": language})}
    )
    transform.apply()
    return [node.astext() for node in document.findall(nodes.inline) if node["classes"]]


def test_runs_of_words_are_marked_and_code_is_not():
    assert marked(nodes.Text("In 사만 오천, look at 만 or 천.")) == ["사만 오천", "만", "천"]
    assert marked(nodes.literal("", "번호")) == []
    assert marked(nodes.math("", "만")) == []
    assert marked(nodes.Text("3200만 5천")) == ["만", "천"]


def test_english_words_of_a_korean_page_are_not_marked():
    assert marked(nodes.Text("인코더(encoder)는 만"), language="ko") == []
    assert words_of_others("ko") == {}


def test_korean_term_of_an_english_preview_is_marked(page):
    visit(page, "en/chapters/04-attention.html")
    page.locator(".bd-article a:has(> .glossary-term)").first.hover()
    words = page.get_by_role("tooltip").locator("[lang=ko]")
    assert HANGUL.search(words.inner_text())
    assert "(" not in words.inner_text()
