"""The numbers of chapters, and formulas that end a line."""

import re
from html import unescape

import pytest
from conftest import SITE, first_page_with, pages

from book.publishing.typesetting import SHORT_FORMULA
from book.publishing.views import LANGUAGES

# An inline formula with letters right after it, where a line could break between them.
LOOSE_FORMULA = re.compile(
    r'(?<!<span class="unbroken">)<span class="math[^"]*">\\\((.*?)\\\)</span>(?=[^\s<])'
)


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
def test_what_follows_a_short_formula_stays_on_its_line(page, address, language):
    path = first_page_with("unbroken", language)
    loose = LOOSE_FORMULA.findall((SITE / path).read_text("utf-8"))
    assert [formula for formula in loose if len(unescape(formula)) <= SHORT_FORMULA] == []
    page.goto(f"{address}/{path}")
    wrapping = page.locator(".unbroken").first.evaluate("node => getComputedStyle(node).whiteSpace")
    assert wrapping == "nowrap"
