"""Links from the prose to the glossary."""

from conftest import EACH_LANGUAGE, first_page_with, visit
from playwright.sync_api import expect


@EACH_LANGUAGE
def test_first_use_of_a_term_leads_to_the_glossary(page, language):
    visit(page, first_page_with("glossary-term", language))
    links = page.locator(".bd-article a:has(> .glossary-term)")
    targets = links.evaluate_all("links => links.map(link => link.hash)")
    assert len(targets) >= 3
    assert len(set(targets)) == len(targets), "a term is linked twice"
    misplaced = page.locator(":is(h1, h2, h3, h4, code, pre, .math, a a) .glossary-term")
    assert misplaced.count() == 0
    links.first.click()
    expect(page.locator(f"dt{targets[0]}")).to_be_in_viewport()
