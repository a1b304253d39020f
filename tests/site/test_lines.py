"""Code on a phone: its lines are broken and go on under their start; what is copied is the code."""

import re

import pytest
from conftest import EACH_LANGUAGE, PHONE, first_page_with, pages, visit
from playwright.sync_api import Page
from publishing.site.lines import in_code

INPUTS = ".bd-article :not(.output) > .highlight > pre"
# Long lines that are broken: where their first piece of text begins, and where the next ones do.
BROKEN_LINES = """lines => lines.filter(line => line.checkVisibility()).map(line => {
    const range = document.createRange();
    range.selectNodeContents(line);
    const lefts = new Map();
    for (const { left, bottom, width } of range.getClientRects()) {
        if (width === 0) continue;
        const at = Math.round(bottom / 4);
        lefts.set(at, Math.min(left, lefts.get(at) ?? Infinity));
    }
    const ch = parseFloat(getComputedStyle(line).getPropertyValue("--indent") || "0");
    return { lefts: [...lefts.values()], indent: ch, text: line.textContent };
}).filter(({ lefts }) => lefts.length > 1)"""


def code(text: str, kind: str = "highlight-python") -> str:
    return f'<div class="{kind}"><div class="highlight"><pre><span></span>{text}</pre></div></div>'


def test_long_lines_are_marked_with_their_indent_and_short_ones_are_not():
    long = "x" * 40
    html = in_code(code(f"a = 1\n    <b>{long}</b>\n{long}\n\n"))
    marked = f'<span class="line" style="--indent: 4ch">    <b>{long}</b>\n</span>'
    assert html == code(f'a = 1\n{marked}<span class="line">{long}\n</span>\n')


def test_what_was_printed_is_not_marked():
    html = code("x" * 40, "output stream highlight-myst-ansi")
    assert in_code(html) == html


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, PHONE["width"]])
@EACH_LANGUAGE
def test_no_code_scrolls_sideways_on_a_phone(page, language, width):
    page.set_viewport_size({**PHONE, "width": width})
    for path in pages(language):
        visit(page, path)
        page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
        wide = page.locator(INPUTS).evaluate_all(
            "codes => codes.filter(code => code.scrollWidth > code.clientWidth)"
            ".map(code => code.textContent.slice(0, 60))"
        )
        assert wide == [], path


def test_broken_lines_go_on_to_the_right_of_their_start(page):
    page.set_viewport_size(PHONE)
    visit(page, first_page_with("framework-tabs"))
    lines = page.locator(f"{INPUTS} .line").evaluate_all(BROKEN_LINES)
    assert len(lines) > 20
    assert any(line["indent"] for line in lines)
    for line in lines:
        first, *others = line["lefts"]
        assert all(other > first for other in others[:1]), line
        spaces = len(line["text"]) - len(line["text"].lstrip(" "))
        assert line["indent"] == spaces


def test_no_line_is_added_or_lost_where_lines_are_broken(page):
    """A line in an element of its own takes the room of one line, and so does an empty one."""
    visit(page, first_page_with("framework-tabs"))
    code = page.locator(f".framework-panel:visible {INPUTS.removeprefix('.bd-article ')}").first
    height = code.evaluate("code => code.getBoundingClientRect().height")
    page.add_style_tag(content=".highlight .line { display: block }")
    assert abs(code.evaluate("code => code.getBoundingClientRect().height") - height) < 2


def copied(page: Page, address: str) -> list[tuple[str, str]]:
    """Return what the first copy buttons copy, and what the code is."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    visit(page, first_page_with("framework-tabs"))
    result = []
    for button in page.locator(".framework-panel:visible .copybtn").all()[:3]:
        text = button.locator("xpath=preceding-sibling::pre").evaluate("code => code.textContent")
        page.evaluate("navigator.clipboard.writeText('')")
        button.click()
        page.wait_for_function("navigator.clipboard.readText().then(text => text !== '')")
        result.append((page.evaluate("navigator.clipboard.readText()"), text.rstrip("\n")))
    return result


def test_copy_gives_the_code_as_it_was_written(new_page, address):
    pairs = copied(new_page(viewport=PHONE, has_touch=True, is_mobile=True), address)
    assert pairs
    assert any(re.search(r"^ {4}.{40}", code, re.MULTILINE) for _, code in pairs)
    for text, code in pairs:
        assert text == code
