"""Finds and reads the chapters, each once in a process."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
FACTS = "book"  # the notebook's metadata that hold them

_read: dict[str, NotebookNode] = {}  # by the text of the file


class ChapterError(Exception):
    """A chapter cannot be used; the message is one line."""


@dataclass(frozen=True)
class Facts:
    """What is known of a chapter beside its text.

    Attributes:
        difficulty: 1 needs Python only, 2 some calculus and linear algebra, 3 also the chapters
            before; None for a page that is no chapter.
        gpu: Whether a GPU saves its readers more time than the wait for one costs.
    """

    difficulty: int | None = None
    gpu: bool = False


@dataclass(frozen=True, eq=False)
class Chapter:
    """A chapter, as its file holds it. Nobody changes the notebook: views are copies.

    Attributes:
        path: The file.
        text: What stands in it.
        notebook: The same, read.
    """

    path: Path
    text: str = field(repr=False)
    notebook: NotebookNode = field(repr=False)

    @property
    def name(self) -> str:
        """The name by which commands and pages know it, such as 04-attention."""
        return self.path.stem

    @property
    def page(self) -> str:
        """The name of its page in the site, such as chapters/04-attention."""
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def cells(self) -> list[NotebookNode]:
        """Its cells, of all languages and frameworks."""
        cells: list[NotebookNode] = self.notebook.cells
        return cells

    @property
    def has_code(self) -> bool:
        """Whether there is anything to run."""
        return any(cell.cell_type == "code" for cell in self.cells)


def chapters_of(root: Path) -> list[Path]:
    """Return the notebook files of the chapters, in order.

    Args:
        root: The folder of the book.
    """
    return sorted((root / "chapters").glob("*.ipynb"))


def find_chapter(root: Path, name: str) -> Path:
    """Return the notebook file that a command-line argument names.

    Args:
        root: The folder of the book.
        name: A name like `04-attention`, with or without `.ipynb`, or a path.

    Raises:
        ChapterError: There is no such notebook.
    """
    for path in (Path(name), root / "chapters" / f"{name.removesuffix('.ipynb')}.ipynb"):
        if path.is_file():
            return path.resolve()
    raise ChapterError(f"There is no chapter {name!r} in chapters/.")


def read_chapter(path: Path) -> Chapter:
    """Read a notebook file.

    Raises:
        ChapterError: The file cannot be read, or is no notebook of the current format.
    """
    try:
        text = path.read_text("utf-8")
        return Chapter(path, text, parse(text))
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ChapterError(
            f"{path.name}: cannot be read as a notebook ({reason}); restore or remove the file"
        ) from error


def parse(text: str) -> NotebookNode:
    """Return the notebook that a file's text holds; whoever wants to change it copies it first.

    Raises:
        ValueError: The text is no JSON.
        AttributeError: It is no object.
        nbformat.ValidationError: It is no notebook of the current format.
    """
    if text not in _read:
        # Before anything else: nbformat's own reader only logs what is invalid.
        nbformat.validate(json.loads(text), version=4)
        _read[text] = nbformat.reads(text, as_version=4)
    return _read[text]


def hand_on(chapters: list[Chapter]) -> None:
    """Let this process know chapters that another one has read."""
    _read.clear()
    _read.update({chapter.text: chapter.notebook for chapter in chapters})


def facts_of(notebook: NotebookNode) -> Facts:
    """Return what a notebook's metadata say of its chapter.

    Raises:
        ValueError: They are malformed; the message says how to write them.
    """
    facts = notebook.metadata.get(FACTS, {})
    is_known = isinstance(facts, dict) and set(facts) <= {"difficulty", "gpu"}
    if not is_known or facts.get("difficulty") not in (None, 1, 2, 3):
        raise ValueError(_how_to_write(facts))
    if not isinstance(facts.get("gpu", False), bool):
        raise ValueError(_how_to_write(facts))
    return Facts(**facts)


def _how_to_write(facts: object) -> str:
    return (
        f"the notebook's metadata {FACTS!r} are {facts!r}; write {{difficulty: 2}}, with 1, 2 or "
        "3, and gpu: true where a GPU helps"
    )
