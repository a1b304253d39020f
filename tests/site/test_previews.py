"""Previews of links."""

from conftest import DESKTOP, first_page_with, visit
from docutils import nodes
from playwright.sync_api import expect
from publishing.site.previews import preview_text


def test_term_has_a_preview_on_hover_and_on_focus(page):
    visit(page, first_page_with("glossary-term", "en"))
    preview = page.get_by_role("tooltip")
    link = page.locator(".bd-article a:has(> .glossary-term)").first
    assert not preview.is_visible()
    link.hover()
    assert preview.is_visible()
    assert len(preview.inner_text()) > 30
    preview.hover()  # one can go there, to select the text
    assert preview.is_visible()
    page.keyboard.press("Escape")
    assert not preview.is_visible()
    page.mouse.move(0, 0)
    link.focus()
    assert preview.is_visible()
    assert link.get_attribute("aria-describedby") == preview.get_attribute("id")
    box = preview.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= DESKTOP["width"]


def test_citation_and_chapter_have_previews(page):
    visit(page, first_page_with("#ref-bahdanau2015", "en"))
    preview = page.get_by_role("tooltip")
    page.locator(".bd-article a[href$='#ref-bahdanau2015']").first.hover()
    expect(preview).to_contain_text("Neural machine translation by jointly learning")
    page.locator(".bd-article p a.reference.internal[href$='.html']").first.hover()
    expect(preview).to_contain_text("—")  # between the title and the first lines


def test_preview_of_a_section_leaves_formulas_out():
    formula = nodes.paragraph("", "", nodes.math("", "x_j"))
    text = nodes.paragraph("", "Plain words. " * 40)
    section = nodes.section("", nodes.title("", "Title"), formula, text)
    preview = preview_text(section)
    assert preview.startswith("Title — Plain words.")
    assert preview.endswith(" …")
    assert len(preview) < 250
