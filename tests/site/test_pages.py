"""Every page of the built site in a real browser, looked at from all sides while it is open."""

import re

import pytest
from conftest import EACH_LANGUAGE, PHONE, SITE, first_page_with, pages, visit, wait_for_fonts
from playwright.sync_api import Page, expect
from publishing.chapter.editions import LANGUAGES

NARROW = {"width": 280, "height": 640}  # narrower than a phone, where every formula in a text fits

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

# The pictures that cannot be shown, or say nothing.
BROKEN_IMAGES = """async () => {
    const images = [...document.querySelectorAll("article img")];
    for (const image of images) image.loading = "eager";
    await Promise.allSettled(images.map((image) => image.decode()));
    const isBroken = (image) => !image.naturalWidth || !image.alt.trim();
    return images.filter(isBroken).map((image) => image.src);
}"""

# The formulas that reach beyond their box: those that do not scroll, or the keyboard cannot reach.
CUT_FORMULAS = """async () => {
    document.querySelectorAll("details").forEach(fold => { fold.open = true });
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const formulas = [...document.querySelectorAll(".bd-article .math")];
    const box = (formula) => formula.matches("div") ? formula.firstElementChild : formula;
    const wide = formulas.filter((formula) => {
        const drawn = formula.querySelector("mjx-math").getBoundingClientRect();
        return drawn.right > box(formula).getBoundingClientRect().right + 1;
    });
    const scrolls = (box) => {
        box.scrollLeft = box.scrollWidth;
        return box.scrollLeft > 0 && box.tabIndex === 0
            && getComputedStyle(box).overflowX === "auto";
    };
    const cut = wide.filter((formula) => !scrolls(box(formula)));
    const needless = formulas.filter((one) => box(one).tabIndex === 0 && !wide.includes(one));
    const texts = (formulas) => formulas.map((formula) => formula.textContent);
    const inText = wide.filter((formula) => formula.tagName === "SPAN");
    return [texts(inText), texts(cut), texts(needless)];
}"""


def every_page() -> list:
    """Return all pages; the quick tests look at every fourth, in each language at others."""
    return [
        pytest.param(path, id=path, marks=[pytest.mark.slow] if (row + 2 * column) % 4 else [])
        for column, language in enumerate(LANGUAGES)
        for row, path in enumerate(pages(language))
    ]


def test_all_languages_have_the_same_pages():
    found = [sorted(path.name for path in SITE.glob(f"{one}/chapters/*.html")) for one in LANGUAGES]
    assert found[0], "run ci/build first"
    assert all(names == found[0] for names in found)


@pytest.mark.parametrize("path", every_page())
def test_page_is_clean_and_in_its_language_and_fits_a_phone(page, path):
    page.set_viewport_size(PHONE)
    visit(page, path)
    wait_for_fonts(page)
    language = path.partition("/")[0]
    assert page.evaluate("document.documentElement.lang") == language
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert foreign_texts(page, language) == set()
    assert page.evaluate(BROKEN_IMAGES) == []
    page.set_viewport_size(NARROW)
    _, cut, needless = page.evaluate(CUT_FORMULAS)
    assert (cut, needless) == ([], [])


def foreign_texts(page: Page, language: str) -> set[str]:
    """Return the texts around the chapter that are in another language."""
    texts = {text for text in page.evaluate(CHROME) if LETTERS.search(text)}
    assert texts
    return {text for text in texts if bool(HANGUL.search(text)) != (language == "ko")}


@pytest.mark.slow
def test_formula_in_the_text_that_is_too_wide_scrolls(page):
    """There is one, so that the test of all pages says something."""
    page.set_viewport_size(NARROW)
    for path in pages("ko"):
        visit(page, path)
        wait_for_fonts(page)
        in_text, cut, _ = page.evaluate(CUT_FORMULAS)
        if in_text:
            assert cut == []
            return
    pytest.fail("no test: every formula in the text fits")


def test_solutions_are_folded(page):
    visit(page, first_page_with("sd-dropdown", "en"))
    solution = page.locator("details.solution").first
    assert solution.get_attribute("open") is None
    solution.locator("summary").first.click()
    assert solution.locator(".sd-summary-content").first.is_visible()
    assert solution.locator("summary").first.inner_text().strip() == "Solution"


# The colours of a link and of code, and what frames a cell.
LOOKS = """() => [
    getComputedStyle(document.querySelector(".bd-article p a.reference")).color,
    getComputedStyle(document.querySelector(".bd-article .highlight .k, .highlight .kn")).color,
    getComputedStyle(document.querySelector(".framework-tabs")).borderTopColor,
    getComputedStyle(document.body).backgroundColor,
]"""


@EACH_LANGUAGE
def test_page_has_its_colours_without_javascript(page, scriptless_page, language):
    looks = []
    for one in (page, scriptless_page):
        one.emulate_media(
            color_scheme="light", reduced_motion="reduce"
        )  # at once what they will be
        visit(one, first_page_with("framework-tabs", language))
        one.wait_for_load_state("load")
        looks.append(one.evaluate(LOOKS))
    assert looks[0] == looks[1]


@pytest.mark.parametrize(
    ("stored", "system", "theme"),
    [
        (None, "dark", "dark"),
        (None, "light", "light"),
        ("auto", "dark", "dark"),
        ("light", "dark", "light"),
        ("dark", "light", "dark"),
    ],
)
def test_colour_scheme_is_right_from_the_first_paint(page, stored, system, theme):
    path = pages("en")[0]
    if stored:
        visit(page, path)
        page.evaluate("mode => localStorage.setItem('mode', mode)", stored)
    page.emulate_media(color_scheme=system)
    visit(page, path)
    looks = page.evaluate("[window.firstLook.theme, document.documentElement.dataset.theme]")
    assert looks == [theme, theme]


def test_list_of_contents_marks_the_section_in_view_and_at_the_end_the_last(page):
    visit(page, first_page_with("framework-tabs", "en"))
    wait_for_fonts(page)
    links = page.locator("#pst-page-toc-nav a")
    current = page.locator("#pst-page-toc-nav a[aria-current=true]")
    page.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
    expect(current).to_have_text(links.last.inner_text())
    expect(page.locator("#pst-page-toc-nav .toc-entry.active")).to_have_count(1)
    second = links.nth(1)
    identity = second.get_attribute("href").removeprefix("#")
    page.locator(f"section[id='{identity}']").evaluate(
        "section => section.scrollIntoView({ behavior: 'instant' })"
    )
    expect(current).to_have_text(second.inner_text())
