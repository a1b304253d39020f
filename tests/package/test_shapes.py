"""Shapes that the package's docstrings and comments give, against those of one real call each.

Each axis has a size of its own, so that two names which were exchanged are found.
"""

import ast
import inspect
import io
import pkgutil
import re
import sys
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FrameType, ModuleType

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from conftest import ROOT
from torch import nn

import book.pytorch
import book.tensorflow
from book.data import DIGIT_LANGUAGE, EOS, MAXIMUM_WORDS, DigitData, load_digits, vocabulary
from book.schedules import TrainingSettings
from book.streams import BatchStream
from book.tokens import Texts, TextTask
from book.transformers import TransformerSettings

# Keras says so of every tensor that a masked layer has made.
pytestmark = pytest.mark.filterwarnings("ignore:Layer .* does not support masking")

Shape = tuple[str, ...]  # the names of the axes

SIZES = {
    "batch": 2,
    "source": 3,
    "target": 4,
    "hidden": 90,  # even, for two directions; and what the heads share
    "heads": 5,
    "size": 18,
    "embedding": 6,
    "beam": 7,
    "steps": 8,
    "length": 9,
    "input": 10,
    "output": 12,
    "vocabulary": len(vocabulary),
}
ROWS = 10 * SIZES["batch"]  # of the data that batches are made of
# What these give looks like a shape and is none: a pair of arrays.
PAIRS = {"make_batches": {("source", "target")}}
# These take arrays of any shape: there is nothing to say.
ANY_SHAPE = {"put", "parameters_of", "sum_over_workers", "shared", "flat_weights", "digit_stream"}
FRAMEWORKS = {"tensorflow": book.tensorflow, "pytorch": book.pytorch}

PART = r"`?\w+`?(?: (?:\+|/|or) \w+)?"
SHAPE = re.compile(rf"\(({PART}(?:, {PART})*),?\)")


# --- What the package says ------------------------------------------------------------------------


def size_of(axis: str) -> int | None:
    """Return the size of an axis such as batch, 6, or hidden + embedding; None for another word.

    Of `batch or 1` it is that of batch, and of `size / 2` the half.
    """
    if axis.isdigit():
        return int(axis)
    whole, _, half = axis.partition(" or ")[0].partition(" / ")
    sizes = [SIZES.get(part) for part in whole.split(" + ")]
    return None if None in sizes else sum(sizes) // int(half or 1)


def shapes_in(text: str) -> list[Shape]:
    """Return the shapes that a text gives: what is in brackets, if all of it names axes."""
    # `check_ids` says which name it means: its parameter `name`, which is source by default.
    found = [
        tuple(match[1].replace("`name`", "source").split(", ")) for match in SHAPE.finditer(text)
    ]
    # Digits alone are the number of an equation.
    return [
        shape
        for shape in found
        if all(size_of(axis) is not None for axis in shape)
        and not all(axis.isdigit() for axis in shape)
    ]


def sizes_of(shape: Shape) -> tuple[int, ...]:
    return tuple(size_of(axis) for axis in shape)


def plain(function: Callable) -> Callable:
    """Return a function without what decorators put around it."""
    return inspect.unwrap(getattr(function, "python_function", function))


def described(function: Callable, name: str) -> list[Shape]:
    """Return the shapes in a docstring."""
    text = " ".join(inspect.getdoc(plain(function)).split())
    return [shape for shape in shapes_in(text) if shape not in PAIRS.get(name, ())]


def of_parameters(function: Callable) -> dict[str, list[Shape]]:
    """Return the shapes in the comments after parameters; `2 x (batch, hidden)` gives two."""
    result = {}
    head = inspect.getsource(plain(function)).partition('"""')[0]
    for name, times, comment in re.findall(r"^ +(\w+): [^#\n]*,  # (?:(\d) x )?(.*)$", head, re.M):
        result[name] = shapes_in(comment) * int(times or 1)
    return result


