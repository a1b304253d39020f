"""The numbers of chapters, and formulas that end a line."""

import re

import pytest
from conftest import first_page_with, pages

from book.publishing.views import LANGUAGES

# What stands right after each inline formula of the prose, where a line could break before it.
LOOSE_LETTERS = """() => [...document.querySelectorAll(".bd-article p .math")]
    .filter((formula) => !formula.closest(".unbroken"))
    .map((formula) => formula.nextSibling?.textContent ?? "")
    .filter((text) => /^\\S/.test(text))"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chapter_has_the_number_of_its_file_on_the_page_and_in_the_list(page, address, language):
    chapters = [path for path in pages(language) if re.search(r"/\d\d-", path)]
    page.goto(f"{address}/{chapters[0]}")
    listed = page.locator(".bd-sidebar-primary .toctree-l1").all_inner_texts()
    for path in chapters[1:]:  # the first is the book's title, which opens the list
        number = path.rpartition("/")[2][:2]
        page.goto(f"{address}/{path}")
        title = " ".join(page.locator(".bd-article h1").inner_text().split()).rstrip(" #")
        assert title.startswith(f"{number} ")
        assert title in [" ".join(text.split()) for text in listed]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_follows_a_formula_stays_on_its_line(page, address, language):
    page.goto(f"{address}/{first_page_with('unbroken', language)}")
    assert page.evaluate(LOOSE_LETTERS) == []
    assert (
        page.locator(".unbroken").first.evaluate("e => getComputedStyle(e).whiteSpace") == "nowrap"
    )
