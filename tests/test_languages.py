"""Each reader's language: the switch, the remembered choice, the texts around the chapters."""

import re

import pytest
from book.publishing.address import site_address
from book.publishing.headings import section_ids
from book.publishing.views import LANGUAGES
from conftest import SITE, markdown, pages
from nbformat.v4 import new_notebook
from playwright.sync_api import Page

# All texts and names of a page outside of its article's prose, code and figures.
CHROME = """() => {
    const prose = "script, style, noscript, mjx-container, kbd, [lang], .framework-name, "
        + "[role=tab], article :is(p, li, pre, table, h1, h2, h3, h4, dd, dt, figure, .citation)";
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim();
        if (text && !walker.currentNode.parentElement.closest(prose)) texts.push(text);
    }
    for (const name of ["aria-label", "title", "placeholder", "data-tooltip", "data-bs-title",
                        "data-bs-original-title", "aria-roledescription"]) {
        for (const element of document.querySelectorAll(`body [${name}]`)) {
            if (!element.closest("mjx-container")) texts.push(element.getAttribute(name));
        }
    }
    for (const title of document.querySelectorAll("svg title")) texts.push(title.textContent);
    return texts;
}"""
LETTERS = re.compile(r"[A-Za-z가-힣]")
HANGUL = re.compile(r"[가-힣]")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_around_the_chapters_is_in_the_language(page, address, language):
    for path in pages(language):
        page.goto(f"{address}/{path}")
        texts = {text for text in page.evaluate(CHROME) if LETTERS.search(text)}
        foreign = {text for text in texts if bool(HANGUL.search(text)) != (language == "ko")}
        assert foreign == set(), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_switch_leads_to_the_section_in_view_and_back(page, address, language):
    other = "en" if language == "ko" else "ko"
    name = pages(language)[4].removeprefix(f"{language}/")
    page.goto(f"{address}/{language}/{name}")
    formulas_are_drawn(page)
    section = page.locator("article section section[id]").nth(3)
    section.evaluate("section => section.scrollIntoView({ behavior: 'instant' })")
    identity = section.get_attribute("id")
    follow_switch(page)
    page.wait_for_url(f"{address}/{other}/{name}#{identity}")
    formulas_are_drawn(page)
    twin = page.locator(f"section[id='{identity}']")
    assert twin.evaluate(
        "section => Math.abs(section.getBoundingClientRect().top) < innerHeight / 2"
    )
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    follow_switch(page)
    page.wait_for_url(f"{address}/{language}/{name}")


def follow_switch(page: Page) -> None:
    """Click without Playwright's own way, which scrolls the page first."""
    page.locator("a.language-link").evaluate("link => link.click()")


def formulas_are_drawn(page: Page) -> None:
    """Wait until nothing moves any more on the page."""
    page.evaluate("() => window.MathJax?.startup.promise")


def test_choice_of_language_wins_over_the_browser_s(browser, address):
    page = browser.new_page(locale="ko-KR")
    page.goto(f"{address}/")
    page.wait_for_url(f"{address}/ko/chapters/*")
    page.locator("a.language-link").click()
    page.wait_for_url(f"{address}/en/chapters/*")
    page.goto(f"{address}/")
    page.wait_for_url(f"{address}/en/chapters/*")
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_names_itself_in_all_languages(page, address, language):
    path = pages(language)[1]
    page.goto(f"{address}/{path}")
    name = path.removeprefix(f"{language}/")
    links = page.locator("link[rel=alternate][hreflang]").evaluate_all(
        "links => links.map(link => [link.hreflang, link.href])"
    )
    base = site_address() or f"{address}/"
    assert links == [
        ["ko", f"{base}ko/{name}"],
        ["en", f"{base}en/{name}"],
        ["x-default", f"{base}en/{name}"],
    ]
    description = page.locator("meta[name=description]").get_attribute("content")
    assert bool(HANGUL.search(description)) == (language == "ko")


def test_sections_have_the_same_anchors_in_both_languages():
    anchor = re.compile(r'<a class="headerlink" href="(#[^"]+)"')
    for korean, english in zip(pages("ko"), pages("en"), strict=True):
        anchors = [anchor.findall((SITE / path).read_text("utf-8")) for path in (korean, english)]
        assert [name for name in anchors[0] if name in anchors[1]] == anchors[0], korean
        assert not any(re.fullmatch(r"#id\d+", name) for name in anchors[0]), korean


def test_anchors_come_from_the_english_titles_and_are_unique():
    chapter = new_notebook(
        cells=[
            markdown("# 어텐션", "ko"),
            markdown("# Attention: `scores` first", "en"),
            markdown("text\n\n## Summary\n\n## Summary"),
            markdown("## In a tab", "en", "pytorch"),
            markdown("## 3. 수식", "ko"),
            markdown("## 3.", "en"),
        ]
    )
    assert section_ids(chapter) == ["attention-scores-first", "summary", "summary-2", "section"]
