"""Keeps the package in line with the chapters.

A definition that a later chapter needs is taught in a cell tagged `book` and stands in the package
as the same text, under a line that says where it is taught. The cell is the source; this module
copies it. The line also holds a digest of what was copied, by which an edit of the copy is noticed.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from publishing.chapter.editions import BOOK
from publishing.chapter.files import chapters_of, read_chapter
from publishing.chapter.view import frameworks_of, tags_of

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
ORIGIN = re.compile(r"# Taught in (?P<chapter>\S+); ci/sync copies it \((?P<digest>\w+)\)\.")


class SyncError(Exception):
    """The chapters and the package cannot be brought in line; the message says what to do."""


@dataclass(frozen=True)
class Taught:
    """A definition as a chapter teaches it."""

    name: str
    text: str
    folder: str  # of its module, relative to the package `book`
    chapter: str  # the file, from the folder of the book
    cell: int

    @property
    def where(self) -> str:
        """The chapter and the cell, for a message."""
        return f"{self.chapter}, cell {self.cell}"

    @property
    def block(self) -> str:
        """What stands in the package: the line on its origin, and the definition."""
        origin = f"# Taught in {self.chapter}; ci/sync copies it ({digest(self.text)})."
        return f"{origin}\n{self.text}"


@dataclass(frozen=True)
class Copy:
    """A definition as the package holds it."""

    module: Path
    name: str
    lines: slice  # of the module: the line on the origin, if there is one, and the definition
    origin: str  # that line
    text: str

    @property
    def is_edited(self) -> bool:
        """Whether it is other than the last sync has left it, and no stub."""
        found = ORIGIN.fullmatch(self.origin)
        if found is None:
            return not self.text.rstrip().endswith(": ...")
        return found["digest"] != digest(self.text)

    @property
    def block(self) -> str:
        """What stands in the package, as for `Taught`."""
        return f"{self.origin}\n{self.text}"


def digest(text: str) -> str:
    """Return a few letters that change when a definition does."""
    return sha256(text.encode()).hexdigest()[:8]


def sync(root: Path, *, write: bool) -> list[str]:
    """Compare the package with the chapters, definition by definition.

    Args:
        root: The folder of the book.
        write: Replace what differs in the package by the chapters' text. Nothing is replaced where
            there is an error.

    Returns:
        One line for each definition that differs, or differed.

    Raises:
        ChapterError: A chapter cannot be read.
        SyncError: A definition is in no module, is in several, is taught in two ways, or was
            edited in the package since the last sync.
    """
    pairs = [(taught, _find(root, taught)) for taught in _unique(taught_definitions(root))]
    outdated = [(taught, copy) for taught, copy in pairs if copy.block != taught.block]
    differences = []
    for taught, copy in outdated:
        place = copy.module.relative_to(root).as_posix()
        if copy.text != taught.text and copy.is_edited:
            raise SyncError(
                f"{taught.name} was edited in {place}, and {taught.where} teaches it otherwise: "
                "make the change in the cell, or undo it in the module"
            )
        differences.append(f"{taught.name} in {place} differs from {taught.where}")
    if write:
        for taught, _ in outdated:
            _write(_find(root, taught), taught)
    return differences


def taught_definitions(root: Path) -> Iterator[Taught]:
    """Yield the top-level functions and classes of all cells tagged `book`.

    Raises:
        ChapterError: A chapter cannot be read.
        SyncError: Such a cell is no valid Python.
    """
    for path in chapters_of(root):
        for number, cell in enumerate(read_chapter(path).cells, start=1):
            if cell.cell_type != "code" or BOOK not in tags_of(cell):
                continue
            name = path.relative_to(root).as_posix()
            frameworks = frameworks_of(cell)
            folder = frameworks[0] if len(frameworks) == 1 else ""
            lines = cell.source.splitlines()
            for node in _parsed(cell.source, f"{name}, cell {number}"):
                yield Taught(node.name, _text(lines, node), folder, name, number)


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


def _find(root: Path, taught: Taught) -> Copy:
    """Return what the package holds of a definition.

    Raises:
        SyncError: It is in no module, or in more than one.
    """
    folder = root / "book" / taught.folder
    place = folder.relative_to(root).as_posix()
    copies = [copy for module in sorted(folder.glob("*.py")) for copy in _copies(root, module)]
    found = [copy for copy in copies if copy.name == taught.name]
    if not found:
        raise SyncError(
            f"{taught.name} ({taught.where}) is in no module of {place}; add a stub to the module "
            f"where it belongs, as 'class {taught.name}: ...' or 'def {taught.name}(): ...'"
        )
    if len(found) > 1:
        modules = ", ".join(copy.module.name for copy in found)
        raise SyncError(f"{taught.name} is in several modules of {place}: {modules}; keep one")
    return found[0]


def _copies(root: Path, module: Path) -> Iterator[Copy]:
    """Yield the top-level functions and classes of a module."""
    source = module.read_text("utf-8")
    lines = source.splitlines()
    for node in _parsed(source, module.relative_to(root).as_posix()):
        start = _first_line(node)
        above = lines[start - 1] if start else ""
        has_origin = ORIGIN.fullmatch(above) is not None
        place = slice(start - has_origin, node.end_lineno)
        yield Copy(module, node.name, place, above if has_origin else "", _text(lines, node))


def _parsed(source: str, where: str) -> list[Definition]:
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise SyncError(f"{where} is no valid Python: {error.msg}, line {error.lineno}") from error
    return [statement for statement in statements if isinstance(statement, Definition)]


def _text(lines: list[str], node: Definition) -> str:
    return "\n".join(lines[_first_line(node) : node.end_lineno])


def _first_line(node: Definition) -> int:
    """Return the index of the definition's first line, its decorators included."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1


def _write(copy: Copy, taught: Taught) -> None:
    lines = copy.module.read_text("utf-8").splitlines()
    lines[copy.lines] = taught.block.splitlines()
    copy.module.write_text("\n".join(lines) + "\n", "utf-8")
