"""The package `book` as one file, which the notebooks to run install."""

import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from publishing.children import run_child

PACKAGE = "attention-side-by-side"
PROJECT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Wheel:
    """The package as notebooks speak of it."""

    address: str  # where pip gets it from
    pythons: str  # the Pythons that it is for, such as 3.11–3.13


def supported_pythons() -> str:
    """Return the Pythons that pyproject.toml declares, the one place for them."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest, after_newest = map(int, re.findall(r"3\.(\d+)", project["requires-python"]))
    return f"3.{oldest}–3.{after_newest - 1}"


class WheelError(Exception):
    """The file cannot be made; the message says why."""


def build_wheel(folder: Path) -> Path:
    """Build the wheel in a folder; the same sources make the same bytes, and nothing is downloaded.

    Raises:
        WheelError: The build has failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "hatchling", "build", "--target=wheel", "--directory"]
    command.append(str(folder.resolve()))
    done = run_child(command, PROJECT)
    if done.returncode != 0:
        raise WheelError(f"{done.stdout}{done.stderr}\nThe package cannot be built (see above).")
    return next(folder.glob("*.whl"))
