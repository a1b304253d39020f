"""What makes the site comfortable: line lengths, reading time, glossary, previews, print."""

import re

import pytest
from book.publishing.chapters import chapters_of
from book.publishing.glossary import term_key, term_pattern
from book.publishing.reading import preview_text, reading_minutes
from book.publishing.tabs import FrameworkPanel
from book.publishing.views import LANGUAGES
from conftest import DESKTOP, PHONE, ROOT, SITE, first_page_with
from docutils import nodes
from docutils.utils import new_document
from playwright.sync_api import expect

LINE_LENGTHS = {"ko": (35, 45), "en": (65, 80)}  # of the middle one of the full lines

# The number of letters in each full line of the page's paragraphs.
COUNT_LETTERS = """() => {
    const lengths = [];
    for (const paragraph of document.querySelectorAll(".bd-article section > p")) {
        if (paragraph.querySelector("img, .math, code") || !paragraph.checkVisibility()) continue;
        const texts = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
        const lines = new Map();
        const range = document.createRange();
        while (texts.nextNode()) {
            for (let index = 0; index < texts.currentNode.length; index += 1) {
                range.setStart(texts.currentNode, index);
                range.setEnd(texts.currentNode, index + 1);
                const { bottom, width } = range.getBoundingClientRect();
                const line = Math.round(bottom / 12);
                if (width) lines.set(line, (lines.get(line) ?? 0) + 1);
            }
        }
        lengths.push(...[...lines.values()].slice(0, -1));
    }
    return lengths;
}"""

COUNT_COLUMNS = """(code) => {
    const letter = document.createElement("span");
    letter.textContent = "x".repeat(100);
    code.append(letter);
    const width = letter.getBoundingClientRect().width / 100;
    letter.remove();
    const { paddingLeft, paddingRight } = getComputedStyle(code);
    return (code.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)) / width;
}"""


# --- Layout ------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_of_prose_are_comfortable_and_lines_of_code_fit(page, address, language):
    page.set_viewport_size({**DESKTOP, "width": DESKTOP["width"] - 15})  # less a scroll bar
    page.goto(f"{address}/{first_page_with('framework-tabs', language)}")
    lengths = sorted(page.evaluate(COUNT_LETTERS))
    middle = lengths[len(lengths) // 2]
    shortest, longest = LINE_LENGTHS[language]
    assert shortest <= middle <= longest, lengths
    code = page.locator(".framework-panel pre:visible").first
    assert code.evaluate(COUNT_COLUMNS) >= 95
    assert code.evaluate("code => code.scrollWidth <= code.clientWidth")


def test_on_a_phone_code_scrolls_by_itself(page, address):
    page.set_viewport_size(PHONE)
    page.goto(f"{address}/{first_page_with('framework-tabs')}")
    scrolling = page.locator(".bd-article pre:visible").evaluate_all(
        "codes => codes.filter(code => code.scrollWidth > code.clientWidth).length"
    )
    assert scrolling > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_figures_lie_on_a_light_card_in_the_dark(page, address):
    page.emulate_media(color_scheme="dark")
    page.goto(f"{address}/{first_page_with('cell_output')}")
    looks = page.locator(".bd-article img").evaluate_all(
        "images => images.map(image => getComputedStyle(image))"
        ".map(style => [style.backgroundColor, style.filter])"
    )
    assert looks
    assert all(look == ["rgb(255, 255, 255)", "none"] for look in looks)


@pytest.mark.parametrize("language", LANGUAGES)
def test_contents_follow_and_neighbours_have_their_titles(page, address, language):
    path = first_page_with("framework-tabs", language)
    page.goto(f"{address}/{path}")
    entry = page.locator(".bd-toc li:not(:has(ul)) > a[href^='#']").nth(2)
    section = page.locator(f".bd-article {entry.get_attribute('href')}")
    expect(entry).not_to_have_class(re.compile("active"))
    section.evaluate("section => section.scrollIntoView({behavior: 'instant'})")
    expect(entry).to_have_class(re.compile("active"))
    following = page.locator(".right-next")
    title = following.locator(".prev-next-title").inner_text()
    following.click()
    assert title in page.locator(".bd-article h1").inner_text()


# --- Reading time and difficulty ---------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chapter_says_how_long_and_how_difficult_it_is(language):
    patterns = {
        "ko": r"읽는 데 약 \d+분</span> <span>난이도 (기초|보통|심화)",
        "en": r"\d+ min read</span> <span>Difficulty: (basic|intermediate|advanced)",
    }
    chapters = [path.stem for path in chapters_of(ROOT) if "appendix" not in path.stem]
    for name in chapters:
        html = (SITE / language / "chapters" / f"{name}.html").read_text("utf-8")
        assert re.search(patterns[language], html), f"{name}: add it to resources/chapters.yml"


def page_of(*children: nodes.Node) -> nodes.document:
    document = new_document("page")
    document.extend(children)
    return document


def cell(lines: int) -> nodes.container:
    code = "\n".join(["x = 1"] * lines)
    return nodes.container("", nodes.literal_block(code, code), classes=["cell_input"])


def test_reading_time_counts_prose_and_the_code_of_one_framework():
    assert reading_minutes(page_of(nodes.paragraph("", "가나 다라 " * 380)), "ko") == 4
    assert reading_minutes(page_of(nodes.paragraph("", "two words " * 180)), "en") == 2
    panels = [
        FrameworkPanel("", cell(30), framework=name, level=2) for name in ("tensorflow", "pytorch")
    ]
    assert reading_minutes(page_of(*panels), "en") == 2
    assert reading_minutes(page_of(), "en") == 1


# --- Glossary ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("어텐션은 길다", "어텐션"),
        ("디코더에서는", "디코더"),
        ("은닉 상태들을 본다", "은닉 상태"),
        ("어텐션 가중치와", "어텐션 가중치"),
        ("배치(batch)마다", "배치"),
        ("LSTM입니다.", "LSTM"),
        ("디코더를 배치하다", "디코더"),
        ("배치하다", None),
        ("재배치는", None),
        ("토큰화", None),
    ],
)
def test_korean_terms_are_found_by_their_stem(text, found):
    terms = ["어텐션", "디코더", "은닉 상태", "어텐션 가중치", "배치", "LSTM", "토큰"]
    match = term_pattern(terms, "ko").search(text)
    assert (match and match["term"]) == found


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Attention is", "attention"),
        ("two hidden states", "hidden state"),
        ("an attention weight", "attention weights"),
        ("in batches", "batch"),
        ("the losses", "loss"),
        ("the loss", "loss"),
        ("self-attention", None),
        ("attentive", None),
    ],
)
def test_english_terms_are_found_in_singular_and_plural(text, term):
    terms = ["attention", "hidden state", "attention weights", "batch", "loss"]
    match = term_pattern(terms, "en").search(text)
    found = {term_key(known): known for known in terms}
    assert (match and found[term_key(match["term"])]) == term


