"""resources/glossary.yml in the page's language: the glossary page, and the links to it.

The page is the `{book-glossary}` directive. The links are made by a transform: the first time that
a chapter's prose uses a term, the term becomes a link, so that authors write plain text.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

from book.publishing.documents import ancestors
from book.publishing.languages import OTHER

Entry = dict[str, dict[str, str]]

# Relative to the folder that the book is built from.
GLOSSARY = Path("resources", "glossary.yml")

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
# What may follow a Korean term in the same word: up to three of these (디코더에서는). Anything else
# makes another word of it: 배치하다 is not 배치.
PARTICLES = (
    "은 는 이 가 을 를 의 에 에서 에게 와 과 로 으로 도 만 들 마다 부터 까지 처럼 보다 밖에 "
    "이나 나 이란 란 이라 라 이라는 라는 이라고 라고 이고 고 이며 며 인 일 입니다 이다 다 임 "
    "이지만 이므로"
).split()


def setup_glossary(app: Sphinx) -> None:
    """Register the directive and the links with Sphinx."""
    app.add_directive("book-glossary", BookGlossary)
    app.add_transform(LinkTerms)


class GlossaryError(Exception):
    """The glossary file is missing or malformed; the message says how."""


def read_glossary(root: Path, language: str) -> list[Entry]:
    """Read the glossary.

    Args:
        root: The folder of the book.
        language: The language whose definitions must be there.

    Returns:
        One dictionary for each term: `term` and `definition`, each by language.

    Raises:
        GlossaryError: The glossary file is missing or malformed.
    """
    try:
        entries = yaml.safe_load((root / GLOSSARY).read_text("utf-8"))
        for entry in entries:
            _ = entry["term"]["ko"], entry["term"]["en"], entry["definition"][language]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise GlossaryError(f"{GLOSSARY} cannot be used: {error!r}") from error
    return entries


def _glossary_of(env: BuildEnvironment) -> list[Entry]:
    """Read the glossary for the page that Sphinx is reading, which is read again when it changes.

    Raises:
        GlossaryError: The glossary file is missing or malformed.
    """
    env.note_dependency(str(Path(env.srcdir) / GLOSSARY))
    return read_glossary(Path(env.srcdir), env.config.language)


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
        container = nodes.container()
        lines = glossary_lines(entries, self.config.language)
        self.state.nested_parse(
            StringList(lines, source=str(GLOSSARY)), self.content_offset, container
        )
        self._give_lasting_ids(container, entries)
        return container.children

    def _give_lasting_ids(self, container: nodes.Element, entries: list[Entry]) -> None:
        """Name each term's anchor after its English: Sphinx numbers Korean ones in their order."""
        english = {entry["term"][self.config.language]: entry["term"]["en"] for entry in entries}
        objects = self.env.get_domain("std").objects
        for term in container.findall(nodes.term):
            name = next(text for text in map(str, term.findall(nodes.Text)) if text in english)
            anchor = f"term-{nodes.make_id(english[name])}"
            term["ids"] = [anchor]
            objects["term", name] = (self.env.docname, anchor)


def definitions(entries: list[Entry], language: str) -> list[tuple[str, str]]:
    """Return each term with its definition, sorted for the language.

    Args:
        entries: One dictionary for each term: `term` and `definition`, each by language.
        language: The language of the page.

    Returns:
        Pairs of Markdown; a definition begins with the other language's term in parentheses.

    Raises:
        KeyError: An entry lacks a term or a definition.
    """
    # Hangul syllables are in dictionary order in Unicode.
    ordered = sorted(entries, key=lambda entry: entry["term"][language].casefold())
    pairs = []
    for entry in ordered:
        definition = " ".join(entry["definition"][language].split())
        term, translation = entry["term"][language], entry["term"][OTHER[language]]
        if translation != term:  # LSTM is the same word in both
            definition = f"({translation}) {definition}"
        pairs.append((term, definition))
    return pairs


def glossary_lines(entries: list[Entry], language: str) -> list[str]:
    """Return the definitions as the lines of a `{glossary}` directive."""
    lines = ["````{glossary}"]
    for term, definition in definitions(entries, language):
        lines += [term, f"  {definition}", ""]
    return [*lines, "````"]


class FirstUses:
    """Finds where a text uses each of the glossary's terms for the first time.

    Args:
        entries: The glossary.
        language: The language of the text.
    """

    def __init__(self, entries: list[Entry], language: str):
        terms = [entry["term"][language] for entry in entries]
        self._pattern = term_pattern(terms, language)
        self._missing = {term_key(term): term for term in terms}

    def split(self, text: str) -> list[tuple[str, str | None]]:
        """Split the next piece of the text at the terms that it is the first to use.

        Returns:
            Parts of the piece, each with the term that it is, or None.
        """
        parts: list[tuple[str, str | None]] = []
        end = 0
        for match in self._pattern.finditer(text):
            term = self._missing.pop(term_key(match["term"]), None)
            if term is not None:
                parts += [(text[end : match.start()], None), (match["term"], term)]
                end = match.end("term")
        return [*parts, (text[end:], None)]


class LinkTerms(SphinxTransform):
    """Links each term to the glossary where the page's prose uses it first."""

    default_priority = 600  # after GatherCells

    def apply(self) -> None:
        """Replace the terms by links; a page with the glossary itself gets none."""
        if any(self.document.findall(addnodes.glossary)):
            return
        try:
            entries = _glossary_of(self.env)
        except GlossaryError:
            return  # the glossary page says so
        first_uses = FirstUses(entries, self.config.language)
        for text in list(_prose(self.document)):
            parts = [
                nodes.Text(shown) if term is None else self._reference(term, shown)
                for shown, term in first_uses.split(text)
            ]
            text.parent.replace(text, parts)

    def _reference(self, term: str, shown: str) -> addnodes.pending_xref:
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


def term_pattern(terms: list[str], language: str) -> re.Pattern[str]:
    """Return the pattern of any term in running text, longer terms first.

    Args:
        terms: The glossary's terms in the language.
        language: In Korean, particles may follow a term: of 어텐션은, the group `term` is 어텐션.
            In English, a term may be a plural.
    """
    write = _korean if language == "ko" else _english
    alternatives = "|".join(write(term) for term in sorted(terms, key=len, reverse=True))
    after = rf"(?:{'|'.join(PARTICLES)}){{0,3}}" if language == "ko" else ""
    return re.compile(rf"(?<![\w-])(?P<term>{alternatives}){after}(?![\w-])", re.IGNORECASE)


def _korean(term: str) -> str:
    return r"\s+".join(map(re.escape, term.split()))


def _english(term: str) -> str:
    stem = r"\s+".join(map(re.escape, _singular(term).split()))
    return f"{stem}(?:e?s)?"


def _singular(word: str) -> str:
    """Return a term without its plural ending: batches, losses, weights, but loss."""
    word = re.sub(r"(?<=ch|ss)es$", "", word)
    return word if word.endswith("ss") else word.removesuffix("s")


def term_key(term: str) -> str:
    """Return what a term's forms have in common: letter case, spaces and plural do not count."""
    return _singular(" ".join(term.casefold().split()))