def members(module: ModuleType) -> Iterator[tuple[str, Callable]]:
    """Yield the public functions of a module, and its classes' own methods and constructors."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(value):
            for method, function in vars(value).items():
                if inspect.isfunction(function) and not method.startswith("_"):
                    # Keras calls it `call`, PyTorch `forward`.
                    yield f"{name}.{method}".replace(".forward", ".call"), function
        else:
            yield name, value


def modules_of(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        yield import_module(found.name)


def public(package: ModuleType) -> dict[str, Callable]:
    return {name: value for part in modules_of(package) for name, value in members(part)}


COMMON = {
    name: value
    for module in (
        "book.data",
        "book.plots",
        "book.parity",
        "book.schedules",
        "book.tokens",
        "book.alignment",
        "book.positions",
        "book.numerals",
        "book.streams",
    )
    for name, value in members(import_module(module))
    if callable(value)
}
PUBLIC = {
    **{name: (None, value) for name, value in COMMON.items()},
    **{
        f"{framework}: {name}": (framework, value)
        for framework, package in FRAMEWORKS.items()
        for name, value in public(package).items()
        if callable(value)
    },
}


def has_arrays(function: Callable) -> bool:
    annotations = str(inspect.signature(plain(function)))
    return "ndarray" in annotations or "Tensor" in annotations


def gives_shapes(name: str) -> bool:
    _, function = PUBLIC[name]
    short = name.rpartition(": ")[2]
    return bool(described(function, short) or of_parameters(function))


@pytest.mark.parametrize("name", PUBLIC)
def test_what_takes_or_returns_arrays_gives_their_shapes(name):
    if has_arrays(PUBLIC[name][1]) and name.rpartition(": ")[2] not in ANY_SHAPE:
        assert gives_shapes(name)


@pytest.mark.parametrize(
    "name", sorted(set.intersection(*(set(public(package)) for package in FRAMEWORKS.values())))
)
def test_both_frameworks_give_the_same_shapes(name):
    first, second = (public(package)[name] for package in FRAMEWORKS.values())
    assert described(first, name) == described(second, name)
    assert of_parameters(first) == of_parameters(second)


# --- One real call of each ------------------------------------------------------------------------


def tensor(array: np.ndarray, framework: str | None) -> object:
    makers = {"tensorflow": tf.constant, "pytorch": torch.tensor, None: np.asarray}
    return makers[framework](array)


def array_for(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return words, a mask or numbers, whatever a parameter of this name takes."""
    if name.endswith("mask"):
        return np.ones(shape, bool)
    if name in ("source", "target", "token", "tokens", "ids"):
        ids = np.ones(shape, np.int64)
        if len(shape) == 2:
            ids[:, -1] = EOS
        return ids
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def endless(model: object, framework: str) -> object:
    """Return the model, which can write EOS no more."""
    bias = np.where(np.arange(SIZES["vocabulary"]) == EOS, -1e9, 0).astype(np.float32)
    if framework == "tensorflow":
        model.decoder.projection.bias.assign(bias)
    else:
        model.decoder.projection.bias.data.copy_(torch.from_numpy(bias))
    return model


def model_of(framework: str) -> object:
    """Return a translator that never writes EOS: what it decodes is as long as is asked."""
    sizes = SIZES["vocabulary"], SIZES["embedding"], SIZES["hidden"]
    return endless(FRAMEWORKS[framework].Translator(*sizes), framework)


def loader_of(framework: str) -> object:
    arrays = (array_for(name, (ROWS, SIZES[name])) for name in ("source", "target"))
    return FRAMEWORKS[framework].make_batches(*arrays, SIZES["batch"], 1)


def optimizer_of(framework: str, model: object) -> object:
    if framework == "tensorflow":
        return keras.optimizers.Adam()
    return torch.optim.Adam(model.parameters())


