"""The search on the built site, in a real browser."""

import html
import re
import unicodedata
from functools import partial

import pytest
from bs4 import BeautifulSoup
from conftest import DESKTOP, EACH_LANGUAGE, PHONE, SITE, arrive, pages, visit, watch
from playwright.sync_api import Page, expect
from publishing.site.search import _for_index

# What is looked for, and how a marked word in the results then looks.
FOUND = {
    "ko": {
        "학습": "학습합니다",
        "어텐션": "어텐션은",
        "은닉 상태": "상태를",
        "pytorch": "PyTorch",
    },
    "en": {
        "learn": "learned",
        "atten": "attention",
        "hidden state": "states",
        "translate": "translated",
    },
}
RESULTS = "#book-search-results a"


def open_search(page: Page, path: str) -> None:
    visit(page, path)
    page.keyboard.press("Control+k")
    expect(page.locator("#pst-search-dialog input")).to_be_focused()


@EACH_LANGUAGE
def test_words_are_found_by_their_beginning(page, language):
    open_search(page, pages(language)[0])
    field = page.locator("#pst-search-dialog input")
    for words, expected in FOUND[language].items():
        field.fill(words)
        # Of these words, for the results of those before may still be there.
        mark = re.compile(re.escape(words.split()[0]), re.IGNORECASE)
        expect(page.locator(f"{RESULTS} mark").filter(has_text=mark).first).to_be_visible()
        assert any(mark.strip(".,:?!)") == expected for mark in all_marks(page, words)), words
        links = page.locator(RESULTS).evaluate_all("links => links.map(link => link.pathname)")
        assert all(path.startswith(f"/{language}/chapters/") for path in links)


def all_marks(page: Page, words: str) -> list[str]:
    """Return the marked words of all results, also of those that the dialog leaves out."""
    return page.evaluate(
        """async (words) => {
            const pagefind = await import(new URL("../../pagefind/pagefind.js", location.href));
            const { results } = await pagefind.search(words);
            const data = await Promise.all(results.map((result) => result.data()));
            const text = data.flatMap((page) => page.sub_results.map((part) => part.excerpt));
            return text.join(" ").match(/(?<=<mark>).*?(?=<.mark>)/g);
        }""",
        words,
    )


@pytest.mark.parametrize(
    ("language", "words", "title"),
    [
        ("en", "beam search", "Beam search: keep more than one"),
        pytest.param("en", "teacher forcing", "Teacher forcing", marks=pytest.mark.slow),
        pytest.param("ko", "빔 서치", "빔 서치", marks=pytest.mark.slow),
    ],
)
def test_section_with_the_words_in_its_title_comes_first(page, language, words, title):
    open_search(page, pages(language)[0])
    page.keyboard.insert_text(words)
    titles = page.locator(".book-search-section")
    expect(titles.first).to_be_visible()
    shown = titles.all_inner_texts()
    in_title = [all(word in text.lower() for word in words.split()) for text in shown]
    assert any(text.startswith(title) for text in shown[: sum(in_title)]), shown
    assert in_title[0]


@EACH_LANGUAGE
def test_every_page_that_is_counted_is_listed(page, language):
    open_search(page, pages(language)[0])
    page.keyboard.insert_text({"ko": "어텐션", "en": "attention"}[language])
    status = page.locator(".book-search-status")
    expect(status).to_contain_text(re.compile(r"\d"))
    links = page.locator(RESULTS).evaluate_all("links => links.map(link => link.pathname)")
    assert len(set(links)) == int(re.search(r"\d+", status.inner_text())[0])
    assert len(set(links)) > 8


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "context vector"), pytest.param("ko", "컨텍스트 벡터", marks=pytest.mark.slow)],
)
def test_term_of_the_glossary_is_found_itself(page, language, words):
    open_search(page, pages(language)[0])
    page.keyboard.insert_text(words)
    term = page.locator(f"{RESULTS}[href$='#term-context-vector']")
    expect(term).to_contain_text(words)
    term.click()
    arrive(page, f"{language}/chapters/appendix-glossary.html#term-context-vector")
    expect(page.locator("dt#term-context-vector")).to_be_in_viewport()


def test_search_works_by_keyboard_alone(page, address):
    open_search(page, pages("en")[0])
    page.keyboard.insert_text("softmax axis")
    links = page.locator(RESULTS)
    section = links.filter(has=page.locator(".book-search-section")).first
    expect(section).to_be_visible()
    for _ in range(links.count()):
        page.keyboard.press("ArrowDown")
        if section.evaluate("link => link === document.activeElement"):
            break
    expect(section).to_be_focused()
    target = section.get_attribute("href")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}{target}")
    assert "#" in target
    assert page.locator(f"section[id='{target.partition('#')[2]}']").count() == 1


