"""Writes a file at once."""

import os
import tempfile
from pathlib import Path

NEW_MODE = 0o644  # of a file that was not there: git knows no other


def unfinished(path: Path) -> str:
    """Return how the names of files begin that are being written; .gitignore knows it, too."""
    return f".{path.name}-"


def replace(path: Path, text: str) -> None:
    """Write a file at once: a reader sees the earlier text or the new one, nothing between."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=unfinished(path))
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, path.stat().st_mode if path.exists() else NEW_MODE)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
