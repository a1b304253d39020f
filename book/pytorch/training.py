"""Batches, loss and training loop of chapters 01 and 06, in PyTorch."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from tqdm import tqdm

from book.data import PAD, batch_order, check_ids, check_tokens
from book.pytorch.runtime import device


# Taught in chapters/01-dataset.ipynb; ci/sync copies it (9cdaf621).
def make_batches(
    source: np.ndarray, target: np.ndarray, batch_size: int, steps: int, seed: int = 0
) -> DataLoader:
    """Return a loader of `steps` batches of (source, target), in the order of `batch_order`.

    These are (batch, source) and (batch, target), int64. Raises TypeError and ValueError for
    what `check_tokens` and `batch_order` refuse.
    """
    check_tokens(source=source, target=target)
    dataset = TensorDataset(torch.from_numpy(source), torch.from_numpy(target))
    order = batch_order(len(source), batch_size, steps, seed)
    return DataLoader(dataset, batch_sampler=order.tolist())


# Taught in chapters/06-training.ipynb; ci/sync copies it (24e290ea).
def masked_loss(
    logits: torch.Tensor,  # (batch, target, vocabulary)
    target: torch.Tensor,  # (batch, target)
) -> torch.Tensor:
    """Return the cross-entropy in nats, averaged over the tokens that are not padding.

    Raises what `check_ids` raises for `target`.
    """
    target = check_ids(target, logits.shape[2], "target")
    losses = nn.functional.cross_entropy(
        logits.transpose(1, 2), target, reduction="none"
    )  # (batch, target)
    mask = target != PAD  # (batch, target)
    return (losses * mask).sum() / mask.sum()


# Taught in chapters/06-training.ipynb; ci/sync copies it (3d094d9c).
def train_step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    source: torch.Tensor,  # (batch, source)
    target: torch.Tensor,  # (batch, target)
) -> torch.Tensor:
    """Change the parameters of `model` once. Returns the loss in nats before the change.

    Raises what `model` raises.
    """
    optimizer.zero_grad()
    loss = masked_loss(model(source, target), target)
    loss.backward()
    optimizer.step()
    return loss.detach()


# Taught in chapters/06-training.ipynb; ci/sync copies it (b574b166).
def train(
    model: nn.Module,
    batches: torch.utils.data.DataLoader,
    learning_rate: float = 5e-3,
    progress: bool = True,
) -> list[float]:
    """Take one step of Adam for each batch, in ever smaller steps. Returns the losses in nats."""
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=len(batches))
    losses = []
    for source, target in tqdm(batches, disable=not progress):
        losses.append(train_step(model, optimizer, source.to(device), target.to(device)))
        schedule.step()
    return torch.stack(losses).tolist()
