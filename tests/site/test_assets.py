"""What a page loads: how heavy it is, and that all of it is there."""

import gzip
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import SITE, pages, visit, wait_for_formulas

FIRST_VIEW = 500_000  # bytes over the wire
WHOLE_SITE = 40_000_000
COMPRESSED = {".woff", ".woff2", ".png"}  # already: gzip gains nothing


@pytest.mark.parametrize("language", ["ko", pytest.param("en", marks=pytest.mark.slow)])
def test_first_view_of_the_longest_chapter_is_light(new_page, language):
    longest = max(pages(language), key=lambda path: on_the_wire(SITE / path))
    page = new_page()  # has loaded nothing before
    loaded = set()
    page.on("response", lambda response: loaded.add(urlsplit(response.url).path[1:]))
    visit(page, longest)
    wait_for_formulas(page)
    page.wait_for_load_state("networkidle")
    sizes = {path: on_the_wire(SITE / path) for path in loaded if "/_images/" not in path}
    assert f"{language}/_static/mathjax/core.js" in sizes
    assert sum(sizes.values()) <= FIRST_VIEW, sorted(sizes.items(), key=lambda item: item[1])


def on_the_wire(path: Path) -> int:
    content = path.read_bytes()
    return len(content if path.suffix in COMPRESSED else gzip.compress(content))


def test_whole_site_is_light():
    assert sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file()) <= WHOLE_SITE


def test_icons_of_the_pages_are_in_the_icon_font(page):
    visit(page, pages("ko")[1])
    widths = page.locator("i.fa-solid:visible, span.fa-solid:visible").evaluate_all(
        """icons => document.fonts.ready.then(() => icons.map((icon) => {
            const style = getComputedStyle(icon, "::before");
            const font = `${style.fontWeight} 20px ${style.fontFamily}`;
            return document.fonts.check(font, style.content.slice(1, -1)) && style.content;
        }))"""
    )
    assert widths
    assert all(content and content not in ("none", "normal") for content in widths)
