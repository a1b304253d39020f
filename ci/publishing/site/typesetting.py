"""Small matters of typesetting: the numbers of chapters, and formulas that end a line."""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

CHAPTER_NUMBER = re.compile(r"chapters/(\d\d)-")
SHORT_FORMULA = 24  # letters of TeX; a longer one and a word may not fit on a phone's line


def number_chapter(app: Sphinx, document: nodes.document) -> None:
    """Put the number of a chapter's file before its title, on the page and in lists of pages.

    The prose speaks of chapter 04 and the file is called 04; Sphinx's own numbers would count on.
    """
    match = CHAPTER_NUMBER.match(app.env.docname)
    title = next(document.findall(nodes.title), None)
    entry = next(app.env.tocs[app.env.docname].findall(nodes.reference), None)
    if match and title is not None and entry is not None:
        title["secnumber"] = entry["secnumber"] = (match[1],)


class KeepTogether(SphinxTransform):
    """Keeps what follows an inline formula on its line: a full stop, or a Korean particle."""

    def apply(self) -> None:
        """Put each formula and the letters after it into an element that does not break."""
        for formula in list(self.document.findall(nodes.math)):
            after = formula.next_node(descend=False, siblings=True)
            if not isinstance(after, nodes.Text) or not (attached := re.match(r"\S+", after)):
                continue
            siblings = after.parent
            # By identity: texts are equal where their letters are, and `replace` takes the first.
            place = next(place for place, child in enumerate(siblings) if child is after)
            siblings[place] = nodes.Text(after[attached.end() :])
            is_short = len(formula.astext()) <= SHORT_FORMULA
            classes = ["unbroken"] if is_short else ["unbroken", "long"]
            together = nodes.inline("", "", classes=classes)
            formula.replace_self(together)
            together += [formula, nodes.Text(attached[0])]
