"""Says which cells of a table name its rows and columns: a screen reader tells them with each cell.

docutils writes heads without a scope, and knows no names of rows unless a table's author asks.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.writers.html5 import HTML5Translator

# The head of a column that is one of several to choose from: then no row has a name.
LETTERED = re.compile(r"\([A-Z]\)")


def setup_tables(app: Sphinx) -> None:
    """Register how the cells are written."""
    app.add_node(nodes.entry, override=True, html=(_visit_cell, _depart_cell))


class NameRows(SphinxTransform):
    """Makes the first cell of each row its name, in all tables but those of lettered columns."""

    def apply(self) -> None:
        """Mark the first column of each table."""
        for group in self.document.findall(nodes.tgroup):
            cells = [
                cell for head in group.findall(nodes.thead) for cell in head.findall(nodes.entry)
            ]
            heads = [cell.astext() for cell in cells]
            if heads and not all(LETTERED.fullmatch(head) for head in heads):
                next(group.findall(nodes.colspec))["stub"] = 1


def _visit_cell(translator: HTML5Translator, node: nodes.entry) -> None:
    type(translator).visit_entry(translator, node)
    tag = translator.body[-1]
    is_head = isinstance(node.parent.parent, nodes.thead)
    if is_head and not node.astext():  # the corner names nothing
        translator.body[-1] = tag.replace("<th", "<td", 1)
        translator.context[-1] = translator.context[-1].replace("</th", "</td")
    else:
        scope = "col" if is_head else "row"
        translator.body[-1] = tag.replace("<th", f'<th scope="{scope}"', 1)


def _depart_cell(translator: HTML5Translator, node: nodes.entry) -> None:
    type(translator).depart_entry(translator, node)
