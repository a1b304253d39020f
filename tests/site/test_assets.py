"""What a page loads: how heavy it is, and that all of it is there."""

import gzip
import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import EACH_LANGUAGE, SITE, pages, visit, wait_for_fonts

FIRST_VIEW = 250_000  # bytes over the wire
WHOLE_SITE = 45_000_000  # of which a chapter's pages, notebooks and models are 2 to 5 million
COMPRESSED = {".woff2", ".png"}  # already: gzip gains nothing


@EACH_LANGUAGE
def test_first_view_of_every_page_is_light(new_page, language):
    for path in pages(language):
        page = new_page()  # has loaded nothing before
        loaded = set()
        page.on("response", lambda response, loaded=loaded: loaded.add(urlsplit(response.url).path))
        visit(page, path)
        wait_for_fonts(page)
        page.wait_for_load_state("networkidle")
        page.context.close()
        sizes = {path: on_the_wire(SITE / path[1:]) for path in loaded}
        assert f"/{language}/_static/fonts/text.woff2" in sizes
        assert sum(sizes.values()) <= FIRST_VIEW, sorted(sizes.items(), key=lambda item: item[1])


@pytest.mark.parametrize("kind", ["css", "js"])
def test_pages_ask_for_the_very_style_sheets_and_scripts_that_are_there(kind):
    """What a browser has kept of an earlier build has another address."""
    html = (SITE / pages("ko")[1]).read_text("utf-8")
    files = re.findall(rf'(?:href|src)="\.\./([^"?]+\.{kind})(\?[^"]*)?"', html)
    assert len(files) > 5
    for name, version in files:
        content = (SITE / "ko" / name).read_bytes()
        if "/scripts/" in name:  # the theme's, which changes with the theme only
            assert version
        else:
            assert version == f"?v={sha256(content).hexdigest()[:8]}"


def test_style_sheets_hold_nothing_that_no_page_uses():
    theme = (SITE / "ko/_static/styles/pydata-sphinx-theme.css").read_text("utf-8")
    assert ".bd-sidebar-primary" in theme
    assert ".carousel" not in theme
    assert ".sd-tab-set" not in (SITE / "ko/_static/sphinx-design.min.css").read_text("utf-8")


@cache  # most pages load the same files
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
