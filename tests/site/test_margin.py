"""The notes in the margin of a wide window."""

import re

import pytest
from conftest import DESKTOP, EACH_LANGUAGE, SITE, first_page_with, pages, visit
from publishing.chapter.editions import LANGUAGES
from publishing.texts import localized

# Where the notes stand: beside the text, and over nothing that is wider than it.
PLACES = """() => {
    const box = element => element.getBoundingClientRect();
    const notes = [...document.querySelectorAll(".margin-note")].map(box);
    const wide = ".framework-tabs, div.cell, .pst-scrollable-table-container, p, li, h2, h3, "
        + ".margin-note";
    const shown = [...document.querySelectorAll(wide)].filter(one => one.checkVisibility());
    const others = shown.map(box);
    const meet = (one, other) => one !== other && one.width && other.width
        && one.left < other.right - 1 && other.left < one.right - 1
        && one.top < other.bottom - 1 && other.top < one.bottom - 1;
    const same = (one, other) => one.top === other.top && one.left === other.left;
    const right = box(document.querySelector(".bd-article")).right;
    return [notes.length, notes.filter(note => !note.width || note.right > right).length,
        notes.filter(note => others.some(one => meet(note, one) && !same(note, one))).length];
}"""


@pytest.mark.parametrize("width", [1200, 1280, 1500, 1920])
@EACH_LANGUAGE
def test_notes_stand_beside_the_text_and_over_nothing(page, language, width):
    page.set_viewport_size({**DESKTOP, "width": width})
    visit(page, first_page_with("margin-note", language))
    count, hidden, covering = page.evaluate(PLACES)
    assert count > 5
    assert (hidden, covering) == (0, 0)


@pytest.mark.parametrize("width", [360, 768, 1199])
def test_there_is_no_margin_in_a_narrow_window_or_on_paper(page, width):
    page.set_viewport_size({**DESKTOP, "width": width})
    visit(page, first_page_with("margin-note"))
    assert not page.locator(".margin-note").first.is_visible()
    page.set_viewport_size(DESKTOP)
    page.emulate_media(media="print")
    assert not page.locator(".margin-note").first.is_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_linked_term_has_its_definition_in_the_margin(language):
    html = "".join((SITE / path).read_text("utf-8") for path in pages(language))
    notes = re.findall(r'<aside class="margin-note"[^>]*><b>(.*?)</b> (.*?)</aside>', html)
    terms = re.findall(r'class="[^"]*glossary-term[^"]*">(.*?)</span>', html)
    defined = [name for name, _ in notes]
    outside = [term for term in terms if term in defined]
    assert len(outside) >= 0.8 * len(terms)  # the others stand in a fold or a tab
    lengths = [len(re.sub("<[^>]*>", "", text)) for _, text in notes]
    assert min(lengths) > 10
    assert max(lengths) < 160  # a first sentence, which is short


def test_languages_ask_for_the_same_predictions():
    names = [path.partition("/")[2] for path in pages("ko")]
    counts = [
        [
            (SITE / language / name)
            .read_text("utf-8")
            .count(f"<b>{localized('Predict', language)}</b>")
            for name in names
        ]
        for language in LANGUAGES
    ]
    assert counts[0] == counts[1]
    assert sum(counts[0]) > 15


@pytest.mark.parametrize(("width", "most"), [(768, 0.12), (900, 0.2)])
@EACH_LANGUAGE
def test_text_fills_a_window_that_is_no_phone_and_has_no_margin(page, language, width, most):
    page.set_viewport_size({**DESKTOP, "width": width})
    visit(page, first_page_with("margin-note", language))
    right = page.locator(".bd-article section > p").evaluate_all(
        "texts => Math.max(...texts.map(text => text.getBoundingClientRect().right))"
    )
    assert (width - right) / width <= most