PLAIN_VALUES = {
    "rows": ROWS,
    "batch_size": SIZES["batch"],
    "beam_size": SIZES["beam"],
    "hidden_size": SIZES["hidden"],
    "embedding_size": SIZES["embedding"],
    "vocabulary_size": SIZES["vocabulary"],
    "tokens": SIZES["vocabulary"],
    "name": "source",
    "feed_again": True,
    "progress": False,
    "text": "1 2",  # and EOS: 3 tokens
    "temperature": 0.1,
    "reach": 1,
    "heads": SIZES["heads"],
    "size": SIZES["size"],
    "length": SIZES["length"],
    "inner_size": 11,
    "vocabularies": DIGIT_LANGUAGE,
    "settings": TransformerSettings(SIZES["hidden"], SIZES["heads"], inner_size=11),
}
# What a class takes to build upon, made anew for each framework.
PARTS: dict[str, Callable[[ModuleType], object]] = {
    "score": lambda package: package.DotScore(),
    "attention": lambda package: package.ScoreAttention(package.DotScore()),
}
# Shapes of parameters that have no comment, because the docstring tells them.
WRITTEN = {
    "source": ("batch", "source"),
    "target": ("batch", "target"),
    "ids": ("batch", "source"),
    "weights": ("target", "source"),
}


def value_for(name: str, framework: str | None, shapes: list[Shape], given: dict) -> object:
    """Return what to call a function with for one of its parameters."""
    if name == "model":
        return model_of(framework)
    if name == "batches":
        return loader_of(framework)
    if name == "optimizer":
        return optimizer_of(framework, given["model"])
    if name == "kept":
        return kept_of(framework)
    if shapes:
        values = [tensor(array_for(name, sizes_of(shape)), framework) for shape in shapes]
        return values[0] if len(values) == 1 else tuple(values)
    if name in WRITTEN:
        return array_for(name, sizes_of(WRITTEN[name]))
    assert name in PLAIN_VALUES, f"give {name} a value in PLAIN_VALUES, or a call in SPECIAL"
    return PLAIN_VALUES[name]


def arguments_of(function: Callable, name: str, framework: str | None) -> dict[str, object]:
    """Return arguments for a call; a parameter that nothing is known of keeps its default."""
    if name in SPECIAL:
        return SPECIAL[name]()
    if name in OF_TEXTS:
        return OF_TEXTS[name](framework)
    arguments: dict[str, object] = {}
    shapes = of_parameters(function)
    for parameter in inspect.signature(plain(function)).parameters.values():
        if parameter.name == "self":
            continue
        is_known = parameter.name in {*shapes, *PLAIN_VALUES, *WRITTEN, "model", "batches"}
        if parameter.name == "steps":
            # What is decoded has as many tokens; what is batched, as many batches.
            axis = "target" if name.endswith("decode") else "steps"
            arguments["steps"] = SIZES[axis]
        elif is_known or parameter.default is parameter.empty:
            shape = shapes.get(parameter.name, [])
            arguments[parameter.name] = value_for(parameter.name, framework, shape, arguments)
    return arguments


def layers(sizes: tuple[int, int], kind: str) -> tuple[object, object]:
    """Return a layer of each framework, with parameters."""
    first, second = sizes
    if kind == "embedding":
        keras_layer, torch_layer = (
            keras.layers.Embedding(first, second),
            nn.Embedding(first, second),
        )
    else:
        keras_layer, torch_layer = keras.layers.Dense(second), nn.Linear(first, second)
    keras_layer.build((None, first))
    return keras_layer, torch_layer


def copied(kind: str, *axes: str) -> dict[str, object]:
    pair = layers(tuple(SIZES[axis] for axis in axes), kind)
    return dict(zip(("tensorflow_layer", "pytorch_layer"), pair, strict=True))


def array_of(framework: str, name: str, *axes: str) -> object:
    """Return a tensor that a parameter of this name takes."""
    return tensor(array_for(name, sizes_of(axes)), framework)


