"""Where links lead: nothing hides behind the header, and no address is an error."""

import pytest
from conftest import DESKTOP, PHONE, first_page_with, visit, wait_for_fonts

SIZES = {"desktop": DESKTOP, "phone": PHONE}
HEADER = ".bd-header-article"
# How far below the header an element begins.
BELOW_HEADER = f"""element => element.getBoundingClientRect().top
    - document.querySelector("{HEADER}").getBoundingClientRect().bottom"""


@pytest.fixture
def still_page(page):
    """Return a page that scrolls at once."""
    page.emulate_media(reduced_motion="reduce")
    return page


TARGETS = [
    "04-attention.html#exercises",
    "08-scores.html#test-yourself",
    "appendix-glossary.html#term-loss",
    "appendix-references.html#ref-cho2014",
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("target", TARGETS)
def test_target_of_a_link_stands_below_the_header(still_page, target, size):
    still_page.set_viewport_size(SIZES[size])
    visit(still_page, f"en/chapters/{target}")
    wait_for_fonts(still_page)
    still_page.wait_for_timeout(200)
    place = still_page.locator(f"[id='{target.partition('#')[2]}']")
    assert 0 <= place.evaluate(BELOW_HEADER) <= 24


def test_anything_can_be_a_target(still_page):
    """Figures, formulas and cells, too, whatever will be linked to."""
    visit(still_page, first_page_with("framework-tabs"))
    wait_for_fonts(still_page)
    for kind in ("img", "div.math", "div.cell", "table", "p", "li"):
        element = still_page.locator(f".bd-article section section {kind}:visible").first
        element.evaluate("element => { element.id = 'target'; location.hash = ''; }")
        still_page.evaluate("location.hash = 'target'")
        still_page.wait_for_timeout(100)
        assert 0 <= element.evaluate(BELOW_HEADER) <= 24, kind
        element.evaluate("element => element.removeAttribute('id')")


def test_contents_and_the_way_back_lead_to_what_can_be_seen(still_page):
    visit(still_page, "en/chapters/04-attention.html")
    wait_for_fonts(still_page)
    entries = still_page.locator("#pst-page-toc-nav a")
    for index in (3, 5):
        entries.nth(index).click()
        section = still_page.locator(entries.nth(index).get_attribute("href"))
        still_page.wait_for_timeout(100)
        assert 0 <= section.evaluate(BELOW_HEADER) <= 24
    still_page.go_back()
    section = still_page.locator(entries.nth(3).get_attribute("href"))
    still_page.wait_for_timeout(300)
    assert 0 <= section.evaluate(BELOW_HEADER) <= 24


@pytest.mark.parametrize("hash", ["%E0%A4%A", "%", "'\"]", "1", "no-such-place"])
def test_address_that_leads_nowhere_is_no_error(page, hash):
    visit(page, "en/chapters/04-attention.html")
    page.goto("about:blank")
    page.goto(f"/en/chapters/04-attention.html#{hash}", wait_until="load")
    page.evaluate("hash => { location.hash = ''; location.hash = hash; }", hash)
    page.wait_for_timeout(500)  # `page` looks at what the console says
    assert page.locator(".bd-article h1").is_visible()
