"""The pages above the chapters: the first one, the one for a wrong address, the site map."""

import re
from base64 import b64decode
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from conftest import ROOT, SITE, arrive, visit, visit_fully
from publishing.chapter.editions import LANGUAGES
from publishing.publication import Publication, read_publication
from publishing.site.front import write_front_pages

# The path at which the site will be, where its address is known.
PUBLISHED_AT = urlsplit(read_publication(ROOT).site or "/").path[1:]


@pytest.mark.parametrize(("locale", "language"), [("ko-KR", "ko"), ("en-GB", "en")])
def test_first_page_goes_to_the_language_of_the_browser(new_page, locale, language):
    page = new_page(locale=locale)
    visit(page, "")
    arrive(page, f"{language}/chapters/*")


def test_first_page_offers_all_languages_without_javascript(scriptless_page):
    visit_fully(scriptless_page, "")
    links = [link.get_attribute("href") for link in scriptless_page.locator("a").all()]
    assert links == [f"{language}/index.html" for language in LANGUAGES]


@pytest.mark.parametrize("name", ["index.html", "404.html"])
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


@pytest.fixture
def site(tmp_path):
    for language in LANGUAGES:
        chapters = tmp_path / language / "chapters"
        chapters.mkdir(parents=True)
        for name in ("00-first.html", "01-second.html"):
            (chapters / name).touch()
    return tmp_path


def test_site_map_lists_every_page(site):
    write_front_pages(site, Publication("https://book.example/path/"))
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
    write_front_pages(site, Publication("https://book.example/path/"))
    assert 'href="/path/ko/index.html"' in (site / "404.html").read_text("utf-8")
    card = re.search(r'og:image" content="(.*?)"', (site / "index.html").read_text("utf-8"))
    assert card[1] == "https://book.example/path/ko/_static/social-card.png"


def test_without_an_address_there_is_no_site_map_and_no_address_in_a_page(site):
    write_front_pages(site, Publication())
    assert not (site / "sitemap.xml").exists()
    for name in ("index.html", "404.html"):
        assert "None" not in (site / name).read_text("utf-8")
    assert "og:image" not in (site / "index.html").read_text("utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_entry_of_a_language_leads_to_its_first_chapter(site, language):
    write_front_pages(site, Publication())
    html = (site / language / "index.html").read_text("utf-8")
    assert f'<html lang="{language}">' in html
    assert 'content="0; url=chapters/00-first.html"' in html
