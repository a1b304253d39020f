"""The version of the package `book`: a number for people, and a digest of what the package holds.

A notebook to run knows by it whether it has the package that it was made with. hatchling reads it
when it builds the package, and a notebook when it finds a clone: only Python's own library is here.
"""

import hashlib
import json
import tomllib
from pathlib import Path

NUMBER = "0.1.0"
ROOT = Path(__file__).parents[3]
PACKED = ("book", "resources/results", "resources/measured")  # as pyproject.toml says


def version_of(root: Path) -> str:
    """Return the version of the package that the sources in a folder make."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    digest = hashlib.sha256(json.dumps(project, sort_keys=True).encode())
    paths = (path for folder in PACKED for path in root.glob(f"{folder}/**/*"))
    names = (path.relative_to(root) for path in paths if path.is_file())
    for name in [Path("LICENSE"), *sorted(filter(_is_packed, names))]:
        content = hashlib.sha256((root / name).read_bytes()).hexdigest()
        digest.update(f"{name.as_posix()} {content}\n".encode())
    # A zero at its start would get lost: where all are decimal digits, they are read as a number.
    return f"{NUMBER}+{digest.hexdigest().lstrip('0')[:8]}"


def _is_packed(name: Path) -> bool:
    return not any(part.startswith((".", "__pycache__")) for part in name.parts)


VERSION = version_of(ROOT)
