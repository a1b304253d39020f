"""Gives the commands in this folder what they need: `.venv`, made and filled at the first run.

Needs nothing but Python itself, because it runs before anything is installed: an old one, too, must
get as far as the message about it. Its progress goes to the standard error, apart from what a
command prints.
"""

import errno
import hashlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from io import TextIOWrapper
from pathlib import Path

import locks

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "ci" / "requirements"
VENV = ROOT / ".venv"
NEAR_COLAB = ROOT / ".venv-colab"  # holds Colab's versions, to run the notebooks with
CLONE_LOCK = ROOT / "_build.lock"  # held by what writes _build, chapters, book, or ci/requirements
# Why nothing can be written in a place, where Python's own message would be a traceback.
CANNOT_WRITE = ("EROFS", "EACCES", "EPERM", "ENOSPC", "EDQUOT", "EISDIR")
_until_the_end = ExitStack()
INTERRUPTED = 130  # the exit code that a shell gives to what Ctrl+C has ended

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


def run(main: "Callable[[], None]") -> None:
    """Run a command; what a person does to it ends it in one line and without a traceback.

    Raises:
        SystemExit: It was interrupted, or cannot write where it must.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal may lack letters: say what can be said
            stream.reconfigure(errors="backslashreplace")
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        main()
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except OSError as error:
        if errno.errorcode.get(error.errno or 0) not in CANNOT_WRITE:
            raise
        sys.exit(f"{error.filename or ROOT} cannot be used: {error.strerror}.")


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
        sys.stdout.flush()
        # Python would tell an interruption of its own start as a traceback: `run` hears it later.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        os.execv(PYTHON, [str(PYTHON), *sys.argv])


def claimed() -> "AbstractContextManager[None]":
    """Wait until no other command writes in this clone; keep the others waiting inside."""
    return locks.alone(CLONE_LOCK)


def claim() -> None:
    """Do so until the command ends."""
    _until_the_end.enter_context(claimed())


def dotted(version: "tuple[int, ...]") -> str:
    """Return a version as it is written, such as 3.11."""
    return ".".join(map(str, version))


def run_apart(command: "list[str]", **options: int) -> "tuple[int, bytes]":
    """Run a program in this clone to its end; return its exit code and what was captured.

    Ctrl+C reaches this process alone, which ends it with all that it has started. Where this
    process is killed, it goes on, and holds the lock until it ends.
    """
    process = subprocess.Popen(
        command, cwd=ROOT, start_new_session=True, pass_fds=locks.descriptors(), **options
    )
    try:
        output, _ = process.communicate()
    except KeyboardInterrupt:
        with suppress(ProcessLookupError):  # it has just ended
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    return process.returncode, output or b""


def prepare(venv: Path, *names: str, interpreter: str = "") -> Path:
    """Make an environment and install lock files in it, as far as this is not done.

    It is made anew where it does not belong to this folder and this Python, or was not finished.
    While this process runs, no other one changes it.

    Args:
        venv: The environment's folder.
        names: The lock files, without `.txt`.
        interpreter: The Python that makes the environment; else the present one.

    Returns:
        The environment's Python.

    Raises:
        SystemExit: The environment cannot be made; the message is one line that says why.
    """
    wanted = _identity(interpreter)
    interpreter = interpreter or getattr(sys, "_base_executable", sys.executable)
    requirements = [REQUIREMENTS / f"{name}.txt" for name in names]

    def is_ready() -> bool:
        return _is_made(venv, wanted) and all(_is_installed(venv, lock) for lock in requirements)

    lock = venv.with_name(f"{venv.name}.lock")
    locks.hold(lock, shared=True)
    if not is_ready():
        locks.hold(lock)
        if not _is_made(venv, wanted):  # another command may have made it meanwhile
            _make(venv, interpreter, wanted)
        if not is_ready():
            _install(venv, requirements)
        locks.hold(lock, shared=True)
    return bin_of(venv) / "python"


def _identity(interpreter: str) -> str:
    """Return what an environment depends on: the place of the clone, and which Python made it."""
    python = f"{sys.version} {sys.base_prefix}"
    if interpreter:
        python = _ask(interpreter, "import sys; print(sys.version, sys.base_prefix)")
    return f"{ROOT}\n{python}\n"


def _ask(interpreter: str, code: str) -> str:
    """Return what a line of code prints in another Python, whatever it is told to print in."""
    # Where this process has been killed meanwhile, nobody reads the answer: it ends in silence.
    quiet = "import signal, sys; signal.signal(signal.SIGPIPE, signal.SIG_DFL)"
    told = f"{quiet}; sys.stdout.reconfigure(encoding='utf-8'); {code}"
    status, answer = run_apart([interpreter, "-c", told], stdout=subprocess.PIPE)
    if status != 0:
        sys.exit(f"{interpreter} cannot be run (see above).")
    return answer.decode("utf-8").strip()


def _is_made(venv: Path, wanted: str) -> bool:
    made = _made(venv)
    return made.exists() and made.read_text("utf-8") == wanted and not _unfinished(venv).exists()


def _make(venv: Path, interpreter: str, identity: str) -> None:
    reason = ""
    if _unfinished(venv).exists() or (venv.exists() and not _made(venv).exists()):
        reason = " anew, for an earlier run did not finish it"
    elif venv.exists():
        reason = " anew, for it was made in another place or by another Python"
    print(f"Making {venv.name}{reason} ...", file=sys.stderr, flush=True)
    command = [interpreter, "-m", "venv", "--clear", str(venv)]
    code, output = run_apart(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if code != 0:
        written = output.decode(errors="replace").strip()
        if "ensurepip" in written:
            sys.exit("Python cannot make an environment; on Debian, install python3-venv first.")
        sys.exit(f"Python cannot make {venv.name}: {(written or 'no message').splitlines()[-1]}")
    _made(venv).write_text(identity, "utf-8")


def _install(venv: Path, requirements: "list[Path]") -> None:
    """Install lock files with plain pip, so that pip's own settings decide which torch is taken."""
    # What was broken off must not look like what is finished.
    _unfinished(venv).touch()
    for lock in requirements:
        _stamp(venv, lock).unlink(missing_ok=True)
    python = str(bin_of(venv) / "python")
    names = ", ".join(lock.name for lock in requirements)
    print(f"Installing {names} ...", file=sys.stderr, flush=True)
    options = [f"--requirement={lock}" for lock in requirements]
    code, _ = run_apart([python, "-m", "pip", "install", *options], stdout=sys.stderr.fileno())
    if code != 0:
        sys.exit("pip could not install the requirements (see above); run the command again.")
    _add_repository_to_path(python)
    for lock in requirements:
        _stamp(venv, lock).write_text(_digest(lock))
    _unfinished(venv).unlink()


def _add_repository_to_path(python: str) -> None:
    """Make `book` and `publishing` importable everywhere, from the files as they are."""
    packages = _ask(python, "import sysconfig; print(sysconfig.get_path('purelib'))")
    Path(packages, "book.pth").write_text(f"{ROOT}\n{ROOT / 'ci'}\n")


def _is_installed(venv: Path, lock: Path) -> bool:
    stamp = _stamp(venv, lock)
    return stamp.exists() and stamp.read_text() == _digest(lock)


def _made(venv: Path) -> Path:
    return venv / "made-by"


def _unfinished(venv: Path) -> Path:
    return venv / "installing"


def _stamp(venv: Path, lock: Path) -> Path:
    return venv / f"installed-{lock.stem}"


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()
