"""Permanent anchors: a section has the same id in every language and in every build.

docutils makes ids from titles, but a Korean title gives it nothing to make one of, so that it
counts: `id3` is the third such section, until somebody adds one before it. Here every section takes
the id of its English twin. So a link to a section keeps, and the language switch needs no map.
"""

from collections import Counter
from collections.abc import Iterable

from docutils import nodes
from nbformat import NotebookNode

from publishing.chapter.editions import FRAMEWORKS, INTERNATIONAL, SOLUTION
from publishing.chapter.markdown import headings
from publishing.chapter.view import is_for_language, tags_of


def section_ids(cells: Iterable[NotebookNode]) -> list[str]:
    """Return the ids of a chapter's sections, in order, from its cells of all languages."""
    ids = []
    seen: Counter[str] = Counter()
    for cell in cells:
        if not is_for_language(cell, INTERNATIONAL) or cell.cell_type != "markdown":
            continue
        if tags_of(cell) & {*FRAMEWORKS, SOLUTION}:  # in tabs and folds, where no sections are
            continue
        for _, title in headings(cell.source):
            name = nodes.make_id(title) or "section"
            seen[name] += 1
            ids.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return ids
