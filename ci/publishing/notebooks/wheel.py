"""The package `book` as one file, which the notebooks to run install."""

import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publishing.children import run_child

PACKAGE = "attention-side-by-side"
PROJECT = Path(__file__).parents[3]
VERSION_FILE = "ci/publishing/notebooks/version.py"  # under PROJECT, in this clone and in others


@dataclass(frozen=True)
class Wheel:
    """The package as notebooks speak of it."""

    name: str  # of the file
    address: str | None  # where pip gets it from; None where nobody knows
    pythons: str  # the Pythons that it is for, such as 3.11–3.13

    @property
    def version(self) -> str:
        """The package's version, which says what it holds."""
        return self.name.split("-")[1]


def supported_pythons() -> str:
    """Return the Pythons that pyproject.toml declares, the one place for them."""
    oldest, after_newest = map(int, re.findall(r"3\.(\d+)", _project()["requires-python"]))
    return f"3.{oldest}–3.{after_newest - 1}"


def framework_requirement(framework: str) -> str:
    """Return what pip is to install for a framework, such as torch>=2.6."""
    (requirement,) = _project()["optional-dependencies"][framework]
    return str(requirement)


def _project() -> dict[str, Any]:
    content: dict[str, dict[str, Any]] = tomllib.loads(
        (PROJECT / "pyproject.toml").read_text("utf-8")
    )
    return content["project"]


class WheelError(Exception):
    """The file cannot be made; the message says why."""


def build_wheel(folder: Path) -> Path:
    """Build the wheel in a folder; the same sources make the same bytes, and nothing is downloaded.

    Raises:
        WheelError: The build has failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for earlier in folder.glob("*.whl"):  # of another version, perhaps
        earlier.unlink()
    command = [sys.executable, "-m", "hatchling", "build", "--target=wheel", "--directory"]
    command.append(str(folder.resolve()))
    done = run_child(command, PROJECT)
    if done.returncode != 0:
        raise WheelError(f"{done.stdout}{done.stderr}\nThe package cannot be built (see above).")
    return next(folder.glob("*.whl"))
