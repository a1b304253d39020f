"""The pages above the chapters: the landing pages, the one for a wrong address, the site map."""

import gzip
import json
import re
from base64 import b64decode
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import DESKTOP, EACH_LANGUAGE, PHONE, ROOT, SITE, arrive, visit, visit_fully
from playwright.sync_api import Page, expect
from publishing.chapter.editions import LANGUAGES
from publishing.chapter.files import MODELS, chapters_of, read_chapter
from publishing.publication import Publication, read_publication
from publishing.site.front import write_front_pages
from publishing.site.landing import MODEL, Entry, Landing, LandingError, read_landing

# The path at which the site will be, where its address is known.
PUBLISHED_AT = urlsplit(read_publication(ROOT).site or "/").path[1:]
BEYOND_THE_THEME = 40_000  # bytes over the wire
PLAYED = 6000  # ms
TRANSLATION = ".target .word"


@pytest.mark.parametrize(("locale", "language"), [("ko-KR", "ko"), ("en-GB", "en")])
def test_first_page_goes_to_the_language_of_the_browser(new_page, locale, language):
    page = new_page(locale=locale)
    visit(page, "")
    arrive(page, f"{language}/index.html")


def test_first_page_is_a_landing_page_without_javascript(scriptless_page):
    visit_fully(scriptless_page, "")
    first = next(iter(LANGUAGES))
    assert scriptless_page.locator("html").get_attribute("lang") == first
    links = [link.get_attribute("href") for link in scriptless_page.locator("header a").all()]
    assert links == [f"{language}/index.html" for language in LANGUAGES if language != first]
    scriptless_page.locator(".start").click()
    assert scriptless_page.url.endswith(f"/{first}/chapters/00-welcome.html")


@EACH_LANGUAGE
def test_landing_page_is_still_and_whole_without_javascript(scriptless_page, language):
    visit_fully(scriptless_page, f"{language}/index.html")
    assert words(scriptless_page) == ["9", "7", "10", "10", "10", "EOS"]
    assert scriptless_page.locator("tbody td").all_inner_texts()[0].startswith("0.")
    widest = scriptless_page.locator("svg line").evaluate_all(
        "lines => Math.max(...lines.map(line => parseFloat(getComputedStyle(line).strokeWidth)))"
    )
    assert widest > 5
    assert not scriptless_page.locator(".controls").is_visible()


def words(page: Page) -> list[str]:
    """Return what the model has written."""
    return [text for text in page.locator(TRANSLATION).all_inner_texts() if text]


@EACH_LANGUAGE
def test_landing_page_plays_once_and_says_what_it_has_shown(page, language):
    visit(page, f"{language}/index.html")
    coming = page.locator(f"{TRANSLATION}.coming")
    assert coming.count() >= 4
    status = page.get_by_role("status")
    expect(status).to_be_empty()
    expect(coming).to_have_count(0, timeout=PLAYED)
    expect(status).to_contain_text("9 7 10 10 10", timeout=PLAYED)
    page.wait_for_timeout(1000)
    assert page.locator(".coming").count() == 0


def test_landing_page_is_still_for_readers_who_want_no_motion(page):
    page.emulate_media(reduced_motion="reduce")
    visit(page, "en/index.html")
    assert page.locator(".coming").count() == 0
    expect(page.get_by_role("status")).to_contain_text("9 7 10 10 10")


@EACH_LANGUAGE
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_on_a_landing_page(page, language, scheme, size):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size(size)
    visit_fully(page, f"{language}/index.html")
    response = Axe().run(page, options={"preload": False}).response
    found = [
        (one["id"], node["html"][:100]) for one in response["violations"] for node in one["nodes"]
    ]
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.fixture
def still(page) -> Page:
    """Return the English landing page, at rest."""
    page.emulate_media(reduced_motion="reduce")
    visit(page, "en/index.html")
    return page


def test_reader_types_digits_and_sees_their_translation(still):
    digits = still.locator(".source button")
    digits.first.focus()
    still.keyboard.type("31415")  # each digit leads to the next
    expect(still.locator(TRANSLATION)).to_have_text(["8", "6", "9", "6", "10", "EOS"])
    expect(still.get_by_role("status")).to_contain_text("3 1 4 1 5")
    assert still.locator("thead th").all_inner_texts() == ["3", "1", "4", "1", "5", "EOS"]
    digits.nth(4).click()  # after 5 comes 1
    expect(still.locator(TRANSLATION).nth(4)).to_have_text("6")
    sums = [
        sum(map(float, row.locator("td").all_inner_texts()))
        for row in still.locator("tbody tr").all()
    ]
    assert sums == pytest.approx([1] * 6, abs=0.03)


