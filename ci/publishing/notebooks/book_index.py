"""What Sphinx knows of the whole book in one language, for text that leads out of its cell."""

from dataclasses import dataclass, field
from pathlib import Path

from pybtex.database import Entry
from sphinx.environment import BuildEnvironment
from sphinxcontrib.bibtex.domain import Citation
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

from publishing.chapter.terms import Entry as Term
from publishing.chapter.terms import read_glossary

STYLE = AuthorYearReferenceStyle()  # as bibtex_reference_style in _config.yml


@dataclass(frozen=True)
class Place:
    """A page of the book, or a part of it."""

    page: str
    anchor: str  # the id of the part; empty for the page itself
    title: str  # the text that a link shows


@dataclass(frozen=True)
class BibliographyEntry:
    """An entry of the bibliography."""

    authors: str  # their names, as in a citation: Bahdanau et al
    year: str  # when it appeared
    address: str | None  # where it can be read; None if the entry does not say
    text: str  # the whole entry, as Markdown


@dataclass(frozen=True)
class BookIndex:
    """Where names in the text lead."""

    pages: dict[str, Place] = field(default_factory=dict)
    labels: dict[str, Place] = field(default_factory=dict)  # by a `(label)=`, or a directive's
    equations: dict[str, Place] = field(default_factory=dict)  # by labels; the title is (5) or so
    terms: dict[str, Place] = field(default_factory=dict)
    glossary: list[Term] = field(default_factory=list)
    references: dict[str, BibliographyEntry] = field(default_factory=dict)  # by keys, in order
    markdown_extensions: frozenset[str] = frozenset()  # those of MyST that the text may use


def book_index(env: BuildEnvironment) -> BookIndex:
    """Return what Sphinx knows when it has read the book.

    Raises:
        GlossaryError: The glossary is missing or malformed.
    """
    domains = env.domaindata
    return BookIndex(
        pages={name: Place(name, "", title.astext()) for name, title in env.titles.items()},
        labels={name: Place(*place) for name, place in domains["std"]["labels"].items()},
        equations={
            label: Place(page, f"equation-{label}", f"({number})")
            for label, (page, number) in domains["math"]["objects"].items()
        },
        terms={
            name: Place(page, anchor, name)
            for (kind, name), (page, anchor) in domains["std"]["objects"].items()
            if kind == "term"
        },
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


def _authors(entry: Entry) -> str:
    names = STYLE.person.author_or_editor_or_title(full=False)
    return str(names.format_data({"entry": entry, "style": STYLE}))


def _reference(citation: Citation) -> BibliographyEntry:
    fields = citation.entry.fields
    address: str | None = fields.get("url")
    if "doi" in fields:
        address = f"https://doi.org/{fields['doi']}"
    elif fields.get("archiveprefix", "").lower() == "arxiv":
        address = f"https://arxiv.org/abs/{fields['eprint']}"
    text = " ".join(citation.formatted_entry.text.render_as("markdown").split())
    return BibliographyEntry(_authors(citation.entry), fields.get("year", ""), address, text)
