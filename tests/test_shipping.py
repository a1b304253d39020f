"""What is shipped: its weight, its links, and what the site says of itself to the outside."""

import gzip
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
from book.publishing.address import site_address
from book.publishing.site_pages import write_site_pages
from book.publishing.views import LANGUAGES
from conftest import SITE, pages

FIRST_VIEW = 500_000  # bytes over the wire
WHOLE_SITE = 40_000_000
COMPRESSED = {".woff", ".woff2", ".png"}  # already: gzip gains nothing


@pytest.mark.parametrize("language", LANGUAGES)
def test_first_view_of_the_longest_chapter_is_light(page, address, language):
    longest = max(pages(language), key=lambda path: on_the_wire(SITE / path))
    loaded = set()
    page.on("response", lambda response: loaded.add(urlsplit(response.url).path[1:]))
    page.goto(f"{address}/{longest}")
    page.evaluate("() => window.MathJax?.startup.promise")
    page.wait_for_load_state("networkidle")
    sizes = {path: on_the_wire(SITE / path) for path in loaded if "/_images/" not in path}
    assert f"{language}/_static/mathjax/core.js" in sizes
    assert sum(sizes.values()) <= FIRST_VIEW, sorted(sizes.items(), key=lambda item: item[1])


def on_the_wire(path: Path) -> int:
    content = path.read_bytes()
    return len(content if path.suffix in COMPRESSED else gzip.compress(content))


def test_whole_site_is_light():
    assert sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file()) <= WHOLE_SITE


def test_icons_of_the_pages_are_in_the_icon_font(page, address):
    page.goto(f"{address}/{pages('ko')[1]}")
    widths = page.locator("i.fa-solid:visible, span.fa-solid:visible").evaluate_all(
        """icons => document.fonts.ready.then(() => icons.map((icon) => {
            const style = getComputedStyle(icon, "::before");
            const font = `${style.fontWeight} 20px ${style.fontFamily}`;
            return document.fonts.check(font, style.content.slice(1, -1)) && style.content;
        }))"""
    )
    assert widths
    assert all(content and content not in ("none", "normal") for content in widths)


class Links(HTMLParser):
    """Collects the ids of a page, and what it links to or loads."""

    def __init__(self, path: Path):
        super().__init__()
        self.ids: set[str] = set()
        self.targets: set[str] = set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        self.ids.update(filter(None, (values.get("id"), values.get("name"))))
        self.targets.update(filter(None, (values.get("href"), values.get("src"))))
        if tag == "meta" and values.get("http-equiv") == "Refresh":
            self.targets.add(values["content"].partition("url=")[2])


@cache
def links_of(path: Path) -> Links:
    return Links(path)


def published_root() -> str:
    """Return the path at which the site will be, `name/` or nothing, where its address is known."""
    return urlsplit(site_address() or "/").path[1:]


def broken_links(page: Path) -> list[str]:
    broken = []
    for target in links_of(page).targets:
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            continue
        base = SITE if parts.path.startswith("/") else page.parent
        path = unquote(parts.path).removeprefix(f"/{published_root()}").lstrip("/")
        file = (base / path).resolve() if parts.path else page
        has_anchor = not parts.fragment or (
            file.suffix == ".html" and unquote(parts.fragment) in links_of(file).ids
        )
        if not file.is_file() or not has_anchor:
            broken.append(f"{page.relative_to(SITE)}: {target}")
    return broken


def test_all_internal_links_and_anchors_resolve():
    site_pages = sorted(SITE.rglob("*.html"))
    assert len(site_pages) >= 2 * len(pages("ko")) + 2
    assert [line for page in site_pages for line in broken_links(page)] == []


@pytest.mark.parametrize(
    ("path", "root"),
    [("ko/no-such-page.html", ""), ("name/en/chapters/old/page.html", "name/"), ("nothing", None)],
)
def test_page_for_a_wrong_address_leads_back_from_any_depth(page, address, path, root):
    if root is None:  # the address does not tell
        root = published_root()
    page.route(f"**/{path}", lambda route: route.fulfill(path=SITE / "404.html"))
    page.goto(f"{address}/{path}")
    links = page.locator("a").evaluate_all("links => links.map(link => [link.lang, link.href])")
    assert links == [[code, f"{address}/{root}{code}/index.html"] for code in LANGUAGES]
    headings = page.locator("h1 span").evaluate_all("spans => spans.map(span => span.lang)")
    assert headings == list(LANGUAGES)


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({"BOOK_URL": "https://book.example/path"}, "https://book.example/path/"),
        (
            {"GITHUB_REPOSITORY": "Owner/name", "GITHUB_SERVER_URL": "https://github.com"},
            "https://owner.github.io/name/",
        ),
        (
            {"GITHUB_REPOSITORY": "o/o.github.io", "GITHUB_SERVER_URL": "https://github.com"},
            "https://o.github.io/",
        ),
        ({"GITHUB_REPOSITORY": "o/n", "GITHUB_SERVER_URL": "https://git.example"}, None),
        ({}, None),
    ],
)
def test_address_of_the_site_comes_from_the_environment(monkeypatch, environment, address):
    for name in ("BOOK_URL", "GITHUB_REPOSITORY", "GITHUB_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert site_address() == address


def test_sitemap_lists_every_page_where_the_address_is_known(monkeypatch, tmp_path):
    chapters = tmp_path / "ko" / "chapters"
    chapters.mkdir(parents=True)
    for name in ("00-first.html", "01-second.html"):
        (chapters / name).touch()
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    monkeypatch.delenv("BOOK_URL", raising=False)
    write_site_pages(tmp_path)
    assert not (tmp_path / "sitemap.xml").exists()

    monkeypatch.setenv("BOOK_URL", "https://book.example/path/")
    write_site_pages(tmp_path)
    tree = ElementTree.parse(tmp_path / "sitemap.xml")
    addresses = [element.text for element in tree.iter() if element.tag.endswith("}loc")]
    assert addresses == [
        "https://book.example/path/",
        *(
            f"https://book.example/path/{language}/chapters/{name}"
            for name in ("00-first.html", "01-second.html")
            for language in LANGUAGES
        ),
    ]
    assert 'href="/path/ko/index.html"' in (tmp_path / "404.html").read_text("utf-8")
    card = re.search(r'og:image" content="(.*?)"', (tmp_path / "index.html").read_text("utf-8"))
    assert card[1] == "https://book.example/path/ko/_static/social-card.png"
