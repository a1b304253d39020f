"""The search on the built site, in a real browser."""

import gzip
import html
import re
import unicodedata
from functools import partial

import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import (
    DESKTOP,
    EACH_LANGUAGE,
    PHONE,
    ROOT,
    SITE,
    arrive,
    pages,
    visit,
    visit_fully,
    wait_for_fonts,
    watch,
)
from docutils.nodes import make_id
from playwright.sync_api import Page, expect
from publishing.chapter.editions import LANGUAGES
from publishing.chapter.terms import read_glossary
from publishing.site.lookup import NAMES, lookup
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
        assert any(mark.strip(".,:?!)") == expected for mark in all_found(page, words)), words
        links = page.locator(RESULTS).evaluate_all("links => links.map(link => link.pathname)")
        assert all(path.startswith(f"/{language}/chapters/") for path in links)


def all_found(page: Page, words: str) -> list[str]:
    """Return the words that are found on all pages, also of what the dialog leaves out."""
    return page.evaluate(
        """async (words) => {
            const pagefind = await import(new URL("../../pagefind/pagefind.js", location.href));
            const { results } = await pagefind.search(words);
            const data = await Promise.all(results.map((result) => result.data()));
            return data.flatMap(({ content, locations }) => {
                const all = content.split(/\\s+/);
                return locations.map((place) => all[place]);
            });
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


# What a reader may type, and what is then found: first of all, or else just found. A second one is
# the correction, or the name, that the reader is told of.
FIRST = {
    "ko": {
        "기울기": "term-gradient",
        "빔 서치": "term-beam-search",
        "빔서치": "term-beam-search",
        "빔서 치": "term-beam-search",
        "교사강요": "term-teacher-forcing",
        "교사 강 요": "term-teacher-forcing",
        "은닉상태": "term-hidden-state",
        "어 텐션": "term-attention",
        "히트 맵": "term-heat-map",
        "어텐션이란": "term-attention",
        "옵티마이저를": "term-optimizer",
        "teacher forcing": "term-teacher-forcing",
        "beamsearch": "term-beam-search",
        "RNN": "term-recurrent-neural-network",
        "SOS": "term-start-token",
        "역전파": ("term-gradient", "기울기"),
        "backprop": ("term-gradient", "기울기"),
        "바다나우": ("term-additive-attention", "덧셈 어텐션"),
        "바다나우 어텐션": ("term-additive-attention", "덧셈 어텐션"),
        "디코우더": ("term-decoder", "디코더"),
        "소프트멕스": ("term-softmax", "소프트맥스"),
        "어탠션": ("term-attention", "어텐션"),
        "어텐숀": ("term-attention", "어텐션"),
        "어텐텐션": ("term-attention", "어텐션"),
        "텐어션": ("term-attention", "어텐션"),
        "손싫": ("term-loss", "손실"),
        "교사 강오": ("term-teacher-forcing", "교사 강요"),
        "은닉상테": ("term-hidden-state", "은닉 상태"),
        "sofmax": ("term-softmax", "softmax"),
        "teachr": ("term-teacher-forcing", "teacher"),
        "2014": "ref-cho2014properties",
        "Sutskever": "ref-sutskever2014",
        "Attention is all you need": "ref-vaswani2017",
        "루옹 2015": ("ref-luong2015", "Luong 2015"),
        "수츠 케버": ("ref-sutskever2014", "Sutskever"),
        "수츠캐버": ("ref-sutskever2014", "수츠케버"),
    },
    "en": {
        "gradient": "term-gradient",
        "gradients": "term-gradient",
        "masked": "term-mask",
        "heatmap": "term-heat-map",
        "beamsearch": "term-beam-search",
        "cross entropy": "term-cross-entropy",
        "Bahdanau attention": "term-additive-attention",
        "optimiser": "term-optimizer",
        "OOV": ("term-unk", "UNK"),
        "backpropagation": ("term-gradient", "gradient"),
        "교사강요": ("term-teacher-forcing", "teacher forcing"),
        "소프트맥스": ("term-softmax", "softmax"),
        "atention": ("term-attention", "attention"),
        "attnetion": ("term-attention", "attention"),
        "sofmax": ("term-softmax", "softmax"),
        "droppout": ("term-dropout", "dropout"),
        "perplexitu": ("term-perplexity", "perplexity"),
        "teachr forcing": ("term-teacher-forcing", "teacher forcing"),
        "beam serach": ("term-beam-search", "beam search"),
        "Luong": "ref-luong2015",
        "luong et al., 2015": "ref-luong2015",
        "Vaswani 2017": "ref-vaswani2017",
        "Merrienboer": "ref-cho2014properties",
        "Hochrieter": ("ref-hochreiter1997", "Hochreiter"),
    },
}


@EACH_LANGUAGE
def test_what_is_meant_stands_first(page, language):
    open_search(page, pages(language)[0])
    wrong = {}
    for words, expected in FIRST[language].items():
        anchor, told = (expected, None) if isinstance(expected, str) else expected
        status, links = found_for(page, words)
        quoted = re.search("[“‘](.*?)[”’]", status)
        if not links[0].endswith(f"#{anchor}") or (quoted and quoted[1]) != told:
            wrong[words] = (status, links[:2])
    assert not wrong


def test_spaces_change_nothing_in_korean(page):
    open_search(page, pages("ko")[0])
    for words in ("빔 서치", "교사 강요", "번역 문장", "시험 문장", "오류 전파", "데이터 누수"):
        assert found_for(page, words.replace(" ", "")) == found_for(page, words), words
    assert found_for(page, "학 습 률 온도") == found_for(page, "학습률온도")


@pytest.mark.parametrize(
    ("language", "words"), [("ko", "과적합"), ("ko", "벩벩"), ("en", "xyzzy"), ("en", "los")]
)
def test_no_word_is_made_of_another_one(page, language, words):
    open_search(page, pages(language)[0])
    status, _ = found_for(page, words)
    assert not re.search("[“‘]", status), status


def test_one_word_too_many_leaves_what_the_others_find(page):
    open_search(page, pages("en")[0])
    status, links = found_for(page, "beam search zzzz")
    assert "“beam search”" in status
    assert links[0].endswith("#term-beam-search")


def test_what_is_found_exactly_is_not_corrected(page):
    open_search(page, pages("en")[0])
    assert "“" not in found_for(page, "word")[0]
    assert "“" not in found_for(page, "translates")[0]


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_of_a_term_leads_to_its_definition(page, language):
    open_search(page, pages(language)[0])
    anchors = {}
    for entry in read_glossary(ROOT):
        aliases = [alias for group in entry.get("aliases", {}).values() for alias in group]
        for name in (*entry["term"].values(), *aliases):
            anchors[name] = f"#term-{make_id(entry['term']['en'])}"
    name = next(iter(anchors))
    _, links = found_for(page, name)  # as a reader asks; the others without a keyboard
    first = page.evaluate(FIRST_LINKS, list(anchors))
    assert first[0] == links[0]
    wrong = [
        (name, link)
        for (name, anchor), link in zip(anchors.items(), first, strict=True)
        if not link.endswith(anchor)
    ]
    assert not wrong
    assert len(anchors) > 100


FIRST_LINKS = """async (names) => {
    const { module } = JSON.parse(document.getElementById("pst-search-dialog").dataset.texts);
    const { find } = await import(new URL(`../_static/${module}`, location));
    const links = [];
    for (const name of names) links.push((await find(name)).results[0]?.link ?? "nothing");
    return links;
}"""


def test_first_answer_is_there_at_once(page):
    open_search(page, pages("ko")[0])
    found_for(page, "병목")  # all is loaded
    times = []
    for words in (
        "어텐션",
        "빔서치",
        "역전파",
        "어탠션",
        "Bahdanau",
        "학습",
        "teachr",
        "은닉 상태",
    ):
        found_for(page, "벩벩벩")
        times.append(page.evaluate(ANSWER_TIME, words))
    assert sorted(times)[len(times) // 2] < 150


ANSWER_TIME = """async (words) => {
    const field = document.querySelector("#pst-search-dialog input");
    const list = document.getElementById("book-search-results");
    field.value = words;
    const start = performance.now();
    const answer = new Promise((resolve) => {
        new MutationObserver(resolve).observe(list, {childList: true});
    });
    field.dispatchEvent(new InputEvent("input"));
    await answer;
    return performance.now() - start;
}"""


def test_nothing_is_asked_for_before_somebody_searches(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    visit_fully(page, pages("en")[0])
    page.wait_for_load_state("networkidle")
    wanted = re.compile("pagefind|finding")
    assert not list(filter(wanted.search, asked))
    page.keyboard.press("Control+k")
    page.keyboard.insert_text("attention")
    expect(page.locator(RESULTS).first).to_be_visible()
    assert list(filter(wanted.search, asked))


def test_what_the_search_looks_up_is_small():
    for language in LANGUAGES:
        path = SITE / "pagefind" / f"lookup.{language}.json"
        assert len(path.read_bytes()) < 100_000
        assert len(gzip.compress(path.read_bytes())) < 40_000


def test_every_cited_author_has_a_korean_spelling():
    names = yaml.safe_load((ROOT / NAMES).read_text("utf-8"))
    for language in LANGUAGES:
        found = lookup(SITE, ROOT, language)["references"]
        assert len(found) >= 10
        first = {entry["authors"][0] for entry in found} - {"IEEE"}
        assert first <= set(names), f"{NAMES} lacks {sorted(first - set(names))}"


def follow(page: Page, words: str, anchor: str) -> None:
    """Search for words, and open the result that leads to an anchor."""
    page.keyboard.press("Control+k")
    page.locator("#pst-search-dialog input").fill(words)  # in place of the words before
    page.locator(f"{RESULTS}[href$='#{anchor}']").first.click()
    page.wait_for_url(re.compile(f"#{anchor}$"), wait_until="domcontentloaded")


MARKED = """() => [...CSS.highlights.get("book-search") ?? []].map((range) =>
    range.startContainer.data.slice(range.startOffset, range.endOffset))"""


@pytest.mark.parametrize(
    ("language", "words", "anchor", "marked"),
    [
        ("ko", "빔서치", "beam-search-keep-more-than-one", {"빔", "서치"}),
        ("en", "beam serach", "beam-search-keep-more-than-one", {"beam", "search"}),
        ("ko", "teacher forcing", "term-teacher-forcing", {"교사", "강요", "teacher", "forcing"}),
        ("ko", "바다나우", "ref-bahdanau2015", {"bahdanau"}),
    ],
)
def test_found_words_are_marked_where_the_reader_arrives(page, language, words, anchor, marked):
    visit(page, pages(language)[0])
    follow(page, words, anchor)
    texts = page.evaluate(MARKED)
    found = {text.lower() for text in texts}
    assert marked <= found
    assert all(any(text.startswith(word) for word in marked) for text in found), found
    assert "?" not in page.url
    # Nothing but a button that takes the marks off has come to the page.
    assert page.locator("article mark").count() == 0
    page.get_by_role("button", name={"ko": "표시 지우기", "en": "Remove marks"}[language]).click()
    assert page.evaluate(MARKED) == []
    page.reload(wait_until="domcontentloaded")
    assert page.evaluate(MARKED) == []


def test_escape_takes_the_marks_off_and_nothing_moves(page):
    visit(page, pages("en")[0])
    follow(page, "softmax", "softmax-over-the-wrong-axis")
    wait_for_fonts(page)
    heights = (
        "[...document.querySelectorAll('article p')].map((p) => p.getBoundingClientRect().height)"
    )
    marked = page.evaluate(heights)
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")  # closes the dialog
    assert page.evaluate(MARKED)
    page.keyboard.press("Escape")
    assert page.evaluate(MARKED) == []
    assert page.evaluate(heights) == marked


def test_words_are_marked_on_the_same_page_too(page):
    visit(page, "en/chapters/04-attention.html")
    follow(page, "softmax", "softmax-over-the-wrong-axis")
    expect(page.locator("#pst-search-dialog")).to_be_hidden()
    assert page.evaluate(MARKED)
    follow(page, "tanh", "without-the-tanh")
    assert {text.lower() for text in page.evaluate(MARKED)} == {"tanh"}


@pytest.mark.parametrize("media", [{}, {"color_scheme": "dark"}, {"forced_colors": "active"}])
def test_marks_are_seen_in_every_scheme(new_page, media):
    page = new_page(**media)
    visit(page, "en/chapters/appendix-glossary.html")
    follow(page, "softmax", "term-softmax")
    wait_for_fonts(page)
    place = page.locator("dt#term-softmax")
    marked = place.screenshot()
    page.evaluate("CSS.highlights.clear()")
    assert place.screenshot() != marked


def test_half_a_syllable_is_not_told_to_be_missing(page):
    """While an input method writes 어텐션, its last syllable is not what it will be."""
    open_search(page, pages("ko")[0])
    page.keyboard.insert_text("어텐")
    expect(page.locator(RESULTS).first).to_be_visible()
    before = page.locator(".book-search-status").inner_text()
    for text in ("어텐ㅅ", "어텐셔", "어텐션"):
        page.evaluate(COMPOSE, text)
        page.wait_for_timeout(60)
        assert page.locator(".book-search-status").inner_text() == before
    # A slip is told of as soon as the reader rests, for the last syllable stays in composition.
    page.evaluate(COMPOSE, "어탠션")
    expect(page.locator(".book-search-status")).to_contain_text("‘어텐션’")


COMPOSE = """(text) => {
    const field = document.querySelector("#pst-search-dialog input");
    field.value = text;
    field.dispatchEvent(new InputEvent("input", {isComposing: true}));
}"""


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
