"""The margin of a wide window: what a term means, and a sign where a prediction is asked for.

A definition stands beside the paragraph that uses the term first. It is also the preview of the
term's link, which serves every other window and a screen reader: here it is for the eye alone.
"""

import re
from html import escape

from docutils import nodes
from sphinx.application import Sphinx

from publishing.chapter.editions import LANGUAGES
from publishing.site.documents import ancestors
from publishing.site.languages import words_of_others
from publishing.texts import localized

SENTENCE = re.compile(r".*?[.?!](?=\s|$)", re.DOTALL)
NOTE = '<aside class="margin-note" aria-hidden="true" data-pagefind-ignore><b>{}</b> {}</aside>'


def fill_margin(app: Sphinx, document: nodes.document, page: str) -> None:
    """Put each note of a page before the block that it belongs to."""
    language = app.config.language
    prompt = localized("Write your answer down, then read on.", language)
    for paragraph in list(document.findall(nodes.paragraph)):
        if re.search(LANGUAGES[language].prediction, paragraph.astext()) and _block(paragraph):
            _put_before(paragraph, localized("Predict", language), prompt, language)
    for reference in list(document.findall(nodes.reference)):
        is_term = any(
            "glossary-term" in node["classes"] for node in reference.findall(nodes.inline)
        )
        if is_term and reference.get("reftitle"):
            definition = _short(reference["reftitle"])
            _put_before(reference, reference.astext(), definition, language)


def _put_before(node: nodes.Element, head: str, text: str, language: str) -> None:
    """Put a note before the child of a section in which a node stands; none into a fold or tab."""
    if block := _block(node):
        siblings = block.parent
        note = nodes.raw(
            "", NOTE.format(_html(head, language), _html(text, language)), format="html"
        )
        siblings.insert(siblings.index(block), note)


def _html(text: str, language: str) -> str:
    """Return a text as HTML that says which words are in another language."""
    html = escape(text)
    for code, words in words_of_others(language).items():
        html = re.sub(words, rf'<span lang="{code}">\1</span>', html)
    return html


def _block(node: nodes.Element) -> nodes.Element | None:
    child = node
    for parent in ancestors(node):
        if isinstance(parent, nodes.section):
            return child if isinstance(child, nodes.TextElement | nodes.Sequential) else None
        child = parent
    return None


def _short(definition: str) -> str:
    """Return the first sentence, which says what the term is."""
    sentence = SENTENCE.match(definition)
    return " ".join((sentence[0] if sentence else definition).split())
