"""The search index: made by Pagefind from the built pages, asked by static/finding.js.

Pagefind keeps one index for each language of the pages, and finds a word by its beginning. That
is what Korean needs, where endings and particles are written onto the word.
"""

import json
import re
import sys
import unicodedata
from functools import lru_cache
from html import escape, unescape
from pathlib import Path
from tempfile import TemporaryDirectory

from publishing.children import run_child
from publishing.site.documents import KEPT_PAGES
from publishing.site.lookup import write_lookup
from publishing.site.theme import replaced

FOLDER_NAME = "pagefind"
UNUSED = ("ui", "highlight", "worker")  # in names of files
# Of what a page shows, these are not for finding.
NOT_INDEXED = [
    ".headerlink",
    "div.math",
    "[role=tablist]",
    ".framework-name",
    ".chapter-facts",
    "#jb-print-docs-body",
    "ul.references",  # each entry is a result of its own, see lookup.py
]
# Of the glossary, a term is what one looks for: for Pagefind it is a heading, too.
TERM = re.compile(r'<dt id="(term-[^"]+)">(.*?)</dt>', re.DOTALL)
# A short formula in a sentence, such as a single letter, is needed to read the sentence.
FORMULA = re.compile("<mjx-container.*?(<math.*?</math>).*?</mjx-container>", re.DOTALL)
SHORT_FORMULA = 3  # letters
TAG = re.compile("<[^>]*>")
TEXT = re.compile(r"(?<=>)[^<]+")


class SearchError(Exception):
    """The index cannot be made; the message says what Pagefind said."""


def index_site(site: Path, root: Path) -> None:
    """Write the search index of a site, which was built from the folder `root`.

    Raises:
        GlossaryError: The glossary is missing or malformed.
        SearchError: Pagefind has failed.
    """
    output = site / FOLDER_NAME
    with TemporaryDirectory() as folder:
        for page in site.glob("*/chapters/*.html"):
            copy = Path(folder) / page.relative_to(site)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(_for_index(page.read_text("utf-8")), "utf-8")
        # As a command: from Python, Pagefind is ended before a busy disk has all of its files.
        command = [sys.executable, "-m", "pagefind", "--quiet", f"--site={folder}"]
        command += [f"--output-path={output}", "--root-selector=article"]
        command += [f"--exclude-selectors={selector}" for selector in NOT_INDEXED]
        result = run_child(command)
    if result.returncode != 0:
        raise SearchError(f"Pagefind failed: {result.stderr.strip()}")
    entry = output / "pagefind-entry.json"
    content = json.loads(entry.read_text("utf-8"))
    # Pagefind's languages get a lasting order: the same site has the same bytes.
    entry.write_text(json.dumps(content, sort_keys=True), "utf-8")
    for path in output.glob("pagefind-*"):  # its own user interfaces, marks and worker
        if any(part in path.name for part in UNUSED):
            path.unlink()
    write_lookup(site, root, output)


@lru_cache(maxsize=KEPT_PAGES)
def _for_index(html: str) -> str:
    # Pagefind looks for anchors on headings.
    html = replaced(html, "the anchor of a section", lambda at: f'{at[1]}{at[3]} id="{at[2]}"')
    html = TERM.sub(r'<h3 id="\1">\2</h3>', html)
    html = FORMULA.sub(_formula, html)
    return TEXT.sub(_normalised, html)


def _formula(formula: re.Match[str]) -> str:
    text = TAG.sub("", formula[1])
    return text if len(unescape(text)) <= SHORT_FORMULA else "…"


def _normalised(text: re.Match[str]) -> str:
    """Write a text as search.js writes a query: a letter has one form, whoever has typed it."""
    return escape(unicodedata.normalize("NFKC", unescape(text[0])), quote=False)
