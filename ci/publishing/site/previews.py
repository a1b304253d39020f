"""Previews: each link within the book carries the text that it leads to."""

import posixpath

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from publishing.site.documents import shortened

PREVIEW_LENGTH = 240  # letters; longer texts are cut at a word


def setup_previews(app: Sphinx) -> None:
    """Register the previews with Sphinx."""
    app.connect("doctree-resolved", Previews().add)


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
