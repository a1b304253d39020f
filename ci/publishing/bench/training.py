"""How long a translator of the digit language trains until no test sentence is wrong, and why.

Beside it stands the way of the note that the course grew from: Keras without graphs, and all 3,000
sentences in each batch; and single steps with one thing otherwise. Every figure comes from a Python
of its own, which is started and has imported the framework before the clock starts; what a model
gets wrong is counted after it stops. Chapter 06 shows the figures that are stored.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from publishing.bench.measure import Competitor
from publishing.bench.programs import module, search_path
from publishing.chapter.editions import FRAMEWORKS
from publishing.children import run_child

if TYPE_CHECKING:
    import numpy as np

NOTE_STEPS = 225  # after so many of its steps the note's model makes no mistake
NOTE_TIMED = 3  # of them, for each takes more than a second
NOTE = f"the note's way, {NOTE_STEPS} steps as {NOTE_TIMED} timed ones"
COMPILED = "tensorflow"  # the framework whose steps are compiled
TIMES = {"tensorflow": 1 / 100, "pytorch": 1 / 150}  # of the note's way; tracing takes its time
MAIN = 150, 64  # steps and batches of chapter 06's main run
TIMED = 20
STEP = f"a step of {MAIN[1]}"
# What may be otherwise in a step: the size of its batch, and one of these.
KEYS, THREADS, EAGER = "keys for each word", "two threads", "nothing compiled"
TWO_THREADS = {"TF_NUM_INTRAOP_THREADS": "2"}  # for PyTorch, see `ready`


@contextmanager
def competitors(root: Path, folder: Path) -> Iterator[Sequence[Competitor]]:
    """Yield the note's way, and each framework's two trainings and single steps."""
    yield [
        Competitor(NOTE, "s", partial(_apart, "note")),
        *(one for framework in FRAMEWORKS for one in _competitors(framework)),
    ]


def _competitors(framework: str) -> Iterator[Competitor]:
    def named(name: str, *arguments: str, against: str, limit: float | None = None) -> Competitor:
        once = partial(_apart, *arguments)
        return Competitor(f"{framework}: {name}", "s", once, against, limit)

    from book.schedules import QUICK

    what = "the main run, {} steps of {}".format(*MAIN)
    yield named(what, "main", framework, against=NOTE)
    what, size = f"the short training, {QUICK.steps} steps of {QUICK.batch_size}", QUICK.batch_size
    yield named(what, "short", framework, against=NOTE, limit=TIMES.get(framework))
    step = f"{framework}: {STEP}"
    yield named(STEP, "step", framework, str(MAIN[1]), "", against="")
    yield named(f"a step of {size}", "step", framework, str(size), "", against=step)
    for way in (KEYS, THREADS, *([EAGER] if framework == COMPILED else [])):
        yield named(f"{STEP}, {way}", "step", framework, str(MAIN[1]), way, against=step)


def _apart(*arguments: str) -> float:
    """Return the seconds that a Python of its own has measured."""
    threads = TWO_THREADS if THREADS in arguments else {}
    variables = {**search_path(), "TF_CPP_MIN_LOG_LEVEL": "3", **threads}
    done = run_child(module(__name__, *arguments), variables=variables)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)} cannot be measured:\n{done.stderr[-2000:]}")
    return float(done.stdout.split()[-1])


# --- What runs in a Python of its own -------------------------------------------------------------


def note_seconds() -> float:
    """Return what the note's whole training takes, from a few of its steps."""
    step = _note_step()
    step()  # the first one also makes the parameters
    start = perf_counter()
    for _ in range(NOTE_TIMED):
        step()
    return (perf_counter() - start) / NOTE_TIMED * NOTE_STEPS


def _note_step() -> Callable[[], object]:
    """Return one step as the note takes it: its sizes, its loss, nothing compiled."""
    import keras
    import numpy as np
    import tensorflow as tf

    sentences, length, words, wide, narrow = 3000, 5, 12, 128, 32
    digits = np.random.default_rng(0).integers(1, 6, (sentences, length))
    start = np.zeros((sentences, 1), int)
    source = np.concatenate([start, digits], axis=1)
    target = np.concatenate([digits + 5, start + 11], axis=1)
    layers = keras.layers
    read, write = layers.Embedding(words, narrow), layers.Embedding(words, narrow)
    encode, decode = (layers.LSTM(wide, return_sequences=True, return_state=True) for _ in range(2))
    query, key, score = layers.Dense(wide), layers.Dense(wide), layers.Dense(1)
    project = layers.Dense(words)
    used = [read, write, encode, decode, query, key, score, project]
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=None)
    optimizer = keras.optimizers.Adam()

    def step() -> object:
        with tf.GradientTape() as tape:
            states, state, _ = encode(read(source))
            before, loss = start, 0.0
            for place in range(length + 1):
                scores = score(tf.tanh(query(state[:, None]) + key(states)))  # keys every time
                context = tf.reduce_sum(tf.nn.softmax(scores, axis=1) * states, axis=1)
                entered = tf.concat([context[:, None], write(before)], axis=-1)
                output, state, _ = decode(entered)
                right = target[:, place]
                losses = loss_of(right, project(output[:, 0]))
                loss += tf.reduce_mean(losses * tf.cast(right != 0, losses.dtype))
                before = right[:, None]
        variables = [variable for layer in used for variable in layer.trainable_variables]
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return float(loss)

    return step


