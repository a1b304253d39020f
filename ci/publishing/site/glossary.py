"""The glossary in the page's language: its page, and the links to it.

The page is the `{book-glossary}` directive. The links are made by a transform: the first time that
a chapter's prose uses a term, the term becomes a link, so that authors write plain text.
"""

from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

from publishing.chapter import terms
from publishing.chapter.editions import INTERNATIONAL
from publishing.chapter.terms import GLOSSARY, Entry, GlossaryError
from publishing.site.documents import ancestors

# A term is a term in prose only: not in headings, code, formulas, and not inside another link.
NO_PROSE = (
    nodes.title,
    nodes.rubric,
    nodes.caption,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.reference,
    nodes.raw,
    nodes.table,
    addnodes.pending_xref,
)


def _glossary_of(env: BuildEnvironment) -> list[Entry]:
    """Read the glossary; Sphinx reads the page again when it changes."""
    env.note_dependency(str(Path(env.srcdir) / GLOSSARY))
    return terms.read_glossary(Path(env.srcdir))


class BookGlossary(SphinxDirective):
    """Renders the glossary, sorted for the language, the other language's term in parentheses."""

    def run(self) -> list[nodes.Node]:
        """Return the glossary's nodes.

        Raises:
            docutils.utils.SystemMessagePropagation: The glossary file is missing or malformed.
        """
        try:
            entries = _glossary_of(self.env)
        except GlossaryError as error:
            raise self.error(str(error)) from error
        lines = ["````{glossary}"]
        for term, definition in terms.definitions(entries, self.config.language):
            lines += [term, f"  {definition}", ""]
        text = StringList([*lines, "````"], source=str(GLOSSARY))
        container = nodes.container()
        self.state.nested_parse(text, self.content_offset, container)
        self._give_lasting_ids(container, entries)
        return container.children

    def _give_lasting_ids(self, container: nodes.Element, entries: list[Entry]) -> None:
        """Name each term's anchor after its English: Sphinx numbers Korean ones in their order."""
        names = [entry["term"] for entry in entries]
        english = {name[self.config.language]: name[INTERNATIONAL] for name in names}
        objects = self.env.domaindata["std"]["objects"]
        for term in container.findall(nodes.term):
            name = next(text for text in map(str, term.findall(nodes.Text)) if text in english)
            anchor = f"term-{nodes.make_id(english[name])}"
            term["ids"] = [anchor]
            objects["term", name] = (self.env.docname, anchor)


class LinkTerms(SphinxTransform):
    """Links each term to the glossary where the page's prose uses it first."""

    def apply(self) -> None:
        """Replace the terms by links; a page with the glossary itself gets none."""
        if any(self.document.findall(addnodes.glossary)):
            return
        try:
            entries = _glossary_of(self.env)
        except GlossaryError:
            return  # the glossary page says so
        first_uses = terms.FirstUses(entries, self.config.language)
        for text in list(_prose(self.document)):
            parts = first_uses.split(text)
            text.parent.replace(text, [self._node(shown, term) for shown, term in parts])

    def _node(self, shown: str, term: str | None) -> nodes.Node:
        if term is None:
            return nodes.Text(shown)
        return addnodes.pending_xref(
            "",
            nodes.inline(shown, shown, classes=["glossary-term"]),
            refdomain="std",
            reftype="term",
            reftarget=term,
            refexplicit=True,
            refdoc=self.env.docname,
        )


def _prose(document: nodes.document) -> Iterator[nodes.Text]:
    for text in document.findall(nodes.Text):
        places = list(ancestors(text))
        is_prose = any(isinstance(place, nodes.paragraph) for place in places)
        if is_prose and not any(isinstance(place, NO_PROSE) for place in places):
            yield text
