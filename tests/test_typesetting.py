"""The numbers of chapters, and formulas that end a line."""

import re

import pytest
from book.publishing.views import LANGUAGES
from conftest import DESKTOP, PHONE, SITE, first_page_with, pages

# An inline formula with letters right after it, where a line could break between them.
LOOSE_FORMULA = re.compile(
    r'(?<!<span class="unbroken">)(?<!<span class="unbroken long">)'
    r'<span class="math[^"]*">\\\(([^<]*?)\\\)</span>(?=[^\s<])'
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chapter_has_the_number_of_its_file_on_the_page_and_in_the_list(page, address, language):
    chapters = [path for path in pages(language) if re.search(r"/\d\d-", path)]
    page.goto(f"{address}/{chapters[0]}")
    listed = page.locator(".bd-sidebar-primary .toctree-l1").all_inner_texts()
    for path in chapters[1:]:  # the first is the book's title, which opens the list
        number = path.rpartition("/")[2][:2]
        page.goto(f"{address}/{path}")
        title = " ".join(page.locator(".bd-article h1").inner_text().split()).rstrip(" #")
        assert title.startswith(f"{number} ")
        assert title in [" ".join(text.split()) for text in listed]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_formula_is_torn_from_what_follows_it(language):
    for path in pages(language):
        assert LOOSE_FORMULA.findall((SITE / path).read_text("utf-8")) == [], path


@pytest.mark.parametrize(("size", "wrapping"), [(DESKTOP, "nowrap"), (PHONE, "normal")])
def test_long_formula_stays_with_its_word_where_there_is_room(page, address, size, wrapping):
    page.set_viewport_size(size)
    page.goto(f"{address}/{first_page_with('unbroken long')}")
    page.evaluate("() => window.MathJax?.startup.promise")
    wrappings = page.locator(".unbroken:not(:has(> .too-wide))").evaluate_all(
        """parts => parts.map(part =>
            [part.classList.contains("long"), getComputedStyle(part).whiteSpace])"""
    )
    assert {white_space for is_long, white_space in wrappings if is_long} == {wrapping}
    assert {white_space for is_long, white_space in wrappings if not is_long} == {"nowrap"}


# The formulas that reach beyond their box: those that do not scroll, or the keyboard cannot reach.
CUT_FORMULAS = """async () => {
    document.querySelectorAll("details").forEach(fold => { fold.open = true });
    await window.MathJax?.startup.promise;
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const formulas = [...document.querySelectorAll(".bd-article .math")];
    const wide = formulas.filter((formula) => {
        const drawn = formula.querySelector("mjx-math")?.getBoundingClientRect();
        return drawn && drawn.right > formula.getBoundingClientRect().right + 1;
    });
    const scrolls = (formula) => {
        formula.scrollLeft = formula.scrollWidth;
        return formula.scrollLeft > 0 && formula.tabIndex === 0
            && getComputedStyle(formula).overflowX === "auto";
    };
    const cut = wide.filter((formula) => !scrolls(formula));
    const needless = formulas.filter((one) => one.tabIndex === 0 && !wide.includes(one));
    const texts = (formulas) => formulas.map((formula) => formula.textContent);
    const inText = wide.filter((formula) => formula.tagName === "SPAN");
    return [inText.length, texts(cut), texts(needless)];
}"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_formula_that_is_too_wide_scrolls_and_no_other_does(page, address, language):
    # Narrower than a phone, where every formula in the text fits.
    page.set_viewport_size({"width": 280, "height": 640})
    in_text = 0
    for path in pages(language):
        page.goto(f"{address}/{path}")
        count, cut, needless = page.evaluate(CUT_FORMULAS)
        assert (cut, needless) == ([], []), path
        in_text += count
    assert in_text, "no test: every formula in the text fits"
