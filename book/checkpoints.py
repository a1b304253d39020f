"""Folders that hold all of a training, to take it up again. Needs no framework."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from book.streams import BatchStream

SAVE_EVERY = 5  # steps


# Taught in chapters/11-beyond-one-machine.ipynb; ci/sync copies it (b1156b11).
@contextmanager
def new_checkpoint(
    folder: Path, losses: Sequence[float], stream: BatchStream, steps: int
) -> Iterator[Path]:
    """Give an empty folder to save into; it becomes a checkpoint when all is in it.

    The losses so far, in nats, the place in the data and the number of all steps are written
    beside. Whoever looks while it is written, or after a crash, finds the checkpoint before.
    """
    unfinished = folder / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    yield unfinished
    progress = {"losses": list(losses), "stream": stream.state(), "steps": steps}
    (unfinished / "progress.json").write_text(json.dumps(progress), encoding="utf-8")
    os.replace(unfinished, checkpoint_at(folder, len(losses)))  # at once, or not at all


def checkpoint_at(folder: Path, step: int) -> Path:
    """Return the folder of the checkpoint that is saved after this step."""
    return folder / f"step-{step:06}"


def latest_checkpoint(folder: Path) -> Path | None:
    """Return the folder of the latest checkpoint; None where there is none yet."""
    return max(folder.glob("step-*"), default=None)


def take_up(checkpoint: Path, stream: BatchStream, steps: int) -> list[float]:
    """Bring the stream to where it stood. Returns the losses until then, in nats.

    Raises ValueError for a folder that holds no whole checkpoint, or one of a training that does
    not have so many steps: its rate falls to 0 at another step.
    """
    try:
        progress = json.loads((checkpoint / "progress.json").read_text(encoding="utf-8"))
        then = progress["steps"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ValueError(
            f"{checkpoint.name} is no whole checkpoint: remove it, and the one before is taken"
        ) from error
    if then != steps:
        raise ValueError(
            f"{checkpoint.name} belongs to a training of {then} steps, not {steps}: "
            f"give --steps {then}, or an empty folder"
        )
    stream.take_up(progress["stream"])
    losses: list[float] = progress["losses"]
    return losses