def test_going_to_a_word_shows_where_the_model_looked(still):
    target = still.locator(TRANSLATION)
    target.first.focus()
    still.keyboard.press("ArrowRight")
    assert target.nth(1).evaluate("word => word === document.activeElement")
    lit = "parts => parts.map((part, place) => part.classList.contains('lit') ? place : -1)"
    for parts in ("svg g", "tbody tr", TRANSLATION):
        places = still.locator(parts).evaluate_all(lit)
        assert [place for place in places if place >= 0] == [1]
    still.locator("h1").hover()
    target.nth(3).hover()
    assert "lit" in still.locator("svg g").nth(3).get_attribute("class")


def test_slider_leads_from_even_weights_to_sharp_ones(still):
    slider = still.get_by_role("slider")
    first = still.locator("tbody tr").first.locator("td")
    slider.focus()
    still.keyboard.press("Home")
    expect(first).to_have_text(["0.17"] * 6)
    expect(still.get_by_role("status")).to_contain_text("right would be 9 7 10 10 10")
    assert still.locator(f"{TRANSLATION}.wrong").count() > 0
    still.keyboard.press("End")
    expect(first.first).to_have_text("1.00")


def test_no_line_is_drawn_for_a_weight_that_the_table_shows_as_nothing(still):
    """Browsers draw a hairline for some widths that are next to nothing."""
    still.locator("input").evaluate(
        "slider => { slider.value = 2; slider.dispatchEvent(new Event('input')) }"
    )
    expect(still.locator("tbody td").first).to_have_text("1.00")
    thin = still.locator("svg line").evaluate_all(
        """lines => lines.map(line => Number(line.style.getPropertyValue("--weight")))
            .filter(weight => weight > 0 && weight < 0.005)"""
    )
    assert thin == []


@EACH_LANGUAGE
def test_landing_page_leads_to_the_model_and_a_chapter_back_to_it(page, language):
    visit(page, f"{language}/index.html")
    page.locator(".more a").click()
    arrive(page, f"{language}/chapters/07-translation.html#explorer-1")
    assert page.locator("#explorer-1").is_visible()
    page.locator(".navbar-brand").first.click()
    arrive(page, f"{language}/index.html")


def test_landing_page_computes_when_it_is_opened_as_a_file(browser):
    page = browser.new_page(reduced_motion="reduce")
    page.goto((SITE / "en/index.html").as_uri())
    page.locator(".source button").first.click()
    expect(page.locator(TRANSLATION).first).to_have_text("10")
    page.close()


@EACH_LANGUAGE
def test_landing_page_is_light_and_loads_the_model_when_it_is_needed(new_page, language):
    page = new_page()
    loaded = []
    page.on("response", lambda response: loaded.append(urlsplit(response.url).path[1:]))
    visit(page, f"{language}/index.html")
    page.wait_for_load_state("networkidle")
    own = [path for path in loaded if "_static/fonts" not in path]  # those are the theme's
    assert sum(len(gzip.compress((SITE / path).read_bytes())) for path in own) <= BEYOND_THE_THEME
    page.locator(".source button").first.click()
    page.wait_for_function("globalThis.bookModels")
    assert any(path.endswith(f"{MODEL}.js") for path in loaded)


@EACH_LANGUAGE
def test_landing_page_leads_to_each_chapter_and_names_its_times(page, language):
    page.set_viewport_size(PHONE)
    visit(page, f"{language}/index.html")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    links = page.locator(".map a").evaluate_all("links => links.map(link => link.pathname)")
    numbered = [path.stem for path in chapters_of(ROOT) if path.stem[0].isdigit()]
    assert links == [f"/{language}/chapters/{name}.html" for name in numbered]
    times = page.locator(".map .time").all_inner_texts()
    assert all(len(re.findall(r"\d+", time)) == 2 for time in times)


@EACH_LANGUAGE
def test_landing_page_shows_the_same_four_lines_of_both_frameworks(page, language):
    visit(page, f"{language}/index.html")
    codes = page.locator(".both code").all_inner_texts()
    names = [
        [line.split(" = ")[0] for line in code.splitlines() if " = " in line] for code in codes
    ]
    assert names == [["query", "scores", "weights", "context"]] * 2
    for code, framework in zip(codes, ("tensorflow", "pytorch"), strict=True):
        source = (ROOT / "book" / framework / "attention.py").read_text("utf-8")
        lines = [line.partition(" # ") for line in code.splitlines() if line]
        assert all(line in source and comment in source for line, _, comment in lines)


