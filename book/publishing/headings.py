"""Permanent anchors: a section has the same id in every language and in every build.

docutils makes ids from titles, but a Korean title gives it nothing to make one of, so that it
counts: `id3` is the third such section, until somebody adds one before it. Here every section takes
the id of its English twin. So a link to a section keeps, and the language switch needs no map.
"""

from collections import Counter
from itertools import pairwise
from pathlib import Path

from docutils import nodes
from markdown_it import MarkdownIt
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from book.publishing.chapters import read_chapter
from book.publishing.views import FRAMEWORKS, SOLUTION, tags_of, view

LOGGER = logging.getLogger(__name__)


def setup_headings(app: Sphinx) -> None:
    """Register the transform with Sphinx."""
    app.add_transform(PermanentIds)


def section_ids(chapter: NotebookNode) -> list[str]:
    """Return the ids of a chapter's sections, in order.

    Args:
        chapter: The chapter with all its languages.
    """
    ids = []
    seen: Counter[str] = Counter()
    for cell in view(chapter, "en").cells:
        # Tagged cells go into tabs and folds, where there are no sections.
        if cell.cell_type != "markdown" or tags_of(cell) & {*FRAMEWORKS, SOLUTION}:
            continue
        for title in _titles(cell.source):
            name = nodes.make_id(title) or "section"
            seen[name] += 1
            ids.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return ids


def _titles(markdown: str) -> list[str]:
    tokens = MarkdownIt().parse(markdown)
    return [title.content for opening, title in pairwise(tokens) if opening.type == "heading_open"]


class PermanentIds(SphinxTransform):
    """Gives the sections of a chapter their permanent ids."""

    default_priority = 500

    def apply(self) -> None:
        """Replace the first id of each section, the one that docutils has made."""
        path = Path(self.env.doc2path(self.env.docname))
        if path.suffix != ".ipynb":
            return
        sections = list(self.document.findall(nodes.section))
        ids = section_ids(read_chapter(path))
        if len(ids) != len(sections):
            LOGGER.warning("%d headings make %d sections", len(ids), len(sections), location=path)
            return
        for section, permanent in zip(sections, ids, strict=True):
            self._rename(section, permanent)

    def _rename(self, section: nodes.section, permanent: str) -> None:
        automatic = section["ids"][0]
        section["ids"][0] = permanent
        self.document.ids[permanent] = section
        for name, value in self.document.nameids.items():
            if value == automatic:
                self.document.nameids[name] = permanent
