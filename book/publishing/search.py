"""The search index: made by Pagefind from the built pages, asked by static/search.js.

Pagefind keeps one index for each language of the pages, and finds a word by its beginning. That
is what Korean needs, where endings and particles are written onto the word.
"""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pagefind.index import IndexConfig, PagefindIndex

FOLDER_NAME = "pagefind"
# Of what a page shows, these are not for finding.
NOT_INDEXED = [
    ".headerlink",
    "div.math",  # its text is the TeX source
    "[role=tablist]",
    ".framework-name",
    ".chapter-facts",
    "#jb-print-docs-body",
]
# A section begins with its anchor, but Pagefind looks for anchors on headings.
SECTION_START = re.compile(
    r'(<section\b[^>]*?) id="([^"]+)"(>\s*(?:<span id="[^"]+"></span>)*<h\d)'
)
# A short formula in a sentence, such as a single letter, is needed to read the sentence.
INLINE_MATH = re.compile(r'<span class="math[^"]*">\\\((.*?)\\\)</span>', re.DOTALL)


def index_site(site: Path) -> None:
    """Write the search index of a site.

    Args:
        site: The folder of the site; the index goes to `pagefind` in it.
    """
    output = site / FOLDER_NAME
    # In a thread of its own: the caller's may run an event loop already, as Playwright's does.
    with ThreadPoolExecutor(max_workers=1) as executor:
        executor.submit(lambda: asyncio.run(_index(site, output))).result()
    for path in output.glob("pagefind-*"):  # Pagefind's own user interfaces, which we don't use
        if "ui" in path.name or "highlight" in path.name:
            path.unlink()


async def _index(site: Path, output: Path) -> None:
    config = IndexConfig(
        root_selector="article", exclude_selectors=NOT_INDEXED, output_path=str(output)
    )
    async with PagefindIndex(config=config) as index:
        for page in sorted(site.glob("*/chapters/*.html")):
            html = _for_index(page.read_text("utf-8"))
            await index.add_html_file(content=html, url=page.relative_to(site).as_posix())


def _for_index(html: str) -> str:
    html = SECTION_START.sub(r'\1\3 id="\2"', html)
    return INLINE_MATH.sub(lambda math: "…" if "\\" in math[1] else math[1], html)
