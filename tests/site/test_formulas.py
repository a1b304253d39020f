"""Formulas: set at build time, in the size of the text, and their numbers in sight."""

import re

import pytest
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
from publishing.chapter.editions import LANGUAGES
from publishing.site.formulas import FormulaError, formula

# How large an x of a formula is, and one of the text around it.
SIZES = """() => [...document.querySelectorAll(".bd-article p span.math mjx-container")].map(
    formula => parseFloat(getComputedStyle(formula).fontSize)
        / parseFloat(getComputedStyle(formula.closest("p")).fontSize))"""
# The families of the letters of formulas that are drawn, and whether each has its font.
FONTS = """() => document.fonts.ready.then(fonts => {
    const used = [...document.querySelectorAll("mjx-c")].map(letter => [
        getComputedStyle(letter).fontFamily.split(", ").at(-1),
        getComputedStyle(letter, "::before").content.slice(1, -1)]);
    const isThere = ([family, text]) => !text || document.fonts.check(`16px ${family}`, text);
    const missing = used.filter((one) => !isThere(one));
    return [used.length, missing];
})"""


@pytest.mark.parametrize("tex", ["x", r"\alpha_{ij}", r"\tfrac{1}{2}"])
def test_formula_is_html_with_mathml_for_screen_readers(tex):
    html = formula(tex, is_displayed=False)
    assert html.startswith("<mjx-container")
    assert "<math" in html


def test_displayed_formula_is_larger_than_one_in_the_text():
    fractions = [formula(r"\frac{1}{2}", is_displayed=displayed) for displayed in (False, True)]
    assert 'size="s"' in fractions[0]
    assert 'size="s"' not in fractions[1]


@pytest.mark.parametrize(
    ("tex", "reason"),
    [
        (r"\foo", r"Undefined control sequence \foo"),
        (r"\frac{1}", "Missing argument"),
        ("{", "Extra open"),
    ],
)
def test_what_mathjax_cannot_read_is_an_error_that_says_why(tex, reason):
    with pytest.raises(FormulaError, match=re.escape(reason)):
        formula(tex, is_displayed=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_has_tex_or_a_script_for_it(language):
    for path in pages(language):
        html = (SITE / path).read_text("utf-8")
        assert not re.search(r"\\\(|\\\[|mathjax", html), path
        assert html.count('class="math') == len(
            re.findall('class="math"[^>]*><mjx-container', html)
        )
    assert not list(SITE.glob("*/_static/**/*mathjax*"))


def test_formulas_are_there_without_javascript(scriptless_page, page):
    path = first_page_with('<div class="math"')
    boxes = []
    for one in (page, scriptless_page):
        visit(one, path)
        wait_for_fonts(one)
        box = one.locator("div.math mjx-math").first.bounding_box()
        boxes.append([box["width"], box["height"]])
    assert boxes[0] == pytest.approx(boxes[1], abs=1)
    assert boxes[0][0] > 100


@EACH_LANGUAGE
def test_formula_is_little_larger_than_the_text_and_has_its_fonts(page, language):
    visit(page, first_page_with('<div class="math"', language))
    sizes = page.evaluate(SIZES)
    assert sizes
    assert all(1 <= size <= 1.11 for size in sizes)
    count, missing = page.evaluate(FONTS)
    assert count > 100
    assert missing == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE, {"width": 320, "height": 640}])
def test_number_of_an_equation_is_in_sight(page, size):
    page.set_viewport_size(size)
    numbers = 0
    for path in pages("ko"):
        if 'class="eqno"' not in (SITE / path).read_text("utf-8"):
            continue
        visit(page, path)
        boxes = page.locator("div.math > .eqno").evaluate_all(
            "numbers => numbers.map(number => [number.getBoundingClientRect().right,"
            " number.previousElementSibling.getBoundingClientRect().right <="
            " number.getBoundingClientRect().left])"
        )
        numbers += len(boxes)
        assert all(right <= size["width"] and is_beside for right, is_beside in boxes), path
    assert numbers > 3
