"""All that the book assumes of the HTML, CSS and JavaScript of Sphinx, its themes and extensions.

Every assumption is looked at in each build. One that no longer holds stops the build with a line
that names it, so that a newer theme is found out before a reader finds out.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from publishing.site.documents import KEPT_PAGES


class ThemeError(ExtensionError):
    """Something that the book builds on is no longer as it was; the message names it."""


# What is found in what the theme writes, and replaced: by the name of its place here. Templates use
# the filter `replace_in_theme`.
PLACES = {
    # The theme's style sheet, in which each icon of Font Awesome, 6 or 7, has a class, or two.
    "the rules for icons": re.compile(
        r'((?:\.fa-[\w-]+(?::before)?,?)+)\{(?:content|--fa):"\\([0-9a-f]+)"\}'
    ),
    # pydata-sphinx-theme's block `css`: Font Awesome's script draws again what its fonts draw.
    "Font Awesome's script": re.compile(r"<script defer[^>]*></script>"),
    # The theme's tooltips, which say what the browser's own say: no page has more of Bootstrap.
    "Bootstrap's script": re.compile(
        r"<(?:link|script)[^>]*scripts/bootstrap\.js[^>]*>(?:</script>)?\n?"
    ),
    # sphinx-book-theme's names for parts of a page, which it does not translate.
    "the name of the list of chapters": re.compile(r'aria-label="Main"'),
    "the entry of the page in the list of chapters": re.compile(
        r'(?<=<li class="toctree-l1 current active">)\s*<a '
    ),
    "the name of the page's contents": re.compile(r'aria-label="Page"'),
    "the title of the primary toggle": re.compile("Toggle primary sidebar"),
    "the title of the secondary toggle": re.compile("Toggle secondary sidebar"),
    # docutils's size of the viewport: Sphinx's own layout has one.
    "docutils's viewport": re.compile(r'<meta name="viewport"[^>]*>\n?'),
    # sphinx-copybutton's languages.
    "the texts of copybutton.js": re.compile(r"const messages = \{\n"),
    # Sphinx begins a section with its anchor, the heading follows.
    "the anchor of a section": re.compile(
        r'(<section\b[^>]*?) id="([^"]+)"(>\s*(?:<span id="[^"]+"></span>)*<h\d)'
    ),
}

STATIC = Path(__file__).with_name("static")
STATIC_FILES = "[!.#]*[!~#]"  # in it
LEFT_BY_EDITORS = ("**/#*#", "**/*~")  # what they keep beside a file; Sphinx copies no .*
ICON_SHEET = "styles/pydata-sphinx-theme.css"
# Begins this sheet where what pages use is left of all: Sphinx copies none where no page is new.
REDUCED = "/* reduced */\n"
ICON_CLASS = re.compile(r"\bfa-[\w-]+")
ICON_TEXT = re.compile(r'"\\(f[0-9a-f]{3})"')  # icons that style sheets use by themselves
ICON_FONTS = "vendor/**/*.woff2"

COPY_SCRIPT = "copybutton.js"
THEME_SCRIPT = "scripts/pydata-sphinx-theme.js"  # opens and closes the dialog of the search
SEARCH_DIALOG = "pst-search-dialog"
REPOSITORY_BUTTONS = (
    "github",
    "gitlab",
    "bitbucket",
)  # it has an icon for each, and stops at others

# Scripts that Sphinx and its extensions put on each page, for what no page has: keys that lead to
# Sphinx's search, marks for the words that it has found, sphinx-design's tabs.
UNUSED_SCRIPTS = ("doctools.js", "sphinx_highlight.js", "translations.js", "design-tabs.js")

# Files that Sphinx, its themes and extensions copy and no page of the book uses: if one is gone,
# nothing is lost.
UNUSED = (
    *UNUSED_SCRIPTS,
    "**/*.map",
    "**/*.ttf",  # of each font there is a smaller file
    "**/*webpack-macros.html",
    "file.png",  # of a tree view, as are the next two
    "minus.png",
    "plus.png",
    "locales",
    "language_data.js",  # of Sphinx's own search, as is the next
    "searchtools.js",
    "scripts/fontawesome.js*",  # draws the icons once more, as SVG
    "scripts/bootstrap.js*",  # see PLACES
)

# How names of the themes begin, by which the book's style sheets and scripts find its elements.
THEIR_NAMES = re.compile(
    r"[.#]((?:bd|pst|sd|jb|prev-next|header-article|article-header|sidebar-primary|sidebar-"
    r"secondary|toctree|navbar|cell)[-_][\w-]+)"
)


def replaced(html: str, place: str, by: str | Callable[[re.Match[str]], str]) -> str:
    """Return HTML, a script or a style sheet with what stands in one of PLACES replaced.

    Raises:
        ThemeError: There is no such thing.
    """
    result, count = PLACES[place].subn(by if callable(by) else lambda match: by, html)
    if not count:
        raise ThemeError(f"{place} is not found in what the theme writes; see PLACES in theme.py")
    return result


def files_at(static: Path, patterns: Iterable[str]) -> list[Path]:
    """Return the files of a folder at patterns, each of which must find one.

    Raises:
        ThemeError: A pattern finds nothing.
    """
    found = []
    for pattern in patterns:
        paths = sorted(static.glob(pattern))
        if not paths:
            raise ThemeError(f"there is no {pattern} in _static any more; see theme.py")
        found += paths
    return found


@lru_cache(maxsize=KEPT_PAGES)
def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[\w-]+", text))


def check_names(app: Sphinx, exception: Exception | None) -> None:
    """Check that the theme still has what the book's style sheets and scripts look for.

    Its own style sheets and scripts count, for a small book has not all parts of a page.

    Raises:
        ThemeError: A class or an id is nowhere any more.
    """
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    ours = {path.name.removesuffix(".jinja") for path in STATIC.glob(STATIC_FILES)}
    files = [*site.glob("**/*.html"), *site.glob("_static/**/*.css"), *site.glob("_static/**/*.js")]
    texts = [file.read_text("utf-8") for file in files if file.name not in ours]
    theirs = frozenset().union(*map(_words, texts))
    for path in STATIC.glob(STATIC_FILES):
        text = "" if path.suffix in (".png", ".svg") else path.read_text("utf-8")
        for name in sorted(set(THEIR_NAMES.findall(text))):
            if name not in theirs:
                raise ThemeError(f"{path.name} looks for {name}, which the theme has no more")
    script = site / "_static" / THEME_SCRIPT
    if SEARCH_DIALOG not in script.read_text("utf-8"):
        raise ThemeError(f"{THEME_SCRIPT} opens no {SEARCH_DIALOG} any more")
