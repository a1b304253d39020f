"""Runs other programs and reads what they write, whatever this machine writes its texts in.

Imports nothing but Python's own library: `proof` runs where little is installed.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

UTF_8 = {"PYTHONIOENCODING": "utf-8:backslashreplace"}  # a Python writes what is read here


def run_child(
    command: Sequence[str],
    folder: Path | None = None,
    variables: Mapping[str, str | None] | None = None,
    *,
    errors_apart: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in a folder, and return what it wrote.

    Args:
        command: The program and its arguments.
        folder: Where it runs; else here.
        variables: Of the environment, on top of the present ones; None unsets one.
        errors_apart: Whether the standard error is not part of the output.

    Raises:
        OSError: It cannot be started.
    """
    merged = {**os.environ, **UTF_8, **(variables or {})}
    return subprocess.run(
        command,
        cwd=folder,
        env={name: value for name, value in merged.items() if value is not None},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if errors_apart else subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",  # a program that is no Python may write otherwise: say what can be said
    )
