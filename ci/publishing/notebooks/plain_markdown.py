"""A chapter's Markdown without MyST: what Colab, Jupyter and VS Code show alike.

Parsed as the site parses it (myst-parser) and written again (mdformat); this module says what
becomes of each MyST construct. One that it does not know is refused: shown as raw text, it would
disturb every reader of the notebook.
"""

import re
from collections.abc import Iterator
from gettext import translation
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import sphinx.locale
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdformat.plugins import PARSER_EXTENSIONS
from mdformat.renderer import DEFAULT_RENDERERS, MDRenderer, RenderContext, RenderTreeNode
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from publishing.chapter.editions import FRAMEWORKS
from publishing.chapter.sheet import Group, SheetError, read_sheet
from publishing.chapter.terms import FirstUses, definitions
from publishing.notebooks.book_index import BookIndex, Place
from publishing.notebooks.images import data_address
from publishing.publication import Publication
from publishing.texts import localized

DROPPED = {"myst_line_comment", "myst_block_break", "myst_target"}
LINKED = {"paragraph_open"}  # terms are linked in paragraphs only, not in headings and tables
TABLES = PARSER_EXTENSIONS["tables"]
TABLE_PARTS = {"thead", "tbody", "tr"}  # rendered together with their table

OPTION = re.compile(r":(?P<name>[\w-]+):(?P<value>.*)")
DIRECTIVE = re.compile(r"\{(?P<name>[\w:+-]+)\}(?P<argument>.*)")
ROLE_TARGET = re.compile(r"(?P<text>.+?)\s*<(?P<target>[^<>]+)>", re.DOTALL)
EMBEDDED = "data:image/png;base64,"
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)

Found = TypeVar("Found")


class MarkdownError(Exception):
    """Markdown holds something that cannot be said without MyST; the message says what."""


