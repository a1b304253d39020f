"""Decoding and evaluation of chapter 07, in PyTorch."""

import numpy as np
import torch

from book.data import EOS, PAD, SOS, check_sentence, encode_sentences, vocabulary
from book.pytorch.runtime import device


@torch.no_grad()
def greedy_decode(model, source, steps: int = 6):  # source: (batch, source)
    """Return tokens (batch, target), PAD behind EOS, and weights (batch, target, source)."""
    mask = source != PAD  # (batch, source)
    encoder_states, state = model.encoder(source)
    token = torch.full_like(source[:, 0], SOS)  # (batch,)
    finished = torch.zeros_like(token, dtype=torch.bool)  # (batch,)
    tokens, weights = [], []
    for _ in range(steps):
        logits, state, step_weights = model.decoder(token, state, encoder_states, mask)
        token = torch.where(finished, PAD, logits.argmax(dim=1))
        finished = finished | (token == EOS)
        tokens.append(token)
        weights.append(step_weights)
    return torch.stack(tokens, dim=1), torch.stack(weights, dim=1)


def exact_match(model, source: np.ndarray, target: np.ndarray) -> float:
    """Return the share of sentences whose every token, EOS included, is right."""
    tokens, _ = greedy_decode(model, torch.from_numpy(source).to(device), target.shape[1])
    return float((tokens.cpu().numpy() == target).all(axis=1).mean())


def translate(model, text: str) -> tuple[str, np.ndarray]:
    """Return the translation of one sentence and its weights (target, source).

    Raises ValueError for an empty or over-long sentence and for an unknown word, naming it.
    """
    source = encode_sentences([check_sentence(text)])  # (1, source)
    tokens, weights = greedy_decode(model, torch.from_numpy(source).to(device))
    words = vocabulary.decode(tokens[0].tolist())
    return words, weights[0, : len(words.split()) + 1, : len(text.split()) + 1].cpu().numpy()
