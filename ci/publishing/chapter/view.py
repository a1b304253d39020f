"""Views: what a reader gets of a chapter, as a pure function of the chapter.

A chapter holds all languages and all frameworks, told apart by cell tags. A view keeps some of its
cells and drops the others.
"""

from collections.abc import Callable, Iterable, Iterator
from copy import copy, deepcopy
from typing import TypeVar

from nbformat import NotebookNode

from publishing.chapter.editions import BOTH, FRAMEWORKS, LANGUAGES

Cell = TypeVar("Cell")
OUTPUT_LANGUAGE = "language"  # an output's metadata: in which language the figure is drawn


def tags_of(cell: NotebookNode) -> set[str]:
    """Return the tags of a cell."""
    return set(cell.metadata.get("tags", []))


def frameworks_of(cell: NotebookNode) -> list[str]:
    """Return the frameworks that a cell is tagged with: none, one or all."""
    tags = tags_of(cell)
    return [framework for framework in FRAMEWORKS if framework in tags]


def needs_both(cell: NotebookNode) -> bool:
    """Tell whether a cell needs several frameworks, such as a parity check."""
    return len(frameworks_of(cell)) > 1


def steps(run: Iterable[Cell], framework: Callable[[Cell], str]) -> list[list[Cell]]:
    """Split neighbouring cells of one framework each into steps; each becomes one set of tabs.

    A step begins where an earlier framework follows a later one.
    """
    order = list(FRAMEWORKS)
    result: list[list[Cell]] = []
    previous = len(order)
    for cell in run:
        place = order.index(framework(cell))
        if place < previous:
            result.append([])
        result[-1].append(cell)
        previous = place
    return result


def view(
    notebook: NotebookNode, language: str | None = None, framework: str | None = None
) -> NotebookNode:
    """Return the part of a chapter that is for one language and one framework; None keeps all.

    Returns:
        A new notebook. Kept cells keep their ids and their stored outputs; where one language was
        asked for, the figures of the others are gone, and `alt` is no longer a table of texts by
        language, but the text.

    Raises:
        ValueError: The language or the framework is unknown.
    """
    if language not in (None, *LANGUAGES):
        raise ValueError(f"unknown language {language!r}: choose from {', '.join(LANGUAGES)}")
    if framework not in (None, BOTH, *FRAMEWORKS):
        choices = ", ".join((*FRAMEWORKS, BOTH))
        raise ValueError(f"unknown framework {framework!r}: choose from {choices}")
    result = copy(notebook)
    result.metadata = deepcopy(notebook.metadata)
    result.cells = [
        deepcopy(cell)
        for cell in notebook.cells
        if is_for_language(cell, language) and _is_for_framework(cell, framework)
    ]
    if language is None:
        return result
    for cell in result.cells:
        text = cell.metadata.pop("alt", {}).get(language)
        if text is not None:
            cell.metadata["alt"] = text
        if cell.cell_type == "code":
            cell.outputs = list(outputs_of(cell, language))
            for output in cell.outputs:
                output.get("metadata", {}).pop(OUTPUT_LANGUAGE, None)
    return result


def outputs_of(cell: NotebookNode, language: str) -> Iterator[NotebookNode]:
    """Yield the outputs of a code cell that are for a language: a figure is there once in each."""
    for output in cell.outputs:
        if output.get("metadata", {}).get(OUTPUT_LANGUAGE, language) == language:
            yield output


def is_for_language(cell: NotebookNode, language: str | None) -> bool:
    """Tell whether a view in a language keeps a cell."""
    languages = tags_of(cell).intersection(LANGUAGES)
    return language is None or not languages or language in languages


def _is_for_framework(cell: NotebookNode, framework: str | None) -> bool:
    if framework in (None, BOTH):
        return True
    # A cell with several needs them all: a view of one has no place for it.
    return frameworks_of(cell) in ([], [framework])
