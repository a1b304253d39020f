"""Makes the style sheets small: of what themes and extensions bring, pages use a few per cent.

A rule stays where each class and id that it asks for is on a page, or in a script, which may put
it there. The fonts of formulas, cut down to their letters, become part of their style sheet: then
no formula waits for them.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import tinycss2
from sphinx.application import Sphinx
from tinycss2.ast import AtRule, Node, QualifiedRule

from publishing.site.documents import KEPT_PAGES
from publishing.site.fonts import reduced_font
from publishing.site.formulas import STYLE_SHEET
from publishing.site.theme import ICON_SHEET, REDUCED, files_at

ATTRIBUTE = re.compile(r'\s(?:class|id)="([^"]*)"')
WORD = re.compile(r"[\w-]+")
FORMULA_TAG = re.compile(r"<(mjx-[\w-]+)")
NESTED = ("media", "supports", "layer")  # at-rules that hold rules
# Where a page names a style sheet: what follows tells a browser whether it has this very one.
ADDRESS = re.compile(r'(href="[^"?]*_static/)([^"?]+\.css)(?:\?[^"]*)?"')
# Where it names a script of the book's, itself or in what it tells another.
SCRIPT = re.compile(r"\b([\w.-]+\.js)\?v=[0-9a-f]{8}\b")
FONT_FILE = re.compile(r'(url\(")(fonts/[\w-]+\.woff2)"')

FONT_FACE = re.compile(
    r'@font-face[^{]*\{\s*font-family: (MJX[\w-]+);\s*src: url\("([^"]+)"\)[^}]*\}\s*'
)
LETTER = re.compile(r'([^{}]*)\{[^}]*content: "([^"]+)"')
FONT_CLASS = re.compile(r"\.(TEX-\w+)")
ESCAPED = re.compile(r"\\([0-9A-F]+) ?|\\?(.)")
TEXT_FONT = "MJXTEX"
STRETCHED = ("MJXTEX", "MJXTEX-S1", "MJXTEX-S4", "MJXTEX-A")  # what braces are put together from
EMPTY_FONT, EMPTY_LETTER = "MJXZERO", "\ueffc"  # it makes lines equally high


def reduce_style_sheets(app: Sphinx, exception: Exception | None) -> None:
    """Leave in each style sheet what the site's pages use, and have the pages ask for these."""
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    (first,) = files_at(site / "_static", [ICON_SHEET])
    if first.read_text("utf-8").startswith(REDUCED):
        return
    pages = {path: path.read_text("utf-8") for path in site.rglob("*.html")}
    scripts = [path.read_text("utf-8") for path in site.glob("_static/**/*.js")]
    used = _names(pages.values(), scripts)
    digests = {}
    for path in sorted(site.glob("_static/**/*.css")):
        text = "".join(_kept(_parsed(path.read_text("utf-8")), used))
        if path.name == STYLE_SHEET:
            text = _with_fonts(text, path.parent, Path(app.doctreedir).with_name("fonts"))
        mark = REDUCED if path == first else ""
        path.write_text(mark + _with_versions(text, path.parent), "utf-8")
        name = path.relative_to(site / "_static").as_posix()
        digests[name] = digest(path)
    digests |= _digests_of_scripts(site / "_static")
    for path in files_at(site / "_static", ["fonts/MathJax_*.woff"]):
        path.unlink()
    for path, html in pages.items():
        path.write_text(_with_digests(html, digests), "utf-8")


def with_addresses(html: str, static: Path) -> str:
    """Return a page that asks for the style sheets and scripts of a folder as they are there."""
    names = {name for _, name in ADDRESS.findall(html)}
    digests = {name: digest(static / name) for name in names}
    return _with_digests(html, {**digests, **_digests_of_scripts(static)})


def _with_digests(html: str, digests: Mapping[str, str]) -> str:
    html = ADDRESS.sub(lambda at: f'{at[1]}{at[2]}?v={digests[at[2]]}"', html)
    return SCRIPT.sub(lambda at: f"{at[1]}?v={digests[at[1]]}" if at[1] in digests else at[0], html)


