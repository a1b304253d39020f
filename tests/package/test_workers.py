"""Worker processes: what they learn together, and that nothing is left of them when they end."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import torch
from conftest import ROOT
from publishing.chapter.files import read_chapter

import book.pytorch
import book.tensorflow
from book.checkpoints import checkpoint_at, latest_checkpoint, new_checkpoint, take_up
from book.data import batch_order
from book.rings import Cluster, ring_all_reduce
from book.streams import BatchStream, digit_stream, share_of
from book.workers import Program, free_addresses, median_seconds, run_workers

PACKAGES = {"tensorflow": book.tensorflow, "pytorch": book.pytorch}
FRAMEWORK = pytest.mark.parametrize("framework", PACKAGES)
CHAPTER = ROOT / "chapters" / "11-beyond-one-machine.ipynb"

# A worker that starts another process, as torchrun does; both say who they are, and wait.
WAITING = """
import os, subprocess, sys, time
from pathlib import Path
from book.workers import end_with_parent
end_with_parent()
folder = Path(sys.argv[1])
(folder / str(os.getpid())).touch()
if len(sys.argv) == 2:
    subprocess.run([sys.executable, "-c", sys.orig_argv[2], str(folder), "inner"])
time.sleep(60)
"""
# What a notebook does, in a process of its own.
LAUNCHING = """
import sys
from book.workers import Program, run_workers
run_workers(lambda: [Program(["-c", sys.argv[1], sys.argv[2]], {}) for _ in range(2)])
"""


def is_running(process: int) -> bool:
    """Tell whether there is such a process, and it is no zombie."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def left_after(folder: Path, seconds: float = 8) -> list[int]:
    """Return the processes that still run when so much time has passed; none as soon as none do."""
    end = time.monotonic() + seconds
    while True:
        left = [int(path.name) for path in folder.iterdir() if is_running(int(path.name))]
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.05)


