"""The fonts that come with the site: small, and with all letters of its pages."""

from io import BytesIO

import pytest
from conftest import EACH_LANGUAGE, ROOT, SITE, first_page_with, pages, visit, wait_for_fonts
from fontTools.ttLib import TTFont
from publishing.chapter.editions import LANGUAGES
from publishing.site.fonts import BASIC, SOURCES, reduced_font

LARGEST = 60_000  # bytes
# What the elements of the article are set in: the first family of the list, and its size.
SET_IN = """selector => [...document.querySelectorAll(`.bd-article ${selector}`)]
    .filter(element => element.checkVisibility())
    .map(element => [getComputedStyle(element).fontFamily.split(",")[0].replaceAll('"', ""),
        parseFloat(getComputedStyle(element).fontSize)])"""


def is_hangul(letter: str) -> bool:
    """Tell whether a letter is a Hangul syllable."""
    return "가" <= letter <= "힣"


def letters_of(path) -> set[str]:
    return {chr(code) for code in TTFont(path).getBestCmap()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_font_is_small(language):
    fonts = list(SITE.glob(f"{language}/_static/fonts/*"))
    assert len(fonts) == 3
    assert all(path.stat().st_size <= LARGEST for path in fonts)


@EACH_LANGUAGE
def test_a_chapter_asks_for_the_fonts_and_is_set_in_them(new_page, language):
    page = new_page()
    asked = []
    page.on("response", lambda response: asked.append(response.url))
    visit(page, first_page_with("framework-tabs", language))
    wait_for_fonts(page)
    assert any("/fonts/text.woff2?v=" in url for url in asked)
    assert any("/fonts/code.woff2?v=" in url for url in asked)
    for selector, family, smallest in (("p", "Book Text", 16), ("pre", "Book Code", 14)):
        found = page.evaluate(SET_IN, selector)
        assert found
        assert all(one[0] == family and one[1] >= smallest for one in found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_fonts_have_the_syllables_of_all_pages(language):
    folder = SITE / language / "_static/fonts"
    text = letters_of(folder / ("text.woff2" if language == "ko" else "text-more.woff2"))
    shown = {letter for path in pages(language) for letter in (SITE / path).read_text("utf-8")}
    hangul = set(filter(is_hangul, shown))
    assert hangul
    # The few that KS X 1001 lacks are left to the reader's own fonts.
    assert len(hangul - text) <= 2


@EACH_LANGUAGE
def test_a_syllable_in_code_is_two_columns_wide(page, language):
    visit(page, first_page_with("framework-tabs", language))
    wait_for_fonts(page)
    widths = page.evaluate(
        """async () => {
            const code = document.querySelector(".bd-article pre");
            const width = async (text) => {
                const one = document.createElement("span");
                one.textContent = text;
                code.append(one);
                await document.fonts.load("16px 'Book Code, More'", text);
                await document.fonts.ready;
                return one.getBoundingClientRect().width;
            };
            return [await width("한국어"), await width("aaaaaa")];
        }"""
    )
    assert widths[0] == pytest.approx(widths[1], rel=0.01)


def test_bold_letters_are_those_of_headings():
    page = (SITE / pages("ko")[1]).read_text("utf-8")
    title = page.partition("<h1>")[2].partition("</h1>")[0]
    bold = letters_of(SITE / "ko/_static/fonts/bold.woff2")
    assert set(filter(is_hangul, title)) <= bold
    assert len(bold) < len(letters_of(SITE / "ko/_static/fonts/text.woff2"))


def test_reduced_font_has_the_letters_asked_for_and_is_made_once(tmp_path):
    source = ROOT / SOURCES / "Pretendard-Regular.woff2"
    first = reduced_font(source, {"가", "A"}, tmp_path)
    assert {chr(code) for code in TTFont(BytesIO(first)).getBestCmap()} == {"가", "A"}
    assert "glyf" in TTFont(BytesIO(first)).flavorData.transformedTables  # smaller by a sixth
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(b"kept")
    assert reduced_font(source, {"A", "가"}, tmp_path) == b"kept"
    assert reduced_font(source, {"A", "나"}, tmp_path) != b"kept"


@pytest.mark.parametrize("source", sorted((ROOT / SOURCES).glob("*.woff2")), ids=lambda p: p.stem)
def test_fonts_are_packed_so_that_each_build_reads_them_fast(source):
    assert "glyf" not in TTFont(source).flavorData.transformedTables


def test_reduced_font_does_not_bear_the_reserved_name(tmp_path):
    font = TTFont(BytesIO(reduced_font(ROOT / SOURCES / "D2Coding.woff2", BASIC, tmp_path)))
    names = {record.nameID: str(record) for record in font["name"].names}
    assert "NHN" in names[0]
    assert 1 not in names
