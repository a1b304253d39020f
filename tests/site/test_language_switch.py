"""Each reader's language: the switch, and the choice that is remembered."""

import pytest
from conftest import DESKTOP, EACH_LANGUAGE, PHONE, arrive, pages, visit, wait_for_fonts
from playwright.sync_api import Page


@EACH_LANGUAGE
def test_switch_leads_to_the_section_in_view_and_back(page, language):
    other = "en" if language == "ko" else "ko"
    name = pages(language)[4].removeprefix(f"{language}/")
    visit(page, f"{language}/{name}")
    wait_for_fonts(page)
    section = page.locator("article section section[id]").nth(3)
    section.evaluate("section => section.scrollIntoView({ behavior: 'instant' })")
    identity = section.get_attribute("id")
    follow_switch(page)
    arrive(page, f"{other}/{name}#{identity}")
    wait_for_fonts(page)
    twin = page.locator(f"section[id='{identity}']")
    assert twin.evaluate(
        "section => Math.abs(section.getBoundingClientRect().top) < innerHeight / 2"
    )
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    follow_switch(page)
    arrive(page, f"{language}/{name}")


@EACH_LANGUAGE
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_switch_leads_from_the_exercises_to_the_exercises(page, language, size):
    """The first of them begins a little below, on the same screen."""
    page.set_viewport_size(size)
    other = "en" if language == "ko" else "ko"
    visit(page, f"{language}/chapters/04-attention.html")
    wait_for_fonts(page)
    page.locator("#exercises").evaluate("it => it.scrollIntoView({ behavior: 'instant' })")
    follow_switch(page)
    arrive(page, f"{other}/chapters/04-attention.html#exercises")
    wait_for_fonts(page)
    page.wait_for_timeout(500)
    assert page.locator("#exercises").evaluate(TOP) == pytest.approx(64, abs=3)


TOP = "element => element.getBoundingClientRect().top"
# The cell that begins in the upper half of the window, as a number, and where.
CELL = """() => {
    const all = [...document.querySelectorAll("article .cell")];
    const cells = all.filter((cell) => cell.checkVisibility());
    const at = cells.findIndex((cell) => cell.getBoundingClientRect().top > -100);
    return [at, cells[at].getBoundingClientRect().top];
}"""


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("number", [2, 4, 6])
def test_switch_keeps_the_place_on_the_screen(page, size, number):
    page.set_viewport_size(size)
    visit(page, "en/chapters/04-attention.html")
    wait_for_fonts(page)
    cells = page.locator("article .cell:visible")
    cells.nth(number).evaluate(
        "cell => scrollBy({ top: cell.getBoundingClientRect().top - 30, behavior: 'instant' })"
    )
    before = page.evaluate(CELL)
    follow_switch(page)
    arrive(page, "ko/chapters/04-attention.html#*")
    wait_for_fonts(page)
    page.wait_for_timeout(500)
    cell, top = page.evaluate(CELL)
    assert cell == before[0]
    assert top == pytest.approx(before[1], abs=60)
    assert page.evaluate("sessionStorage.getItem('place')") is None


def test_switch_keeps_open_what_the_reader_has_opened(page):
    visit(page, "en/chapters/04-attention.html")
    wait_for_fonts(page)
    page.locator("article details").nth(1).evaluate(
        "fold => { fold.open = true; fold.scrollIntoView({ behavior: 'instant' }); }"
    )
    follow_switch(page)
    arrive(page, "ko/chapters/04-attention.html#*")
    states = page.locator("article details").evaluate_all("folds => folds.map(fold => fold.open)")
    assert states.index(True) == 1
    assert states.count(True) == 1


def follow_switch(page: Page) -> None:
    """Click without Playwright's own way, which scrolls the page first."""
    page.locator("a.language-link").evaluate("link => link.click()")


def test_choice_of_language_wins_over_the_browser_s(new_page):
    page = new_page(locale="ko-KR")
    visit(page, "")
    arrive(page, "ko/index.html")
    page.locator(".start").click()
    page.locator("a.language-link").click()
    arrive(page, "en/chapters/*")
    visit(page, "")
    arrive(page, "en/index.html")
    page.locator("a.language").click()
    arrive(page, "ko/index.html")
    visit(page, "")
    arrive(page, "ko/index.html")


def test_language_link_leads_to_the_same_page_and_back(page):
    korean, english = pages("ko")[-1], pages("en")[-1]
    visit(page, korean)
    link = page.locator("a.language-link")
    assert (link.inner_text(), link.get_attribute("lang")) == ("English", "en")
    link.click()
    arrive(page, english)
    assert page.locator("link[rel=alternate][hreflang=ko]").count() == 1
    page.locator("a.language-link", has_text="한국어").click()
    arrive(page, korean)
