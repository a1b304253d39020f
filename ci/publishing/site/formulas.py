"""Formulas, set at build time: a page shows them with its first paint, and without JavaScript.

MathJax does the work, as it would in a browser, in an engine for JavaScript that pip installs. It
writes HTML, with MathML for screen readers. Its style sheet and fonts come with the site, as much
of them as the pages use.
"""

import json
import re
import shutil
from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path

from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

RENDERER = "at-build-time"
STYLE_SHEET = "formulas.css"
FONTS = "output/chtml/fonts/woff-v2"
# Where a formula needs another package of TeX, the build stops with the command that MathJax does
# not know: the package is then to be added to all three lists.
COMPONENTS = [
    "core.js",
    "adaptors/liteDOM.js",  # the document that MathJax writes into, for there is no browser
    "input/tex-base.js",
    "input/tex/extensions/ams.js",
    "output/chtml.js",
    "output/chtml/fonts/tex.js",
    "a11y/assistive-mml.js",  # MathML for screen readers
]
CONFIGURATION = {
    "loader": {
        "paths": {"mathjax": ""},
        "load": [
            "adaptors/liteDOM",
            "input/tex-base",
            "[tex]/ams",
            "output/chtml",
            "a11y/assistive-mml",
        ],
    },
    "tex": {"packages": ["base", "ams"]},
    # The letters of MathJax's fonts are smaller than those of a text font of the same size.
    "chtml": {"scale": 1.1, "adaptiveCSS": False, "fontURL": "fonts"},
    "startup": {"typeset": False},
}
# MathJax asks for its components by their paths; there is no module loader in the bare engine.
START = """
const sources = {};
var MathJax = CONFIGURATION;
MathJax.loader.require = (path) => void (0, eval)(sources[path.slice(1)]);
MathJax.tex.formatError = (input, error) => { throw new Error(`formula: ${error.message}`); };
"""
SET = """MathJax.startup.adaptor.outerHTML(MathJax.tex2chtml(TEX, {display: IS_DISPLAYED}))"""
STYLE = "MathJax.startup.adaptor.textContent(MathJax.chtmlStylesheet())"

TAG = re.compile(r"\\tag\{([^}]*)\}")  # the number of a displayed formula
LOGGER = logging.getLogger(__name__)


class FormulaError(Exception):
    """A formula cannot be set; the message says why."""


def setup_formulas(app: Sphinx) -> None:
    """Register with Sphinx what becomes of formulas."""
    app.add_html_math_renderer(RENDERER, (_visit_inline, None), (_visit_displayed, None))
    app.connect("builder-inited", write_style_sheet)
    app.add_css_file(STYLE_SHEET)


def _visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(translator.starttag(node, "span", "", CLASS="math"))
    translator.body.append(_typeset(node, is_displayed=False) + "</span>")
    raise nodes.SkipNode


def _visit_displayed(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula, and its number beside it, where it stays on a phone's screen."""
    tag = TAG.search(node.astext())
    translator.body.append(translator.starttag(node, "div", "", CLASS="math"))
    translator.body.append(_typeset(node, is_displayed=True))
    if tag:
        translator.body.append(f'<span class="eqno">({escape(tag[1])})</span>')
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def _typeset(node: nodes.math | nodes.math_block, *, is_displayed: bool) -> str:
    """Return a formula's HTML; warn of one that MathJax cannot read, and show its TeX."""
    tex = TAG.sub("", node.astext()).strip()
    try:
        return formula(tex, is_displayed=is_displayed)
    except FormulaError as error:
        LOGGER.warning("the formula %s cannot be set: %s", tex, error, location=node)
        return f"<code>{escape(tex)}</code>"


@cache
def formula(tex: str, *, is_displayed: bool) -> str:
    """Return the HTML of a formula.

    Raises:
        FormulaError: MathJax cannot read it; the message says why.
    """
    call = SET.replace("IS_DISPLAYED", str(is_displayed).lower()).replace("TEX", json.dumps(tex))
    try:
        return str(_mathjax().eval(call))
    except JSEvalException as error:
        reason = re.search("(?<=Error: formula: ).*", str(error))
        raise FormulaError(reason[0] if reason else str(error)) from error


@cache
def _mathjax() -> MiniRacer:
    """Return an engine in which MathJax is ready, one for each process."""
    engine = MiniRacer()
    engine.eval(START.replace("CONFIGURATION", json.dumps(CONFIGURATION)))
    folder = mathjax_folder()
    for name in COMPONENTS:
        source = (folder / name).read_text("utf-8")
        engine.eval(f"sources[{json.dumps(name)}] = {json.dumps(source)}; 0")
    engine.eval((folder / "startup.js").read_text("utf-8") + "; 0")
    engine.eval("var isReady = false; MathJax.startup.promise.then(() => { isReady = true; }); 0")
    while not engine.eval("isReady"):  # its promises are kept between the calls
        pass
    return engine


def start_mathjax() -> None:
    """Make the engine of this process ready."""
    _mathjax()


@cache
def mathjax_folder() -> Path:
    """Return where MathJax's files are.

    Raises:
        sphinx.errors.ExtensionError: It is not installed.
    """
    package = find_spec("sphinx-mathjax-offline")
    if package is None or package.origin is None:
        raise ExtensionError("sphinx-mathjax-offline, which brings MathJax, is not installed")
    return Path(package.origin).with_name("static") / "mathjax"


def write_style_sheet(app: Sphinx) -> None:
    """Write MathJax's whole style sheet and fonts, for Sphinx to copy with the static files."""
    if app.builder.format != "html":
        return
    folder = Path(app.doctreedir).with_name("formulas")
    shutil.copytree(mathjax_folder() / FONTS, folder / "fonts", dirs_exist_ok=True)
    (folder / STYLE_SHEET).write_text(str(_mathjax().eval(STYLE)), "utf-8")
    if str(folder) not in app.config.html_static_path:
        app.config.html_static_path.append(str(folder))
