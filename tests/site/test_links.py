"""Links: each leads to something, and a section's address is the same in all languages."""

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from conftest import ROOT, SITE, pages
from publishing.publication import read_publication

# The path at which the site will be, where its address is known.
PUBLISHED_AT = urlsplit(read_publication(ROOT).site or "/").path[1:]


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


def broken_links(page: Path) -> list[str]:
    broken = []
    for target in links_of(page).targets:
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            continue
        base = SITE if parts.path.startswith("/") else page.parent
        path = unquote(parts.path).removeprefix(f"/{PUBLISHED_AT}").lstrip("/")
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


def test_sections_have_the_same_anchors_in_all_languages():
    anchor = re.compile(r'<a class="headerlink" href="(#[^"]+)"')
    for korean, english in zip(pages("ko"), pages("en"), strict=True):
        anchors = [anchor.findall((SITE / path).read_text("utf-8")) for path in (korean, english)]
        assert [name for name in anchors[0] if name in anchors[1]] == anchors[0], korean
        assert not any(re.fullmatch(r"#id\d+", name) for name in anchors[0]), korean
