"""Decoding and evaluation of chapter 07, in PyTorch."""

import numpy as np
import torch
from torch import nn

from book.data import (
    DIGIT_LANGUAGE,
    PAD,
    Vocabularies,
    check_ids,
    check_sentence,
    check_size,
    check_tokens,
    encode_sentences,
    pad,
    vocabulary,
    writable_tokens,
)
from book.pytorch.decoder import Translator
from book.pytorch.runtime import device


# Taught in chapters/07-translation.ipynb; ci/sync copies it (f08545b3).
@torch.no_grad()
def greedy_decode(
    model: nn.Module,
    source: torch.Tensor,  # (batch, source)
    steps: int = 6,
    words: Vocabularies = DIGIT_LANGUAGE,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return tokens (batch, target), PAD behind EOS, and weights (batch, target, source).

    It stops when every sentence has its EOS, after `steps` tokens at the latest. Raises what
    `check_ids` raises for `source`, and `check_size` for `steps`.
    """
    source, steps = check_ids(source, len(words.source)), check_size(steps, "steps")
    ids = words.target.ids
    encoder_states, state = model.encoder(source)
    mask = source != PAD  # (batch, source)
    keys = model.decoder.attention.project_keys(encoder_states)
    token = torch.full_like(source[:, 0], ids["SOS"])  # (batch,)
    finished = torch.zeros_like(token, dtype=torch.bool)  # (batch,)
    writable = torch.from_numpy(writable_tokens(words.target)).to(source.device)  # (vocabulary,)
    tokens: list[torch.Tensor] = []
    weights: list[torch.Tensor] = []
    while len(tokens) < steps and not finished.all():
        logits, state, step_weights = model.decoder(token, state, keys, encoder_states, mask)
        best = torch.where(writable, logits, -torch.inf).argmax(dim=1)
        token = torch.where(finished, PAD, best)
        finished = finished | (token == ids["EOS"])
        tokens.append(token)
        weights.append(step_weights)
    return torch.stack(tokens, dim=1), torch.stack(weights, dim=1)


# Taught in chapters/07-translation.ipynb; ci/sync copies it (05d15aac).
def exact_match(model: Translator, source: np.ndarray, target: np.ndarray) -> float:
    """Return the share of sentences whose every token, EOS included, is right: from 0 to 1.

    Reads (batch, source) and (batch, target). Raises TypeError and ValueError for what
    `check_tokens` refuses.
    """
    check_tokens(source=source, target=target)
    tokens, _ = greedy_decode(model, torch.from_numpy(source).to(device), target.shape[1])
    tokens = pad(tokens.tolist(), target.shape[1])
    return float((tokens == target).all(axis=1).mean())


# Taught in chapters/07-translation.ipynb; ci/sync copies it (2fb96064).
def translate(model: Translator, text: str) -> tuple[str, np.ndarray]:
    """Return the translation of one sentence and its weights (target, source).

    These have a row for each token written: for EOS, too, if it was. Raises what `check_sentence`
    raises.
    """
    source = encode_sentences([check_sentence(text)])  # (1, source)
    tokens, weights = greedy_decode(model, torch.from_numpy(source).to(device))
    words = vocabulary.decode(tokens[0].tolist())
    rows, columns = len(words.split()) + 1, len(text.split()) + 1  # with EOS
    return words, weights[0, :rows, :columns].cpu().numpy()


# Taught in chapters/07-translation.ipynb; ci/sync copies it (92e701ec).
@torch.no_grad()
def beam_decode(
    model: nn.Module,
    source: torch.Tensor,  # (1, source)
    beam_size: int,
    steps: int = 6,
    words: Vocabularies = DIGIT_LANGUAGE,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return probable tokens (beam, target), best first, and their log-probabilities (beam,).

    Every step keeps the `beam_size` most probable beginnings (Sutskever et al., 2014, 3.2). That
    finds good translations, not surely the best. Raises ValueError for another number of sentences
    than one, and what `check_size` and `check_ids` raise.
    """
    beam_size, steps = check_size(beam_size, "beam_size"), check_size(steps, "steps")
    source, ids = check_ids(source, len(words.source)), words.target.ids
    if len(source) != 1:
        raise ValueError(f"source has {len(source)} rows: beam search takes one sentence")
    source = source.expand(beam_size, -1)  # (beam, source)
    mask = source != PAD  # (beam, source)
    encoder_states, state = model.encoder(source)
    keys = model.decoder.attention.project_keys(encoder_states)
    tokens = torch.full_like(source[:, :1], ids["SOS"])  # (beam, 1)
    totals = torch.full((beam_size,), -torch.inf, device=source.device)  # (beam,)
    totals[0] = 0.0  # only one counts yet
    writable = torch.from_numpy(writable_tokens(words.target)).to(source.device)  # (vocabulary,)
    stay = torch.full((len(writable),), -torch.inf, device=source.device)  # (vocabulary,)
    stay[PAD] = 0.0
    for _ in range(steps):
        logits, state, _ = model.decoder(tokens[:, -1], state, keys, encoder_states, mask)
        logits = torch.where(writable, logits, -torch.inf)  # never PAD nor SOS
        step = logits.log_softmax(dim=1)  # (beam, vocabulary)
        finished = (tokens == ids["EOS"]).any(dim=1)  # (beam,)
        step = torch.where(finished[:, None], stay, step)  # only PAD after EOS
        table = totals[:, None] + step  # (beam, vocabulary)
        totals, best = table.flatten().topk(beam_size)  # (beam,) each
        beam, token = best // len(writable), best % len(writable)  # (beam,) each
        tokens = torch.cat([tokens[beam], token[:, None]], dim=1)
        state = tuple(part[beam] for part in state)
    return tokens[:, 1:], totals


# Taught in chapters/07-translation.ipynb; ci/sync copies it (46761449).
def beam_search(
    model: Translator, text: str, beam_size: int = 3, length_power: float = 0.0
) -> list[tuple[str, float]]:
    """Return `beam_size` translations of one sentence that beam search finds, best first, scored.

    The score is the log-probability in nats, EOS included, over the number of tokens to the
    power `length_power`. Raises TypeError and ValueError for a sentence that `translate` refuses,
    and what `check_size` raises for `beam_size`.
    """
    source = encode_sentences([check_sentence(text)])  # (1, source)
    tokens, totals = beam_decode(model, torch.from_numpy(source).to(device), beam_size)
    tokens, totals = tokens.cpu().numpy(), totals.cpu().numpy()
    scores = totals / (tokens != PAD).sum(axis=1) ** length_power  # (beam,)
    translations = [vocabulary.decode(row) for row in tokens.tolist()]
    ranked = zip(translations, scores.tolist(), strict=True)
    return sorted(ranked, key=lambda pair: pair[1], reverse=True)
