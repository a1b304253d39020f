"""Runs the experiments of `book.experiments`: stores what they gave, or compares it.

A stored result says what made it: the commit of the code, the versions, the threads. On the same
processor it comes out the same again; on another its means may move by the declared tolerance.
"""

import json
import os
import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from itertools import product
from pathlib import Path

import numpy as np
from tqdm import tqdm

from book.experiments import EXPERIMENTS, Experiment, Run, experiment_named, means, run, stored
from publishing.authoring.replace import replace
from publishing.chapter.editions import FRAMEWORKS
from publishing.children import run_child

FOLDER = Path("resources", "results")
DIGITS = 6  # decimals that are stored: more than single precision holds
HEADER = "| experiment | framework | setting | moved by | may move by |\n" + "| --- " * 5 + "|"


class ExperimentError(Exception):
    """An experiment cannot be run, stored or compared; the message says why."""


def names_of(names: Sequence[str]) -> list[str]:
    """Return the names of experiments, or all where none is named.

    Raises:
        ExperimentError: There is none of that name.
    """
    try:
        for name in names:
            experiment_named(name)
    except ValueError as error:
        raise ExperimentError(str(error)) from error
    return list(names) or list(EXPERIMENTS)


def store(root: Path, name: str) -> bool:
    """Run an experiment and store its result. Returns whether the stored one has changed.

    What gives the same as before stays as it is, with what made it then.

    Raises:
        ExperimentError: The code is not committed, so that the result could not say what made it.
    """
    commit = _commit(root)
    runs = repeat(name)
    path = root / FOLDER / f"{name}.json"
    if path.is_file() and json.loads(path.read_text("utf-8"))["runs"] == runs:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, _written({"made_by": {"commit": commit, **_machine()}, "runs": runs}))
    return True


def repeat(name: str) -> dict[str, list[dict[str, object]]]:
    """Run an experiment whole, in every framework. Returns the runs as they are stored."""
    experiment = EXPERIMENTS[name]
    runs: dict[str, list[dict[str, object]]] = {framework: [] for framework in FRAMEWORKS}
    parts = [*product(FRAMEWORKS, experiment.settings, experiment.seeds)]
    for framework, setting, seed in tqdm(parts, desc=name):
        (one,) = run(name, framework, [seed], [setting])
        values = [round(value, DIGITS) for value in one.values]
        runs[framework].append({"setting": dict(setting), "seed": seed, "values": values})
    return runs


def compare(name: str) -> Iterator[tuple[str, bool]]:
    """Repeat an experiment. Yields a row of a table for each setting, and whether it has passed.

    Raises:
        ExperimentError: Nothing is stored, or what is stored was run with other settings or seeds.
    """
    experiment = EXPERIMENTS[name]
    before = {framework: _declared_runs(name, framework) for framework in FRAMEWORKS}
    after = repeat(name)
    for framework in FRAMEWORKS:
        repeated = [Run(**one) for one in after[framework]]  # type: ignore[arg-type]
        for (setting, old), (_, new) in zip(means(before[framework]), means(repeated), strict=True):
            moved = _moved(old, new)
            words = ", ".join(f"{key} {value}" for key, value in setting.items())
            row = f"| {name} | {framework} | {words} | {moved:.3f} | {experiment.tolerance} |"
            yield row, moved <= experiment.tolerance


def problem_of(experiment: Experiment, runs: Sequence[Run]) -> str:
    """Return how stored runs differ from those that are declared; nothing where they do not."""
    declared = [
        (dict(setting), seed) for setting in experiment.settings for seed in experiment.seeds
    ]
    if [(dict(one.setting), one.seed) for one in runs] != declared:
        return "its stored result has other settings or seeds than book/experiments.py declares"
    return ""


def _declared_runs(name: str, framework: str) -> list[Run]:
    try:
        runs = stored(name, framework)
    except FileNotFoundError as error:
        raise ExperimentError(str(error)) from error
    if problem := problem_of(EXPERIMENTS[name], runs):
        raise ExperimentError(f"{name}: {problem}: run ci/experiment {name}")
    return runs


def _moved(old: Sequence[float], new: Sequence[float]) -> float:
    """Return the largest difference, infinite where one is no number or there is another many."""
    if len(old) != len(new):
        return float("inf")
    difference = np.abs(np.subtract(old, new))
    return float(np.where(np.isnan(difference), np.inf, difference).max(initial=0.0))


def _written(content: dict[str, object]) -> str:
    """Return JSON with a line for each run, so that a difference can be read."""
    lines = json.dumps(content, indent=1, ensure_ascii=False).splitlines()
    text = "\n".join(lines)
    for run_ in (run_ for runs in content["runs"].values() for run_ in runs):  # type: ignore[attr-defined]
        text = text.replace(_indented(run_), json.dumps(run_, ensure_ascii=False))
    return f"{text}\n"


def _indented(run_: dict[str, object]) -> str:
    return json.dumps(run_, indent=1, ensure_ascii=False).replace("\n", "\n   ")


def _commit(root: Path) -> str:
    """Return the commit of the code.

    Raises:
        ExperimentError: There is none, or the code has changed since.
    """
    head = run_child(["git", "rev-parse", "HEAD"], root)
    if head.returncode != 0:
        raise ExperimentError("This is no clone: a result must say which commit's code made it.")
    status = run_child(["git", "status", "--porcelain", "--", "book", "ci/requirements"], root)
    if status.stdout.strip():
        raise ExperimentError("book/ has changes: commit them, for the result says what made it.")
    return head.stdout.strip()


def _machine() -> dict[str, object]:
    """Return the versions and the threads of what computes."""
    packages = ["numpy", "keras", *(framework.module for framework in FRAMEWORKS.values())]
    threads = f"as the book sets them, on {os.cpu_count()} cores"
    return {
        "python": platform.python_version(),
        **{package: version(package).partition("+")[0] for package in packages},
        "processor": platform.machine(),
        "threads": os.environ.get("OMP_NUM_THREADS", threads),
    }
