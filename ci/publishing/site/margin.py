"""The margin of a wide window: what a term means, and a sign where a prediction is asked for.

A definition stands beside the paragraph that uses the term first. It is also the preview of the
term's link, which serves every other window and a screen reader: here it is for the eye alone.
"""

import re
from html import escape

from docutils import nodes
from sphinx.application import Sphinx

from publishing.chapter.editions import LANGUAGES
from publishing.site.documents import ancestors, shortened
from publishing.texts import localized

SENTENCE = re.compile(r".*?[.?!](?=\s|$)", re.DOTALL)
LONGEST = 160  # letters; a longer sentence is cut at a word
NOTE = '<aside class="margin-note" aria-hidden="true" data-pagefind-ignore><b>{}</b> {}</aside>'


def fill_margin(app: Sphinx, document: nodes.document, page: str) -> None:
    """Put each note of a page before the block that it belongs to."""
    language = app.config.language
    prompt = localized("Write your answer down, then read on.", language)
    for paragraph in list(document.findall(nodes.paragraph)):
        if re.search(LANGUAGES[language].prediction, paragraph.astext()) and _block(paragraph):
            _put_before(paragraph, localized("Predict", language), prompt)
    for reference in list(document.findall(nodes.reference)):
        is_term = any(
            "glossary-term" in node["classes"] for node in reference.findall(nodes.inline)
        )
        if is_term and reference.get("reftitle"):
            _put_before(reference, reference.astext(), _short(reference["reftitle"]))


def _put_before(node: nodes.Element, head: str, text: str) -> None:
    """Put a note before the child of a section in which a node stands; none into a fold or tab."""
    if block := _block(node):
        siblings = block.parent
        note = nodes.raw("", NOTE.format(escape(head), escape(text)), format="html")
        siblings.insert(siblings.index(block), note)


def _block(node: nodes.Element) -> nodes.Element | None:
    child = node
    for parent in ancestors(node):
        if isinstance(parent, nodes.section):
            return child if isinstance(child, nodes.TextElement | nodes.Sequential) else None
        child = parent
    return None


def _short(definition: str) -> str:
    sentence = SENTENCE.match(definition)
    return shortened(sentence[0] if sentence else definition, LONGEST)
