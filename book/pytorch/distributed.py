"""Training of chapter 11 on several workers, in PyTorch."""

import atexit
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from book.checkpoints import SAVE_EVERY, latest_checkpoint, new_checkpoint, take_up
from book.data import PAD, check_ids, check_size, load_digits, vocabulary
from book.pytorch.decoder import Translator
from book.pytorch.runtime import device
from book.pytorch.training import make_batches, masked_loss, train
from book.streams import digit_stream, share_of
from book.workers import Program, die_once, free_addresses, loopback_name, median_seconds


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (40d44d9c).
class Training(NamedTuple):
    """All that changes while a model learns, apart from its place in the data."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (ae298eb1).
def loss_sum(
    logits: torch.Tensor,  # (batch, target, vocabulary)
    target: torch.Tensor,  # (batch, target)
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the summed cross-entropy of real tokens, in nats, and how many they are: both ().

    Raises what `check_ids` raises for `target`.
    """
    target = check_ids(target, logits.shape[2], "target")
    losses = nn.functional.cross_entropy(
        logits.transpose(1, 2), target, reduction="none"
    )  # (batch, target)
    mask = target != PAD  # (batch, target)
    return (losses * mask).sum(), mask.sum()


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (9aa2e30c).
def workers_here() -> tuple[int, int]:
    """Return the rank of this process and the number of workers; (0, 1) where it works alone."""
    if not distributed.is_initialized():
        return 0, 1
    return distributed.get_rank(), distributed.get_world_size()


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (7b26979e).
def sum_over_workers(value: torch.Tensor) -> torch.Tensor:
    """Return the sum of what all workers give, to each of them: an all-reduce."""
    total = value.detach().clone()
    if distributed.is_initialized():
        distributed.all_reduce(total)
    return total


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (64572844).
def join_workers() -> None:
    """Meet the other workers, where torchrun has started this one; each takes a GPU of its own."""
    if "LOCAL_RANK" not in os.environ:
        return
    if device.type == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    atexit.register(distributed.destroy_process_group)


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (d965b87e).
def worker_step(
    training: Training,
    source: torch.Tensor,  # (batch, source), this worker's share
    target: torch.Tensor,  # (batch, target)
) -> torch.Tensor:
    """Change the parameters once, on this worker's share. Returns the whole batch's loss in nats.

    Every worker has to call it. Raises what the model raises.
    """
    _, workers = workers_here()
    training.optimizer.zero_grad()
    losses, tokens = loss_sum(training.model(source, target), target)
    tokens = sum_over_workers(tokens)  # of the whole batch
    (workers * losses / tokens).backward()  # DDP takes the mean of the workers' gradients
    training.optimizer.step()
    training.schedule.step()
    return sum_over_workers(losses) / tokens


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (3d2d441c).
def make_training(steps: int, seed: int = 0) -> Training:
    """Return a new translator of digits, Adam, and a rate that falls to 0 within the steps."""
    torch.manual_seed(seed)
    model = Translator(len(vocabulary)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, eps=1e-7)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=steps)
    return Training(model, optimizer, schedule)


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (cd33cf17).
def save_training(training: Training, folder: Path) -> None:
    """Write model, optimizer and schedule into a folder."""
    states = {name: part.state_dict() for name, part in training._asdict().items()}
    torch.save(states, folder / "training.pt")


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (29e0a39c).
def load_training(training: Training, folder: Path) -> None:
    """Put back what `save_training` has written."""
    states = torch.load(folder / "training.pt", map_location=device)
    for name, part in training._asdict().items():
        part.load_state_dict(states[name])


@torch.no_grad()
def flat_weights(training: Training) -> np.ndarray:
    """Return all parameters of the model that learn, in one row: (parameter,)."""
    learned = [each for each in training.model.parameters() if each.requires_grad]
    return nn.utils.parameters_to_vector(learned).numpy(force=True)


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (fdb86c86).
def train_worker(folder: Path, steps: int, killed_after: int | None = None) -> list[float]:
    """Be one of the workers that train together. Returns the losses of all steps, in nats.

    Takes up the latest checkpoint of the folder, and saves a new one every few steps and at the
    end. The worker of the last rank kills itself once after step `killed_after`. Raises what
    `take_up` raises.
    """
    check_size(steps, "steps")
    join_workers()
    rank, workers = workers_here()
    training = make_training(steps)
    stream, source, target = digit_stream()
    losses: list[float] = []
    if checkpoint := latest_checkpoint(folder):
        losses = take_up(checkpoint, stream, steps)
        load_training(training, checkpoint)
    together = training
    if workers > 1:
        together = training._replace(model=DistributedDataParallel(training.model))
    while len(losses) < steps:
        rows = share_of(stream.draw(), rank, workers)
        share = [torch.from_numpy(array[rows]).to(device) for array in (source, target)]
        losses.append(worker_step(together, *share).item())
        if rank == 0 and (len(losses) % SAVE_EVERY == 0 or len(losses) == steps):
            with new_checkpoint(folder, losses, stream, steps) as unfinished:
                save_training(training, unfinished)
        if len(losses) == killed_after and rank == workers - 1:
            die_once(folder, len(losses))
    return losses


def all_reduce_seconds(numbers: int) -> float:
    """Return how long a sum of so many float32 numbers over the workers takes: median of nine.

    Every worker that `train_worker` has made one has to call it.
    """
    value = torch.zeros(check_size(numbers, "numbers"), device=device)
    return median_seconds(lambda: sum_over_workers(value)[0])


def step_seconds() -> float:
    """Return how long the workers take for a step with 64 sentences in all: median of nine.

    Every worker that `train_worker` has made one has to call it.
    """
    rank, workers = workers_here()
    training, (_, source, target) = make_training(1000), digit_stream()
    rows = share_of(np.arange(64), rank, workers)
    share = [torch.from_numpy(array[rows]).to(device) for array in (source, target)]
    if workers > 1:
        training = training._replace(model=DistributedDataParallel(training.model))
    return median_seconds(lambda: worker_step(training, *share))


def worker_programs(workers: int, folder: Path, *options: str) -> Sequence[Program]:
    """Return what starts the workers on this machine: one torchrun, which starts them all.

    The options are those of `python -m book.workers`. Raises TypeError or ValueError for a number
    of workers that is none.
    """
    host, port = free_addresses(1)[0].split(":")
    launcher = f"-m torch.distributed.run --nproc-per-node={check_size(workers, 'workers')}"
    place = f"--master-addr={host} --master-port={port}"
    worker = ["-m", "book.workers", "pytorch", str(folder), "--end-with-parent", *options]
    environment = {"GLOO_SOCKET_IFNAME": loopback_name(), "OMP_NUM_THREADS": "1"}
    if torch.cuda.device_count() < workers:
        environment["CUDA_VISIBLE_DEVICES"] = ""  # NCCL refuses two workers on one GPU
    return [Program([*launcher.split(), *place.split(), *worker], environment)]


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (f26a3fa8).
def batch_loss(
    batch_size: int, rate: float, seed: int = 0, steps: int | None = None
) -> list[float]:
    """Train on 12,800 sentences in batches of one size. Returns log10 of the validation loss."""
    data = load_digits()
    torch.manual_seed(seed)
    model = Translator(len(vocabulary)).to(device)
    steps = steps or 12_800 // batch_size
    train(
        model,
        make_batches(data.train_source, data.train_target, batch_size, steps, seed),
        rate,
        False,
    )
    source = torch.from_numpy(data.validation_source).to(device)
    target = torch.from_numpy(data.validation_target).to(device)
    with torch.no_grad():
        return [masked_loss(model(source, target), target).log10().item()]