def _digests_of_scripts(static: Path) -> dict[str, str]:
    """Return those of the folder's scripts: Sphinx writes others', of these before they changed."""
    return {path.name: digest(path) for path in static.glob("*.js")}


def _with_versions(text: str, folder: Path) -> str:
    """Tell in the address of each font whether a browser has this very one."""
    return FONT_FILE.sub(lambda at: f'{at[1]}{at[2]}?v={digest(folder / at[2])}"', text)


def digest(path: Path) -> str:
    """Return what tells in a file's address whether a browser has this very one."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def _names(pages: Iterable[str], scripts: Iterable[str]) -> set[str]:
    """Return the classes, ids and elements of formulas that a page has or may get."""
    names = set().union(*map(_names_on, pages))
    for script in scripts:
        names.update(WORD.findall(script))
    return names


@lru_cache(maxsize=KEPT_PAGES)
def _names_on(page: str) -> frozenset[str]:
    names = (name for value in ATTRIBUTE.findall(page) for name in value.split())
    return frozenset([*names, *FORMULA_TAG.findall(page)])


@lru_cache(maxsize=KEPT_PAGES)
def _parsed(sheet: str) -> list[Node]:
    rules: list[Node] = tinycss2.parse_stylesheet(sheet, skip_comments=True)
    return rules


def _kept(rules: Iterable[Node], used: set[str]) -> Iterator[str]:
    for rule in rules:
        if isinstance(rule, QualifiedRule):
            selectors = [part for part in _selectors(rule.prelude) if _is_used(part, used)]
            if selectors:
                prelude = ",".join(tinycss2.serialize(part).strip() for part in selectors)
                yield f"{prelude}{{{tinycss2.serialize(rule.content).strip()}}}\n"
        elif isinstance(rule, AtRule) and rule.lower_at_keyword in NESTED and rule.content:
            inner = "".join(_kept(_rules(rule), used))
            if inner:
                prelude = tinycss2.serialize(rule.prelude).strip()
                yield f"@{rule.at_keyword} {prelude}{{\n{inner}}}\n"
        elif isinstance(rule, AtRule):
            yield f"{rule.serialize()}\n"


def _rules(rule: AtRule) -> list[Node]:
    return list(
        tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
    )


def _selectors(prelude: list[Node]) -> Iterator[list[Node]]:
    selector: list[Node] = []
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            yield selector
            selector = []
        else:
            selector.append(token)
    yield selector


def _is_used(selector: list[Node], used: set[str]) -> bool:
    """Tell whether a page has all that a selector asks for outside of brackets."""
    for before, token in zip([None, *selector], selector, strict=False):
        is_class = before is not None and before.type == "literal" and before.value == "."
        is_formula = token.type == "ident" and token.value.startswith("mjx-")
        if token.type == "hash" or (token.type == "ident" and (is_class or is_formula)):
            if token.value not in used:
                return False
    return True


def _with_fonts(text: str, folder: Path, kept: Path) -> str:
    """Put the fonts into the style sheet of the formulas, each with the letters of its class."""
    letters: dict[str, set[str]] = {EMPTY_FONT: {EMPTY_LETTER}}
    for selector, content in LETTER.findall(text):
        found = FONT_CLASS.search(selector)
        fonts = STRETCHED if "stretchy" in selector else (f"MJX{found[1]}" if found else TEXT_FONT,)
        shown = [
            chr(int(code, 16)) if code else letter for code, letter in ESCAPED.findall(content)
        ]
        for font in fonts:
            letters.setdefault(font, set()).update(shown)

    def face(match: re.Match[str]) -> str:
        family, path = match[1], folder / match[2]
        if family not in letters:
            return ""
        data = b64encode(reduced_font(path, letters[family], kept)).decode()
        source = f'url("data:font/woff2;base64,{data}") format("woff2")'
        return f"@font-face{{font-family:{family};src:{source}}}\n"

    return FONT_FACE.sub(face, text)
