"""The Transformer of chapter 10, in PyTorch (Vaswani et al., 2017)."""

import math
from collections.abc import Iterable, Sequence

import torch
from torch import nn

from book.data import PAD, Vocabularies, check_ids
from book.positions import LONGEST, check_reach, sinusoids
from book.pytorch.multihead import Kept, MultiHeadAttention, linear
from book.transformers import TransformerSettings


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (151812d7).
class FeedForward(nn.Module):
    """Two layers, at each place by itself (3.3)."""

    def __init__(self, hidden_size: int, inner_size: int):
        super().__init__()
        self.inner = linear(hidden_size, inner_size)
        self.outer = linear(inner_size, hidden_size)

    def forward(
        self,
        states: torch.Tensor,  # (batch, length, hidden)
    ) -> torch.Tensor:
        """Return (batch, length, hidden)."""
        found: torch.Tensor = self.outer(self.inner(states).relu())
        return found


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (c22674c6).
class Residual(nn.Module):
    """What stands around a part: its input is added to its output, one of the two is normalised.

    "pre" normalises what a part is given (Xiong et al., 2020), "post" the sum (3.1);
    "none" adds nothing.
    """

    def __init__(self, hidden_size: int, order: str = "pre"):
        super().__init__()
        self.norm = nn.LayerNorm(hidden_size)
        self.order = order

    def before(
        self,
        states: torch.Tensor,  # (batch, length, hidden)
    ) -> torch.Tensor:
        """Return what the part is given: (batch, length, hidden)."""
        return states if self.order == "post" else self.norm(states)

    def after(
        self,
        states: torch.Tensor,  # (batch, length, hidden)
        found: torch.Tensor,  # (batch, length, hidden), what the part gave
    ) -> torch.Tensor:
        """Return what the next part is given: (batch, length, hidden)."""
        if self.order == "none":
            return found
        return self.norm(states + found) if self.order == "post" else states + found


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (d0148a1a).
class EncoderLayer(nn.Module):
    """The source looks at itself; then each place computes by itself (3.1)."""

    def __init__(self, settings: TransformerSettings):
        super().__init__()
        hidden_size = settings.hidden_size
        is_rotary = settings.positions == "rotary"
        self.attention = MultiHeadAttention(
            hidden_size, settings.heads, settings.is_scaled, is_rotary
        )
        self.feed_forward = FeedForward(hidden_size, settings.inner_size)
        self.around_attention = Residual(hidden_size, settings.order)
        self.around_feed_forward = Residual(hidden_size, settings.order)

    def forward(
        self,
        states: torch.Tensor,  # (batch, source, hidden)
        mask: torch.Tensor,  # (batch, 1, 1, source)
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return states (batch, source, hidden) and weights (batch, heads, source, source)."""
        given = self.around_attention.before(states)
        found, weights = self.attention(given, self.attention.project(given), mask)
        states = self.around_attention.after(states, found)
        found = self.feed_forward(self.around_feed_forward.before(states))
        return self.around_feed_forward.after(states, found), weights


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (5b12beb6).
class DecoderLayer(nn.Module):
    """The target looks at itself, as far as it is written, and at the source (3.1)."""

    def __init__(self, settings: TransformerSettings):
        super().__init__()
        hidden_size = settings.hidden_size
        is_rotary = settings.positions == "rotary"
        self.attention = MultiHeadAttention(
            hidden_size, settings.heads, settings.is_scaled, is_rotary
        )
        self.cross = MultiHeadAttention(hidden_size, settings.heads, settings.is_scaled)
        self.feed_forward = FeedForward(hidden_size, settings.inner_size)
        self.around_attention = Residual(hidden_size, settings.order)
        self.around_cross = Residual(hidden_size, settings.order)
        self.around_feed_forward = Residual(hidden_size, settings.order)

    def forward(
        self,
        states: torch.Tensor,  # (batch, target, hidden)
        mask: torch.Tensor,  # (1, 1, target, target or more)
        source: Kept,
        source_mask: torch.Tensor,  # (batch, 1, 1, source)
        past: Kept | None = None,  # of the places before, where these are not among the states
    ) -> tuple[torch.Tensor, Kept, torch.Tensor]:
        """Return states, keys and values up to here, and weights (batch, heads, target, source)."""
        first = past[0].shape[2] if past else 0
        given = self.around_attention.before(states)
        kept = self.attention.project(given, first)
        if past:
            kept = torch.cat([past[0], kept[0]], dim=2), torch.cat([past[1], kept[1]], dim=2)
        found, _ = self.attention(given, kept, mask, first=first)
        states = self.around_attention.after(states, found)
        asking = self.around_cross.before(states)
        found, weights = self.cross(asking, source, source_mask)
        states = self.around_cross.after(states, found)
        found = self.feed_forward(self.around_feed_forward.before(states))
        return self.around_feed_forward.after(states, found), kept, weights


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (367667a2).
class Positions(nn.Module):
    """Tokens as vectors, with their places added to them (3.4 and 3.5)."""

    def __init__(self, vocabulary_size: int, settings: TransformerSettings):
        super().__init__()
        hidden_size = settings.hidden_size
        self.embedding = nn.Embedding(vocabulary_size, hidden_size)
        nn.init.normal_(self.embedding.weight, std=hidden_size**-0.5)
        self.scale = math.sqrt(hidden_size)
        table = torch.zeros(LONGEST, hidden_size)
        if settings.positions == "sinusoids":
            table = torch.from_numpy(sinusoids(LONGEST, hidden_size))
        if settings.positions == "learned":
            table.normal_(std=1.0)
        self.table = nn.Parameter(table, requires_grad=settings.positions == "learned")

    def forward(
        self,
        tokens: torch.Tensor,  # (batch, length)
        first: int = 0,
    ) -> torch.Tensor:
        """Return (batch, length, hidden); the first place is `first`."""
        places = self.table[first : first + tokens.shape[1]]  # (length, hidden)
        states: torch.Tensor = self.scale * self.embedding(tokens) + places
        return states


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (bd34a625).
def causal_mask(length: int, device: torch.device | None = None) -> torch.Tensor:
    """Return (1, 1, length, length), True where a place may look: at itself and before it."""
    return torch.ones(1, 1, length, length, dtype=torch.bool, device=device).tril()


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (10245c4a).
class TransformerEncoder(nn.Module):
    """Layers in which the source looks at itself (3.1)."""

    layers: Iterable[EncoderLayer]

    def __init__(self, vocabulary_size: int, settings: TransformerSettings):
        super().__init__()
        self.positions = Positions(vocabulary_size, settings)
        layers = [EncoderLayer(settings) for _ in range(settings.layers)]
        self.layers = nn.ModuleList(layers)  # type: ignore[assignment]
        # What "post" gives is normalised already.
        self.norm = (
            nn.Identity() if settings.order == "post" else nn.LayerNorm(settings.hidden_size)
        )

    def forward(
        self,
        source: torch.Tensor,  # (batch, source)
        mask: torch.Tensor,  # (batch, 1, 1, source)
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Return states (batch, source, hidden), and each layer's weights."""
        states, looked = self.positions(source), []
        for layer in self.layers:
            states, weights = layer(states, mask)
            looked.append(weights)
        return self.norm(states), looked


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (53f4041b).
class TransformerDecoder(nn.Module):
    """Layers in which the target looks at itself and at the source (3.1), and a projection."""

    layers: Iterable[DecoderLayer]

    def __init__(self, vocabulary_size: int, settings: TransformerSettings):
        super().__init__()
        self.positions = Positions(vocabulary_size, settings)
        layers = [DecoderLayer(settings) for _ in range(settings.layers)]
        self.layers = nn.ModuleList(layers)  # type: ignore[assignment]
        # What "post" gives is normalised already.
        self.norm = (
            nn.Identity() if settings.order == "post" else nn.LayerNorm(settings.hidden_size)
        )
        self.projection = linear(settings.hidden_size, vocabulary_size)

    def project(
        self,
        states: torch.Tensor,  # (batch, source, hidden)
    ) -> list[Kept]:
        """Return the source's keys and values for each layer."""
        return [layer.cross.project(states) for layer in self.layers]

    def forward(
        self,
        tokens: torch.Tensor,  # (batch, target), what is given: SOS first
        mask: torch.Tensor,  # (1, 1, target, target or more)
        source: Sequence[Kept],
        source_mask: torch.Tensor,  # (batch, 1, 1, source)
        past: Sequence[Kept] = (),
    ) -> tuple[torch.Tensor, list[Kept], list[torch.Tensor]]:
        """Return logits (batch, target, vocabulary), what is kept, and each layer's weights."""
        states = self.positions(tokens, first=past[0][0].shape[2] if past else 0)
        kept, looked = [], []
        for layer, seen, before in zip(
            self.layers, source, past or (None,) * len(source), strict=True
        ):
            states, now, weights = layer(states, mask, seen, source_mask, before)
            kept.append(now)
            looked.append(weights)
        return self.projection(self.norm(states)), kept, looked


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (9c97a30d).
class Transformer(nn.Module):
    """A translator without recurrence, of any two vocabularies (Vaswani et al., 2017)."""

    def __init__(
        self,
        vocabularies: Vocabularies,
        settings: TransformerSettings = TransformerSettings(),  # noqa: B008  nothing can change it
    ):
        super().__init__()
        self.vocabularies = vocabularies
        self.encoder = TransformerEncoder(len(vocabularies.source), settings)
        self.decoder = TransformerDecoder(len(vocabularies.target), settings)

    def look(
        self,
        source: torch.Tensor,  # (batch, source)
        target: torch.Tensor,  # (batch, target)
    ) -> tuple[torch.Tensor, list[torch.Tensor], list[torch.Tensor]]:
        """Return logits (batch, target, vocabulary), and where each layer looks in the source.

        That is the encoder's weights and those of the decoder's cross-attention. Each place is
        given the true tokens before it. Raises what `check_ids` and `check_reach` raise for either.
        """
        source = check_ids(source, len(self.vocabularies.source))
        target = check_ids(target, len(self.vocabularies.target), "target")
        check_reach(source.shape[1], target.shape[1])
        start = torch.full_like(target[:, :1], self.vocabularies.target.ids["SOS"])
        given = torch.cat([start, target[:, :-1]], dim=1)  # (batch, target)
        source_mask = (source != PAD)[:, None, None]  # (batch, 1, 1, source)
        states, looked = self.encoder(source, source_mask)
        mask = causal_mask(target.shape[1], target.device)
        logits, _, crossed = self.decoder(given, mask, self.decoder.project(states), source_mask)
        return logits, looked, crossed

    def forward(
        self,
        source: torch.Tensor,  # (batch, source)
        target: torch.Tensor,  # (batch, target)
    ) -> torch.Tensor:
        """Return logits (batch, target, vocabulary). Raises what `look` raises."""
        return self.look(source, target)[0]
