"""Gives the commands in this folder what they need: `.venv`, made and filled at the first run.

Needs nothing but Python itself, because it runs before anything is installed: an old one, too, must
get as far as the message about it. Its progress goes to the standard error, apart from what a
command prints.
"""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "ci" / "requirements"
VENV = ROOT / ".venv"
NEAR_COLAB = ROOT / ".venv-colab"  # holds Colab's versions, to run the notebooks with

# The one place that says which Pythons the book supports; read without what they bring.
_DECLARED = re.search(
    r'requires-python = ">=3\.(\d+),<3\.(\d+)"', (ROOT / "pyproject.toml").read_text("utf-8")
)
OLDEST = (3, int(_DECLARED[1]))
NEWEST = (3, int(_DECLARED[2]) - 1)


def bin_of(venv: Path) -> Path:
    """Return the folder of an environment's commands."""
    return venv / ("Scripts" if os.name == "nt" else "bin")


BIN = bin_of(VENV)
PYTHON = BIN / "python"


def enter(*names: str) -> None:
    """Run the rest of the calling script in `.venv`, with the named lock files installed.

    Args:
        names: The lock files, `build` or `test`; `test` is installed together with `build`.

    Raises:
        SystemExit: The environment cannot be made; the message is one line that says why.
    """
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        supported = f"{dotted(OLDEST)} to {dotted(NEWEST)}"
        sys.exit(f"This needs Python {supported}, and python3 is {dotted(sys.version_info[:2])}.")
    prepare(VENV, *names)
    if Path(sys.prefix).resolve() != VENV.resolve():
        os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
        os.execv(PYTHON, [str(PYTHON), *sys.argv])


def dotted(version: "tuple[int, ...]") -> str:
    """Return a version as it is written, such as 3.11."""
    return ".".join(map(str, version))


def prepare(venv: Path, *names: str, interpreter: str = sys.executable) -> Path:
    """Make an environment and install lock files in it, as far as this is not done.

    Args:
        venv: The environment's folder.
        names: The lock files, without `.txt`.
        interpreter: The Python that makes the environment.

    Returns:
        The environment's Python.

    Raises:
        SystemExit: The environment cannot be made; the message is one line that says why.
    """
    if not (bin_of(venv) / "python").exists():
        _make(venv, interpreter)
    locks = [REQUIREMENTS / f"{name}.txt" for name in names]
    if not all(_is_installed(venv, lock) for lock in locks):
        _install(venv, locks)
    return bin_of(venv) / "python"


def _make(venv: Path, interpreter: str) -> None:
    if _run(f"Making {venv.name}", [interpreter, "-m", "venv", "--clear", str(venv)]) != 0:
        sys.exit("Python cannot make an environment here; on Debian, install python3-venv first.")


def _install(venv: Path, locks: "list[Path]") -> None:
    """Install lock files with plain pip, so that pip's own settings decide which torch is taken."""
    for lock in locks:  # a failed installation must not look like a finished one
        _stamp(venv, lock).unlink(missing_ok=True)
    python = str(bin_of(venv) / "python")
    requirements = [f"--requirement={lock}" for lock in locks]
    task = f"Installing {', '.join(lock.name for lock in locks)}"
    if _run(task, [python, "-m", "pip", "install", *requirements]) != 0:
        sys.exit("pip could not install the requirements (see above); run the command again.")
    _add_repository_to_path(python)
    for lock in locks:
        _stamp(venv, lock).write_text(_digest(lock))


def _run(task: str, command: "list[str]") -> int:
    print(f"{task} ...", file=sys.stderr, flush=True)
    return subprocess.run(command, stdout=sys.stderr).returncode


def _add_repository_to_path(python: str) -> None:
    """Make `book` and `publishing` importable everywhere, from the files as they are."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    answer = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    Path(answer.stdout.strip(), "book.pth").write_text(f"{ROOT}\n{ROOT / 'ci'}\n")


def _is_installed(venv: Path, lock: Path) -> bool:
    stamp = _stamp(venv, lock)
    return stamp.exists() and stamp.read_text() == _digest(lock)


def _stamp(venv: Path, lock: Path) -> Path:
    return venv / f"installed-{lock.stem}"


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()
