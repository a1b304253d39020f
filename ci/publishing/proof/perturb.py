"""Does everything under other conditions: chapters must print, and the site must be, the same."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from publishing.chapter.editions import LANGUAGES
from publishing.children import run_child
from publishing.proof import pytest_run
from publishing.proof.build_run import build_with
from publishing.proof.clones import CloneCondition, clone_conditions
from publishing.proof.mutate import copy_book
from publishing.proof.pytest_run import (
    CheckError,
    MissingError,
    run_checks,
    with_packages,
    with_second_device,
)
from publishing.texts import title

HEADER = "| condition | cells | result | seconds |\n| --- | --- | --- | --- |"
FOLDER = Path("_build", "perturb")  # logs, a file for each condition that failed; and sites
Variables = Mapping[str, str | None]  # of the environment; None unsets one
NO_GPU = {"CUDA_VISIBLE_DEVICES": "-1"}
# What a reader may have set for other work. `{folder}` is where the condition's files are, `{root}`
# where the book is.
MATPLOTLIBRC = """\
figure.dpi: 200
figure.facecolor: lightgray
font.size: 20
lines.linewidth: 6
image.cmap: hot
axes.grid: True
savefig.bbox: tight
"""
KERAS_JSON = """\
{"backend": "torch", "floatx": "float64", "epsilon": 1e-3, "image_data_format": "channels_first"}
"""
STARTUP = """\
import numpy, torch
numpy.set_printoptions(precision=2, linewidth=30, suppress=True)
torch.set_default_dtype(torch.float64)
torch.set_printoptions(precision=2)
torch.set_grad_enabled(False)
"""
POLICY = """\
import keras
keras.config.set_dtype_policy("mixed_float16")
"""
# Jupyter Book's own pins are overridden: this tells today what its next release will break.
NEWEST_PACKAGES = ("sphinx", "myst-parser", "myst-nb", "sphinx-book-theme", "pydata-sphinx-theme")

# Makes an environment from its folder, lock files, and interpreter; returns its Python.
Prepare = Callable[[Path, Sequence[str], str], Path]


@dataclass(frozen=True)
class Condition:
    """One way to run all chapters."""

    name: str
    variables: Variables = field(default_factory=lambda: NO_GPU)
    files: Mapping[str, str] = field(default_factory=dict)  # made in a folder of their own
    copied_to: str = ""  # the name of a folder that the book is copied to and run in
    python: str = ""  # a version; the present one where empty
    environment: str = ".venv"  # a folder
    locks: Sequence[str] = ("build", "test")
    options: Sequence[str] = ()  # for pytest
    backwards: bool = False
    needs_gpu: bool = False

    def check(self, root: Path, chapters: Sequence[Path], prepare: Prepare) -> tuple[int, str]:
        """Run chapters; return how many cells ran, and `passed` or what failed.

        Raises:
            MissingError: This machine cannot make the condition.
        """
        if self.needs_gpu and not _runs(["nvidia-smi", "--list-gpus"]):
            raise MissingError("no GPU")
        python = prepare(root / self.environment, self.locks, find_python(self.python))
        with TemporaryDirectory() as temporary:
            folder = Path(temporary)
            for name, text in self.files.items():
                (folder / name).write_text(text, "utf-8")
            place = root
            if self.copied_to:
                place = folder / self.copied_to
                copy_book(root, place)
            variables = {
                name: value and value.format(folder=temporary, root=place)
                for name, value in self.variables.items()
            }
            paths = [str(path.relative_to(root)) for path in chapters]
            if self.backwards:
                paths.reverse()
            arguments = [*pytest_run.CHAPTER_OPTIONS, *self.options, *paths]
            try:
                result = run_checks(python, place, arguments, {**with_packages(place), **variables})
            except CheckError as error:
                return 0, f"pytest could not run, see {self._keep(root, str(error))}"
        if not result.failures:
            return len(result.cases), "passed"
        log = self._keep(root, result.output)
        failures = "; ".join(result.failures)
        return len(result.cases), f"**{len(result.failures)} differ**: {failures}, see {log}"

    def _keep(self, root: Path, output: str) -> Path:
        """Keep what pytest wrote, under what a shell needs for the commands in it."""
        settings = {name: value for name, value in self.variables.items() if value is not None}
        lines = [shlex.join(["export", *map("=".join, settings.items())])]
        lines += [f"unset {name}" for name, value in self.variables.items() if value is None]
        lines += [f"# {{folder}}/{name}\n{text}" for name, text in self.files.items()]
        return _keep(root, self.name, "\n".join([*lines, "", output]))


@dataclass(frozen=True)
class SameSite:
    """The site that the oldest Python builds is the one that the newest builds, file by file."""

    name: str
    pythons: tuple[str, str]

    def check(self, root: Path, chapters: Sequence[Path], prepare: Prepare) -> tuple[int, str]:
        """Build with both; returns and raises as `Condition.check`."""
        sums: set[str] = set()  # lines that one of the two has
        for version in self.pythons:
            python = prepare(root / f".venv-{version}", ["build"], find_python(version))
            site = root / FOLDER / f"site-{version}"
            if written := build_with(python, root, site):
                return 0, f"**Python {version} builds none**, see {_keep(root, self.name, written)}"
            sums ^= set((site / "checksums.txt").read_text("utf-8").splitlines())
        if differing := sorted({line.split()[1] for line in sums}):
            return 0, f"**{len(differing)} files differ**: {', '.join(differing[:5])}"
        return 0, "passed"


@dataclass(frozen=True)
class NewestThemes:
    """The site can be built with the newest Sphinx, MyST and themes."""

    name: str
    environment: str = ".venv-newest"

    def check(self, root: Path, chapters: Sequence[Path], prepare: Prepare) -> tuple[int, str]:
        """Build with them; returns and raises as `Condition.check`."""
        python = prepare(root / self.environment, ["build"], sys.executable)
        upgrade = [str(python), "-m", "pip", "install", "--quiet", "--upgrade", *NEWEST_PACKAGES]
        done = run_child(upgrade)
        if done.returncode != 0:
            raise MissingError(f"pip: {done.stderr.strip().splitlines()[-1]}")
        if written := build_with(python, root, root / FOLDER / "site-newest"):
            lines = [line.strip() for line in written.splitlines() if line.strip()]
            telling = [line for line in lines if not line.startswith("Sphinx warned")]
            last = telling[-1][:200] if telling else "no message"
            return 0, f"**fails**: {last}, see {_keep(root, self.name, written)}"
        return 0, "passed"


AnyCondition = Condition | SameSite | NewestThemes | CloneCondition


def conditions(oldest: str, newest: str) -> tuple[AnyCondition, ...]:
    """Return all conditions."""
    return (
        Condition("one thread", _threads(1)),
        Condition("two threads", _threads(2)),
        # Which vector instructions PyTorch uses: other ones add in another order.
        Condition("ATen without vectors", NO_GPU | {"ATEN_CPU_CAPABILITY": "default"}),
        Condition("ATen with AVX2", NO_GPU | {"ATEN_CPU_CAPABILITY": "avx2"}),
        Condition("TensorFlow without oneDNN", NO_GPU | {"TF_ENABLE_ONEDNN_OPTS": "0"}),
        Condition("hash seed 0", NO_GPU | {"PYTHONHASHSEED": "0"}),
        Condition("hash seed 1", NO_GPU | {"PYTHONHASHSEED": "1"}),
        Condition("chapters backwards", backwards=True),
        Condition("two chapters at once", options=("--numprocesses=2", "--dist=loadfile")),
        # What a reader may have set, or not.
        Condition("MPLBACKEND=agg", NO_GPU | {"MPLBACKEND": "agg"}),
        Condition(
            "own matplotlibrc",
            NO_GPU | {"MATPLOTLIBRC": "{folder}"},
            files={"matplotlibrc": MATPLOTLIBRC},
        ),
        Condition("KERAS_BACKEND=torch", NO_GPU | {"KERAS_BACKEND": "torch"}),
        Condition(
            "own keras.json", NO_GPU | {"KERAS_HOME": "{folder}"}, files={"keras.json": KERAS_JSON}
        ),
        Condition(
            "own Python startup",
            NO_GPU | {"PYTHONSTARTUP": "{folder}/startup.py"},
            files={"startup.py": STARTUP},
        ),
        Condition(
            "mixed precision at startup",
            NO_GPU | {"PYTHONSTARTUP": "{folder}/startup.py"},
            files={"startup.py": POLICY},
        ),
        Condition("XLA everywhere", NO_GPU | {"TF_XLA_FLAGS": "--tf_xla_auto_jit=2"}),
        Condition("LANG=C", NO_GPU | {"LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}),
        Condition("no HOME", NO_GPU | {"HOME": None}),
        Condition("HOME that cannot be written", NO_GPU | {"HOME": os.devnull}),
        Condition("folder with Hangul and spaces", copied_to=title(next(iter(LANGUAGES)))),
        Condition("PYTHONOPTIMIZE=1", NO_GPU | {"PYTHONOPTIMIZE": "1"}),
        Condition("PYTHONWARNINGS=error", NO_GPU | {"PYTHONWARNINGS": "error"}),
        Condition(f"Python {oldest}", python=oldest, environment=f".venv-{oldest}"),
        Condition(f"Python {newest}", python=newest, environment=f".venv-{newest}"),
        Condition("versions near Colab's", environment=".venv-colab", locks=["colab"]),
        Condition("a GPU for PyTorch to see", NO_GPU | with_second_device(Path("{root}"))),
        Condition("GPU", {}, needs_gpu=True),
        SameSite("the same site on all Pythons", (oldest, newest)),
        NewestThemes("the site with the newest themes"),
        *clone_conditions(),
    )


def _threads(count: int) -> dict[str, str]:
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    return NO_GPU | dict.fromkeys(names, str(count))


def perturb(
    root: Path,
    chapters: Sequence[Path],
    chosen: Sequence[AnyCondition],
    prepare: Prepare,
    *,
    skips: bool = True,
) -> Iterator[tuple[str, bool]]:
    """Check each condition, in environments that `prepare` makes.

    Yields:
        A row of the table below `HEADER`, and whether the condition failed. One that this machine
        cannot make has failed unless it `skips`; a GPU that is missing is no failure.
    """
    for condition in chosen:
        started = time.monotonic()
        try:
            cells, result = condition.check(root, chapters, prepare)
        except MissingError as reason:
            needs_gpu = isinstance(condition, Condition) and condition.needs_gpu
            yield f"| {condition.name} | | skipped: {reason} | |", not (skips or needs_gpu)
        else:
            seconds = time.monotonic() - started
            row = f"| {condition.name} | {cells or ''} | {result} | {seconds:.0f} |"
            yield row, result != "passed"


def _keep(root: Path, name: str, text: str) -> Path:
    """Write a log; return where, from the folder of the book."""
    log = FOLDER / f"{name}.txt".replace(" ", "-")
    (root / log).parent.mkdir(parents=True, exist_ok=True)
    (root / log).write_text(text, "utf-8")
    return log


def find_python(version: str) -> str:
    """Return an interpreter of a version such as 3.11, from PATH or pyenv; the present one for "".

    Raises:
        MissingError: There is none that runs.
    """
    if version in ("", "{}.{}".format(*sys.version_info[:2])):
        return sys.executable
    name = f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [name, *map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/{name}")))]
    # pyenv puts a command of that name on PATH that only runs where the version is chosen.
    for candidate in candidates:
        if _runs([candidate, "--version"]):
            return candidate
    raise MissingError(f"no {name}")


def _runs(command: list[str]) -> bool:
    return shutil.which(command[0]) is not None and (
        subprocess.run(command, capture_output=True).returncode == 0
    )
