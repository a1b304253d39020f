"""The site under a finger: what is pressed is large enough, nothing waits for a mouse to hover."""

import pytest
from conftest import EACH_LANGUAGE, PHONE, SITE, pages, visit, wait_for_fonts
from playwright.sync_api import Page, expect

FINGER = 44  # px, as in WCAG 2.5.5
CHAPTER = "en/chapters/04-attention.html"
TERM = ".bd-article a:has(> .glossary-term)"

# What one presses, other than links in a text, with its size.
SMALL = """(root, size) => [...root.querySelectorAll("a, button, summary, input, [role=tab]")]
    .filter(each => each.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
    .filter(each => !each.closest(".bd-article :is(p, li, dd, dt)") || each.closest(".run-links"))
    .filter(each => {
        const { width, height } = each.getBoundingClientRect();
        return Math.min(width, height) < size - 0.5;
    })
    .map(each => each.outerHTML.slice(0, 100))"""


@pytest.fixture
def phone(new_page) -> Page:
    """Return a page on a phone."""
    return new_page(viewport=PHONE, has_touch=True, is_mobile=True, locale="fr")


def small(page: Page, selector: str = "body") -> list[str]:
    return page.locator(selector).evaluate(f"root => ({SMALL})(root, {FINGER})")


@pytest.mark.slow
@EACH_LANGUAGE
def test_everything_that_is_pressed_is_large_enough_on_every_page(phone, language):
    for path in pages(language):
        visit(phone, path)
        phone.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
        assert small(phone) == [], path


def test_what_opens_has_large_parts_too(phone):
    visit(phone, CHAPTER)
    assert small(phone) == []
    for toggle in (".primary-toggle", ".secondary-toggle"):
        phone.locator(toggle).tap()
        dialog = phone.locator("dialog[open]")
        expect(dialog).to_be_visible()
        assert small(phone, "dialog[open]") == []
        phone.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
    phone.locator(".search-button").tap()
    phone.keyboard.insert_text("attention")
    expect(phone.locator("#book-search-results a").first).to_be_visible()
    assert small(phone, "dialog[open]") == []


def test_test_of_sizes_finds_what_is_small(phone):
    phone.set_content("<button style='width: 60px; height: 30px'></button><p><a href='#'>link</a>")
    assert len(small(phone)) == 2


def test_copy_buttons_show_and_cover_no_code(phone):
    visit(phone, CHAPTER)
    buttons = phone.locator(".copybtn:visible")
    assert buttons.count() > 5
    assert phone.locator(".output .copybtn").count() == 0
    for button in buttons.all():
        assert button.evaluate("button => getComputedStyle(button).opacity") == "1"
        covered = button.evaluate(
            """button => {
                const box = button.getBoundingClientRect();
                const code = button.parentElement.querySelector("pre");
                const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
                const range = document.createRange();
                const rects = [];
                while (texts.nextNode()) {
                    range.setStart(texts.currentNode, 0); // spaces at an end cover nothing
                    range.setEnd(texts.currentNode, texts.currentNode.data.trimEnd().length);
                    rects.push(...range.getClientRects());
                }
                return rects.filter(({ left, right, top, bottom }) =>
                    left < right && right > box.left + 2 && left < box.right
                    && bottom > box.top && top < box.bottom - 2).length;
            }"""
        )
        assert covered == 0


def test_links_to_headings_can_be_seen(phone):
    visit(phone, CHAPTER)
    link = phone.locator("h2 > a.headerlink").first
    assert link.evaluate("link => getComputedStyle(link).opacity") == "1"
    height = phone.locator("h2").first.evaluate("heading => heading.getBoundingClientRect().height")
    phone.add_style_tag(content=".headerlink { display: none !important }")
    without = phone.locator("h2").first.evaluate(
        "heading => heading.getBoundingClientRect().height"
    )
    assert abs(height - without) < 2


# --- The sheet of a term ----------------------------------------------------------------------


@EACH_LANGUAGE
def test_term_opens_a_sheet_with_its_definition(phone, language):
    path = CHAPTER.replace("en/", f"{language}/")
    visit(phone, path)
    link = phone.locator(TERM).first
    link.tap()
    sheet = phone.get_by_role("dialog", name=link.inner_text())
    expect(sheet).to_be_visible()
    assert phone.url.endswith(path)
    assert not phone.get_by_role("tooltip").is_visible()
    anchor = link.get_attribute("href").partition("#")[2]
    glossary = (SITE / language / "chapters" / "appendix-glossary.html").read_text("utf-8")
    definition = glossary.partition(f'<dt id="{anchor}">')[2].partition("</dd>")[0]
    last_words = sheet.locator("p").inner_text()[-12:]
    assert last_words in definition
    box = sheet.bounding_box()
    assert box["y"] + box["height"] == pytest.approx(PHONE["height"], abs=1)
    assert small(phone, "dialog[open]") == []
    name = {"ko": "용어집에서 보기", "en": "Open in the glossary"}[language]
    sheet.get_by_role("link", name=name).tap()
    phone.wait_for_url(f"**/appendix-glossary.html#{anchor}")


@pytest.mark.parametrize("way", ["beside", "Escape", "button"])
def test_sheet_closes_and_the_focus_is_on_the_term_again(phone, way):
    visit(phone, CHAPTER)
    wait_for_fonts(phone)
    link = phone.locator(TERM).nth(1)
    link.tap()
    sheet = phone.locator("#term-sheet")
    expect(sheet).to_be_visible()
    assert sheet.evaluate("sheet => sheet.contains(document.activeElement)")
    before = phone.evaluate("scrollY")
    if way == "beside":
        phone.touchscreen.tap(180, 20)
    elif way == "Escape":
        phone.keyboard.press("Escape")
    else:
        sheet.get_by_role("button", name="Close").tap()
    expect(sheet).to_be_hidden()
    expect(link).to_be_focused()
    assert phone.evaluate("scrollY") == before
    assert not phone.get_by_role("tooltip").is_visible()


def test_mouse_and_keyboard_follow_the_link_of_a_term(page):
    for press in (lambda link: link.click(), lambda link: link.press("Enter")):
        visit(page, CHAPTER)
        link = page.locator(TERM).first
        target = link.get_attribute("href")
        press(link)
        page.wait_for_url(f"**/{target}")


def test_without_javascript_a_term_is_a_link(browser, address):
    options = {"viewport": PHONE, "has_touch": True, "java_script_enabled": False}
    context = browser.new_context(base_url=address, **options)
    page = context.new_page()
    page.goto(f"/{CHAPTER}", wait_until="load")
    link = page.locator(TERM).first
    assert not page.locator("#term-sheet").is_visible()
    link.tap()
    page.wait_for_url("**/appendix-glossary.html#term-*")
    context.close()
