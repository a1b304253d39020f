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

from publishing.authoring.replace import replace
from publishing.chapter.editions import BOOK
from publishing.chapter.files import chapters_of, read_chapter
from publishing.chapter.view import frameworks_of, tags_of

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
    def origin(self) -> str:
        """The line that stands above it in the package."""
        return f"# Taught in {self.chapter}; ci/sync copies it ({digest(self.text)})."


@dataclass(frozen=True)
class Copy:
    """A definition as the package holds it."""

    module: Path
    name: str
    lines: slice  # of the module: the line on the origin, if there is one, and the definition
    origin: str  # that line, or nothing
    text: str

    @property
    def is_edited(self) -> bool:
        """Whether it is other than the last sync has left it, and no stub."""
        found = ORIGIN.fullmatch(self.origin)
        if found is None:
            return not self.text.rstrip().endswith(": ...")
        return found["digest"] != digest(self.text)


def digest(text: str) -> str:
    """Return a few letters that change when a definition does."""
    return sha256(text.encode()).hexdigest()[:8]


def sync(root: Path, *, write: bool) -> list[str]:
    """Compare the package with the chapters; return a line for each definition that differs.

    With `write`, these are replaced in the package, and none where there is an error.

    Raises:
        ChapterError: A chapter cannot be read.
        SyncError: A definition is in no module, is in several, is taught in two ways, or was
            edited in the package since the last sync.
    """
    pairs = [(taught, _find(root, taught)) for taught in _unique(taught_definitions(root))]
    outdated = [
        (taught, copy)
        for taught, copy in pairs
        if (copy.origin, copy.text) != (taught.origin, taught.text)
    ]
    differences = []
    for taught, copy in outdated:
        place = copy.module.relative_to(root).as_posix()
        if copy.text != taught.text and copy.is_edited:
            raise SyncError(
                f"{taught.name} was edited in {place}, and {taught.where} teaches it otherwise: "
                "make the change in the cell, or undo it in the module"
            )
        differences.append(f"{taught.name} in {place} differs from {taught.where}")
    outdated.sort(key=lambda pair: pair[1].lines.start, reverse=True)  # so that none moves another
    for taught, copy in outdated if write else []:
        lines = copy.module.read_text("utf-8").splitlines()
        lines[copy.lines] = [taught.origin, *taught.text.splitlines()]
        replace(copy.module, "\n".join(lines) + "\n")
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
            for definition, _, text in _definitions(cell.source, f"{name}, cell {number}"):
                yield Taught(definition, text, folder, name, number)


def _unique(definitions: Iterator[Taught]) -> list[Taught]:
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
    """Return what the package holds of a definition, in the one module that it is in."""
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
    source = module.read_text("utf-8")
    lines = source.splitlines()
    for name, place, text in _definitions(source, module.relative_to(root).as_posix()):
        above = lines[place.start - 1] if place.start else ""
        has_origin = ORIGIN.fullmatch(above) is not None
        place = slice(place.start - has_origin, place.stop)
        yield Copy(module, name, place, above if has_origin else "", text)


def _definitions(source: str, where: str) -> Iterator[tuple[str, slice, str]]:
    """Yield the name, the lines and the text of each top-level function and class."""
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise SyncError(f"{where} is no valid Python: {error.msg}, line {error.lineno}") from error
    lines = source.splitlines()
    for node in statements:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            place = slice(first - 1, node.end_lineno)
            yield node.name, place, "\n".join(lines[place])
