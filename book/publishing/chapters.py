"""Finds and reads the chapters."""

import json
from pathlib import Path

import nbformat
from nbformat import NotebookNode


class ChapterError(Exception):
    """A chapter cannot be read; the message is one line."""


def chapters_of(root: Path) -> list[Path]:
    """Return the notebooks of the chapters, in order.

    Args:
        root: The folder of the book.
    """
    return sorted((root / "chapters").glob("*.ipynb"))


def read_chapter(path: Path) -> NotebookNode:
    """Read a notebook file.

    Raises:
        ChapterError: The file cannot be read, or is no notebook of the current format.
    """
    try:
        text = path.read_text("utf-8")
        # Before anything else: nbformat's own reader only logs what is invalid.
        nbformat.validate(json.loads(text), version=4)
        return nbformat.reads(text, as_version=4)
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ChapterError(
            f"{path.name}: cannot be read as a notebook ({reason}); restore or remove the file"
        ) from error


def find_chapter(root: Path, name: str) -> Path:
    """Return the notebook that a command-line argument names.

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
