"""Views: what a reader gets of a chapter, as a pure function of the chapter.

A chapter holds both languages and both frameworks, told apart by cell tags. A view keeps some of
its cells and drops the others.
"""

import re
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import TypeVar

import nbformat
from nbformat import NotebookNode

from book.publishing.frameworks import FRAMEWORKS

LANGUAGES = ("ko", "en")
SOLUTION = "solution"
IGNORED = "nbval-ignore-output"  # for progress and timings

Cell = TypeVar("Cell")


def tags_of(cell: NotebookNode) -> set[str]:
    """Return the tags of a cell."""
    return set(cell.metadata.get("tags", []))


def frameworks_of(cell: NotebookNode) -> list[str]:
    """Return the frameworks that a cell is tagged with: none, one or both."""
    tags = tags_of(cell)
    return [framework for framework in FRAMEWORKS if framework in tags]


def needs_both(cell: NotebookNode) -> bool:
    """Tell whether a cell needs both frameworks, such as a parity check."""
    return len(frameworks_of(cell)) == len(FRAMEWORKS)


def steps(run: Iterable[Cell], framework: Callable[[Cell], str | None]) -> list[list[Cell]]:
    """Split neighbouring framework cells into steps, each of which becomes one set of tabs.

    Args:
        run: Cells of one framework each, with none of another kind between them.
        framework: Returns the framework of a cell.

    Returns:
        One list for each time that TensorFlow begins again after PyTorch.
    """
    result: list[list[Cell]] = []
    previous = None
    for cell in run:
        current = framework(cell)
        if previous is None or (previous, current) == ("pytorch", "tensorflow"):
            result.append([])
        result[-1].append(cell)
        previous = current
    return result


def view(
    notebook: NotebookNode, language: str | None = None, framework: str | None = None
) -> NotebookNode:
    """Return the part of a chapter that is for one language and one framework.

    Args:
        notebook: The chapter; it is left as it is.
        language: `ko` or `en`; None keeps both.
        framework: `tensorflow`, `pytorch` or `both`; None keeps both, too.

    Returns:
        A new notebook. Kept cells keep their ids and their stored outputs.

    Raises:
        ValueError: The language or the framework is unknown.
    """
    if language not in (None, *LANGUAGES):
        raise ValueError(f"unknown language {language!r}: choose from {', '.join(LANGUAGES)}")
    if framework not in (None, "both", *FRAMEWORKS):
        choices = ", ".join((*FRAMEWORKS, "both"))
        raise ValueError(f"unknown framework {framework!r}: choose from {choices}")
    result = deepcopy(notebook)
    result.cells = [
        cell
        for cell in result.cells
        if _is_for_language(cell, language) and _is_for_framework(cell, framework)
    ]
    if language is not None:
        for cell in result.cells:
            _choose_alternative_text(cell, language)
    return result


def _is_for_language(cell: NotebookNode, language: str | None) -> bool:
    languages = tags_of(cell).intersection(LANGUAGES)
    return language is None or not languages or language in languages


def _is_for_framework(cell: NotebookNode, framework: str | None) -> bool:
    if framework in (None, "both"):
        return True
    # A cell with both tags needs both frameworks: a view of one has no place for it.
    return frameworks_of(cell) in ([], [framework])


def _choose_alternative_text(cell: NotebookNode, language: str) -> None:
    """Put the text that stands for the cell's figure where MyST-NB looks for it."""
    texts = cell.metadata.pop("alt", {})
    if language in texts:
        cell.metadata["mystnb"] = {"image": {"alt": texts[language]}}


def read_for_sphinx(text: str, language: str) -> NotebookNode:
    """Read a chapter for the site: MyST-NB calls this for every `.ipynb` file.

    Args:
        text: The notebook file's content.
        language: The language of the site.

    Returns:
        The language's view. Its tagged Markdown stands in containers with the classes that MyST-NB
        gives to code cells, so that both can be gathered into tabs and folds alike.
    """
    notebook = view(nbformat.reads(text, as_version=4), language=language)
    for cell in notebook.cells:
        tags = [tag for tag in (*FRAMEWORKS, SOLUTION) if tag in tags_of(cell)]
        if cell.cell_type == "markdown" and tags:
            cell.source = _in_container(cell.source, tags)
    return notebook


def _in_container(markdown: str, tags: list[str]) -> str:
    """Wrap Markdown in a directive."""
    fence = fence_for(markdown)
    classes = " ".join(f"tag_{tag}" for tag in tags)
    return f"{fence}{{container}} {classes}\n\n{markdown}\n{fence}"


def fence_for(text: str) -> str:
    """Return a fence that is longer than any fence inside of the text."""
    fences = re.findall(r"`{3,}", text)
    return "`" * (max(map(len, fences), default=2) + 1)
