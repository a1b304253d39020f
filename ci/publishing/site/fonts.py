"""The site's fonts: one family for the text of each language and one for code, few letters of each.

What a page shows then looks alike on every machine. Hangul makes a font large, so each gets the
syllables that the pages of its language show; what they show in bold, or in code, is less still.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from io import BytesIO
from pathlib import Path
from string import printable

import fontTools
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem
from fontTools.varLib.instancer import instantiateVariableFont
from lxml import html
from sphinx.application import Sphinx

from publishing.chapter.editions import LANGUAGES
from publishing.site.documents import KEPT_PAGES
from publishing.texts import texts_of

CLONE = Path(__file__).parents[3]
SOURCES = Path("resources", "fonts")
# What the theme, or the book, sets in bold; and in the font of code.
BOLD = "//h1|//h2|//h3|//h4|//strong|//b|//th|//dt|//summary"
CODE = "//pre|//code|//kbd"
BASIC = set(printable)
WEIGHTS = (400, 600)  # of a variable font: text and bold
# Of the square that a letter is drawn in: finer ones, which nobody sees, weigh more.
UNITS = 640
CODE_FONT = "D2Coding"
MORE_FONT = "Pretendard-Regular"  # for signs that a language's own font lacks, and for Hangul


def write_fonts(app: Sphinx, exception: Exception | None) -> None:
    """Write the fonts that static/fonts.css names, each with the letters that the pages show."""
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    sources = CLONE / SOURCES
    letters = _letters(site, app.config.language)
    folder = site / "_static" / "fonts"
    folder.mkdir(exist_ok=True)
    kept = Path(app.doctreedir).with_name("fonts")
    language = LANGUAGES[app.config.language]
    fonts = {"code": (CODE_FONT, "code"), "text": (language.text_font, "text")}
    if language.bold_font:
        fonts["bold"] = (language.bold_font, "bold")
    else:
        fonts["text-more"] = (MORE_FONT, "signs")
    for name, (source, kind) in fonts.items():
        content = reduced_font(sources / f"{source}.woff2", letters[kind], kept)
        (folder / f"{name}.woff2").write_bytes(content)


def _letters(site: Path, language: str) -> dict[str, set[str]]:
    """Return the letters that the site shows, by where and what they are."""
    pages = [_letters_of(path.read_text("utf-8")) for path in site.rglob("*.html")]
    text = set("".join(texts_of(language))).union(*(page.text for page in pages))
    return {
        "text": BASIC | set(filter(str.isprintable, text)),
        "bold": BASIC.union(*(page.bold for page in pages)),
        "signs": set(filter(str.isprintable, text)) - BASIC,
        "code": BASIC.union(*(page.code for page in pages)),
    }


@dataclass(frozen=True)
class Letters:
    """The letters of a page."""

    text: frozenset[str]  # its attributes hold texts that it shows later
    bold: frozenset[str]
    code: frozenset[str]


@lru_cache(maxsize=KEPT_PAGES)
def _letters_of(page: str) -> Letters:
    tree = html.fromstring(page)
    return Letters(frozenset(unescape(page)), _shown(tree, BOLD), _shown(tree, CODE))


def _shown(tree: html.HtmlElement, path: str) -> frozenset[str]:
    return frozenset(letter for part in tree.xpath(path) for letter in part.text_content())


def reduced_font(source: Path, letters: set[str], kept: Path) -> bytes:
    """Return a font with some letters, as WOFF2; what was made before is in the folder `kept`."""
    wanted = "".join(sorted(letters))
    made_by = f"{UNITS} {fontTools.version}"
    key = hashlib.sha256(source.read_bytes() + f"{made_by} {wanted}".encode()).hexdigest()
    path = kept / f"{key}.woff2"
    if not path.exists():
        kept.mkdir(exist_ok=True)
        path.write_bytes(_reduced(source, wanted))
    return path.read_bytes()


def _reduced(source: Path, letters: str) -> bytes:
    written = BytesIO()
    with TTFont(source, recalcTimestamp=False, lazy=True) as font:  # no date: builds are equal
        # Its name goes, which its authors reserve for the whole font; copyright and licence stay.
        options = subset.Options(
            hinting=False, layout_features=["kern", "mark"], name_IDs=[0, 13, 14]
        )
        options.drop_tables += ["vhea", "vmtx", "FFTM"]  # for vertical text, and for font editors
        reducer = subset.Subsetter(options)
        reducer.populate(text=letters)
        reducer.subset(font)
        if "fvar" in font:
            instantiateVariableFont(font, {"wght": WEIGHTS}, inplace=True)
        elif font["head"].unitsPerEm > UNITS:
            scale_upem(font, UNITS)
        font.flavor, font.flavorData = "woff2", None  # with its transform, which the source lacks
        font.save(written)
    return written.getvalue()