class PlainMarkdown:
    """Renders the Markdown cells of a chapter's notebooks, in their order.

    A text is rendered once, however many notebooks hold it.
    """

    def __init__(
        self, root: Path, language: str, index: BookIndex, publication: Publication, page: str
    ):
        self._root = root
        self._page = page
        self._language = language
        self._index = index
        self._publication = publication
        # By what is rendered, and the terms that are still to be linked; with those left after it.
        self._rendered: dict[tuple[str, frozenset[str]], tuple[str, frozenset[str]]] = {}
        self.begin()
        configuration = MdParserConfig(enable_extensions=set(index.markdown_extensions))
        self._parser = create_md_parser(configuration, RendererHTML)
        # mdformat asks its extensions for renderers; this object is one.
        self.RENDERERS = {
            "myst_role": self._role,
            "fence": self._fence,
            "colon_fence": self._fence,
            "math_inline": lambda node, context: f"${node.content.strip()}$",
            "math_block": lambda node, context: _equation(node.content),
            "math_block_label": lambda node, context: self._labelled(node.content, node.info),
            "image": lambda node, context: self._picture(str(node.attrs["src"]), node.content),
            "link": self._link,
        }
        self._directives = {
            "math": self._math,
            "image": self._figure,
            "figure": self._figure,
            "code-block": lambda argument, options, body: f"```{argument}\n{body}\n```",
            "dropdown": lambda argument, options, body: folded(argument, self.render(body)),
            "bibliography": self._bibliography,
            "book-glossary": self._book_glossary,
            "book-frameworks": self._book_frameworks,
        }
        # A dollar sign of the text must not begin a formula.
        self.POSTPROCESSORS = {"text": lambda text, node, context: text.replace("$", r"\$")}
        self._known = {*DEFAULT_RENDERERS, *TABLES.RENDERERS, *TABLE_PARTS, *self.RENDERERS}

    def begin(self) -> None:
        """Begin a notebook: no term has been linked in it."""
        self._first_uses = FirstUses(self._index.glossary, self._language)

    def render(self, source: str) -> str:
        """Return a cell's text as plain Markdown.

        Raises:
            MarkdownError: It holds something that this module does not know.
        """
        given = source, self._first_uses.missing
        if given not in self._rendered:
            text = self._render(source)
            self._rendered[given] = text, self._first_uses.missing
        text, self._first_uses.missing = self._rendered[given]
        return text

    def _render(self, source: str) -> str:
        env: dict[str, object] = {}
        tokens = [token for token in self._parser.parse(source, env) if token.type not in DROPPED]
        self._link_terms(tokens)
        tree = RenderTreeNode(tokens)
        for node in tree.walk():
            if node.type not in self._known:
                raise MarkdownError(f"{node.type.replace('_', ' ')} is only known to the site")
        options = {"mdformat": {"number": True}, "parser_extension": [self, TABLES]}
        return MDRenderer().render_tree(tree, options, env).rstrip("\n")

    def page_address(self, place: Place) -> str:
        """Return where a place in the book is: on the site, or else in the notebook beside this."""
        beside = f"{place.page.rpartition('/')[2]}.ipynb"
        return self._publication.page(self._language, place.page, place.anchor) or beside

    def _link_terms(self, tokens: list[Token]) -> None:
        """Link terms where they are first used, as on the site; the parser's tokens are changed."""
        if self._publication.site is None or any(
            "{book-glossary}" in token.info for token in tokens
        ):
            return
        for opening, inline in pairwise(tokens):
            if opening.type in LINKED and inline.type == "inline":
                inline.children = list(self._with_terms(inline.children or []))

    def _with_terms(self, tokens: list[Token]) -> Iterator[Token]:
        depth = 0  # inside of links and emphasis: there, a link would break what surrounds it
        for token in tokens:
            depth += token.nesting
            if token.type != "text" or depth > 0:
                yield token
                continue
            for shown, term in self._first_uses.split(token.content):
                text = Token("text", "", 0, content=shown)
                if term not in self._index.terms:
                    yield text
                    continue
                href = self.page_address(self._index.terms[term])
                opening = Token("link_open", "a", 1, attrs={"href": href})
                yield from (opening, text, Token("link_close", "a", -1))

    def _link(self, node: RenderTreeNode, context: RenderContext) -> str:
        target = str(node.attrs["href"])
        if SCHEME.match(target) or node.info == "auto":
            return DEFAULT_RENDERERS["link"](node, context)
        place = self._place(target)
        shown = "".join(child.render(context) for child in node.children) or place.title
        return f"[{shown}]({self.page_address(place)})"

    def _place(self, target: str) -> Place:
        path, _, anchor = target.partition("#")
        if not path:
            return _look_up(self._index.labels, anchor.lower(), "a label of the book")
        page = self._page_of(path.removesuffix(".ipynb"))
        return Place(page.page, anchor, page.title)

    def _page_of(self, name: str) -> Place:
        folder = "" if name.startswith("/") else f"{self._page.rpartition('/')[0]}/"
        return _look_up(self._index.pages, f"{folder}{name.lstrip('/')}", "a page of the book")

    def _picture(self, source: str, description: str) -> str:
        text = re.sub(r"(?=[\[\]\\])", r"\\", " ".join(description.split()))
        if source.startswith(EMBEDDED):
            return f"![{text}]({source})"
        if SCHEME.match(source):
            message = f"the image {source[:60]} would not show offline; keep a copy of it"
            raise MarkdownError(message)
        path = (self._root / self._page).parent / source
        try:
            return f"![{text}]({data_address(path.resolve(), self._language)})"
        except (OSError, ValueError) as error:
            raise MarkdownError(f"the image {source} cannot be used ({error})") from error

    def _role(self, node: RenderTreeNode, context: RenderContext) -> str:
        name, content = node.meta["name"], node.content
        if name in ("cite", "cite:p", "cite:t"):
            return self._citation(name, content)
        if name == "math":
            return f"${content}$"
        explicit = ROLE_TARGET.fullmatch(content)
        place = self._role_place(name, explicit["target"] if explicit else content)
        shown = content if name == "term" else place.title
        if explicit:
            shown = explicit["text"]
        if name == "term" and self._publication.site is None:
            return shown  # a notebook's anchors differ from program to program
        return f"[{shown}]({self.page_address(place)})"

    def _role_place(self, name: str, target: str) -> Place:
        if name == "eq":
            return _look_up(self._index.equations, target, "the label of an equation")
        if name == "ref":
            return _look_up(self._index.labels, target.lower(), "a label of the book")
        if name == "doc":
            return self._page_of(target)
        if name == "term":
            return _look_up(self._index.terms, target, "a term of the glossary")
        raise MarkdownError(f"the role {{{name}}} is only known to the site")

    def _citation(self, role: str, keys: str) -> str:
        is_textual = role == "cite:t"
        citations = [self._cited(key.strip(), is_textual) for key in keys.split(",")]
        return ", ".join(citations) if is_textual else rf"\[{'; '.join(citations)}\]"

    def _cited(self, key: str, is_textual: bool) -> str:
        reference = _look_up(self._index.references, key, "a key of the bibliography")
        year = rf" \[{reference.year}\]" if is_textual else f", {reference.year}"
        text = f"{reference.authors}{year}"
        return f"[{text}]({reference.address})" if reference.address else text

    def _fence(self, node: RenderTreeNode, context: RenderContext) -> str:
        directive = DIRECTIVE.match(node.info.strip())
        if directive is None:
            return DEFAULT_RENDERERS["fence"](node, context)
        name, argument = directive["name"], directive["argument"].strip()
        options, body = _options(node.content)
        if name in sphinx.locale.admonitionlabels or name == "admonition":
            return self._admonition(name, argument, body)
        if name not in self._directives:
            raise MarkdownError(f"the directive {{{name}}} is only known to the site")
        return self._directives[name](argument, options, body)

    def _admonition(self, name: str, argument: str, body: str) -> str:
        title, text = argument, body
        if name != "admonition":
            # As Sphinx translates it on the site; what follows on the same line is text.
            folder = Path(sphinx.locale.__file__).parent
            catalog = translation("sphinx", folder, [self._language], fallback=True)
            title = catalog.gettext(str(sphinx.locale.admonitionlabels[name]))
            text = f"{argument}\n{body}".strip()
        lines = f"**{title}**\n\n{self.render(text)}".splitlines()
        return "\n".join(f"> {line}".rstrip() for line in lines)

    def _figure(self, argument: str, options: dict[str, str], body: str) -> str:
        picture = self._picture(argument, options.get("alt", ""))
        return f"{picture}\n\n{self.render(body)}".rstrip()

    def _math(self, argument: str, options: dict[str, str], body: str) -> str:
        formula = f"{argument}\n{body}"
        if "label" in options:
            return self._labelled(formula, options["label"])
        return _equation(formula)

    def _labelled(self, formula: str, label: str) -> str:
        place = _look_up(self._index.equations, label, "the label of an equation")
        if r"\tag" in formula:
            return _equation(formula)
        return _equation(rf"{formula.strip()} \tag{{{place.title.strip('()')}}}")

    def _bibliography(self, argument: str, options: dict[str, str], body: str) -> str:
        return "\n".join(f"- {reference.text}" for reference in self._index.references.values())

    def _book_glossary(self, argument: str, options: dict[str, str], body: str) -> str:
        pairs = definitions(self._index.glossary, self._language)
        return "\n".join(f"- **{term}** {self.render(text)}" for term, text in pairs)

    def _book_frameworks(self, argument: str, options: dict[str, str], body: str) -> str:
        try:
            groups = read_sheet(self._root)
        except SheetError as error:
            raise MarkdownError(str(error)) from error
        return "\n\n".join(sheet_table(group, self._language) for group in groups)