@pytest.mark.parametrize("name", ["index.html", "404.html", "ko/index.html", "en/index.html"])
def test_page_above_the_chapters_holds_the_book_s_icon(name):
    html = (SITE / name).read_text("utf-8")
    kind, content = re.search(r'<link rel="icon" href="([^",]+),([^"]+)"', html).groups()
    assert kind == "data:image/svg+xml;base64"
    assert b64decode(content) == (SITE / "ko/_static/favicon.svg").read_bytes()


@pytest.mark.parametrize(
    ("path", "root"),
    [("ko/no-such-page.html", ""), ("name/en/chapters/old/page.html", "name/"), ("nothing", None)],
)
def test_page_for_a_wrong_address_leads_back_from_any_depth(page, address, path, root):
    if root is None:  # the address does not tell
        root = PUBLISHED_AT
    page.route(f"**/{path}", lambda route: route.fulfill(path=SITE / "404.html"))
    visit(page, path)
    links = page.locator("a").evaluate_all("links => links.map(link => [link.lang, link.href])")
    assert links == [[code, f"{address}/{root}{code}/index.html"] for code in LANGUAGES]
    headings = page.locator("h1 span").evaluate_all("spans => spans.map(span => span.lang)")
    assert headings == list(LANGUAGES)


LANDING = Landing(["4", "EOS"], ["9", "EOS"], [[0.9, 0.1], [0.2, 0.8]], {}, {"sentences": "1"})


@pytest.fixture
def site(tmp_path):
    for language in LANGUAGES:
        chapters = tmp_path / language / "chapters"
        chapters.mkdir(parents=True)
        for name in ("00-first.html", "01-second.html"):
            (chapters / name).touch()
    return tmp_path


def write(site, publication: Publication) -> None:
    entry = Entry("chapters/00-first.html", "00", "First", "1 min read", "")
    write_front_pages(site, publication, LANDING, {language: [entry] for language in LANGUAGES})


def test_site_map_lists_every_page(site):
    write(site, Publication("https://book.example/path/"))
    tree = ElementTree.parse(site / "sitemap.xml")
    addresses = [element.text for element in tree.iter() if element.tag.endswith("}loc")]
    assert addresses == [
        "https://book.example/path/",
        *(
            f"https://book.example/path/{language}/chapters/{name}"
            for name in ("00-first.html", "01-second.html")
            for language in LANGUAGES
        ),
    ]


def test_pages_know_the_site_s_address(site):
    write(site, Publication("https://book.example/path/"))
    assert 'href="/path/ko/index.html"' in (site / "404.html").read_text("utf-8")
    card = re.search(r'og:image" content="(.*?)"', (site / "index.html").read_text("utf-8"))
    assert card[1] == "https://book.example/path/ko/_static/social-card.png"
    canonical = re.search(
        r'rel="canonical" href="(.*?)"', (site / "en/index.html").read_text("utf-8")
    )
    assert canonical[1] == "https://book.example/path/en/index.html"


def test_without_an_address_there_is_no_site_map_and_no_address_in_a_page(site):
    write(site, Publication())
    assert not (site / "sitemap.xml").exists()
    for name in ("index.html", "404.html", "ko/index.html"):
        assert "None" not in (site / name).read_text("utf-8")
    assert "og:image" not in (site / "index.html").read_text("utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_landing_page_of_a_language_leads_to_its_first_chapter(site, language):
    write(site, Publication())
    html = (site / language / "index.html").read_text("utf-8")
    assert f'<html lang="{language}"' in html
    assert 'class="start" href="chapters/00-first.html"' in html


def test_what_the_landing_page_shows_is_what_the_book_holds():
    landing = read_landing(ROOT, [read_chapter(path) for path in chapters_of(ROOT)])
    model = json.loads((ROOT / MODELS / f"{MODEL}.json").read_text("utf-8"))
    assert [*model["sample"]["text"].split(), "EOS"] == landing.source
    assert all(sum(row) == pytest.approx(1, abs=1e-3) for row in landing.weights)
    assert landing.figures["sentences"] == "781"
    texts = [path.read_text("utf-8") for path in chapters_of(ROOT)]
    code, ignored = ('"cell_type": "code"', '"nbval-ignore-output"')
    compared = [text.count(code) - text.count(ignored) for text in texts]
    assert int(landing.figures["cells"]) == sum(compared) > 500
    assert int(landing.figures["pictures"]) > 50


def test_missing_model_is_told_with_what_to_do(tmp_path):
    chapters = [read_chapter(path) for path in chapters_of(ROOT)]
    with pytest.raises(LandingError, match="run ci/execute 07-translation"):
        read_landing(tmp_path, chapters)
    assert read_landing(tmp_path, chapters[:2]) is None
