"""The glossary: links from the prose to it, and its terms in the chapters."""

from functools import cache
from itertools import combinations

import pytest
from conftest import EACH_LANGUAGE, ROOT, first_page_with, visit
from playwright.sync_api import expect
from publishing.chapter.editions import LANGUAGES
from publishing.chapter.files import chapters_of, read_chapter
from publishing.chapter.markdown import paragraphs
from publishing.chapter.terms import read_glossary, term_pattern
from publishing.chapter.twins import differences
from publishing.chapter.view import is_for_language

ENTRIES = read_glossary(ROOT)
TERMS = [entry["term"] for entry in ENTRIES]


@EACH_LANGUAGE
def test_first_use_of_a_term_leads_to_the_glossary(page, language):
    visit(page, first_page_with("glossary-term", language))
    links = page.locator(".bd-article a:has(> .glossary-term)")
    targets = links.evaluate_all("links => links.map(link => link.hash)")
    assert len(targets) >= 3
    assert len(set(targets)) == len(targets), "a term is linked twice"
    misplaced = page.locator(":is(h1, h2, h3, h4, code, pre, .math, a a) .glossary-term")
    assert misplaced.count() == 0
    links.first.click()
    expect(page.locator(f"dt{targets[0]}")).to_be_in_viewport()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["term"]["en"])
def test_languages_explain_a_term_alike(entry):
    for pair in combinations(LANGUAGES, 2):
        assert list(differences(*map(entry["definition"].get, pair), pair)) == []


@cache
def words_of_the_chapters(language: str) -> str:
    """Return the prose of what teaches: pages without code, such as the notation, only list."""
    chapters = [chapter for path in chapters_of(ROOT) if (chapter := read_chapter(path)).has_code]
    return "\n".join(
        text
        for chapter in chapters
        for cell in chapter.cells
        if cell.cell_type == "markdown" and is_for_language(cell, language)
        for text in paragraphs(cell.source)
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("term", TERMS, ids=lambda term: term["en"])
def test_term_is_used_by_a_chapter(term, language):
    found = term_pattern([term[language]], language).search(words_of_the_chapters(language))
    assert found, f"no chapter says {term[language]}: use it or drop it from the glossary"
