"""What the Transformer of chapter 10 writes, and how well, in PyTorch."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType

import torch

from book.data import PAD, check_ids, check_seed, check_size, writable_tokens
from book.mistakes import match_by_digits
from book.numerals import number_task, number_texts, round_numbers, split_numbers
from book.positions import check_reach
from book.pytorch.multihead import Kept, MultiHeadAttention
from book.pytorch.numbers import TrainingRun, train_best
from book.pytorch.runtime import device
from book.pytorch.transformer import Transformer, causal_mask
from book.reversal import longer_texts, reversal_task
from book.tokens import Texts, TextTask, encode_texts, text_match
from book.transformers import SMALL, changed_transformer


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (cdef4dea).
@torch.no_grad()
def decode_greedily(
    model: Transformer,
    source: torch.Tensor,  # (batch, source)
    steps: int = 40,
    is_cached: bool = True,
) -> torch.Tensor:
    """Return tokens (batch, target), PAD behind EOS; with or without a cache of keys and values.

    It stops when every text has its EOS, after `steps` tokens at the latest. Raises what
    `check_ids`, `check_size` and `check_reach` raise.
    """
    source = check_ids(source, len(model.vocabularies.source))
    ids, steps = model.vocabularies.target.ids, check_size(steps, "steps")
    check_reach(source.shape[1], steps)
    writable = torch.from_numpy(writable_tokens(model.vocabularies.target)).to(source.device)
    source_mask = (source != PAD)[:, None, None]  # (batch, 1, 1, source)
    seen = model.decoder.project(model.encoder(source, source_mask)[0])
    given = torch.full_like(source[:, :1], ids["SOS"])  # (batch, written + 1)
    past: Sequence[Kept] = ()
    finished = torch.zeros_like(given[:, 0], dtype=torch.bool)  # (batch,)
    while given.shape[1] <= steps and not finished.all():
        if is_cached:  # only the last token is new
            mask = torch.ones(1, 1, 1, given.shape[1], dtype=torch.bool, device=given.device)
            logits, past, _ = model.decoder(given[:, -1:], mask, seen, source_mask, past)
        else:
            mask = causal_mask(given.shape[1], given.device)
            logits, _, _ = model.decoder(given, mask, seen, source_mask)
        best = torch.where(writable, logits[:, -1], -torch.inf).argmax(dim=1)
        token = torch.where(finished, PAD, best)
        finished = finished | (token == ids["EOS"])
        given = torch.cat([given, token[:, None]], dim=1)
    return given[:, 1:]


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (d8bb6495).
def transformer_texts(model: Transformer, texts: Sequence[str], steps: int = 40) -> list[str]:
    """Return the translations of `texts` that greedy decoding writes.

    Raises what `encode_texts` and `decode_greedily` raise.
    """
    source = torch.from_numpy(encode_texts(texts, model.vocabularies.source)).to(device)
    model.eval()
    return [
        model.vocabularies.target.decode(row)
        for row in decode_greedily(model, source, steps).tolist()
    ]


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (6e632696).
def trained_transformer(
    task: TextTask,
    seed: int = 0,
    changes: Mapping[str, float | str] = MappingProxyType({}),
) -> tuple[Transformer, TrainingRun]:
    """Return a Transformer and how its training went. Raises what `changed_transformer` raises."""
    settings, training = changed_transformer(changes)
    torch.manual_seed(check_seed(seed))
    model = Transformer(task.vocabularies, settings).to(device)
    return model, train_best(model, task, training, seed)


def transformer_match(to: str, seed: int = 0, **changes: float | str) -> list[float]:
    """Train one Transformer on numbers; return its exact match on several kinds of them.

    First all unseen numbers, then `round_numbers`, then those of 2, 3, ... 8 digits among the
    first. `changes` are those of `changed_transformer`. Raises what that and `number_task` raise.
    """
    task = number_task(to, seed=seed)
    model, _ = trained_transformer(task, seed, changes)
    written = transformer_texts(model, task.test.source)
    rounds = number_texts(round_numbers(), to)
    return [
        text_match(written, task.test.target),
        text_match(transformer_texts(model, rounds.source), rounds.target),
        *match_by_digits(split_numbers(seed=seed).test, written, task.test.target)[1:],
    ]


def reversal_match(seed: int = 0, **changes: float | str) -> list[float]:
    """Train one Transformer to write words backwards; return its exact match, by length.

    First on unseen texts as long as those of training, 4 to 8 words; then on texts of 9, 10 and 12.
    `changes` are those of `changed_transformer`, to a small one. Raises what that raises.
    """
    task = reversal_task(seed=seed)
    model, _ = trained_transformer(task, seed, {**SMALL, **changes})
    kinds = [task.test, *(longer_texts(length, seed=seed) for length in (9, 10, 12))]
    return [text_match(transformer_texts(model, texts.source), texts.target) for texts in kinds]


def head_weights(to: str, number: int, seed: int = 0, **changes: float | str) -> list[float]:
    """Train one Transformer; return where each of its heads looks in one number, all in a row.

    First the weights of the encoder, (layers, heads, source, source), then those with which the
    decoder looks at the source, (layers, heads, target, source). Raises what `number_texts` raises.
    """
    task = number_task(to, seed=seed)
    model, _ = trained_transformer(task, seed, changes)
    texts = number_texts([number], to)
    rows = zip(texts, model.vocabularies, strict=True)
    source, target = (torch.from_numpy(encode_texts(*row)).to(device) for row in rows)
    _, looked, crossed = model.look(source, target)
    return [weight for layer in (*looked, *crossed) for weight in layer.flatten().tolist()]


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (87a3097b).
def attentions_of(model: Transformer) -> list[MultiHeadAttention]:
    """Return all attentions: those of the encoder, of the decoder to itself, and to the source."""
    return [
        *(layer.attention for layer in model.encoder.layers),
        *(layer.attention for layer in model.decoder.layers),
        *(layer.cross for layer in model.decoder.layers),
    ]


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (729177aa).
@contextmanager
@torch.no_grad()
def silenced(attention: MultiHeadAttention, head: int) -> Iterator[None]:
    """Let one head add nothing for a while: W_O takes its numbers with weights of 0."""
    weight = attention.W_O.weight  # (hidden, heads * size)
    kept = weight.clone()
    weight.unflatten(1, (attention.heads, -1))[:, head] = 0
    try:
        yield
    finally:
        weight.copy_(kept)


def silent_match(to: str, seed: int = 0, **changes: float | str) -> list[float]:
    """Train one Transformer; return its exact match, then that with each of its heads silent.

    The heads are those of `attentions_of`, one by one, and the numbers the first 300 of the test.
    """
    task = number_task(to, seed=seed)
    model, _ = trained_transformer(task, seed, changes)
    texts = Texts(task.test.source[:300], task.test.target[:300])
    matches = [text_match(transformer_texts(model, texts.source), texts.target)]
    for attention in attentions_of(model):
        for head in range(attention.heads):
            with silenced(attention, head):
                written = transformer_texts(model, texts.source)
            matches.append(text_match(written, texts.target))
    return matches
