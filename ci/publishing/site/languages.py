"""Says which words of a page are in another language, so that a screen reader's voice can change.

A language with a script of its own is told by its letters. One in Latin letters is not: names, code
and technical terms are in Latin letters in every language.
"""

import re
from collections.abc import Iterator

from docutils import nodes
from sphinx.transforms import SphinxTransform

from publishing.chapter.editions import LANGUAGES, LATIN
from publishing.site.documents import ancestors

# What is not read as prose, or not as it stands.
NO_PROSE = (
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.raw,
    nodes.comment,
)


class MarkLanguages(SphinxTransform):
    """Marks each run of words in the script of another language with that language."""

    def apply(self) -> None:
        """Put the runs into elements of their own."""
        for code, pattern in words_of_others(self.config.language).items():
            words = re.compile(pattern)
            for text in [text for text in _prose(self.document) if words.search(text)]:
                text.parent.replace(text, _marked(words.split(text), code))


def words_of_others(language: str) -> dict[str, str]:
    """Return the patterns of words in other languages' own scripts, by language.

    Python splits a text at them, and so does reading.js: each is one group.
    """
    return {
        code: rf"((?:{other.letters})+(?:\s+(?:{other.letters})+)*)"
        for code, other in LANGUAGES.items()
        if code != language and other.letters != LATIN
    }


def language_class(code: str) -> str:
    """Return the class of which docutils makes an element's attribute `lang`."""
    return f"language-{code}"


def _marked(parts: list[str], code: str) -> list[nodes.Node]:
    """Return nodes for parts of a text, of which each second one is in the language."""
    return [
        nodes.inline(part, part, classes=[language_class(code)]) if place % 2 else nodes.Text(part)
        for place, part in enumerate(parts)
        if part
    ]


def _prose(document: nodes.document) -> Iterator[nodes.Text]:
    for text in document.findall(nodes.Text):
        if not any(isinstance(place, NO_PROSE) for place in ancestors(text)):
            yield text
