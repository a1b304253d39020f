"""resources/chapters.yml: what is known of each chapter beside its text."""

from dataclasses import dataclass
from pathlib import Path

import yaml

# Relative to the folder that the book is built from.
CHAPTER_FACTS = Path("resources", "chapters.yml")


class ChapterFactsError(Exception):
    """The file is malformed; the message says how to write it."""


@dataclass(frozen=True)
class ChapterFacts:
    """What is known of one chapter.

    Attributes:
        difficulty: 1, 2 or 3.
        gpu: Whether it runs so much faster on a GPU that its notebooks ask for one.
    """

    difficulty: int
    gpu: bool = False

    def __post_init__(self) -> None:
        if self.difficulty not in (1, 2, 3) or not isinstance(self.gpu, bool):
            raise ValueError(self)


def read_chapter_facts(root: Path) -> dict[str, ChapterFacts]:
    """Read the facts of all chapters, by the chapters' names.

    Args:
        root: The folder of the book; one without the file has no facts.

    Raises:
        ChapterFactsError: The file is malformed.
    """
    path = root / CHAPTER_FACTS
    if not path.exists():  # a book of other chapters, such as the tests'
        return {}
    try:
        table = yaml.safe_load(path.read_text("utf-8"))
        return {name: ChapterFacts(**facts) for name, facts in table.items()}
    except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ChapterFactsError(
            f"{CHAPTER_FACTS}: write each line as 04-attention: {{difficulty: 2}}, with 1, 2 or 3, "
            f"and gpu: true where a GPU helps ({reason})"
        ) from error
