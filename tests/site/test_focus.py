"""The focus of the keyboard: it can be seen on everything, and moves no more than it must."""

from io import BytesIO

import numpy as np
import pytest
from conftest import DESKTOP, visit, wait_for_fonts
from PIL import Image
from playwright.sync_api import Page, expect

CHAPTER = "en/chapters/04-attention.html"
OPEN_FOLDS = "document.querySelectorAll('details').forEach(fold => { fold.open = true })"
HEADER = ".bd-header-article"
# How far below the header an element begins.
BELOW_HEADER = f"""element => element.getBoundingClientRect().top
    - document.querySelector("{HEADER}").getBoundingClientRect().bottom"""


SCHEMES = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
}
# What has the focus: one of a kind is enough to look at.
FOCUSED = """() => {
    const element = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const { x, y, width, height } = element.getBoundingClientRect();
    return {
        kind: element === document.body ? "" : `${element.tagName}.${element.className}`,
        hasOutline: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
        box: [x, y, x + width, y + height],
    };
}"""


def outline_shows(page: Page, box: list[float]) -> bool:
    """Tell whether it can be seen on the screen that what is in a box has the focus."""
    size = page.viewport_size
    left, top = (max(0, edge - 6) for edge in box[:2])
    right, bottom = min(size["width"], box[2] + 6), min(size["height"], box[3] + 6)
    clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    focused = pixels(page, clip)
    page.evaluate("window.focused = document.activeElement; focused.blur()")
    blurred = pixels(page, clip)
    page.evaluate("focused.focus({ preventScroll: true, focusVisible: true })")
    return int((np.abs(focused - blurred).max(axis=2) > 50).sum()) >= 80


def pixels(page: Page, clip: dict[str, float]) -> np.ndarray:
    image = Image.open(BytesIO(page.screenshot(clip=clip, animations="disabled", caret="hide")))
    return np.asarray(image.convert("RGB")).astype(int)


def walk(page: Page, steps: int) -> set[str]:
    """Press Tab; return the kinds of elements that had the focus, each of which shows it."""
    kinds: set[str] = set()
    for _ in range(steps):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        kind = focused["kind"]
        if not kind:
            break
        assert focused["hasOutline"], kind
        assert kind in kinds or outline_shows(page, focused["box"]), kind
        kinds.add(kind)
    return kinds


@pytest.mark.parametrize(
    "scheme", [pytest.param("light", marks=pytest.mark.slow), "dark", "forced colours"]
)
def test_focus_can_be_seen_on_everything(new_page, scheme):
    page = new_page(viewport=DESKTOP, reduced_motion="reduce", **SCHEMES[scheme])
    visit(page, CHAPTER)
    wait_for_fonts(page)
    page.evaluate(OPEN_FOLDS)
    kinds = "\n".join(walk(page, 500))
    parts = (
        "navbar-brand search-button current primary-toggle language-link theme-switch headerlink"
    )
    for part in [*parts.split(), "copybtn", "framework-panel", "SUMMARY", "right-next", "nav-link"]:
        assert part in kinds, part


@pytest.mark.parametrize("scheme", SCHEMES)
def test_focus_can_be_seen_in_what_opens(new_page, scheme):
    page = new_page(viewport={**DESKTOP, "width": 900}, reduced_motion="reduce", **SCHEMES[scheme])
    visit(page, CHAPTER)
    wait_for_fonts(page)
    for toggle in (".primary-toggle", ".secondary-toggle"):
        page.locator(toggle).press("Enter")
        assert len(walk(page, 4)) >= 1
        page.keyboard.press("Escape")
        expect(page.locator(toggle)).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.insert_text("attention")
    expect(page.locator("#book-search-results a").first).to_be_visible()
    assert any(kind.startswith("A.") for kind in walk(page, 3))


def test_buttons_of_the_header_keep_the_focus_of_the_keyboard(page):
    visit(page, CHAPTER)
    page.wait_for_load_state("load")
    button = page.locator(".theme-switch-button")
    button.press("Enter")
    expect(button).to_be_focused()


def test_focus_in_the_header_leaves_the_page_where_it_is(page):
    visit(page, CHAPTER)
    wait_for_fonts(page)
    page.evaluate("scrollTo({ top: 3000, behavior: 'instant' })")
    section = page.evaluate(
        """() => [...document.querySelectorAll("article section[id]")]
            .filter((section) => section.getBoundingClientRect().top < 72).at(-1).id"""
    )
    page.locator(".primary-toggle").evaluate("button => button.focus({ preventScroll: true })")
    for part in ("language-link", "theme-switch-button"):
        page.keyboard.press("Tab")
        assert part in page.evaluate("document.activeElement.className")
        page.wait_for_timeout(100)  # time to scroll
        assert page.evaluate("scrollY") == 3000
    assert page.locator("a.language-link").get_attribute("href").endswith(f"#{section}")


def test_focus_in_the_text_does_not_hide_behind_the_header(page):
    page.emulate_media(reduced_motion="reduce")
    visit(page, CHAPTER)
    wait_for_fonts(page)
    links = page.locator(".bd-article section section > p > a")
    for index in range(2, 6):
        links.nth(index).evaluate(
            """link => {
                scrollBy(0, link.getBoundingClientRect().top - 5);
                document.activeElement.blur();
                const next = document.createElement("button");
                link.after(next);
                next.focus({ preventScroll: true });
            }"""
        )
        page.keyboard.press("Shift+Tab")
        expect(links.nth(index)).to_be_focused()
        page.wait_for_timeout(100)
        assert links.nth(index).evaluate(BELOW_HEADER) >= 0