def main_seconds(framework: str, seed: int = 0) -> float:
    """Return what the main run of chapter 06 takes, tracing included."""
    from book.data import load_digits

    taught, data = _imported(framework), load_digits()
    start = perf_counter()
    model = _new_model(framework, seed)
    steps, size = MAIN
    batches = taught.make_batches(data.train_source, data.train_target, size, steps, seed)
    taught.train(model, batches, progress=False)
    return perf_counter() - start


def short_seconds(framework: str, seed: int = 0) -> float:
    """Return what the short training takes, tracing included, until no test sentence is wrong.

    Raises:
        ValueError: One is wrong, so that the figure would be none.
    """
    from book.data import PAD, load_digits
    from book.schedules import QUICK, draw_order, learning_rates

    taught, data = _imported(framework), load_digits()
    source, target = data.train_source, data.train_target
    start = perf_counter()
    model = _new_model(framework, seed)
    order = draw_order((source != PAD).sum(axis=1), QUICK.batch_size, QUICK.steps, seed)
    taught.train_quickly(model, source, target, order, learning_rates(QUICK))
    seconds = perf_counter() - start
    share = taught.exact_match(model, data.test_source, data.test_target)
    if share < 1:
        raise ValueError(f"{1 - share:.4f} of the test sentences are wrong")
    return seconds


def step_seconds(framework: str, size: int, way: str) -> float:
    """Return what one step takes, once its graph is there; `way` is what is otherwise in it."""
    from book.data import load_digits

    taught, data = _imported(framework), load_digits()
    arrays = data.train_source[:size], data.train_target[:size]
    model, optimizer, batch = ready(framework, arrays, way=way)

    def steps(count: int) -> None:
        for _ in range(count):
            loss = taught.train_step(model, optimizer, *batch)
        float(loss)  # waits until it is there

    steps(3)
    start = perf_counter()
    steps(TIMED)
    return (perf_counter() - start) / TIMED


def _imported(framework: str) -> ModuleType:
    """Return what the book has for a framework, with all imported that training needs."""
    if framework == "pytorch":
        import_module("torch._dynamo")  # PyTorch's optimizers do, late: it takes a second
    return import_module(f"book.{framework}")


def ready(
    framework: str, arrays: Iterable["np.ndarray[Any, Any]"], *sizes: int, way: str = ""
) -> tuple[Any, Any, list[Any]]:
    """Return a new translator, of sizes as `_new_model` has them, its optimizer, and tensors."""
    model: Any = _new_model(framework, 0, *sizes)
    if way == KEYS:
        _project_for_each_word(model.decoder.attention)
    if framework == "pytorch":
        import torch

        from book.pytorch.runtime import device

        if way == THREADS:
            torch.set_num_threads(2)
        batch = [torch.from_numpy(array).to(device) for array in arrays]
        return model, torch.optim.Adam(model.parameters(), lr=1e-3, fused=True), batch
    import keras
    import tensorflow as tf

    tf.config.run_functions_eagerly(way == EAGER)
    return model, keras.optimizers.Adam(1e-3), [tf.constant(array) for array in arrays]


class _Attention(Protocol):
    project_keys: Callable[[object], object]


def _project_for_each_word(attention: _Attention) -> None:
    """Let an attention compute its keys whenever it is asked, as the note does."""
    project = attention.project_keys
    name = "call" if hasattr(attention, "call") else "forward"
    attend = getattr(attention, name)

    def attend_anew(state: object, states: object, values: object, mask: object) -> object:
        return attend(state, project(states), values, mask)

    attention.project_keys = lambda states: states
    setattr(attention, name, attend_anew)


def _new_model(framework: str, seed: int, *sizes: int) -> object:
    """Return the course's translator, with the parameters of a seed.

    Its sizes are those of the vocabulary, the embedding and the hidden states, or else the
    course's.
    """
    from book.data import vocabulary

    sizes = sizes or (len(vocabulary),)
    translator = import_module(f"book.{framework}").Translator
    if framework == "pytorch":
        import torch

        from book.pytorch.runtime import device

        torch.manual_seed(seed)
        return translator(*sizes).to(device)
    import keras

    keras.utils.set_random_seed(seed)
    return translator(*sizes)


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "note":
        print(note_seconds())
    elif what == "main":
        print(main_seconds(rest[0]))
    elif what == "short":
        print(short_seconds(rest[0]))
    else:
        print(step_seconds(rest[0], int(rest[1]), rest[2]))
