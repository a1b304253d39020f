"""The cheat sheet: every line of it is run, in both frameworks."""

import ast
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from conftest import ROOT
from publishing.chapter.files import chapters_of, read_chapter
from publishing.chapter.sheet import read_sheet
from torch import nn

import book.tensorflow  # noqa: F401  first: it settles how TensorFlow starts

ROWS = [row for group in read_sheet(ROOT) for row in group["rows"]]
LIBRARIES = {"tf": tf, "keras": keras, "torch": torch, "nn": nn, "np": np}
CLOSE = 1e-5
FILE = "model.keras"

GENERATOR = np.random.default_rng(0)
GIVEN = {
    "x": GENERATOR.normal(size=(2, 4)).astype(np.float32),
    "state": GENERATOR.normal(size=(2, 4)).astype(np.float32),
    "state5": GENERATOR.normal(size=(2, 5)).astype(np.float32),
    "x2": GENERATOR.normal(size=(1, 2, 4)).astype(np.float32),
    "sequence": GENERATOR.normal(size=(2, 3, 4)).astype(np.float32),
    "ids": np.array([[3, 1, 12], [2, 12, 0]]),
    "mask": np.array([[True, True, True], [True, True, False]]),
    "labels": np.array([3, 0]),
    "logits": GENERATOR.normal(size=(2, 5)).astype(np.float32),
}
W = np.float32([1, 2, 3, 4])


def in_tensorflow() -> dict[str, Any]:
    """Return what the sheet's code may use, as TensorFlow has it."""
    return {name: tf.constant(value) for name, value in GIVEN.items()} | {
        "w": keras.Variable(W),
        "loss": lambda w: tf.reduce_sum(w * w),
    }


def in_pytorch() -> dict[str, Any]:
    return {name: torch.tensor(value) for name, value in GIVEN.items()} | {
        "w": torch.tensor(W, requires_grad=True),
        "loss": lambda w: (w * w).sum(),
    }


GIVES: dict[str, Callable[[], dict[str, Any]]] = {
    "tensorflow": in_tensorflow,
    "pytorch": in_pytorch,
}


def last_value(code: str, names: dict[str, Any]) -> object:
    """Run lines of code and return what the last one is."""
    tree = ast.parse(code)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr), code
    scope = {**LIBRARIES, "array": GIVEN["x"].copy(), "file": FILE, **names}
    exec(compile(tree, "<sheet>", "exec"), scope)
    return eval(compile(ast.Expression(last.value), "<sheet>", "eval"), scope)


def in_numpy(value: object) -> list[np.ndarray]:
    values = value if isinstance(value, tuple) else (value,)
    return [
        one.detach().numpy() if isinstance(one, torch.Tensor) else np.asarray(one) for one in values
    ]


def name_of(row: dict) -> str:
    return row["what"]["en"]


@pytest.fixture(autouse=True)
def as_before(tmp_path, monkeypatch):
    """Give a line a folder of its own, and take its settings back."""
    monkeypatch.chdir(tmp_path)
    yield
    keras.config.set_dtype_policy("float32")
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_line_does_in_both_frameworks_what_it_says(row):
    gives = row.get("gives")
    keras.utils.set_random_seed(0)
    found = {name: last_value(row["code"][name], given()) for name, given in GIVES.items()}
    if isinstance(gives, dict):
        assert {name: repr(value) for name, value in found.items()} == gives
        return
    ours, theirs = map(in_numpy, found.values())
    assert [one.shape for one in ours] == [one.shape for one in theirs]
    if gives:
        assert [one.shape for one in ours] == [ast.literal_eval(str(gives))]
    is_equal = all(map(lambda one, other: np.allclose(one, other, atol=CLOSE), ours, theirs))
    assert is_equal == row.get("equal", True)


def zeroed() -> object:
    """Return the gradient after `zero_grad`."""
    w = torch.tensor(W, requires_grad=True)
    (w * w).sum().backward()
    torch.optim.SGD([w]).zero_grad()
    return w.grad


def moved_tensorflow(gradient: float) -> float:
    """Return how far Adam moves a parameter at its first step."""
    w = keras.Variable([0.0])
    keras.optimizers.Adam(0.1, epsilon=1e-8).apply([tf.constant([gradient])], [w])
    return float(-w.numpy()[0])


def moved_torch(gradient: float) -> float:
    w = torch.zeros(1, requires_grad=True)
    w.grad = torch.tensor([gradient])
    torch.optim.Adam([w], lr=0.1, eps=1e-8).step()
    return -w.item()


@pytest.mark.parametrize("row", [row for row in ROWS if "proof" in row], ids=name_of)
def test_note_is_true(row):
    names = {f"{name}_tensorflow": tf.constant(value) for name, value in GIVEN.items()}
    names |= {f"{name}_torch": torch.tensor(value) for name, value in GIVEN.items()}
    names |= {"sequence": torch.tensor(GIVEN["sequence"]), "zeroed": zeroed}
    names |= {"moved_tensorflow": moved_tensorflow, "moved_torch": moved_torch}
    for proof in row["proof"]:
        assert bool(last_value(str(proof), names)), proof


# Names of the frameworks in the chapters that the sheet need not have: what they are is their name.
SELF_EXPLAINED = {
    *("tf.Tensor", "tf.bool", "tf.float32", "tf.float64", "tf.int64", "tf.data.Dataset"),
    *("torch.Tensor", "torch.bool", "torch.float32", "torch.float64", "torch.int64"),
    "torch.device",
    *("keras.optimizers.Optimizer", "torch.optim.Optimizer", "keras.optimizers.SGD"),
    *("tf.distribute.Strategy", "tf.distribute.DistributedValues"),
    "torch.optim.lr_scheduler.LRScheduler",
}
ELSEWHERE = {
    # They change the process for good; the appendix on reproducibility tells of them.
    *("tf.config.experimental.enable_op_determinism", "torch.use_deterministic_algorithms"),
    "tf.random.set_seed",
    # They need several processes or GPUs; chapter 11 tells of them.
    *("tf.distribute.MirroredStrategy", "tf.distribute.MultiWorkerMirroredStrategy"),
    *("tf.distribute.InputContext", "tf.distribute.get_replica_context", "torch.cuda.set_device"),
}


def dotted(node: ast.AST) -> str:
    """Return a name with its modules, such as tf.nn.softmax; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    before = dotted(node.value) if isinstance(node, ast.Attribute) else ""
    return f"{before}.{node.attr}" if before else ""


def names_in(code: str) -> set[str]:
    """Return the frameworks' names in code, each as long as it is written."""
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except SyntaxError:  # IPython's own language
        return set()
    names = {dotted(node) for node in nodes if isinstance(node, ast.Attribute)}
    names = {name for name in names if name.split(".")[0] in LIBRARIES and name[:3] != "np."}
    return {name for name in names if not any(other.startswith(f"{name}.") for other in names)}


def test_sheet_has_what_the_chapters_use():
    cells = [cell for path in chapters_of(ROOT) for cell in read_chapter(path).cells]
    used = {
        name for cell in cells if cell.cell_type == "code" for name in names_in(cell.source)
    } - SELF_EXPLAINED.union(ELSEWHERE)
    listed = {name for row in ROWS for code in row["code"].values() for name in names_in(code)}
    assert used - listed == set()
