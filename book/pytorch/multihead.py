"""Attention with several heads, of chapter 10, in PyTorch (Vaswani et al., 2017)."""

import math

import numpy as np
import torch
from torch import nn

from book.positions import rotation_angles

Kept = tuple[torch.Tensor, torch.Tensor]  # keys and values, (batch, heads, length, size) each


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (556ce0ea).
def scaled_dot_attention(
    queries: torch.Tensor,  # (batch, heads, target, size)
    keys: torch.Tensor,  # (batch, heads, source, size)
    values: torch.Tensor,  # (batch, heads, source, size)
    mask: torch.Tensor,  # (batch or 1, 1, target or 1, source), True where a query may look
    is_scaled: bool = True,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return contexts (batch, heads, target, size) and weights (batch, heads, target, source).

    Vaswani et al. (2017), equation (1).
    """
    scale = math.sqrt(queries.shape[-1]) if is_scaled else 1.0
    scores = queries @ keys.transpose(2, 3) / scale  # (batch, heads, target, source)
    weights = torch.where(mask, scores, -torch.inf).softmax(dim=3)
    return weights @ values, weights


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (bb0b680e).
def rotated(
    x: torch.Tensor,  # (batch, heads, length, size)
    first: int = 0,
) -> torch.Tensor:
    """Return x with each pair of numbers turned by an angle that grows with the place.

    Su et al. (2021), equation (34). The first place is `first`.
    """
    angles = rotation_angles(first + x.shape[2], x.shape[3])[first:]  # (length, size / 2)
    cos, sin = (
        torch.tensor(turn(angles), dtype=x.dtype, device=x.device) for turn in (np.cos, np.sin)
    )
    even, odd = x[..., ::2], x[..., 1::2]  # (batch, heads, length, size / 2)
    pairs = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1)
    return pairs.flatten(start_dim=3)


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (6b7ab52a).
def linear(inputs: int, outputs: int, bias: bool = True) -> nn.Linear:
    """Return a layer that begins as a Dense layer of Keras does (Glorot and Bengio, 2010)."""
    layer = nn.Linear(inputs, outputs, bias)
    nn.init.xavier_uniform_(layer.weight)
    if bias:
        nn.init.zeros_(layer.bias)
    return layer


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (7f9bc871).
class MultiHeadAttention(nn.Module):
    """Several attentions side by side, each on its part of the numbers (3.2.2)."""

    def __init__(
        self, hidden_size: int, heads: int, is_scaled: bool = True, is_rotary: bool = False
    ):
        super().__init__()
        self.heads, self.is_scaled, self.is_rotary = heads, is_scaled, is_rotary
        self.W_Q = linear(hidden_size, hidden_size, bias=False)
        self.W_K = linear(hidden_size, hidden_size, bias=False)
        self.W_V = linear(hidden_size, hidden_size, bias=False)
        self.W_O = linear(hidden_size, hidden_size, bias=False)

    def split(
        self,
        states: torch.Tensor,  # (batch, length, hidden)
    ) -> torch.Tensor:
        """Return (batch, heads, length, size): each head's part of the numbers."""
        parts: torch.Tensor = states.unflatten(2, (self.heads, -1))  # (batch, length, heads, size)
        return parts.transpose(1, 2)

    def project(
        self,
        states: torch.Tensor,  # (batch, source, hidden)
        first: int = 0,
    ) -> Kept:
        """Return keys and values, (batch, heads, source, size); the first place is `first`."""
        keys = self.split(self.W_K(states))
        return rotated(keys, first) if self.is_rotary else keys, self.split(self.W_V(states))

    def forward(
        self,
        states: torch.Tensor,  # (batch, target, hidden), which ask
        kept: Kept,
        mask: torch.Tensor,  # (batch or 1, 1, target or 1, source)
        first: int = 0,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return (batch, target, hidden) and weights (batch, heads, target, source)."""
        queries = self.split(self.W_Q(states))
        queries = rotated(queries, first) if self.is_rotary else queries
        contexts, weights = scaled_dot_attention(queries, *kept, mask, self.is_scaled)
        return self.W_O(contexts.transpose(1, 2).flatten(start_dim=2)), weights
