"""Experiments: declared, stored with what made them, repeated and compared."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from conftest import ROOT
from publishing.authoring import experiments
from publishing.authoring.experiments import ExperimentError, compare, names_of, problem_of, store
from publishing.chapter.editions import FRAMEWORKS
from publishing.chapter.files import chapters_of

import book.experiments
from book.experiments import EXPERIMENTS, Experiment, Run, means, run, stored

SMALL = Experiment("small", [{"size": 2}, {"size": 3}], tolerance=0.1, seeds=(0, 1))


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """Return a clone with one experiment, which takes no time; its results go to this clone."""
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "code.py").write_text("")
    for words in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    author = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run(["git", *author, "commit", "--quiet", "-m", "one"], cwd=tmp_path, check=True)
    monkeypatch.setattr(book.experiments, "EXPERIMENTS", {"small": SMALL})
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"small": SMALL})
    monkeypatch.setattr(book.experiments, "RESULTS", tmp_path / experiments.FOLDER)
    let_give(monkeypatch, lambda size, seed: [size + seed / 8, 0.25])
    return tmp_path


def let_give(monkeypatch, function):
    monkeypatch.setattr("book.pytorch.small", function, raising=False)
    monkeypatch.setattr("book.tensorflow.small", function, raising=False)


def written(clone) -> dict:
    return json.loads((clone / "resources" / "results" / "small.json").read_text("utf-8"))


def test_result_is_stored_with_what_made_it_and_read_again(clone):
    assert store(clone, "small")
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=clone, capture_output=True, text=True)
    made_by = written(clone)["made_by"]
    assert made_by["commit"] == head.stdout.strip()
    assert {"python", "numpy", "tensorflow", "keras", "torch", "threads"} < set(made_by)
    for framework in FRAMEWORKS:
        runs = stored("small", framework)
        assert runs == run("small", framework)
        assert [(one.setting["size"], one.seed) for one in runs] == [(2, 0), (2, 1), (3, 0), (3, 1)]
        assert means(runs) == [({"size": 2}, [2.0625, 0.25]), ({"size": 3}, [3.0625, 0.25])]


def test_same_result_leaves_the_file_and_what_made_it(clone, monkeypatch):
    store(clone, "small")
    monkeypatch.setattr(experiments, "_machine", lambda: {"python": "another"})
    assert not store(clone, "small")
    assert written(clone)["made_by"]["python"] != "another"
    let_give(monkeypatch, lambda size, seed: [size + seed / 8, 0.5])
    assert store(clone, "small")
    assert written(clone)["made_by"]["python"] == "another"


def test_each_run_has_a_line_in_the_file(clone):
    store(clone, "small")
    lines = (clone / "resources" / "results" / "small.json").read_text("utf-8").splitlines()
    line = '   {"setting": {"size": 2}, "seed": 1, "values": [2.125, 0.25]},'
    assert lines.count(line) == len(FRAMEWORKS)


def test_code_that_is_not_committed_makes_no_result(clone):
    (clone / "book" / "code.py").write_text("changed = True\n")
    with pytest.raises(ExperimentError, match=r"^book/ has changes: commit them"):
        store(clone, "small")
    assert not (clone / "resources").exists()


def test_folder_without_git_makes_no_result(clone, tmp_path_factory):
    with pytest.raises(ExperimentError, match="no clone"):
        store(tmp_path_factory.mktemp("empty"), "small")


@pytest.mark.parametrize(("moved", "passes"), [(0.09, True), (0.12, False), (np.nan, False)])
def test_repeated_result_may_move_by_the_tolerance(clone, monkeypatch, moved, passes):
    store(clone, "small")
    let_give(monkeypatch, lambda size, seed: [size + seed / 8, 0.25 + (moved if size == 3 else 0)])
    rows = list(compare("small"))
    assert [passed for _, passed in rows] == [True, passes] * len(FRAMEWORKS)
    if passes:
        assert "| small | pytorch | size 3 | 0.090 | 0.1 |" in dict(rows)


def test_another_number_of_values_is_another_result(clone, monkeypatch):
    store(clone, "small")
    let_give(monkeypatch, lambda size, seed: [size + seed / 8])
    assert not any(passed for _, passed in compare("small"))


def test_means_are_compared_and_not_single_runs(clone, monkeypatch):
    store(clone, "small")
    let_give(monkeypatch, lambda size, seed: [size + (1 - seed) / 8, 0.25])
    assert all(passed for _, passed in compare("small"))


def test_nothing_stored_is_said_with_the_command(clone):
    with pytest.raises(ExperimentError, match="no stored result: run ci/experiment small"):
        list(compare("small"))


def test_result_of_other_settings_or_seeds_is_refused(clone, monkeypatch):
    store(clone, "small")
    changed = {"small": replace(SMALL, seeds=(0, 1, 2))}
    monkeypatch.setattr(experiments, "EXPERIMENTS", changed)
    with pytest.raises(ExperimentError, match="other settings or seeds"):
        list(compare("small"))


def test_unknown_names_are_told_with_the_known_ones():
    with pytest.raises(ExperimentError, match="'x' is no experiment: choose bottleneck-width"):
        names_of(["bottleneck-width", "x"])
    for wrong in (lambda: run("x", "pytorch"), lambda: stored("x", "pytorch")):
        with pytest.raises(ValueError, match="'x' is no experiment"):
            wrong()
    for wrong in (lambda: run("bottleneck-width", "x"), lambda: stored("bottleneck-width", "x")):
        with pytest.raises(ValueError, match="'x' is no framework: choose pytorch or tensorflow"):
            wrong()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Which one? Name it, or several: bottleneck-width"),
        (["x"], "'x' is no experiment: choose bottleneck-width"),
    ],
)
def test_command_says_in_a_line_what_is_missing(arguments, said):
    done = subprocess.run(
        [sys.executable, ROOT / "ci" / "experiment", *arguments], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(said)


# --- Those of the book ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_stored_result_is_what_is_declared(name, framework):
    runs = stored(name, framework)
    assert problem_of(EXPERIMENTS[name], runs) == ""
    lengths = {(str(one.setting), len(one.values)) for one in runs}
    assert len(lengths) == len({setting for setting, _ in lengths})
    assert all(np.isfinite(one.values).all() for one in runs)


def test_stored_results_are_those_of_experiments_and_each_stands_in_a_chapter():
    files = (ROOT / experiments.FOLDER).iterdir()
    assert {path.stem for path in files} == {*EXPERIMENTS}
    text = "".join(path.read_text("utf-8") for path in chapters_of(ROOT))
    for name in EXPERIMENTS:
        assert f'\\"{name}\\"' in text, name


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_stored_result_names_a_commit_and_the_versions_that_are_pinned(name):
    made_by = json.loads((ROOT / experiments.FOLDER / f"{name}.json").read_text("utf-8"))["made_by"]
    assert len(made_by["commit"]) == 40
    pinned = (ROOT / "ci" / "requirements" / "test.txt").read_text("utf-8").splitlines()
    for package in ("numpy", "tensorflow", "keras", "torch"):
        (line,) = (line for line in pinned if line.startswith(f"{package}=="))
        assert line.partition("==")[2].partition(" ")[0] == made_by[package]


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_one_line_runs_a_part_of_an_experiment(name, framework):
    setting = {**EXPERIMENTS[name].settings[0], "steps": 20}
    (one,) = run(name, framework, seeds=[3], settings=[setting])
    assert (one.setting, one.seed) == (setting, 3)
    assert np.isfinite(one.values).all()
    assert run(name, framework, seeds=[3], settings=[setting]) == [one]


def test_run_is_a_named_tuple_that_a_chapter_can_take_apart():
    setting, seed, values = Run({"size": 1}, 0, [0.5])
    assert (setting, seed, values) == ({"size": 1}, 0, [0.5])