def kept_of(framework: str) -> tuple[object, object]:
    """Return keys and values of a source."""
    keys, values = (array_of(framework, "kept", "batch", "heads", "source", "size") for _ in "kv")
    return keys, values


def endless_transformer(framework: str) -> object:
    """Return a Transformer that never writes EOS."""
    model = FRAMEWORKS[framework].Transformer(DIGIT_LANGUAGE, PLAIN_VALUES["settings"])
    return endless(model, framework)


def of_decoder(framework: str, name: str, *axes: str) -> dict[str, object]:
    """Return what a decoder of a Transformer takes, or one of its layers: `name` has the axes."""
    layers = PLAIN_VALUES["settings"].layers
    return {
        name: array_of(framework, name, *axes),
        "mask": array_of(framework, "mask", "1", "1", "target", "target"),
        "source": [kept_of(framework)] * layers if name == "tokens" else kept_of(framework),
        "source_mask": array_of(framework, "mask", "batch", "1", "1", "source"),
    }


# Where names of parameters do not tell what is wanted.
SPECIAL: dict[str, Callable[[], dict[str, object]]] = {
    "pad": lambda: {"rows": [[1]] * SIZES["batch"], "length": SIZES["length"]},
    "encode_sentences": lambda: {"texts": ["1", "2"]},
    "digit_sentences": lambda: {
        "numbers": np.arange(SIZES["batch"]),
        "length": SIZES["length"],
        "columns": SIZES["length"] + 1,
    },
    "copy_embedding": lambda: copied("embedding", "vocabulary", "embedding"),
    "copy_linear": lambda: copied("linear", "input", "output"),
    "plot_attention": lambda: {
        "weights": array_for("weights", sizes_of(WRITTEN["weights"])),
        "source": ["a"] * SIZES["source"],
        "target": ["b"] * SIZES["target"],
    },
    "writable_tokens": lambda: {"words": vocabulary},
    "learning_rates": lambda: {"settings": SETTINGS},
    "draw_numbers": lambda: {
        "size": SIZES["size"],
        "round_share": 0.5,
        "generator": np.random.default_rng(0),
    },
    "order_by_length": lambda: {"lengths": np.arange(1, ROWS + 1), "settings": SETTINGS},
    "draw_order": lambda: {
        "lengths": np.arange(1, ROWS + 1),
        "batch_size": SIZES["batch"],
        "steps": SIZES["steps"],
    },
    "trimmed": lambda: {"rows": np.ones((SIZES["batch"], SIZES["length"]), np.int64)},
    "batches_by_length": lambda: {
        **dict(zip(("source", "target"), text_arrays(), strict=True)),
        "settings": SETTINGS,
    },
    "encode_texts": lambda: {"texts": ["1 2 3 4 5 1 2 3", "1"], "vocabulary": vocabulary},
    "true_alignment": lambda: {"number": 1_020_000, "to": "en"},  # 백이만
    "alignment_share": lambda: {
        "weights": np.zeros((SIZES["target"], SIZES["source"])),
        "number": 1_020_000,
        "to": "en",
    },
    "make_batches": lambda: {
        "source": array_for("source", (ROWS, SIZES["source"])),
        "target": array_for("target", (ROWS, SIZES["target"])),
        "batch_size": SIZES["batch"],
        "steps": 1,
    },
}


def text_model(framework: str) -> object:
    """Return a translator of texts that never writes EOS."""
    package, decoder = FRAMEWORKS[framework], model_of(framework).decoder
    encoder = package.BidirectionalEncoder(SIZES["vocabulary"], SIZES["embedding"], SIZES["hidden"])
    return package.TextTranslator(encoder, decoder, DIGIT_LANGUAGE)


def text_arrays(rows: int = SIZES["batch"]) -> list[np.ndarray]:
    return [array_for(name, (rows, SIZES[name])) for name in ("source", "target")]


