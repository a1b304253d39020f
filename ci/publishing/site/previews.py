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
        self._places: dict[str, dict[str, nodes.Element]] = {}  # of a page, by their ids
        self._shown: dict[str, dict[tuple[str, str], str | None]] = {}  # on a page, by their places

    def add(self, app: Sphinx, document: nodes.document, page_name: str) -> None:
        """Set the titles of a page's links: Sphinx calls this for each page."""
        shown = self._shown[page_name] = {}
        for reference in document.findall(nodes.reference):
            if not reference.get("internal") or not isinstance(reference.parent, nodes.TextElement):
                continue  # to elsewhere, or in a table of contents
            target, _, anchor = reference.get("refuri", "").partition("#")
            name = posixpath.normpath(posixpath.join(posixpath.dirname(page_name), target))
            name = name.removesuffix(".html") if target else page_name
            place = name, reference.get("refid") or anchor
            if place not in shown:
                shown[place] = self._text(app.env, *place)
            if text := shown[place]:
                reference.setdefault("reftitle", text)

    def forget(self, app: Sphinx, env: BuildEnvironment, page_name: str) -> None:
        """Forget what is known of a page that Sphinx is about to read."""
        self._places.pop(page_name, None)
        self._shown.pop(page_name, None)

    def changed(self, app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Return the pages with links to what now says something else, so that Sphinx writes them.

        Those that were never written are none of them: there is nothing to renew.
        """
        return [
            page
            for page, shown in self._shown.items()
            if any(self._text(env, *place) != text for place, text in shown.items())
        ]

    def _text(self, env: BuildEnvironment, page_name: str, anchor: str) -> str | None:
        if page_name not in env.found_docs:
            return None
        if page_name not in self._places:
            self._places[page_name] = _places(env.get_doctree(page_name))
        target = self._places[page_name].get(anchor)
        return None if target is None else preview_text(target)


def _places(document: nodes.document) -> dict[str, nodes.Element]:
    """Return what the ids of a page lead to; its first section under an empty id."""
    places: dict[str, nodes.Element] = {}
    for node in document.findall(nodes.Element):
        for identity in node["ids"]:
            places.setdefault(identity, node)
        if isinstance(node, nodes.section):
            places.setdefault("", node)
    return places


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
