"""What stands under a chapter's title: reading time and difficulty, and how to run it.

Each framework has buttons of its own; CSS shows those of the reader's choice, as framework.js says.
Smaller links under them, always shown, lead to the notebook for both.
"""

import math
import re
from html import escape

from docutils import nodes
from sphinx.transforms import SphinxTransform

from publishing.chapter.editions import BOTH, FRAMEWORKS, LANGUAGES, Edition
from publishing.chapter.files import Facts, facts_of
from publishing.publication import NOTEBOOKS, notebook_path
from publishing.site.documents import ancestors
from publishing.site.reader import chapter_of
from publishing.site.tabs import FrameworkPanel
from publishing.texts import localized

LINES_PER_MINUTE = 15  # of code that one works through


class AddFacts(SphinxTransform):
    """Puts reading time and difficulty under the title of each chapter that has a difficulty."""

    def apply(self) -> None:
        """Insert the line."""
        chapter = chapter_of(self.env)
        facts = facts_of(chapter) if chapter is not None else Facts()
        title = next(self.document.findall(nodes.title), None)
        if facts.difficulty is None or title is None:
            return
        language = self.config.language
        minutes = reading_minutes(self.document, language)
        time = localized("{minutes} min read", language, minutes=minutes)
        names = [
            localized("basic", language),
            localized("intermediate", language),
            localized("advanced", language),
        ]
        name = names[facts.difficulty - 1]
        level = localized("Difficulty: {name}", language, name=name)
        dots = "".join("●" if place < facts.difficulty else "○" for place in range(len(names)))
        html = (
            f'<p class="chapter-facts"><span>{time}</span> <span>{level} '
            f'<span class="difficulty-dots" aria-hidden="true">{dots}</span></span></p>'
        )
        _put_under(title, html)


def _put_under(title: nodes.title, html: str) -> None:
    section = title.parent
    section.insert(section.index(title) + 1, nodes.raw("", html, format="html"))


def reading_minutes(document: nodes.document, language: str) -> int:
    """Return how long one works through a page as GatherCells leaves it, in one framework."""
    paragraphs = [*document.findall(nodes.paragraph), *document.findall(nodes.title)]
    prose = " ".join(map(_without_formulas, paragraphs))
    read = LANGUAGES[language]
    minutes = len(re.findall(read.unit, prose)) / read.units_per_minute
    blocks = [block for block in document.findall(nodes.literal_block) if _is_read_code(block)]
    lines = sum(bool(line.strip()) for block in blocks for line in block.astext().splitlines())
    return max(1, math.ceil(minutes + lines / LINES_PER_MINUTE))


def _is_read_code(block: nodes.literal_block) -> bool:
    """Tell whether a block is a cell's code, and not the same step in another framework."""
    places = list(ancestors(block))
    is_input = any("cell_input" in node.get("classes", []) for node in places)
    frameworks = [node["framework"] for node in places if isinstance(node, FrameworkPanel)]
    return is_input and frameworks in ([], [next(iter(FRAMEWORKS))])


def _without_formulas(node: nodes.Element) -> str:
    texts = [text for text in node.findall(nodes.Text) if not isinstance(text.parent, nodes.math)]
    return " ".join("".join(texts).split())


class AddRunLinks(SphinxTransform):
    """Puts the buttons under the title of each chapter that has code."""

    def apply(self) -> None:
        """Insert them."""
        title = next(self.document.findall(nodes.title), None)
        containers = self.document.findall(nodes.container)
        has_code = any("cell_input" in container["classes"] for container in containers)
        if self.config.book_has_notebooks and title is not None and has_code:
            label = localized("Run this chapter", self.config.language)
            links = "\n".join(map(self._links, (*FRAMEWORKS, BOTH)))
            attributes = f'class="run-links" role="group" aria-label="{escape(label)}"'
            _put_under(title, f"<div {attributes} data-pagefind-ignore>\n{links}\n</div>")

    def _links(self, framework: str) -> str:
        language, page = self.config.language, self.env.docname
        edition, name = Edition(language, framework), page.rpartition("/")[2]
        is_one = framework in FRAMEWORKS
        label = FRAMEWORKS[framework].label if is_one else localized("both frameworks", language)
        to_site = "../" * (page.count("/") + 1)
        text = localized("Download notebook ({framework})", language, framework=label)
        links = [_link(f"{to_site}{NOTEBOOKS}/{notebook_path(edition, name)}", text, " download")]
        if colab := self.config.book_publication.colab(edition, name):
            text = localized("Open in Colab ({framework})", language, framework=label)
            links.insert(0, _link(colab, text))
        return f'<p data-framework="{framework}">{" ".join(links)}</p>'


def _link(address: str, text: str, attribute: str = "") -> str:
    return f'<a href="{escape(address)}"{attribute}>{escape(text)}</a>'
