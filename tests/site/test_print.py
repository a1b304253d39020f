"""A chapter on paper: what the reader has chosen and opened, on few pages, and nothing cut."""

import re

import pytest
from conftest import EACH_LANGUAGE, first_page_with, pages, visit, wait_for_fonts
from playwright.sync_api import Page

A4 = {"width": 672, "height": 990}  # less its margins
MOST_PAGES = 14  # of the longest handout, in one framework
SMALLEST_CODE = 7.5  # points


def chapter(name: str, language: str = "ko") -> str:
    return next(path for path in pages(language) if name in path)


def printed_frameworks(page: Page) -> set[str]:
    page.emulate_media(media="print")
    panels = page.locator(".bd-article .framework-tabs .framework-panel").evaluate_all(
        "panels => panels.filter(panel => panel.checkVisibility())"
        ".map(panel => panel.dataset.framework)"
    )
    page.emulate_media(media="null")
    return set(panels)


@pytest.mark.parametrize("width", [1280, 1500])
@pytest.mark.parametrize(
    ("choice", "printed"),
    [
        ("tensorflow", {"tensorflow"}),
        ("pytorch", {"pytorch"}),
        ("both", {"tensorflow", "pytorch"}),
    ],
)
def test_the_chosen_framework_is_printed(page, choice, printed, width):
    page.set_viewport_size({"width": width, "height": 900})
    visit(page, f"{chapter('06-training')}?framework={choice}")
    assert printed_frameworks(page) == printed
    page.emulate_media(media="print")
    names = page.locator(".framework-panel:visible > .framework-name")
    assert names.count() > 5
    assert all(name.is_visible() for name in names.all())


def test_solutions_are_printed_as_the_reader_has_left_them(page):
    visit(page, chapter("06-training"))
    solutions = page.locator("details.solution")
    solutions.first.locator("summary").click()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    contents = solutions.locator(".sd-summary-content")
    shown = [content.is_visible() for content in contents.all()]
    assert shown == [True] + [False] * (solutions.count() - 1)
    assert all(summary.is_visible() for summary in solutions.locator("summary").all())


def test_addresses_are_printed_after_links_that_leave_the_book(page):
    page.emulate_media(media="print")
    visit(page, chapter("appendix-running", "en"))
    address = "a => [a.href, getComputedStyle(a, '::after').content]"
    links = page.locator(".bd-article a.external").evaluate_all(f"links => links.map({address})")
    assert links
    for href, content in links:
        assert href.rstrip("/") in content
    inner = page.locator(".bd-article a.internal").evaluate_all(f"links => links.map({address})")
    assert inner
    assert {content for _, content in inner} == {"none"}
    visit(page, chapter("appendix-references", "en"))  # these are addresses already
    links = page.locator(".bd-article a.external").evaluate_all(f"links => links.map({address})")
    assert links
    assert {content for _, content in links} == {"none"}


@EACH_LANGUAGE
@pytest.mark.parametrize("framework", ["tensorflow", "pytorch"])
def test_a_long_chapter_is_printed_on_few_pages(page, language, framework):
    visit(page, f"{chapter('06-training', language)}?framework={framework}")
    wait_for_fonts(page)
    document = page.pdf(format="A4")
    assert 8 <= len(re.findall(rb"/Type\s*/Page\b", document)) <= MOST_PAGES


def test_only_what_is_small_is_kept_together(page):
    """What must not be broken, or scrolls, goes to the next page, and leaves half of one empty."""
    page.emulate_media(media="print")
    page.set_viewport_size(A4)
    visit(page, chapter("06-training"))
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    tall = page.locator(".bd-article *").evaluate_all(
        """parts => parts.filter(part => part.offsetHeight > innerHeight / 3).filter(part => {
            const {breakInside, overflowX, overflowY} = getComputedStyle(part);
            const isBroken = [overflowX, overflowY].every(how => ["visible", "clip"].includes(how));
            return part.tagName !== "IMG" && (breakInside !== "auto" || !isBroken);
        }).map(part => part.outerHTML.slice(0, 80))"""
    )
    assert tall == []
    titles = page.locator(".bd-article :is(h1, h2, h3)").evaluate_all(
        "titles => titles.map(title => getComputedStyle(title).breakAfter)"
    )
    assert set(titles) == {"avoid"}


def test_figures_below_the_window_are_printed(page):
    """Browsers load a lazy image when it comes near the window, or for paper."""
    visit(page, f"{first_page_with('welcome-pipeline')}?framework=pytorch")
    images = page.locator(".bd-article img")
    loaded = (
        "images => images.filter(image => image.checkVisibility() && !image.naturalWidth).length"
    )
    assert images.evaluate_all(loaded) > 0, "no test: all are there"
    document = page.pdf(format="A4")
    pixels = len(re.findall(rb"/Subtype\s*/Image", document))
    raster = images.evaluate_all(
        "images => images.filter(image => image.checkVisibility() && !/svg/.test(image.src)).length"
    )
    assert pixels >= raster > 0
    assert images.evaluate_all(loaded) == 0


def test_letters_are_neither_too_small_nor_too_large(page):
    page.emulate_media(media="print")
    visit(page, chapter("06-training"))
    sizes = "parts => parts.map(part => parseFloat(getComputedStyle(part).fontSize) * 0.75)"
    assert min(page.locator(".bd-article pre").evaluate_all(sizes)) >= SMALLEST_CODE
    prose = page.locator(".bd-article section > p:not(.chapter-facts)").evaluate_all(sizes)
    assert all(9.5 <= size <= 10.5 for size in prose)


def test_chapter_prints_as_a_handout(page):
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size(A4)
    visit(page, first_page_with("details class=", "en"))
    for part in (".bd-sidebar-primary", ".bd-header-article", ".prev-next-footer", ".bd-toc"):
        assert not page.locator(part).first.is_visible(), part
    assert page.locator("h1:visible").count() == 1
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    cut = page.locator(".bd-article :is(pre, img, table)").evaluate_all(
        "parts => parts.filter(part => part.getBoundingClientRect().right > innerWidth + 1)"
        ".map(part => part.outerHTML.slice(0, 80))"
    )
    assert cut == []
