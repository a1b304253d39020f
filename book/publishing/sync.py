"""Keeps the package in line with the chapters.

A definition that a later chapter needs is taught in a cell tagged `book` and stands in the package
as the same text. The cell is the source; this module copies it.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from book.publishing.chapters import chapters_of, read_chapter
from book.publishing.views import frameworks_of, tags_of

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class SyncError(Exception):
    """The chapters and the package cannot be brought in line; the message says what to do."""


@dataclass(frozen=True)
class Taught:
    """A definition as a chapter teaches it."""

    name: str
    text: str
    folder: str  # of its module, relative to the package `book`
    where: str  # the chapter and the cell


def sync(root: Path, *, write: bool) -> list[str]:
    """Compare the package with the chapters, definition by definition.

    Args:
        root: The folder of the book.
        write: Replace what differs in the package by the chapters' text.

    Returns:
        One line for each definition that differs, or differed.

    Raises:
        ChapterError: A chapter cannot be read.
        SyncError: A definition is in no module, is in several, or is taught in two ways.
    """
    differences = []
    for taught in _unique(taught_definitions(root)):
        module, text = _find(root, taught)
        if text == taught.text:
            continue
        place = module.relative_to(root).as_posix()
        differences.append(f"{taught.name} in {place} differs from {taught.where}")
        if write:
            module.write_text(_replaced(module.read_text("utf-8"), taught), "utf-8")
    return differences


def taught_definitions(root: Path) -> Iterator[Taught]:
    """Yield the top-level functions and classes of all cells tagged `book`.

    Raises:
        ChapterError: A chapter cannot be read.
        SyncError: Such a cell is no valid Python.
    """
    for chapter in chapters_of(root):
        notebook = read_chapter(chapter)
        for number, cell in enumerate(notebook.cells, start=1):
            if cell.cell_type != "code" or "book" not in tags_of(cell):
                continue
            where = f"{chapter.name}, cell {number}"
            frameworks = frameworks_of(cell)
            folder = frameworks[0] if len(frameworks) == 1 else ""
            for name, text in _definitions(cell.source, where):
                yield Taught(name, text, folder, where)


def _unique(definitions: Iterator[Taught]) -> list[Taught]:
    """Return each definition once.

    Raises:
        SyncError: Two cells teach the same name in different ways.
    """
    known: dict[tuple[str, str], Taught] = {}
    for taught in definitions:
        first = known.setdefault((taught.folder, taught.name), taught)
        if first.text != taught.text:
            raise SyncError(
                f"{taught.name} is taught in two ways, in {first.where} and in {taught.where}; "
                "make them equal, or remove the tag 'book' from one"
            )
    return list(known.values())


def _find(root: Path, taught: Taught) -> tuple[Path, str]:
    """Return the module that holds a definition, and the text that it holds.

    Raises:
        SyncError: There is no such module, or more than one.
    """
    folder = root / "book" / taught.folder
    found = [
        (module, text)
        for module in sorted(folder.glob("*.py"))
        for name, text in _definitions(module.read_text("utf-8"), str(module.relative_to(root)))
        if name == taught.name
    ]
    place = folder.relative_to(root).as_posix()
    if not found:
        raise SyncError(
            f"{taught.name} ({taught.where}) is in no module of {place}; add a stub to the module "
            f"where it belongs, as 'class {taught.name}: ...' or 'def {taught.name}(): ...'"
        )
    if len(found) > 1:
        modules = ", ".join(module.name for module, _ in found)
        raise SyncError(f"{taught.name} is in several modules of {place}: {modules}; keep one")
    return found[0]


def _definitions(source: str, where: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each top-level function and class.

    Raises:
        SyncError: The source is no valid Python.
    """
    lines = source.splitlines()
    for node in _parsed(source, where):
        start, end = _line_range(node)
        yield node.name, "\n".join(lines[start:end])


def _parsed(source: str, where: str) -> list[Definition]:
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise SyncError(f"{where} is no valid Python: {error.msg}, line {error.lineno}") from error
    return [statement for statement in statements if isinstance(statement, Definition)]


def _line_range(node: Definition) -> tuple[int, int]:
    """Return the definition's lines as a slice, its decorators included."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return first - 1, node.end_lineno


def _replaced(source: str, taught: Taught) -> str:
    node = next(node for node in _parsed(source, taught.name) if node.name == taught.name)
    start, end = _line_range(node)
    lines = source.splitlines()
    lines[start:end] = taught.text.splitlines()
    return "\n".join(lines) + "\n"
