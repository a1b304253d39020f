"""The cheat sheet of resources/frameworks.yml, which tells what each of its parts means."""

from collections.abc import Collection
from pathlib import Path
from typing import NotRequired, TypedDict

import yaml

from publishing.chapter.editions import FRAMEWORKS, LANGUAGES

# Relative to the folder that the book is built from.
SHEET = Path("resources", "frameworks.yml")


class Row(TypedDict):
    """A line of the sheet, each text by language."""

    what: dict[str, str]
    code: dict[str, str]  # by framework
    # The shape of what comes out; or by framework, where they differ, what the last line is.
    gives: NotRequired[str | dict[str, str]]
    equal: NotRequired[bool]  # whether the values are, too
    note: NotRequired[dict[str, str]]
    proof: NotRequired[list[str]]  # expressions that are true: what the note says


class Group(TypedDict):
    """Lines that belong together."""

    name: dict[str, str]
    rows: list[Row]


class SheetError(Exception):
    """The sheet is missing or malformed; the message says how."""


def read_sheet(root: Path) -> list[Group]:
    """Read the sheet.

    Raises:
        SheetError: The file is missing or malformed, or lacks a language or a framework.
    """
    try:
        groups: list[Group] = yaml.safe_load((root / SHEET).read_text("utf-8"))
        for group in groups:
            _check(group["name"], LANGUAGES, "a group")
            for row in group["rows"]:
                _check(row["what"], LANGUAGES, "a row")
                _check(row["code"], FRAMEWORKS, f"the code of {row['what']}")
                _check(row.get("note", LANGUAGES), LANGUAGES, f"the note of {row['what']}")
    except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise SheetError(f"{SHEET} cannot be used: {error!r}") from error
    return groups


def _check(texts: Collection[str], names: Collection[str], place: str) -> None:
    if set(texts) != set(names):
        raise SheetError(
            f"{SHEET}: {place} needs {' and '.join(names)}, and has {', '.join(texts)}"
        )