@pytest.mark.parametrize("language", LANGUAGES)
def test_first_use_of_a_term_leads_to_the_glossary(page, address, language):
    page.goto(f"{address}/{first_page_with('glossary-term', language)}")
    links = page.locator(".bd-article a:has(> .glossary-term)")
    targets = links.evaluate_all("links => links.map(link => link.hash)")
    assert len(targets) >= 3
    assert len(set(targets)) == len(targets), "a term is linked twice"
    misplaced = page.locator(":is(h1, h2, h3, h4, code, pre, .math, a a) .glossary-term")
    assert misplaced.count() == 0
    links.first.click()
    assert page.locator(f"dt{targets[0]}").is_visible()


# --- Previews ----------------------------------------------------------------------------------


def test_term_has_a_preview_on_hover_and_on_focus(page, address):
    page.goto(f"{address}/{first_page_with('glossary-term', 'en')}")
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


def test_citation_and_chapter_have_previews(page, address):
    page.goto(f"{address}/{first_page_with('#ref-bahdanau2015', 'en')}")
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


def test_references_have_addresses_that_last():
    html = (SITE / "en/chapters/appendix-references.html").read_text("utf-8")
    entries = re.findall(r'<li id="ref-\w+">.*?</li>', html, re.DOTALL)
    assert len(entries) >= 10
    for entry in entries:
        assert 'href="https://doi.org/10.' in entry, entry


# --- Copy and print ----------------------------------------------------------------------------


def test_copying_leaves_prompts_out(browser, address):
    context = browser.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    page = context.new_page()
    page.goto(f"{address}/{first_page_with('framework-tabs')}")
    code = page.locator(".highlight pre:visible").first
    code.evaluate("code => { code.textContent = '>>> x = 1\\n>>> x\\n1\\n' }")
    code.hover()
    page.locator(".highlight:hover .copybtn").click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text === 'x = 1\\nx')")
    context.close()


def test_chapter_prints_as_a_handout(page, address):
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 672, "height": 990})  # A4 less its margins
    page.goto(f"{address}/{first_page_with('details class=', 'en')}")
    for part in (".bd-sidebar-primary", ".bd-header-article", ".prev-next-footer", ".bd-toc"):
        assert not page.locator(part).first.is_visible(), part
    assert page.locator("h1:visible").count() == 1
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    solution = page.locator("details.solution .sd-summary-content").first
    assert solution.evaluate("solution => solution.getBoundingClientRect().height") > 50
    cut = page.locator(".bd-article :is(pre, img, table)").evaluate_all(
        "parts => parts.filter(part => part.getBoundingClientRect().right > innerWidth + 1)"
        ".map(part => part.outerHTML.slice(0, 80))"
    )
    assert cut == []
