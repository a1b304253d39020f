"""Gives the commands in this folder what they need: `.venv`, made and filled at the first run.

Needs nothing but Python itself, because it runs before anything is installed.
"""

from __future__ import annotations  # so that an older Python gets as far as the message

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "ci" / "requirements"
VENV = ROOT / ".venv"
NEAR_COLAB = ROOT / ".venv-colab"  # holds Colab's versions, to run the notebooks with
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / "python"


def enter(*names: str) -> None:
    """Run the rest of the calling script in `.venv`, with the named lock files installed.

    Args:
        names: The lock files, `build` or `test`; `test` is installed together with `build`.

    Raises:
        SystemExit: The environment cannot be made; the message is one line that says why.
    """
    if not (3, 10) <= sys.version_info[:2] <= (3, 13):
        version = ".".join(map(str, sys.version_info[:2]))
        sys.exit(f"This needs Python 3.10 to 3.13, and python3 is {version}.")
    prepare(VENV, sys.executable, *names)
    if Path(sys.prefix).resolve() != VENV.resolve():
        os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
        os.execv(PYTHON, [str(PYTHON), *sys.argv])


def prepare(folder: Path, interpreter: str, *names: str) -> Path:
    """Make an environment with the named lock files installed, where it is not there yet.

    Args:
        folder: The environment.
        interpreter: The Python that makes it.
        names: The lock files, as for `enter`.

    Returns:
        The environment's Python.

    Raises:
        SystemExit: The environment cannot be made; the message is one line that says why.
    """
    python = folder / BIN.name / "python"
    if not python.exists():
        print(f"Making {folder.name} ...", flush=True)
        if subprocess.run([interpreter, "-m", "venv", "--clear", str(folder)]).returncode != 0:
            sys.exit("Python cannot make an environment; on Debian, install python3-venv first.")
    locks = [REQUIREMENTS / f"{name}.txt" for name in names]
    stamps = {folder / f"installed-{lock.stem}": _digest(lock) for lock in locks}
    if not all(stamp.exists() and stamp.read_text() == stamps[stamp] for stamp in stamps):
        _install(python, locks, stamps)
    return python


def _install(python: Path, locks: list[Path], stamps: dict[Path, str]) -> None:
    """Install lock files with plain pip, so that pip's own settings decide which torch is taken."""
    print(f"Installing {', '.join(lock.name for lock in locks)} ...", flush=True)
    for stamp in stamps:  # a failed installation must not look like a finished one
        stamp.unlink(missing_ok=True)
    requirements = [f"--requirement={lock}" for lock in locks]
    if subprocess.run([str(python), "-m", "pip", "install", *requirements]).returncode != 0:
        sys.exit("pip could not install the requirements (see above); run the command again.")
    _add_repository_to_path(python)
    for stamp, digest in stamps.items():
        stamp.write_text(digest)


def _add_repository_to_path(python: Path) -> None:
    """Make `import book` work everywhere in the environment, from the files as they are."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    answer = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True)
    Path(answer.stdout.strip(), "book.pth").write_text(f"{ROOT}\n")


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()
