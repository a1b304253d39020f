"""What both the site and the notebooks ask of a cell's Markdown."""

import re
from itertools import pairwise

from markdown_it import MarkdownIt


def fence_for(text: str) -> str:
    """Return a fence that is longer than any fence inside of the text."""
    fences = re.findall(r"`{3,}", text)
    return "`" * (max(map(len, fences), default=2) + 1)


def headings(markdown: str) -> list[tuple[str, str]]:
    """Return the level, such as `h2`, and the title of each heading."""
    tokens = MarkdownIt().parse(markdown)
    return [
        (opening.tag, title.content)
        for opening, title in pairwise(tokens)
        if opening.type == "heading_open"
    ]
