"""What takes too long for a cell: functions of the chapters, run with many settings and seeds.

`ci/experiment` runs one and stores what it gave in resources/results; a chapter draws its figures
from there. In Python or in a notebook, one line repeats any part of it:

    run("bottleneck-width", "pytorch", seeds=[0])
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import groupby
from pathlib import Path
from pkgutil import iter_modules
from typing import NamedTuple

import numpy as np

import book

Setting = Mapping[str, str | int | float]


def _folder(name: str) -> Path:
    # In an installed package it lies in it; in a clone, where everything lies that is no code.
    packed = Path(__file__).with_name(name)
    return packed if packed.is_dir() else Path(__file__).parents[1] / "resources" / name


RESULTS = _folder("results")  # of experiments
MEASURED = _folder("measured")  # by ci/bench


@dataclass(frozen=True)
class Experiment:
    """One function of `book.tensorflow` and `book.pytorch`, and all that it is run with."""

    function: str  # its name; it takes a setting and a seed, and returns a list of numbers
    settings: Sequence[Setting]
    tolerance: float  # how far the mean over the seeds may move on another machine
    seeds: Sequence[int] = (0, 1, 2)


class Run(NamedTuple):
    """What the function gave for one setting and one seed."""

    setting: Setting
    seed: int
    values: list[float]


EXPERIMENTS = {
    # How many words fit through a vector of so many numbers.
    "bottleneck-width": Experiment(
        "long_match",
        [{"kind": "once", "hidden_size": size} for size in (16, 32, 64, 128)],
        tolerance=0.1,
    ),
    # Whether the bottleneck goes away when one trains for longer.
    "bottleneck-steps": Experiment(
        "long_match",
        [
            {"kind": kind, "hidden_size": size, "steps": steps}
            for kind, size in (("once", 81), ("attention", 64))
            for steps in (300, 600, 1200, 2400)
        ],
        tolerance=0.1,
    ),
    # How many test sentences are wrong after a short training, and after the one of chapter 06's
    # main run.
    "training-speed": Experiment(
        "wrong_sentences",
        [{"without": "all", "steps": 150}, {"steps": 120}],
        tolerance=2,
        seeds=range(10),
    ),
    # Which score learns the long sentences fastest, and whether it is asked before or after a step.
    "scores": Experiment(
        "score_losses",
        [
            {"kind": kind}
            for kind in (
                "additive",
                "general",
                "dot",
                "scaled",
                "cosine",
                "local",
                "general after",
                "dot after",
            )
        ],
        tolerance=0.1,
    ),
    # Numbers into the other language: both directions; and the same with other shares of round
    # ones to learn from, and without attention.
    "numbers": Experiment("number_match", [{"to": to} for to in ("en", "ko")], tolerance=0.02),
    "numbers-round": Experiment(
        "round_match",
        [{"to": to, "round_share": share} for to in ("en", "ko") for share in (0.0, 0.5)],
        tolerance=0.2,
    ),
    "numbers-attention": Experiment(
        "number_match", [{"to": to, "without": "attention"} for to in ("en", "ko")], tolerance=0.2
    ),
    # What each part is for: half-way through a training at a high rate.
    "numbers-parts": Experiment(
        "number_match",
        [
            {"to": "en", "steps": 150, "rate": 0.05, **changed}
            for changed in (
                {},
                {"without": "attention"},
                {"without": "backwards"},
                {"without": "mask"},
                {"pool": 1},
                {"dropout": 0.1},
                {"clip": 1e9},
                {"warm_up": 0.0},
            )
        ],
        tolerance=0.3,
    ),
    # Whether stopping early helps where there is little to learn from.
    "numbers-few": Experiment(
        "number_match",
        [
            {"to": "en", "training": 500, "steps": 600, "patience": patience}
            for patience in (1, 100)
        ],
        tolerance=0.2,
    ),
    # How many numbers it takes.
    "numbers-training": Experiment(
        "number_match",
        [
            {"to": to, "training": training}
            for to in ("en", "ko")
            for training in (500, 2000, 20_000)
        ],
        tolerance=0.1,
    ),
    # What the choice of a token costs.
    "numbers-units": Experiment(
        "number_match",
        [
            {"to": to, **unit}
            for to in ("en", "ko")
            for unit in ({"english": "character"}, {"korean": "word"})
        ],
        tolerance=0.1,
    ),
    # Which mistakes are left, among 10,000 more numbers.
    "numbers-mistakes": Experiment(
        "number_mistakes", [{"to": to} for to in ("en", "ko")], tolerance=60
    ),
    # Where a translator looks while it writes 삼백이십사만 오천.
    "numbers-weights": Experiment(
        "number_weights", [{"to": to, "number": 3_245_000} for to in ("en", "ko")], tolerance=0.4
    ),
    "dates-weights": Experiment(
        "date_weights", [{"to": to, "iso_date": "2025-01-05"} for to in ("en", "ko")], tolerance=0.6
    ),
    # Dates, by words and by characters of English.
    "dates": Experiment(
        "date_match",
        [
            {"to": to, "english": english, "steps": 300}
            for to in ("en", "ko")
            for english in ("word", "character")
        ],
        tolerance=0.3,
    ),
    # A Transformer on the same numbers; with twice the steps; and with other positions.
    "transformer-numbers": Experiment(
        "transformer_match",
        [
            {"to": to, **changed}
            for to in ("en", "ko")
            for changed in ({}, {"steps": 800}, {"positions": "rotary"})
        ],
        tolerance=0.05,
    ),
    # What each of its parts is for, and what its positions are worth beyond the trained length.
    "transformer-parts": Experiment(
        "reversal_match",
        [
            {},
            {"positions": "none"},
            {"positions": "learned"},
            {"positions": "rotary"},
            {"is_scaled": 0},
            {"order": "post"},
            {"order": "post", "warm_up": 0.0},
            {"order": "none"},
            {"warm_up": 0.0},
        ],
        tolerance=0.3,
    ),
    # Where its heads look while it writes 삼백이십사만 오천, and which of them it can do without.
    "transformer-heads": Experiment(
        "head_weights", [{"to": to, "number": 3_245_000} for to in ("en", "ko")], tolerance=0.7
    ),
    "transformer-silent": Experiment(
        "silent_match", [{"to": to} for to in ("en", "ko")], tolerance=0.5
    ),
    # Which rate suits which batch, after the same number of sentences.
    "batch-rate": Experiment(
        "batch_loss",
        [
            {"batch_size": batch_size, "rate": rate}
            for batch_size in (16, 64, 256)
            for rate in (0.0025, 0.005, 0.01, 0.02, 0.04, 0.08)
        ],
        tolerance=0.5,
    ),
}


def experiment_named(name: str) -> Experiment:
    """Return an experiment. Raises ValueError, with the names, where there is none of that name."""
    if name not in EXPERIMENTS:
        raise ValueError(f"{name!r} is no experiment: choose {', '.join(EXPERIMENTS)}")
    return EXPERIMENTS[name]


def check_framework(framework: str) -> str:
    """Return the name of a framework of the book's. Raises ValueError for another."""
    known = [module.name for module in iter_modules(book.__path__) if module.ispkg]
    if framework not in known:
        raise ValueError(f"{framework!r} is no framework: choose {' or '.join(known)}")
    return framework


