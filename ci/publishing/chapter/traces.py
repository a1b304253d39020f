"""Finds what an output tells of the machine and the moment that made it."""

import re
from collections.abc import Iterator

from nbformat import NotebookNode

from publishing.chapter.editions import IGNORED
from publishing.chapter.view import tags_of

TRACES = {
    "a path": re.compile(r"(?<![\w/.:])(?:~|[A-Z]:\\|/)(?:[\w.+-]+[/\\])+[\w.+-]+"),
    "the address of an object": re.compile(r"\b0x[0-9a-fA-F]{6,}\b"),
    "a host": re.compile(r"\w+://\S+|\blocalhost\b|\b\d{1,3}(?:\.\d{1,3}){3}\b"),
    "a warning": re.compile(r"\b\w*Warning\b.*"),
}
TIMING = re.compile(r"\b\d+(?:\.\d+)? ?(?:[mµun]?s|seconds?|minutes?|it/s|steps/s|초|분)\b")


def traces(cell: NotebookNode) -> Iterator[tuple[str, str]]:
    """Yield what each trace is, and its text, for the outputs of a code cell."""
    patterns = TRACES if IGNORED in tags_of(cell) else {**TRACES, "a timing": TIMING}
    for text in texts_of(cell):
        for kind, pattern in patterns.items():
            if found := pattern.search(text):
                yield kind, found.group()


def texts_of(cell: NotebookNode) -> Iterator[str]:
    """Yield what the outputs of a code cell say, pictures left out."""
    for output in cell.outputs:
        yield from (output.get(key, "") for key in ("text", "evalue"))
        yield from (
            content for kind, content in output.get("data", {}).items() if kind.startswith("text/")
        )
