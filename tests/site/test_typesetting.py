"""The numbers of chapters, and formulas that end a line."""

import re

import pytest
from bs4 import BeautifulSoup
from conftest import DESKTOP, PHONE, SITE, first_page_with, pages, visit, wait_for_fonts
from docutils import nodes
from docutils.utils import new_document
from publishing.chapter.editions import LANGUAGES
from publishing.site.typesetting import KeepTogether

# An inline formula with letters right after it, where a line could break between them.
LOOSE_FORMULA = re.compile(
    r'(?<!<span class="unbroken">)(?<!<span class="unbroken long">)'
    r'<span class="math"><mjx-container(?:(?!</mjx-container>).)*</mjx-container></span>(?=[^\s<])'
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chapter_has_the_number_of_its_file_on_the_page_and_in_the_list(language):
    sidebar = part(pages(language)[0], '<nav class="bd-links', "</nav>")
    listed = [text_of(link) for link in sidebar.select(".toctree-l1 > a")]
    # The first page is the book's title, which opens the list.
    chapters = [path for path in pages(language)[1:] if re.search(r"/\d\d-", path)]
    assert chapters
    for path in chapters:
        title = text_of(part(path, '<article class="bd-article"', "</h1>")).rstrip(" #")
        assert title.startswith(f"{path.rpartition('/')[2][:2]} ")
        assert title in listed


def part(path: str, start: str, end: str) -> BeautifulSoup:
    """Return a part of a page, for to read all of it takes long."""
    html = (SITE / path).read_text("utf-8")
    return BeautifulSoup(start + html.partition(start)[2].partition(end)[0], "html.parser")


def text_of(element: BeautifulSoup) -> str:
    return " ".join(element.get_text().split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_formula_is_torn_from_what_follows_it(language):
    for path in pages(language):
        assert LOOSE_FORMULA.findall((SITE / path).read_text("utf-8")) == [], path


def test_the_same_particle_after_two_things_stays_after_both():
    document = new_document("")
    paragraph = nodes.paragraph()
    paragraph += [nodes.literal("", "weights"), nodes.Text("는 "), nodes.math("", "h_j")]
    paragraph += [nodes.Text("는 "), nodes.math("", "s_i"), nodes.Text("는 상태다.")]
    document += paragraph
    KeepTogether(document).apply()
    assert paragraph.astext() == "weights는 h_j는 s_i는 상태다."


@pytest.mark.parametrize(("size", "wrapping"), [(DESKTOP, "nowrap"), (PHONE, "normal")])
def test_long_formula_stays_with_its_word_where_there_is_room(page, size, wrapping):
    page.set_viewport_size(size)
    visit(page, first_page_with("unbroken long"))
    wait_for_fonts(page)
    wrappings = page.locator(".unbroken:not(:has(> .too-wide))").evaluate_all(
        """parts => parts.map(part =>
            [part.classList.contains("long"), getComputedStyle(part).whiteSpace])"""
    )
    assert {white_space for is_long, white_space in wrappings if is_long} == {wrapping}
    assert {white_space for is_long, white_space in wrappings if not is_long} == {"nowrap"}
