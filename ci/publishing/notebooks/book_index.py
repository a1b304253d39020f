"""What Sphinx knows of the whole book in one language, for text that leads out of its cell."""

import pickle
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pybtex.database import Entry
from sphinx.environment import BuildEnvironment
from sphinxcontrib.bibtex.domain import Citation
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

from publishing.chapter.terms import Entry as Term
from publishing.chapter.terms import read_glossary


@dataclass(frozen=True)
class Place:
    """A page of the book, or a part of it.

    Attributes:
        page: The page's name, such as chapters/04-attention.
        anchor: The id of the part; empty for the page itself.
        title: The text that a link shows.
    """

    page: str
    anchor: str
    title: str


@dataclass(frozen=True)
class BibliographyEntry:
    """An entry of the bibliography.

    Attributes:
        authors: Their names, as in a citation: Bahdanau et al.
        year: When it appeared.
        address: Where it can be read; None if the entry does not say.
        text: The whole entry, as Markdown.
    """

    authors: str
    year: str
    address: str | None
    text: str


@dataclass(frozen=True)
class BookIndex:
    """Where names in the text lead.

    Attributes:
        pages: By their names.
        labels: By the text of `(label)=`, or of a directive's option.
        equations: By their labels; their titles are their numbers, such as (5).
        terms: By the glossary's terms.
        glossary: The glossary itself.
        references: By their keys, in the order of the bibliography.
        markdown_extensions: Those of MyST that the text may use.
    """

    pages: dict[str, Place] = field(default_factory=dict)
    labels: dict[str, Place] = field(default_factory=dict)
    equations: dict[str, Place] = field(default_factory=dict)
    terms: dict[str, Place] = field(default_factory=dict)
    glossary: list[Term] = field(default_factory=list)
    references: dict[str, BibliographyEntry] = field(default_factory=dict)
    markdown_extensions: frozenset[str] = frozenset()


def read_book_index(doctrees: Path) -> BookIndex:
    """Read what Sphinx has stored when it built the book.

    Args:
        doctrees: The folder in which Sphinx keeps its documents.

    Raises:
        GlossaryError: The glossary is missing or malformed.
    """
    with (doctrees / "environment.pickle").open("rb") as file:
        return _index_of(pickle.load(file))


def _index_of(env: BuildEnvironment) -> BookIndex:
    domains = env.domaindata
    terms = {name: at for (kind, name), at in domains["std"]["objects"].items() if kind == "term"}
    return BookIndex(
        pages={name: Place(name, "", title.astext()) for name, title in env.titles.items()},
        labels={name: Place(*place) for name, place in domains["std"]["labels"].items()},
        equations={
            label: Place(page, f"equation-{label}", f"({number})")
            for label, (page, number) in domains["math"]["objects"].items()
        },
        terms={name: Place(*place, title=name) for name, place in terms.items()},
        glossary=read_glossary(Path(env.srcdir)),
        references={
            citation.key: _reference(citation)
            for citation in sorted(domains["cite"]["citations"], key=_bibliography_order)
        },
        markdown_extensions=frozenset(env.config.myst_enable_extensions),
    )


def _bibliography_order(citation: Citation) -> tuple[str, str, str]:
    entry = citation.entry
    return _authors(entry), entry.fields.get("year", ""), entry.fields.get("title", "")


def _reference(citation: Citation) -> BibliographyEntry:
    entry = citation.entry
    return BibliographyEntry(
        authors=_authors(entry),
        year=entry.fields.get("year", ""),
        address=_address(entry),
        text=" ".join(citation.formatted_entry.text.render_as("markdown").split()),
    )


def _authors(entry: Entry) -> str:
    style = _reference_style()
    names = style.person.author_or_editor_or_title(full=False)
    return str(names.format_data({"entry": entry, "style": style}))


@cache
def _reference_style() -> AuthorYearReferenceStyle:
    return AuthorYearReferenceStyle()  # as bibtex_reference_style in _config.yml


def _address(entry: Entry) -> str | None:
    fields = entry.fields
    if "doi" in fields:
        return f"https://doi.org/{fields['doi']}"
    if fields.get("archiveprefix", "").lower() == "arxiv":
        return f"https://arxiv.org/abs/{fields['eprint']}"
    return fields.get("url")
