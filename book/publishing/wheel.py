"""The package `book` as one file, which the notebooks to run install."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]


class WheelError(Exception):
    """The file cannot be made; the message says why."""


def build_wheel(folder: Path) -> Path:
    """Build the wheel; the same sources make the same bytes, and nothing is downloaded.

    Args:
        folder: Where to put it.

    Raises:
        WheelError: The build has failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "hatchling", "build", "--target=wheel", "--directory"]
    done = subprocess.run(
        [*command, str(folder.resolve())],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise WheelError(f"{done.stdout}\nThe package cannot be built (see above).")
    return next(folder.glob("*.whl"))