def step_arguments(framework: str) -> dict[str, object]:
    model = text_model(framework)
    if framework == "pytorch":
        model.to("cpu")
    source, target = (tensor(array, framework) for array in text_arrays())
    return {
        "model": model,
        "optimizer": optimizer_of(framework, model),
        "source": source,
        "target": target,
        "clip": 1.0,
    }


TEXT_TASK = TextTask(
    DIGIT_LANGUAGE, Texts(["1"], ["6"]), *text_arrays(ROWS), *text_arrays(SIZES["batch"])
)
SETTINGS = TrainingSettings(steps=SIZES["steps"], batch_size=SIZES["batch"], pool=1)
# Calls of what needs a translator of texts, a task, or keys and values that are kept.
OF_TEXTS: dict[str, Callable[[str], dict[str, object]]] = {
    "clipped_step": step_arguments,
    "validation_loss": lambda framework: {
        "model": text_model(framework),
        **dict(zip(("source", "target"), text_arrays(), strict=True)),
    },
    "train_best": lambda framework: {
        "model": text_model(framework),
        "task": TEXT_TASK,
        "settings": SETTINGS,
    },
    "train_quickly": lambda framework: {
        "model": model_of(framework),
        **dict(zip(("source", "target"), text_arrays(), strict=True)),
        "order": np.zeros((SIZES["steps"], SIZES["batch"]), np.int64),
        "rates": np.full(SIZES["steps"], 0.01),
    },
    "wrong_sentences": lambda framework: {"steps": 2},
    "trained_translator": lambda framework: {"task": TEXT_TASK, "settings": SETTINGS},
    "write_texts": lambda framework: {"model": text_model(framework), "texts": ["1", "2 3"]},
    "translate_text": lambda framework: {
        "model": text_model(framework),
        "text": "1 2",
        "steps": SIZES["target"],
    },
    "beam_texts": lambda framework: {
        "model": text_model(framework),
        "text": "1 2",
        "beam_size": SIZES["beam"],
        "steps": 2,
    },
    "weights_of": lambda framework: {
        "model": text_model(framework),
        "source": "1 2",
        "target": "6 7 8",
    },
    "worker_step": lambda framework: {
        "training": FRAMEWORKS[framework].make_training(1),
        "source": array_of(framework, "source", "batch", "source"),
        "target": array_of(framework, "target", "batch", "target"),
    },
    "share_of": lambda framework: {"batch": np.arange(SIZES["batch"]), "rank": 0, "workers": 1},
    "decode_greedily": lambda framework: {
        "model": endless_transformer(framework),
        "source": array_of(framework, "source", "batch", "source"),
        "steps": SIZES["target"],
    },
    "DecoderLayer.call": lambda framework: of_decoder(
        framework, "states", "batch", "target", "hidden"
    ),
    "TransformerDecoder.call": lambda framework: of_decoder(framework, "tokens", "batch", "target"),
}


def owner_of(function: Callable, framework: str | None) -> object:
    """Return an object of a method's class."""
    if framework is None:
        return BatchStream(ROWS, SIZES["batch"])
    kind = getattr(FRAMEWORKS[framework], plain(function).__qualname__.partition(".")[0])
    own = vars(kind).get("__init__")  # the framework's own takes anything, and needs nothing
    if kind.__name__ == "TextTranslator":
        return text_model(framework)
    if issubclass(kind, FRAMEWORKS[framework].AdditiveAttention):
        return kind(SIZES["hidden"])
    parameters = list(inspect.signature(own).parameters.values())[1:] if own else []
    package = FRAMEWORKS[framework]
    parts = {each.name: PARTS[each.name](package) for each in parameters if each.name in PARTS}
    others = {
        each.name: PLAIN_VALUES[each.name]
        for each in parameters
        if each.name not in parts
        and (each.name in PLAIN_VALUES or each.default is inspect.Parameter.empty)
    }
    return kind(**parts, **others)