@contextmanager
def launcher(code: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Give a process that runs workers; kill it at the end, whatever happens."""
    nowhere = subprocess.DEVNULL
    # What runs in the background ignores interrupts, and so would what it starts.
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, stdout=nowhere, stderr=nowhere
    )
    signal.signal(signal.SIGINT, before)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("times", range(20))
def test_nothing_is_left_when_the_notebook_is_killed_or_interrupted(tmp_path, times):
    chance = random.Random(times)
    how = (signal.SIGKILL, signal.SIGINT)[times % 2]
    with launcher(LAUNCHING, WAITING, str(tmp_path)) as process:
        if times > 4:  # first they are all there; in the others they are only starting
            while len(list(tmp_path.iterdir())) < 4:
                time.sleep(0.01)
        time.sleep(chance.random())
        process.send_signal(how)
        process.wait(timeout=10)
        assert left_after(tmp_path) == []


@FRAMEWORK
def test_nothing_is_left_of_real_workers_when_the_notebook_is_killed(framework, tmp_path):
    code = (
        f"import sys, book.{framework} as package\nfrom pathlib import Path\n"
        "from book.workers import run_workers\n"
        "run_workers(lambda: package.worker_programs(2, Path(sys.argv[1]), '--steps', '100000'))"
    )

    def workers() -> list[int]:
        found = subprocess.run(["pgrep", "-f", str(tmp_path)], capture_output=True, text=True)
        return [int(line) for line in found.stdout.split()]

    with launcher(code, str(tmp_path)) as process:
        end = time.monotonic() + 120
        while latest_checkpoint(tmp_path) is None:
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.1)
        assert len(workers()) > 2
        process.kill()
        process.wait()
        end = time.monotonic() + 30
        while workers() and time.monotonic() < end:
            time.sleep(0.1)
        assert workers() == []


def test_when_one_fails_all_are_ended_and_the_error_is_named(tmp_path):
    wrong = "raise ValueError('no such thing')"
    programs = [Program(["-c", WAITING, str(tmp_path)], {}), Program(["-c", wrong], {})]
    with pytest.raises(RuntimeError, match=r"^a worker failed: ValueError: no such thing$"):
        run_workers(lambda: programs)
    assert left_after(tmp_path) == []
    with pytest.raises(RuntimeError, match="ended with 3 and named no error"):
        run_workers(lambda: [Program(["-c", "raise SystemExit(3)"], {})])


def test_workers_that_take_too_long_are_ended(tmp_path):
    start = time.monotonic()
    with pytest.raises(TimeoutError, match="did not end within 1 seconds"):
        run_workers(lambda: [Program(["-c", WAITING, str(tmp_path)], {})], seconds=1)
    assert time.monotonic() - start < 20  # they would wait for 60
    assert left_after(tmp_path) == []


def test_workers_are_started_anew_as_often_as_is_allowed(tmp_path):
    mark = tmp_path / "mark"
    code = f"from pathlib import Path\np = Path({str(mark)!r})\nif not p.exists(): p.touch(); 1 / 0"
    assert run_workers(lambda: [Program(["-c", code], {})], restarts=1) == 1
    assert run_workers(lambda: [Program(["-c", code], {})]) == 0
    mark.unlink()
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        run_workers(lambda: [Program(["-c", code], {})])


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"seconds": 0}, "seconds is 0: give a time that is longer than 0"),
        ({"restarts": -1}, "restarts is -1: give 0 or more"),
        ({"restarts": 1.5}, "restarts is 1.5: give a whole number"),
    ],
)
def test_limits_that_are_none_are_refused(limits, words):
    with pytest.raises((TypeError, ValueError), match=re.escape(words)):
        run_workers(list, **limits)


# --- The chapter's commands, on two hosts and under Slurm -----------------------------------------


def commands_for(framework: str) -> tuple[str, str, str]:
    """Return the chapter's commands: for one machine, for two, for Slurm."""
    cells = [cell.source for cell in read_chapter(CHAPTER).cells if cell.cell_type == "markdown"]
    (text,) = {
        "\n".join(blocks)
        for source in cells
        if len(blocks := re.findall(r"```sh\n(.*?)```", source, re.S)) == 3
        and f"book.workers {framework}" in source
    }
    one, two, slurm = (
        part.strip() for part in re.split(r"\n(?=torchrun --nn|export TF|#!)", text, maxsplit=2)
    )
    return one, two, slurm


def tensor(framework: str, ids: np.ndarray) -> object:
    """Return token ids where a framework computes."""
    if framework == "tensorflow":
        return tf.constant(ids)
    return torch.from_numpy(ids).to(book.pytorch.device)


def alone_until(framework: str, steps: int) -> np.ndarray:
    """Return the losses of a training in this process."""
    package = PACKAGES[framework]
    training, (stream, *arrays) = package.make_training(steps), digit_stream()
    losses = []
    for _ in range(steps):
        rows = stream.draw()
        batch = [tensor(framework, array[rows]) for array in arrays]
        losses.append(float(package.worker_step(training, *batch)))
    return np.array(losses)


def here(command: str, folder: Path, port: str) -> str:
    """Return a command of the chapter for a test: few steps, two hosts that are this machine."""
    for old, new in {
        "checkpoints --steps 150": f"{folder} --steps 4",
        "--nproc-per-node=8": "--nproc-per-node=1",
        "29500": port,
        # TensorFlow listens at all addresses of a machine: here the second host needs its own port.
        f"second:{port}": f"127.0.0.2:{int(port) + 1}",
        "first": "127.0.0.1",
    }.items():
        command = command.replace(old, new)
    return command


def run_commands(commands: list[str], tmp_path: Path) -> None:
    """Run commands at the same time, and wait for all."""
    path = f"{tmp_path / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "GLOO_SOCKET_IFNAME": "lo", "PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(
            ["bash", "-c", command],
            cwd=tmp_path,
            env={**environment, "CUDA_VISIBLE_DEVICES": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        for command in commands
    ]
    try:
        for process in running:
            output, _ = process.communicate(timeout=120)
            assert process.returncode == 0, output.decode()[-3000:]
    finally:
        for process in running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def losses_of(folder: Path) -> np.ndarray:
    progress = (latest_checkpoint(folder) / "progress.json").read_text("utf-8")
    return np.array(json.loads(progress)["losses"])


@FRAMEWORK
@pytest.mark.parametrize("place", ["one machine", "two hosts", "Slurm"])
def test_the_commands_of_the_chapter_learn_what_one_process_learns(framework, place, tmp_path):
    folder, port = tmp_path / "checkpoints", free_addresses(1)[0].split(":")[1]
    one, two, slurm = (here(each, folder, port) for each in commands_for(framework))
    (tmp_path / "bin").mkdir()
    fakes = {
        "scontrol": "printf '127.0.0.1\\n127.0.0.2\\n'",
        "srun": f"export WORKERS=${{WORKERS/127.0.0.2:{port}/127.0.0.2:{int(port) + 1}}}\n"
        'for i in 0 1; do SLURM_PROCID=$i "$@" & done; wait -n && wait -n',
    }
    for name, body in fakes.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/bash\n{body}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    second = two.replace('"index": 0', '"index": 1').replace("node-rank=0", "node-rank=1")
    commands = {
        "one machine": [one],
        "two hosts": [two, second],
        "Slurm": [f"export SLURM_NNODES=2 SLURM_JOB_NODELIST='host[1-2]'\n{slurm}"],
    }
    assert second != two
    run_commands(commands[place], tmp_path)
    np.testing.assert_allclose(losses_of(folder), alone_until(framework, 4), atol=1e-5)


@FRAMEWORK
def test_the_step_of_a_worker_has_the_loss_of_the_whole_batch_and_its_gradient(framework, tmp_path):
    """With SGD a gradient that is half as large moves half as far; with Adam nothing would show."""
    code = WEIGHING[framework].format(folder=str(tmp_path))
    package, moved = PACKAGES[framework], []
    for workers in (1, 2):
        programs = package.worker_programs(workers, tmp_path)
        run_workers(lambda programs=programs: [weighing(each, code) for each in programs])
        moved.append(np.load(tmp_path / f"{workers}.npy"))
    assert np.abs(moved[0]).max() > 1e-3
    np.testing.assert_allclose(moved[1], moved[0], atol=1e-6)


# One step of SGD on uneven shares, in a worker; the first one stores how far the weights moved.
STEP = """
from pathlib import Path
import numpy as np
stream, source, target = digit_stream()
rank, workers = workers_here()
rows = share_of(np.argsort((target != 0).sum(axis=1))[[0, 1, 2, -1, -2]], rank, workers)
"""
WEIGHING = {
    "tensorflow": """
import keras, tensorflow as tf
from book.tensorflow.distributed import *
from book.streams import digit_stream, share_of
strategy = worker_strategy()
with strategy.scope():
    training = make_training(1)
    training = training._replace(optimizer=keras.optimizers.SGD(0.1))
    training.optimizer.build(training.model.trainable_variables)
"""
    + STEP
    + """
before = flat_weights(training)
strategy.run(worker_step, args=(training, tf.constant(source[rows]), tf.constant(target[rows])))
if rank == 0:
    np.save(Path("{folder}") / f"{{workers}}.npy", flat_weights(training) - before)
""",
    "pytorch": """
import torch
from book.pytorch.distributed import *
from book.streams import digit_stream, share_of
join_workers()
training = make_training(1)
"""
    + STEP
    + """
before = flat_weights(training)
optimizer = torch.optim.SGD(training.model.parameters(), lr=0.1)
together = training._replace(optimizer=optimizer)
if workers > 1:
    together = together._replace(model=DistributedDataParallel(training.model))
worker_step(together, *[torch.from_numpy(array[rows]).to(device) for array in (source, target)])
if rank == 0:
    np.save(Path("{folder}") / f"{{workers}}.npy", flat_weights(training) - before)
""",
}


# A worker that notes how many sentences its timed steps read.
COUNTING = """
from pathlib import Path
from book.{framework} import distributed
distributed.train_worker(Path("{folder}"), 1)
counted, loss_sum = set(), distributed.loss_sum
def counting(logits, target):
    counted.add((int(logits.shape[0]), int(target.shape[0])))
    return loss_sum(logits, target)
distributed.loss_sum = counting
assert distributed.step_seconds() > 0
rank, workers = distributed.workers_here()
Path("{folder}", f"{{workers}} workers, rank {{rank}}").write_text(repr(counted))
"""


@FRAMEWORK
@pytest.mark.parametrize("workers", [1, 2])
def test_the_steps_that_are_timed_share_out_a_batch_of_64(framework, workers, tmp_path):
    code = COUNTING.format(framework=framework, folder=tmp_path)
    programs = PACKAGES[framework].worker_programs(workers, tmp_path)
    run_workers(lambda: [weighing(each, code) for each in programs])
    for rank in range(workers):
        counted = (tmp_path / f"{workers} workers, rank {rank}").read_text()
        assert counted == repr({(64 // workers, 64 // workers)})


def test_the_first_call_is_not_timed():
    waits = iter([0.3, 0, 0, 0])
    assert median_seconds(lambda: time.sleep(next(waits)) or 1.0, times=3) < 0.1
    assert next(waits, None) is None
    with pytest.raises(ValueError, match="times is 0"):
        median_seconds(lambda: 1.0, times=0)


def weighing(program: Program, code: str) -> Program:
    """Return a worker's program that runs other code."""
    end = program.arguments.index("book.workers") - 1  # before -m
    script = Path(tempfile.mkdtemp()) / "weighing.py"
    script.write_text(code)
    environment = {**program.environment, "PYTHONPATH": str(ROOT)}
    return Program([*program.arguments[:end], str(script)], environment)


# --- Streams, checkpoints, rings ------------------------------------------------------------------


def test_a_stream_draws_what_batch_order_orders():
    stream = BatchStream(20, 6, seed=3)
    drawn = [stream.draw().tolist() for _ in range(9)]
    assert drawn == batch_order(20, 6, 9, seed=3).tolist()


@pytest.mark.parametrize("drawn", range(8))
def test_a_stream_goes_on_where_another_stood(drawn):
    first, second = BatchStream(20, 6), BatchStream(20, 6)
    for _ in range(drawn):
        first.draw()
    second.take_up(json.loads(json.dumps(first.state())))
    assert [first.draw().tolist() for _ in range(7)] == [second.draw().tolist() for _ in range(7)]


@pytest.mark.parametrize("workers", [1, 2, 3, 5])
def test_shares_are_the_whole_batch_each_row_once(workers):
    batch = np.random.default_rng(0).permutation(17)
    shares = [share_of(batch, rank, workers) for rank in range(workers)]
    assert sorted(np.concatenate(shares)) == list(range(17))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize(
    ("rank", "workers", "words"),
    [
        (2, 2, "rank is 2: the 2 workers have ranks from 0 on"),
        (-1, 2, "rank is -1"),
        (0, 0, "workers is 0: at least 1 is needed"),
        (0, 5, "a batch of 4 rows leaves some of 5 workers without"),
        (0.5, 2, "rank is 0.5: give a whole number"),
    ],
)
def test_a_share_that_is_none_is_refused(rank, workers, words):
    with pytest.raises((TypeError, ValueError), match=re.escape(words)):
        share_of(np.arange(4), rank, workers)


def test_a_checkpoint_is_there_whole_or_not_at_all(tmp_path):
    stream = BatchStream(20, 6)
    assert latest_checkpoint(tmp_path) is None
    with new_checkpoint(tmp_path, [2.5], stream, steps=4) as folder:
        (folder / "weights").write_text("1")
        assert latest_checkpoint(tmp_path) is None
    unfinished = new_checkpoint(tmp_path, [2.5, 2.0], stream, steps=4)
    (unfinished.__enter__() / "weights").write_text("2")
    with pytest.raises(KeyboardInterrupt):  # while it is written
        unfinished.gen.throw(KeyboardInterrupt)
    assert latest_checkpoint(tmp_path) == checkpoint_at(tmp_path, 1)
    with new_checkpoint(tmp_path, [2.5, 2.0], stream, steps=4) as folder:
        assert list(folder.iterdir()) == []  # nothing of the one that was broken off
    assert latest_checkpoint(tmp_path) == checkpoint_at(tmp_path, 2)
    assert take_up(checkpoint_at(tmp_path, 2), stream, steps=4) == [2.5, 2.0]


@pytest.mark.parametrize("content", [None, "", "{", "[1, 2", "[1, 2]", "{}"])
def test_what_is_no_whole_checkpoint_is_refused(tmp_path, content):
    folder = checkpoint_at(tmp_path, 5)
    folder.mkdir()
    if content is not None:
        (folder / "progress.json").write_text(content)
    with pytest.raises(ValueError, match=r"^step-000005 is no whole checkpoint: remove it"):
        take_up(folder, BatchStream(20, 6), steps=20)


@FRAMEWORK
def test_a_training_is_taken_up_with_its_own_number_of_steps_only(framework, tmp_path):
    """With another number the rate would fall along another line, and nobody would know."""
    command = [sys.executable, "-m", "book.workers", framework, str(tmp_path), "--steps"]

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
        return subprocess.run(
            [*command, *options], cwd=ROOT, env=environment, capture_output=True, text=True
        )

    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    assert run("20", "--killed-after", "13").returncode == -signal.SIGKILL
    before = files()
    for steps in ("40", "12"):
        refused = run(steps)
        assert refused.returncode == 1
        assert refused.stderr.splitlines()[-1] == (
            f"ValueError: step-000010 belongs to a training of 20 steps, not {steps}: "
            "give --steps 20, or an empty folder"
        )
        assert files() == before
    done = run("20")
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(losses_of(tmp_path), alone_until(framework, 20), atol=1e-5)


@FRAMEWORK
def test_a_training_is_put_back_with_its_optimizer_and_its_rate(framework, tmp_path):
    package = PACKAGES[framework]
    training, (stream, *arrays) = package.make_training(6), digit_stream()
    rows = [stream.draw() for _ in range(4)]
    batches = [[tensor(framework, array[row]) for array in arrays] for row in rows]
    for batch in batches[:2]:
        package.worker_step(training, *batch)
    package.save_training(training, tmp_path)
    expected = [float(package.worker_step(training, *batch)) for batch in batches[2:]]
    other = package.make_training(6, seed=1)
    package.load_training(other, tmp_path)
    assert [float(package.worker_step(other, *batch)) for batch in batches[2:]] == expected
    assert np.array_equal(package.flat_weights(other), package.flat_weights(training))


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("numbers", [1, 4, 10])
def test_a_ring_gives_everybody_the_sum(workers, numbers):
    vectors = np.random.default_rng(0).integers(100, size=(workers, numbers))
    before = vectors.copy()
    sums, sent = ring_all_reduce(vectors)
    assert np.array_equal(sums, np.tile(vectors.sum(axis=0), (workers, 1)))
    assert sent.sum() == 2 * (workers - 1) * numbers
    assert sent.max() <= 2 * (workers - 1) * -(-numbers // workers)
    assert np.array_equal(vectors, before)


def test_a_cluster_is_as_fast_as_its_formula_says():
    cluster = Cluster(whole=0.8, fixed=0.2, size=1000, latency=0.01, bandwidth=10_000)
    assert cluster.ring_seconds(1) == 0
    assert cluster.ring_seconds(4) == pytest.approx(6 * (0.01 + 250 / 10_000))
    assert cluster.step_seconds(4) == pytest.approx(0.2 + 0.2 + 0.21)
    assert cluster.speedup(4) == pytest.approx(1 / 0.61)
    with pytest.raises(ValueError, match="workers is 0"):
        cluster.ring_seconds(0)
