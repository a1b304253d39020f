"""WCAG 2.1 A and AA, checked by axe-core; and what axe cannot see: the keyboard and motion."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import (
    DESKTOP,
    EACH_LANGUAGE,
    PHONE,
    SITE,
    first_page_with,
    pages,
    visit,
    wait_for_fonts,
)
from playwright.sync_api import Page, Route, expect
from publishing.chapter.editions import LANGUAGES

ALL_RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
# Those of them that depend on the colour scheme.
COLOUR_RULES = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
ALL_BUT_CONTRAST = {**ALL_RULES, "rules": {"color-contrast": {"enabled": False}}}
# Thousands of elements that have nothing but a colour.
WITHOUT_TOKENS = {"exclude": [[".highlight pre > *"], ["mjx-container"]]}
SIZES = {"desktop": DESKTOP, "phone": PHONE}
FRONT = ["index.html", "404.html"]

# What shows that an element has the focus: an outline or a shadow that it has only then.
FOCUS_STYLES = """() => {
    const element = document.activeElement;
    const look = () => {
        const style = getComputedStyle(element);
        return [style.outlineStyle, style.outlineWidth, style.boxShadow, style.color].join(" ");
    };
    const focused = look();
    const name = element.outerHTML.slice(0, 100);
    const isSeen = element.checkVisibility({opacityProperty: true, visibilityProperty: true});
    element.blur();
    const differs = look() !== focused;
    element.focus({preventScroll: true, focusVisible: true});
    return {name, isSeen, differs, focused};
}"""


# Marks the links, which have a rule of their own, and the elements with text that look like none
# before, on this page or on those whose looks are given: all that a contrast depends on. Returns
# the looks that are new.
MARK_COLOURS = """(known) => {
    const look = (element) => {
        const { color, fontSize, fontWeight, textShadow } = getComputedStyle(element);
        const parts = [color, fontSize, fontWeight, textShadow];
        for (let place = element; place; place = place.parentElement) {
            const { backgroundColor, backgroundImage, opacity } = getComputedStyle(place);
            const isClear = backgroundColor === "rgba(0, 0, 0, 0)" && backgroundImage === "none";
            if (!isClear || opacity !== "1") parts.push(backgroundColor, backgroundImage, opacity);
        }
        return parts.join(" ");
    };
    const isText = (node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== "";
    const looks = new Set(known);
    for (const element of document.querySelectorAll("body *")) {
        element.toggleAttribute("data-colours", element.localName === "a");
        const hasText = [...element.childNodes].some(isText);
        if (!hasText && !element.matches("input, select, textarea")) continue;
        if (!element.checkVisibility({ visibilityProperty: true })) continue;
        if (looks.has(look(element))) continue;
        looks.add(look(element));
        element.toggleAttribute("data-colours", true);
    }
    return [...looks].slice(known.length);
}"""
COLOURS = "[data-colours]"


def violations(page: Page, rules: dict, context: dict | None = None) -> list[str]:
    """Return one line for each element that axe complains of."""
    options = {**rules, "resultTypes": ["violations"]}
    found = Axe().run(page, context=context, options=options).response["violations"]
    return [
        f"{page.url}: {violation['id']}: {node['target']} {node['html'][:120]}"
        for violation in found
        for node in violation["nodes"]
    ]


def pale(page: Page, looks: list[str]) -> list[str]:
    """Return axe's complaints of the colours of links, and of looks that are new; add these.

    Most of axe's time goes to contrasts, and thousands of elements have the same.
    """
    looks += page.evaluate(MARK_COLOURS, looks)
    if not page.locator(COLOURS).count():
        return []
    return violations(page, COLOUR_RULES, {"include": [[COLOURS]]})


def open_folds(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")


@pytest.fixture
def still_page(page):
    """Return a page of a reader who wants no motion: colours are at once what they will be."""
    page.emulate_media(reduced_motion="reduce")
    return page


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_no_violation_on_any_page(browser, address, language, size):
    # In French, so that the first page offers the languages and goes to none. Its network is not
    # watched: axe looks for what style sheets import, in the wrong places.
    options = {"viewport": SIZES[size], "reduced_motion": "reduce", "locale": "fr"}
    still_page = browser.new_page(base_url=address, **options)
    found = []
    looks: list[str] = []
    for path in [*FRONT, *pages(language)]:
        still_page.emulate_media(color_scheme="light")
        visit(still_page, path)
        still_page.wait_for_load_state("load")  # the theme makes what scrolls focusable then
        open_folds(still_page)
        found += violations(still_page, ALL_BUT_CONTRAST, WITHOUT_TOKENS)
        found += pale(still_page, looks)
        still_page.emulate_media(color_scheme="dark")
        if path in FRONT:
            visit(still_page, path)  # it takes its colours when it is opened
        else:
            still_page.wait_for_selector("html[data-theme=dark]")
        found += pale(still_page, looks)
    still_page.close()
    assert not found, "\n".join(found)


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_axe_finds_no_violation_in_code(still_page, scheme):
    still_page.emulate_media(color_scheme=scheme)
    visit(still_page, first_page_with("framework-tabs"))
    assert still_page.evaluate("document.documentElement.dataset.theme") == scheme
    open_folds(still_page)
    found = violations(still_page, COLOUR_RULES)
    assert not found, "\n".join(found)


def test_axe_finds_what_is_wrong(still_page):
    """The tests above can fail."""
    image = "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>"
    still_page.set_content(f"<p style='color: #ccc; background: #fff'>Pale</p>{image}")
    found = "\n".join(violations(still_page, ALL_RULES))
    assert "color-contrast" in found
    assert "image-alt" in found


def test_colours_are_looked_at_once_wherever_they_are(still_page):
    still_page.set_content(
        "<style>.pale { color: #ccc } .grey { background: #777 }</style>"
        "<p class='pale'>One</p><p class='pale'>as before</p>"
        "<div class='grey'><p>Black on grey</p></div>"
    )
    looks: list[str] = []
    assert len(pale(still_page, looks)) == 1
    assert len(looks) == 2
    assert pale(still_page, looks) == []
    for change in ("color: #888", "opacity: 0.3", "background: #333"):
        still_page.add_style_tag(content=f".grey {{ {change} }}")
        assert len(pale(still_page, looks)) == 1, change
    still_page.add_style_tag(content=".pale { font-size: 30px }")
    assert len(pale(still_page, looks)) == 1


def test_link_is_looked_at_even_where_one_with_its_look_was_before(still_page):
    style = "<style>body { color: #222 } a { color: #00a; text-decoration: none }</style>"
    still_page.set_content(f"{style}<a href='/'>Alone</a>")
    looks: list[str] = []
    assert pale(still_page, looks) == []
    still_page.set_content(f"{style}<p>In a text, <a href='/'>nobody sees it</a> as a link.</p>")
    (found,) = pale(still_page, looks)
    assert "link-in-text-block" in found


def test_keyboard_reaches_everything_with_a_visible_focus(still_page):
    visit(still_page, first_page_with("framework-tabs", "en"))
    steps = []
    for _ in range(60):
        still_page.keyboard.press("Tab")
        steps.append(still_page.evaluate(FOCUS_STYLES))
    unseen = [step for step in steps if not (step["isSeen"] and step["differs"])]
    assert not unseen, "\n".join(map(str, unseen))
    names = " ".join(step["name"] for step in steps)
    for part in ("#main-content", "language-link", "theme-switch", 'role="tab"', "headerlink"):
        assert part in names, part


# --- Names --------------------------------------------------------------------------------------


@EACH_LANGUAGE
def test_list_of_chapters_says_which_page_this_is(language):
    for path in pages(language):
        html = (SITE / path).read_text("utf-8")
        entry = html.partition(' aria-current="page"')
        assert entry[1], path
        assert 'aria-current="page"' not in entry[2]
        assert entry[0].rstrip("<a \n").endswith('current active">')


# --- Narrow windows and large letters -----------------------------------------------------------

# What a reader cannot get to see: it lies outside of the window, and in nothing that scrolls.
LOST = """() => [...document.querySelectorAll("body *")].filter((element) => {
    const { left, right, width } = element.getBoundingClientRect();
    const end = document.documentElement.clientWidth + 1;
    if (width <= 1 || (left >= -1 && right <= end)) return false;
    if (!element.checkVisibility({ visibilityProperty: true })) return false;
    if (element.closest("mjx-assistive-mml, .skip-link")) return false;
    for (let place = element.parentElement; place !== document.body; place = place.parentElement) {
        if (["auto", "scroll"].includes(getComputedStyle(place).overflowX)) return false;
    }
    return true;
}).map((element) => element.outerHTML.slice(0, 100))"""
REFLOW = {"width": 320, "height": 256}  # 1280 by 1024, four times as large


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_lost_at_four_times_the_size(still_page, language):
    still_page.set_viewport_size(REFLOW)
    for path in ["404.html", *pages(language)]:
        visit(still_page, path)
        wait_for_fonts(still_page)
        open_folds(still_page)
        assert still_page.evaluate("document.documentElement.scrollWidth") <= REFLOW["width"], path
        assert still_page.evaluate(LOST) == [], path
        scrolling = still_page.locator(".bd-article *").evaluate_all(
            """elements => elements
                .filter((element) => element.scrollWidth > element.clientWidth + 1
                && ["auto", "scroll"].includes(getComputedStyle(element).overflowX)
                && !element.matches(".output pre, .math, .math *, .pst-scrollable-table-container"))
                .map((element) => element.outerHTML.slice(0, 100))"""
        )
        assert scrolling == [], path


def test_header_leaves_a_low_window_to_the_text(page):
    page.set_viewport_size(REFLOW)
    visit(page, "en/chapters/04-attention.html")
    page.evaluate("scrollTo({ top: 1000, behavior: 'instant' })")
    assert (
        page.locator(".bd-header-article").evaluate(
            "header => header.getBoundingClientRect().bottom"
        )
        < 0
    )


# --- Code ---------------------------------------------------------------------------------------

# The least contrast of each class of token, and of the links to headings.
CONTRASTS = """() => {
    const channel = (value) =>
        value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = (color) => {
        const [red, green, blue] = color.map((value) => channel(value / 255));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element) => {
        for (let place = element; place; place = place.parentElement) {
            const { backgroundColor } = getComputedStyle(place);
            const [red, green, blue, opacity = 1] = numbers(backgroundColor);
            if (opacity > 0) return [red, green, blue];
        }
        return [255, 255, 255];
    };
    const least = {};
    for (const element of document.querySelectorAll(".highlight pre *, a.headerlink")) {
        if (element.matches(".line") || element.textContent.trim() === "") continue;
        const color = numbers(getComputedStyle(element).color).slice(0, 3);
        const [low, high] = [light(color), light(behind(element))].sort((a, b) => a - b);
        const contrast = (high + 0.05) / (low + 0.05);
        least[element.className] = Math.min(contrast, least[element.className] ?? Infinity);
    }
    return least;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_code_and_anchors_can_be_read_in_every_colour(still_page, scheme):
    still_page.emulate_media(color_scheme=scheme)
    least: dict[str, float] = {}
    for path in pages("en"):
        visit(still_page, path)
        for name, contrast in still_page.evaluate(CONTRASTS).items():
            least[name] = min(contrast, least.get(name, contrast))
    assert {"c1", "k", "s2", "mi", "headerlink"} <= set(least)
    assert {name: contrast for name, contrast in least.items() if contrast < 4.5} == {}


def test_comments_are_calm_in_the_dark(still_page):
    still_page.emulate_media(color_scheme="dark")
    visit(still_page, first_page_with("framework-tabs"))
    color = still_page.locator(".highlight .c1").first.evaluate("c => getComputedStyle(c).color")
    red, green, blue = map(int, re.findall(r"\d+", color))
    assert max(red, green, blue) - min(red, green, blue) < 40  # nearly grey


def test_no_button_floats_over_the_text(page):
    visit(page, "en/chapters/04-attention.html")
    page.evaluate("scrollTo({ top: 3000, behavior: 'instant' })")
    page.evaluate("scrollTo({ top: 2000, behavior: 'instant' })")
    fixed = page.locator("body *").evaluate_all(
        """elements => elements.filter((element) => element.checkVisibility()
            && getComputedStyle(element).position === "fixed" && !element.closest(".skip-link"))
            .map((element) => element.outerHTML.slice(0, 100))"""
    )
    assert fixed == []


def test_scrolling_code_can_be_reached_in_the_version_that_was_hidden(still_page):
    still_page.set_viewport_size(PHONE)
    visit(still_page, first_page_with("framework-tabs"))
    still_page.locator("[role=tab][data-framework=pytorch]").first.click()
    still_page.wait_for_function(
        """() => [...document.querySelectorAll(".framework-panel[data-framework=pytorch] pre")]
            .filter((code) => code.scrollWidth > code.clientWidth && code.checkVisibility())
            .every((code) => code.tabIndex === 0)"""
    )


def test_arrow_keys_scroll_what_is_too_wide_and_turn_no_page(page):
    page.set_viewport_size(PHONE)
    visit(page, first_page_with("framework-tabs", "en"))
    turned = []

    def refuse(route: Route) -> None:
        turned.append(route.request.url)
        route.fulfill(status=204)  # the browser stays where it is

    page.route("**/*.html", refuse)
    code = page.locator(".framework-panel:visible pre[tabindex='0']").first
    code.focus()
    page.keyboard.press("ArrowRight")
    code.evaluate(
        """code => new Promise((resolve) => {
            const look = () => (code.scrollLeft > 0 ? resolve() : requestAnimationFrame(look));
            look();
        })"""
    )
    page.locator(".framework-panel:visible").first.press("ArrowRight")
    page.keyboard.press("Control+k")
    page.keyboard.insert_text("attention")
    result = page.locator("#book-search-results a").first
    result.focus()
    result.press("ArrowRight")
    result.press("ArrowLeft")
    page.wait_for_timeout(300)  # time for a key to ask for a page
    assert turned == []
    expect(page.locator("#pst-search-dialog")).to_be_visible()


def test_motion_is_switched_off_for_who_does_not_want_it(still_page):
    visit(still_page, pages("en")[0])
    moving = still_page.evaluate(
        """[...document.querySelectorAll("*")].filter((element) => {
            const { transitionDuration, scrollBehavior } = getComputedStyle(element);
            return parseFloat(transitionDuration) > 0.001 || scrollBehavior === "smooth";
        }).map((element) => element.outerHTML.slice(0, 100))"""
    )
    assert moving == []