def arrays_in(value: object) -> Iterator[tuple[int, ...]]:
    """Yield the shapes of all arrays in a structure, in order; of a layer, those of its weights."""
    if isinstance(value, keras.layers.Layer) and not isinstance(value, keras.Model):
        yield from (tuple(weight.shape) for weight in value.weights)
    elif isinstance(value, nn.Embedding | nn.Linear):
        yield tuple(value.weight.shape)
    elif isinstance(value, np.ndarray | tf.Tensor | torch.Tensor):
        yield tuple(value.shape)
    elif isinstance(value, tf.data.Dataset | torch.utils.data.DataLoader):
        yield from arrays_in(next(iter(value)))
    elif isinstance(value, tuple | list) and not isinstance(value, nn.utils.rnn.PackedSequence):
        for part in value:
            yield from arrays_in(part)


def is_in_order(wanted: list[tuple[int, ...]], found: list[tuple[int, ...]]) -> bool:
    """Tell whether all that is wanted is found, in this order, perhaps with more between."""
    rest = iter(found)
    return all(any(shape == other for other in rest) for shape in wanted)


@dataclass(frozen=True)
class Call:
    """What came of one call of a public function."""

    described: list[Shape]
    arguments: list[object]  # those whose shapes the docstring tells
    result: object
    compared: set[tuple[str, int]]  # statements: the file and the last line
    wrong: list[str]


@cache
def call(name: str) -> Call:
    framework, function = PUBLIC[name]
    short = name.rpartition(": ")[2]
    arguments = arguments_of(function, short, framework)
    called = function
    if "." in short:
        owner, method = owner_of(function, framework), short.partition(".")[2]
        called = owner if method == "call" else getattr(owner, method)
        if framework == "tensorflow":
            called(**arguments)  # Keras makes the parameters
    with Statements(plain(function)) as statements:
        result = called(**arguments)
    # Where comments give the shapes of the arguments, the docstring gives those of the result.
    told = [] if of_parameters(function) else list(arguments.values())
    return Call(
        described(function, short),
        told,
        result,
        statements.compared,
        statements.wrong,
    )


def commented(path: Path) -> dict[int, tuple[int, list[str], Shape]]:
    """Return the assignments whose comment gives a shape, by each of their lines.

    Returns:
        The last line of the statement, the names that are assigned, and their shape.
    """
    text = path.read_text("utf-8")
    comments = {
        token.start[0]: token.string
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
    }
    result = {}
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        comment = comments.get(node.end_lineno, "")
        shapes = shapes_in(comment) if re.match(r"# (\d x )?\(", comment) else []
        names = [part.id for part in ast.walk(target) if isinstance(part, ast.Name)]
        if shapes and isinstance(target, ast.Name | ast.Tuple):
            for line in range(node.lineno, node.end_lineno + 1):
                result[line] = (node.end_lineno, names, shapes[0])
    return result


COMMENTED = {str(path): commented(path) for path in (ROOT / "book").rglob("*.py")}
CODE = {path: lines for path, lines in COMMENTED.items() if lines}


def has_comments(function: Callable) -> bool:
    """Tell whether the code of a function says shapes."""
    lines, first = inspect.getsourcelines(plain(function))
    written = CODE.get(inspect.getsourcefile(plain(function)), {})
    return any(line in written for line in range(first, first + len(lines)))


CALLED = [
    name
    for name, (_, function) in PUBLIC.items()
    if name.rpartition(": ")[2] not in ANY_SHAPE and (gives_shapes(name) or has_comments(function))
]


