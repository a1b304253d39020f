"""Previews: each link within the book carries the text that it leads to."""

import posixpath

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from publishing.site.documents import shortened

PREVIEW_LENGTH = 240  # letters; longer texts are cut at a word


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
        places = self._pages[page_name].findall(nodes.Element if anchor else nodes.section)
        target = next((node for node in places if not anchor or anchor in node["ids"]), None)
        return None if target is None else preview_text(target)


def preview_text(target: nodes.Element) -> str | None:
    """Return what a link to a glossary term or to a section says in short; None for others."""
    if isinstance(target, nodes.term):
        texts = [next(target.parent.findall(nodes.definition))]
    elif isinstance(target, nodes.section):
        # A formula is no text; the first paragraph without one says enough.
        paragraphs = [child for child in target.children if isinstance(child, nodes.paragraph)]
        plain = [node for node in paragraphs if not any(node.findall(nodes.math))]
        texts = [next(target.findall(nodes.title)), *plain[:1]]
    else:
        return None
    return shortened(" — ".join(node.astext() for node in texts), PREVIEW_LENGTH)
