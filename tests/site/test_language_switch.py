"""Each reader's language: the switch, and the choice that is remembered."""

from conftest import EACH_LANGUAGE, arrive, pages, visit, wait_for_fonts
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


def follow_switch(page: Page) -> None:
    """Click without Playwright's own way, which scrolls the page first."""
    page.locator("a.language-link").evaluate("link => link.click()")


def test_choice_of_language_wins_over_the_browser_s(new_page):
    page = new_page(locale="ko-KR")
    visit(page, "")
    arrive(page, "ko/chapters/*")
    page.locator("a.language-link").click()
    arrive(page, "en/chapters/*")
    visit(page, "")
    arrive(page, "en/chapters/*")


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