@pytest.fixture(autouse=True, scope="module")
def eager():
    """Let TensorFlow run functions line by line, so that each line's shapes can be read."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.parametrize("name", CALLED)
def test_arrays_have_the_shapes_that_the_docstring_gives(name):
    done = call(name)
    wanted = [sizes_of(shape) for shape in done.described]
    if name.endswith(": translate"):  # as many tokens as a sentence has at most
        assert done.described == [("target", "source")]
        wanted = [(MAXIMUM_WORDS + 1, SIZES["source"])]
    assert is_in_order(wanted, [*arrays_in(done.arguments), *arrays_in(done.result)])
    assert not done.wrong


# --- The comments in the code ---------------------------------------------------------------------


class Statements:
    """Compares the comments of the statements that run while it is entered.

    In the function itself each axis has its size; in one that it calls, an axis has one size.
    """

    def __init__(self, function: Callable):
        self.compared: set[tuple[str, int]] = set()
        self.wrong: list[str] = []
        # A sentence that is given as text is padded: its array has another size.
        self._known = {} if "text" in inspect.signature(function).parameters else SIZES
        self._code = function.__code__
        self._last: dict[FrameType, int] = {}
        self._sizes: dict[FrameType, dict[str, int]] = {}

    def __enter__(self) -> "Statements":
        self._before = sys.gettrace()
        sys.settrace(self._trace)
        return self

    def __exit__(self, *reason: object) -> None:
        sys.settrace(self._before)

    def _trace(self, frame: FrameType, event: str, argument: object) -> Callable | None:
        if frame.f_code.co_filename not in CODE:
            return None
        last = self._last.pop(frame, None)
        if event in ("line", "return") and last is not None:
            self._compare(frame, last, frame.f_lineno if event == "line" else 0)
        if event == "line":
            self._last[frame] = frame.f_lineno
        return self._trace

    def _compare(self, frame: FrameType, last: int, now: int) -> None:
        path = frame.f_code.co_filename
        lines = CODE[path]
        if last not in lines or lines.get(now, (0,))[0] == lines[last][0]:
            return  # no comment, or the same statement goes on
        end, names, shape = lines[last]
        for name in names:
            for found in arrays_in(frame.f_locals.get(name)):
                self.compared.add((path, end))
                if not self._fits(frame, found, shape):
                    place = f"{Path(path).relative_to(ROOT)}, line {end}"
                    self.wrong.append(f"{place}: {name} is {found}, not {shape}")

    def _fits(self, frame: FrameType, found: tuple[int, ...], shape: Shape) -> bool:
        known = self._known if frame.f_code is self._code else {}
        sizes = self._sizes.setdefault(frame, dict(known))
        if len(found) != len(shape):
            return False
        for axis, size in zip(shape, found, strict=True):
            if " " in axis and not known:
                continue
            expected = size_of(axis) if axis not in SIZES else sizes.setdefault(axis, size)
            if expected != size:
                return False
        return True


def test_every_comment_in_the_code_was_compared():
    compared = set().union(*(call(name).compared for name in CALLED))
    written = {(path, end) for path, lines in CODE.items() for end, *_ in lines.values()}
    assert {(Path(path).name, end) for path, end in written - compared} == set()
    assert len(written) > 30


def test_fields_of_the_data_have_the_shapes_in_their_comments():
    fields = re.findall(r"^ +(\w+): np\.ndarray  # (.*)$", inspect.getsource(DigitData), re.M)
    data = load_digits()
    assert [name for name, _ in fields] == list(data._fields)
    for name, comment in fields:
        (axes,) = shapes_in(comment)
        assert axes == ("batch", name.rpartition("_")[2])
        assert getattr(data, name).shape[1:] == (MAXIMUM_WORDS + 1,)


# --- The reading itself ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("Return x (batch, source, hidden) and (hidden, cell).", [("batch", "source", "hidden")]),
        ("(beam,) each, (1, source)", [("beam",), ("1", "source")]),
        ("(batch, hidden + embedding)", [("batch", "hidden + embedding")]),
        ("must be (batch, `name`)", [("batch", "source")]),
        ("f(batch_size), (Bahdanau et al., 2015), equation (2)", []),
    ],
)
def test_shapes_are_read_from_texts(text, shapes):
    assert shapes_in(text) == shapes


def test_axes_have_different_sizes():
    sizes = [*SIZES.values(), SIZES["hidden"] + SIZES["embedding"]]
    assert len(set(sizes)) == len(sizes)