def test_escape_closes_the_search_from_the_field_and_from_a_result(page):
    visit(page, pages("ko")[0])
    for presses in (0, 1):
        page.keyboard.press("Control+k")
        page.locator("#pst-search-dialog input").fill("어텐션")
        expect(page.locator(RESULTS).first).to_be_visible()
        for _ in range(presses):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Escape")
        expect(page.locator("#pst-search-dialog")).to_be_hidden()


@pytest.mark.parametrize(
    ("language", "words"), [("ko", "벩벩벩"), pytest.param("en", "zzzz", marks=pytest.mark.slow)]
)
def test_word_that_does_not_occur_is_not_found(page, language, words):
    open_search(page, pages(language)[0])
    page.keyboard.insert_text(words)
    expect(page.locator(".book-search-status")).to_contain_text(
        {"ko": "찾은 곳이 없습니다", "en": "Nothing found"}[language]
    )
    assert page.locator(RESULTS).count() == 0


@pytest.mark.parametrize(
    "size",
    [pytest.param(PHONE, id="phone"), pytest.param(DESKTOP, id="desktop", marks=pytest.mark.slow)],
)
def test_theme_s_search_button_opens_the_one_search_which_fits(page, size):
    page.set_viewport_size(size)
    visit(page, pages("ko")[0])
    page.locator(".search-button__button:visible").first.click()
    page.keyboard.insert_text("어텐션")
    expect(page.locator(RESULTS).first).to_be_visible()
    assert page.locator("input[type=search]").count() == 1
    box = page.locator("#pst-search-dialog").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size["width"]


def test_sphinx_s_own_search_is_gone():
    assert not list(SITE.rglob("search.html"))
    assert not list(SITE.rglob("searchindex.js"))


def test_search_works_below_any_path(browser, serve, tmp_path):
    (tmp_path / "name").symlink_to(SITE)
    address = serve(tmp_path)
    page = browser.new_page(base_url=address)
    problems = watch(page, f"{address}/name/")
    start, *others = (f"name/{path}" for path in pages("en"))
    open_search(page, start)
    page.keyboard.insert_text("attention")
    other_page = page.locator(RESULTS).and_(page.locator(f"a:not([href*='{start}'])")).first
    expect(other_page).to_be_visible()
    other_page.press("Enter")
    # Chromium never ends closing a page that is about to load another one.
    page.wait_for_url(re.compile("|".join(re.escape(f"{address}/{path}") for path in others)))
    page.close()
    assert problems == []


# How a word also comes into the field: from a macOS file name, or from an input method that writes
# wide letters. The other way round, a page may hold such a form.
FORMS = {
    "decomposed": partial(unicodedata.normalize, "NFD"),
    "wide": lambda words: "".join(
        chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in words
    ),
    "wide space": lambda words: words.replace(" ", "\u3000"),
    "ligature": lambda words: words.replace("fi", "ﬁ"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ko", "어텐션"),
        pytest.param("ko", "은닉 상태", marks=pytest.mark.slow),
        ("ko", "PyTorch"),
        pytest.param("ko", "한국어 숫자 12345", marks=pytest.mark.slow),
        ("en", "attention"),
        pytest.param("en", "gradient 1e-7", marks=pytest.mark.slow),
        pytest.param("en", "Adam first", marks=pytest.mark.slow),
    ],
)
def test_every_form_of_a_word_finds_the_same(page, language, words, form):
    open_search(page, pages(language)[0])
    found = found_for(page, words)
    assert found[1]
    assert found_for(page, FORMS[form](words)) == found


def found_for(page: Page, words: str) -> tuple[str, list[str]]:
    """Return what the dialog shows for words: the count, and the links in their order."""
    status = page.locator(".book-search-status")
    page.locator("#pst-search-dialog input").fill("")
    expect(status).to_be_empty()
    page.keyboard.insert_text(words)
    expect(status).not_to_be_empty()
    links = page.locator(RESULTS).evaluate_all("links => links.map((link) => link.href)")
    return status.inner_text(), links


@pytest.mark.parametrize("words", ["어텐션", "wide ABC 123", "a &lt; b &amp; c &gt; d", "ﬁrst"])
def test_index_has_a_text_as_the_field_writes_a_query(words):
    text = html.unescape(words)
    for form in ("NFC", "NFD"):
        typed = unicodedata.normalize(form, words)
        page = f'<section id="a"><h2>{typed}</h2><p title="ﬁ">{typed} ＜b＞</p></section>'
        parsed = BeautifulSoup(_for_index(page), "html.parser")
        expected = unicodedata.normalize("NFKC", text)
        assert parsed.h2.get_text() == expected
        assert parsed.p.get_text() == f"{expected} <b>"
        assert parsed.p["title"] == "ﬁ"  # attributes may be addresses