def run(
    name: str,
    framework: str,
    seeds: Iterable[int] | None = None,
    settings: Iterable[Setting] | None = None,
) -> list[Run]:
    """Run an experiment, or its part with some seeds and settings. Returns every run, in order.

    Raises ValueError for an unknown experiment or framework.
    """
    experiment = experiment_named(name)
    function = getattr(import_module(f"book.{check_framework(framework)}"), experiment.function)
    return [
        Run(setting, seed, function(**setting, seed=seed))
        for setting in (experiment.settings if settings is None else settings)
        for seed in (experiment.seeds if seeds is None else seeds)
    ]


def stored(name: str, framework: str) -> list[Run]:
    """Return the runs that `ci/experiment` has stored.

    Raises ValueError for an unknown experiment or framework, and FileNotFoundError, saying what
    to do, where none are stored.
    """
    experiment_named(name)
    path = RESULTS / f"{name}.json"
    if not path.is_file():
        raise FileNotFoundError(f"{name} has no stored result: run ci/experiment {name}")
    content = json.loads(path.read_text("utf-8"))
    return [Run(**run) for run in content["runs"][check_framework(framework)]]


def measured(group: str, framework: str) -> dict[str, list[float]]:
    """Return the figures that `ci/bench` has stored of a group: what, and each in its unit.

    They are a framework's, and those that belong to none. Raises ValueError for an unknown
    framework, and FileNotFoundError, saying what to do, where none are stored.
    """
    path = MEASURED / f"{group}.json"
    if not path.is_file():
        command = f"ci/bench {group} --json resources/measured/{path.name}"
        raise FileNotFoundError(f"{group} has no stored figures: run {command}")
    (content,) = json.loads(path.read_text("utf-8"))["groups"]
    owners = "", check_framework(framework)
    named = [(one["name"].rpartition(": "), one["figures"]) for one in content["competitors"]]
    return {what: figures for (owner, _, what), figures in named if owner in owners}


def means(runs: Iterable[Run]) -> list[tuple[Setting, list[float]]]:
    """Return for each setting the mean of its runs, place by place. Runs of one stand together."""
    return [
        (setting, np.mean([run.values for run in group], axis=0).tolist())
        for setting, group in groupby(runs, key=lambda run: run.setting)
    ]
