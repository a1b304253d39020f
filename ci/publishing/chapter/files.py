"""Finds and reads the chapters, each once in a process."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from publishing.chapter.editions import FRAMEWORKS

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
FACTS = "book"  # the notebook's metadata that hold them
MODELS = Path("resources", "models")  # the trained translators that ci/execute exports
EXPECTED = ".expected"  # ends the name of what a framework gives, beside its model
NUMBERED = re.compile(r"\d\d-")  # begins the name of each chapter of the course

_read: dict[str, NotebookNode] = {}  # by the text of the file


class ChapterError(Exception):
    """A chapter cannot be used; the message is one line."""


@dataclass(frozen=True)
class Facts:
    """What is known of a chapter beside its text."""

    # 1 needs Python only, 2 some calculus and linear algebra, 3 also the chapters before; None for
    # a page that is no chapter.
    difficulty: int | None = None
    gpu: bool = False  # whether one saves readers more time than the wait for it costs
    # The trained translators that ci/execute exports for the site, as Python expressions, by their
    # names and frameworks.
    models: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Chapter:
    """A chapter, as its file holds it. Nobody changes the notebook: views are copies."""

    path: Path
    text: str = field(repr=False)  # what stands in the file
    notebook: NotebookNode = field(repr=False)  # the same, read

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
    def is_numbered(self) -> bool:
        """Whether it is a chapter of the course, which has questions, exercises and a self-test."""
        try:
            is_chapter = facts_of(self.notebook).difficulty is not None
        except ValueError:  # which has a message of its own
            return False
        return is_chapter and NUMBERED.match(self.name) is not None

    @property
    def has_code(self) -> bool:
        """Whether there is anything to run."""
        return any(cell.cell_type == "code" for cell in self.cells)


def chapters_of(root: Path) -> list[Path]:
    """Return the notebook files of the chapters, in order."""
    return sorted((root / "chapters").glob("*.ipynb"))


def find_chapter(root: Path, name: str) -> Path:
    """Return the notebook file that a command's argument names, `.ipynb` or not, or a path.

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
    if (
        isinstance(facts, dict)
        and set(facts) <= {"difficulty", "gpu", "models"}
        and facts.get("difficulty") in (None, 1, 2, 3)
        and isinstance(facts.get("gpu", False), bool)
        and _are_models(facts.get("models", {}))
    ):
        return Facts(**facts)
    raise ValueError(
        f"the notebook's metadata {FACTS!r} are {facts!r}; write {{difficulty: 2}}, with 1, 2 or "
        "3, gpu: true where a GPU helps, and models: {name: {tensorflow: expression, pytorch: "
        "expression}} where the site computes with them"
    )


def _are_models(models: object) -> bool:
    return isinstance(models, dict) and all(
        re.fullmatch(r"[a-z][a-z-]*", name)
        and isinstance(versions, dict)
        and set(versions) == set(FRAMEWORKS)
        and all(isinstance(expression, str) for expression in versions.values())
        for name, versions in models.items()
    )