def sheet_table(group: Group, language: str) -> str:
    """Return a group of the cheat sheet as a table."""
    labels = [framework.label for framework in FRAMEWORKS.values()]
    rows = [[group["name"][language], *labels, ""], ["---"] * (len(labels) + 2)]
    for row in group["rows"]:
        gives = row.get("gives", "")
        cells = [_code(row["code"][name]) for name in FRAMEWORKS]
        if isinstance(gives, dict):
            cells = [
                f"{cell} → `{gives[name]}`" for cell, name in zip(cells, FRAMEWORKS, strict=True)
            ]
            gives = ""
        values = f", {localized('other values', language)}" if "equal" in row else ""
        remarks = [f"`{gives}`{values}" if gives else "", row.get("note", {}).get(language, "")]
        rows.append([row["what"][language], *cells, ". ".join(filter(None, remarks))])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _code(lines: str) -> str:
    # A leading space would be lost.
    return "<br>".join(f"`{line.replace('    ', '  ')}`" for line in lines.splitlines())


def folded(title: str, text: str) -> str:
    """Return Markdown that shows only its title until the reader opens it."""
    # Without the empty lines, what is inside would not be read as Markdown.
    return f"<details><summary>{escape(title)}</summary>\n\n{text}\n\n</details>"


def _equation(formula: str) -> str:
    return f"$$\n{formula.strip()}\n$$"


def _options(content: str) -> tuple[dict[str, str], str]:
    """Split what stands in a directive into its options and its body."""
    lines = content.splitlines()
    options = {}
    while lines and (option := OPTION.fullmatch(lines[0].strip())):
        options[option["name"]] = option["value"].strip()
        lines.pop(0)
    return options, "\n".join(lines).strip("\n")


def _look_up(places: dict[str, Found], name: str, kind: str) -> Found:
    if name not in places:
        raise MarkdownError(f"{name!r} is not {kind}")
    return places[name]
