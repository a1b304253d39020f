"""What a page says of itself in its head, and its title in the list of chapters."""

import re
from urllib.parse import urljoin

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, SITE, pages
from publishing.chapter.editions import INTERNATIONAL, LANGUAGES
from publishing.publication import read_publication
from publishing.texts import title

HANGUL = re.compile(r"[가-힣]")
ADDRESS = read_publication(ROOT).site or "https://anywhere.example/"
ALL_PAGES = pytest.mark.parametrize(
    ("language", "path"), [(language, path) for language in LANGUAGES for path in pages(language)]
)


def head_of(path: str) -> BeautifulSoup:
    html = (SITE / path).read_text("utf-8").partition("</head>")[0]
    return BeautifulSoup(html, "html.parser")


@ALL_PAGES
def test_page_names_itself_in_all_languages(language, path):
    links = head_of(path).select("link[rel=alternate][hreflang]")
    name = path.removeprefix(f"{language}/")
    assert [(link["hreflang"], urljoin(ADDRESS + path, link["href"])) for link in links] == [
        *((code, f"{ADDRESS}{code}/{name}") for code in LANGUAGES),
        ("x-default", f"{ADDRESS}{INTERNATIONAL}/{name}"),
    ]


@ALL_PAGES
def test_page_describes_itself_in_its_language_and_has_one_viewport(language, path):
    head = head_of(path)
    description = head.select_one("meta[name=description]")["content"]
    assert bool(HANGUL.search(description)) == (language == "ko")
    assert len(head.select("meta[name=viewport]")) == 1
    assert head.title.string.strip().endswith(title(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_first_page_is_titled_as_the_book_and_lists_the_chapters_in_its_language(language):
    path = pages(language)[0]
    assert head_of(path).title.string.strip() == title(language)
    sidebar = (SITE / path).read_text("utf-8").partition('<nav class="bd-links')[2]
    entries = re.findall(r"<a [^>]*>(.*?)</a>", sidebar.partition("</nav>")[0], re.DOTALL)
    assert len(entries) >= len(pages(language))
    assert any(map(HANGUL.search, entries)) == (language == "ko")
