"""What both the site and the notebooks ask of a cell's Markdown."""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.myst_role import myst_role_plugin


@cache
def _parser() -> MarkdownIt:
    """Return what reads Markdown as far as this package asks; the site's parser knows more."""
    return MarkdownIt("commonmark").enable("table").use(dollarmath_plugin).use(myst_role_plugin)


@lru_cache(maxsize=5000)  # the rules of a chapter ask for the same text many times
def _tokens(markdown: str) -> tuple[Token, ...]:
    return tuple(_parser().parse(markdown))


def parsed(markdown: str) -> Iterator[Token]:
    """Yield the tokens of a text, those inside of its lines, too."""
    return _flat(_tokens(markdown))


def _flat(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        if token.type != "image":  # its content is its text
            yield from _flat(token.children or [])


def paragraphs(markdown: str) -> Iterator[str]:
    """Yield the words of each paragraph, heading, item and cell, without code and formulas."""
    for token in _tokens(markdown):
        if token.type == "inline":
            yield " ".join(part.content for part in token.children or [] if part.type == "text")


def fence_for(text: str) -> str:
    """Return a fence that is longer than any fence inside of the text."""
    fences = re.findall(r"`{3,}", text)
    return "`" * (max(map(len, fences), default=2) + 1)


def headings(markdown: str) -> list[tuple[str, str]]:
    """Return the level, such as `h2`, and the title of each heading."""
    return [(level, title) for level, title, _ in under_headings(markdown)]


def blocks(markdown: str) -> Iterator[list[Token]]:
    """Yield the tokens of each block of a text: a paragraph, a whole list, a table."""
    block: list[Token] = []
    for token in _tokens(markdown):
        block.append(token)
        if token.level == 0 and token.nesting <= 0:
            yield block
            block = []


@lru_cache(maxsize=5000)
def under_headings(markdown: str) -> tuple[tuple[str, str, str], ...]:
    """Return the level and the title of each heading, and the text from it to the next one."""
    found = [
        (opening.tag, title.content, opening.map)
        for opening, title in pairwise(MarkdownIt().parse(markdown))
        if opening.type == "heading_open" and opening.map
    ]
    lines = markdown.splitlines()
    ends = [*(place[0] for _, _, place in found), len(lines)][1:]
    return tuple(
        (level, title, "\n".join(lines[place[1] : end]))
        for (level, title, place), end in zip(found, ends, strict=True)
    )
