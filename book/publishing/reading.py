"""What the site adds for the reader: a chapter's reading time and difficulty, and link previews."""

import math
import posixpath
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform

from book.publishing.chapter_facts import CHAPTER_FACTS, ChapterFactsError, read_chapter_facts
from book.publishing.documents import ancestors, shortened
from book.publishing.tabs import FrameworkPanel
from book.publishing.views import FRAMEWORKS

DIFFICULTY_NAMES = {
    "ko": {1: "기초", 2: "보통", 3: "심화"},
    "en": {1: "basic", 2: "intermediate", 3: "advanced"},
}
FACTS = {
    "ko": ("읽는 데 약 {minutes}분", "난이도 {name}"),
    "en": ("{minutes} min read", "Difficulty: {name}"),
}

# For a text that one works through: Hangul syllables, or words; and lines of code.
SYLLABLES_PER_MINUTE = 380
WORDS_PER_MINUTE = 180
LINES_PER_MINUTE = 15

PREVIEW_LENGTH = 240  # letters; longer texts are cut at a word


def setup_reading(app: Sphinx) -> None:
    """Register the facts and the previews with Sphinx."""
    app.add_transform(AddFacts)
    app.connect("doctree-resolved", Previews().add)
    app.add_css_file("reading.css")
    app.add_js_file("reading.js", loading_method="defer")


class AddFacts(SphinxTransform):
    """Puts reading time and difficulty under the title of each chapter that has a difficulty."""

    default_priority = 700  # after GatherCells: only one framework's code is read

    def apply(self) -> None:
        """Insert the line.

        Raises:
            sphinx.errors.ExtensionError: The table of the chapters' facts is malformed.
        """
        difficulty = _difficulty(self.env)
        title = next(self.document.findall(nodes.title), None)
        if difficulty is None or title is None:
            return
        language = self.config.language
        html = _facts_html(reading_minutes(self.document, language), difficulty, language)
        section = title.parent
        section.insert(section.index(title) + 1, nodes.raw("", html, format="html"))


def _difficulty(env: BuildEnvironment) -> int | None:
    """Return the difficulty of the page that Sphinx is reading, which is read again on a change."""
    env.note_dependency(str(Path(env.srcdir) / CHAPTER_FACTS))
    try:
        facts = read_chapter_facts(Path(env.srcdir))
    except ChapterFactsError as error:
        raise ExtensionError(str(error)) from error
    name = posixpath.basename(env.docname)
    return facts[name].difficulty if name in facts else None


def _facts_html(minutes: int, difficulty: int, language: str) -> str:
    time, level = FACTS[language]
    dots = "●" * difficulty + "○" * (3 - difficulty)
    name = DIFFICULTY_NAMES[language][difficulty]
    return (
        f'<p class="chapter-facts"><span>{time.format(minutes=minutes)}</span> '
        f"<span>{level.format(name=name)} "
        f'<span class="difficulty-dots" aria-hidden="true">{dots}</span></span></p>'
    )


def reading_minutes(document: nodes.document, language: str) -> int:
    """Return how long one takes to work through a page, with the code of one framework.

    Args:
        document: The page, as GatherCells leaves it.
        language: The language of its prose.
    """
    prose = " ".join(_without_formulas(node) for node in document.findall(_is_prose))
    if language == "ko":
        minutes = len(re.findall(r"[가-힣]", prose)) / SYLLABLES_PER_MINUTE
    else:
        minutes = len(prose.split()) / WORDS_PER_MINUTE
    blocks = [block for block in document.findall(nodes.literal_block) if _is_read_code(block)]
    lines = sum(bool(line.strip()) for block in blocks for line in block.astext().splitlines())
    return max(1, math.ceil(minutes + lines / LINES_PER_MINUTE))


def _is_prose(node: nodes.Node) -> bool:
    return isinstance(node, nodes.paragraph | nodes.title)


def _is_read_code(block: nodes.literal_block) -> bool:
    """Tell whether a block is a cell's code, and not the same step in another framework."""
    places = list(ancestors(block))
    is_input = any("cell_input" in node.get("classes", []) for node in places)
    frameworks = [node["framework"] for node in places if isinstance(node, FrameworkPanel)]
    return is_input and frameworks in ([], [FRAMEWORKS[0]])


def _without_formulas(node: nodes.Element) -> str:
    texts = [text for text in node.findall(nodes.Text) if not isinstance(text.parent, nodes.math)]
    return " ".join("".join(texts).split())


class Previews:
    """Gives each link within the book the text that it leads to, as its title.

    Browsers show a link's title; reading.js shows it better, and with the keyboard. Citations have
    titles already, from sphinxcontrib-bibtex.
    """

    def __init__(self) -> None:
        self._pages: dict[str, nodes.document] = {}

    def add(self, app: Sphinx, document: nodes.document, page_name: str) -> None:
        """Set the titles of a page's links: Sphinx calls this for each page."""
        for reference in document.findall(nodes.reference):
            if not reference.get("internal") or not isinstance(reference.parent, nodes.TextElement):
                continue  # to elsewhere, or in a table of contents
            target, _, anchor = reference.get("refuri", "").partition("#")
            name = posixpath.normpath(posixpath.join(posixpath.dirname(page_name), target))
            name = name.removesuffix(".html") if target else page_name
            text = self._text(app.env, name, reference.get("refid") or anchor)
            if text:
                reference.setdefault("reftitle", text)

    def _text(self, env: BuildEnvironment, page_name: str, anchor: str) -> str | None:
        if page_name not in env.found_docs:
            return None
        if page_name not in self._pages:
            self._pages[page_name] = env.get_doctree(page_name)
        page = self._pages[page_name]
        target = _target(page, anchor)
        return None if target is None else preview_text(target)


def _target(page: nodes.document, anchor: str) -> nodes.Element | None:
    """Return what an anchor names; without one, the page's first section."""
    if not anchor:
        return next(page.findall(nodes.section), None)
    return next((node for node in page.findall(nodes.Element) if anchor in node["ids"]), None)


def preview_text(target: nodes.Element) -> str | None:
    """Return what a link to a glossary term or to a section says in short; None for others."""
    if isinstance(target, nodes.term):
        return shortened(target.parent.next_node(nodes.definition).astext(), PREVIEW_LENGTH)
    if not isinstance(target, nodes.section):
        return None
    title = target.next_node(nodes.title).astext()
    paragraphs = [child for child in target.children if isinstance(child, nodes.paragraph)]
    # A formula is no text; the first paragraph without one says enough.
    plain = next((node for node in paragraphs if not any(node.findall(nodes.math))), None)
    text = title if plain is None else f"{title} — {plain.astext()}"
    return shortened(text, PREVIEW_LENGTH)
