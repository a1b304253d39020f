"""The short training of chapter 06, and how many sentences it still gets wrong, in PyTorch."""

import numpy as np
import torch
from torch import nn

from book.data import PAD, check_seed, load_digits, vocabulary
from book.pytorch.decoder import Translator
from book.pytorch.runtime import device
from book.pytorch.training import make_batches, train, train_step
from book.pytorch.translation import exact_match
from book.schedules import QUICK, draw_order, learning_rates


# Taught in chapters/06-training.ipynb; ci/sync copies it (df953a31).
def train_quickly(
    model: nn.Module,
    source: np.ndarray,
    target: np.ndarray,
    order: np.ndarray,
    rates: np.ndarray,
) -> list[float]:
    """Take one step of Adam for each row of `order`, at its rate. Returns the losses in nats.

    Reads (batch, source) and (batch, target), in the order (steps, batch), at the rates (steps,).
    """
    optimizer = torch.optim.Adam(model.parameters(), betas=(0.8, 0.99), fused=True)
    place = next(model.parameters()).device
    source, target = torch.from_numpy(source).to(place), torch.from_numpy(target).to(place)
    losses = []
    for rows, rate in zip(torch.from_numpy(order).to(place), rates, strict=True):
        optimizer.param_groups[0]["lr"] = float(rate)
        losses.append(train_step(model, optimizer, source[rows], target[rows]))
    return torch.stack(losses).tolist()


def wrong_sentences(without: str = "", steps: int = QUICK.steps, seed: int = 0) -> list[float]:
    """Train one translator; return how many of the 781 test sentences it gets wrong.

    It is trained by `train_quickly` or, `without` "all" of its changes, by `train`. Raises
    ValueError for another part.
    """
    if without not in ("", "all"):
        raise ValueError(f"without is {without!r}: choose all, or leave it empty")
    data = load_digits()
    source, target = data.train_source, data.train_target
    torch.manual_seed(check_seed(seed))
    model = Translator(len(vocabulary)).to(device)
    if without:
        train(model, make_batches(source, target, 64, steps, seed), progress=False)
    else:
        lengths = (source != PAD).sum(axis=1)
        order = draw_order(lengths, QUICK.batch_size, steps, seed)
        train_quickly(model, source, target, order, learning_rates(QUICK._replace(steps=steps)))
    share = exact_match(model, data.test_source, data.test_target)
    return [float(round((1 - share) * len(data.test_source)))]
