"""What makes the pages comfortable: line lengths, phones, the dark, copies and paper."""

import re

from conftest import DESKTOP, EACH_LANGUAGE, PHONE, first_page_with, visit
from playwright.sync_api import expect

LINE_LENGTHS = {"ko": (35, 45), "en": (65, 80)}  # of the middle one of the full lines

# The number of letters in each full line of the page's paragraphs.
COUNT_LETTERS = """() => {
    const lengths = [];
    for (const paragraph of document.querySelectorAll(".bd-article section > p")) {
        if (paragraph.querySelector("img, .math, code") || !paragraph.checkVisibility()) continue;
        const texts = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
        const lines = new Map();
        const range = document.createRange();
        while (texts.nextNode()) {
            for (let index = 0; index < texts.currentNode.length; index += 1) {
                range.setStart(texts.currentNode, index);
                range.setEnd(texts.currentNode, index + 1);
                const { bottom, width } = range.getBoundingClientRect();
                const line = Math.round(bottom / 12);
                if (width) lines.set(line, (lines.get(line) ?? 0) + 1);
            }
        }
        lengths.push(...[...lines.values()].slice(0, -1));
    }
    return lengths;
}"""

COUNT_COLUMNS = """(code) => {
    const letter = document.createElement("span");
    letter.textContent = "x".repeat(100);
    code.append(letter);
    const width = letter.getBoundingClientRect().width / 100;
    letter.remove();
    const { paddingLeft, paddingRight } = getComputedStyle(code);
    return (code.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)) / width;
}"""


@EACH_LANGUAGE
def test_lines_of_prose_are_comfortable_and_lines_of_code_fit(page, language):
    page.set_viewport_size({**DESKTOP, "width": DESKTOP["width"] - 15})  # less a scroll bar
    visit(page, first_page_with("framework-tabs", language))
    lengths = sorted(page.evaluate(COUNT_LETTERS))
    middle = lengths[len(lengths) // 2]
    shortest, longest = LINE_LENGTHS[language]
    assert shortest <= middle <= longest, lengths
    code = page.locator(".framework-panel pre:visible").first
    assert code.evaluate(COUNT_COLUMNS) >= 95
    assert code.evaluate("code => code.scrollWidth <= code.clientWidth")


def test_on_a_phone_code_scrolls_by_itself(page):
    page.set_viewport_size(PHONE)
    visit(page, first_page_with("framework-tabs"))
    scrolling = page.locator(".bd-article pre:visible").evaluate_all(
        "codes => codes.filter(code => code.scrollWidth > code.clientWidth).length"
    )
    assert scrolling > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_figures_lie_on_a_light_card_in_the_dark(page):
    page.emulate_media(color_scheme="dark")
    visit(page, first_page_with("cell_output"))
    looks = page.locator(".bd-article img").evaluate_all(
        "images => images.map(image => getComputedStyle(image))"
        ".map(style => [style.backgroundColor, style.filter])"
    )
    assert looks
    assert all(look == ["rgb(255, 255, 255)", "none"] for look in looks)


@EACH_LANGUAGE
def test_contents_follow_and_neighbours_have_their_titles(page, language):
    path = first_page_with("framework-tabs", language)
    visit(page, path)
    entry = page.locator(".bd-toc li:not(:has(ul)) > a[href^='#']").nth(2)
    section = page.locator(f".bd-article {entry.get_attribute('href')}")
    expect(entry).not_to_have_class(re.compile("active"))
    section.evaluate("section => section.scrollIntoView({behavior: 'instant'})")
    expect(entry).to_have_class(re.compile("active"))
    following = page.locator(".right-next")
    title = following.locator(".prev-next-title").inner_text()
    following.click()
    assert title in page.locator(".bd-article h1").inner_text()


def test_copying_leaves_prompts_out(new_page, address):
    page = new_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    visit(page, first_page_with("framework-tabs"))
    code = page.locator(".highlight pre:visible").first
    code.evaluate("code => { code.textContent = '>>> x = 1\\n>>> x\\n1\\n' }")
    code.hover()
    page.locator(".highlight:hover .copybtn").click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text === 'x = 1\\nx')")


def test_chapter_prints_as_a_handout(page):
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 672, "height": 990})  # A4 less its margins
    visit(page, first_page_with("details class=", "en"))
    for part in (".bd-sidebar-primary", ".bd-header-article", ".prev-next-footer", ".bd-toc"):
        assert not page.locator(part).first.is_visible(), part
    assert page.locator("h1:visible").count() == 1
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    solution = page.locator("details.solution .sd-summary-content").first
    assert solution.evaluate("solution => solution.getBoundingClientRect().height") > 50
    cut = page.locator(".bd-article :is(pre, img, table)").evaluate_all(
        "parts => parts.filter(part => part.getBoundingClientRect().right > innerWidth + 1)"
        ".map(part => part.outerHTML.slice(0, 80))"
    )
    assert cut == []
