"""The attention of chapter 04, in PyTorch."""

import torch
from torch import nn

from book.data import plain_sizes
from book.pytorch.initialisation import initialised


# Taught in chapters/04-attention.ipynb; ci/sync copies it (99e38750).
class AdditiveAttention(nn.Module):
    """Additive attention (Bahdanau et al., 2015): equations (1), (2) and (3) of the book."""

    @plain_sizes
    def __init__(self, hidden_size: int):
        super().__init__()
        self.W1 = initialised(nn.Linear(hidden_size, hidden_size, bias=False))
        self.W2 = initialised(nn.Linear(hidden_size, hidden_size, bias=False))
        self.v = initialised(nn.Linear(hidden_size, 1, bias=False))

    def project_keys(
        self,
        encoder_states: torch.Tensor,  # (batch, source, hidden)
    ) -> torch.Tensor:
        """Return the keys (batch, source, hidden): once for a sentence, as it does not change."""
        keys: torch.Tensor = self.W2(encoder_states)
        return keys

    def forward(
        self,
        decoder_state: torch.Tensor,  # (batch, hidden)
        keys: torch.Tensor,  # (batch, source, hidden), from `project_keys`
        values: torch.Tensor,  # (batch, source, hidden), the encoder's states
        mask: torch.Tensor,  # (batch, source), True at tokens
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return context (batch, hidden), equation (3), and weights (batch, source), equation (2).

        A row without a token has weights of nan: the encoder refuses it before it gets here.
        """
        query = self.W1(decoder_state)[:, None, :]  # (batch, 1, hidden)
        scores = self.v(torch.tanh(query + keys))[:, :, 0]  # (batch, source), equation (1)
        scores = torch.where(mask, scores, -torch.inf)  # e to the power of -inf is 0
        weights = torch.softmax(scores, dim=1)  # (batch, source), equation (2)
        context = torch.einsum("bs,bsh->bh", weights, values)  # (batch, hidden), equation (3)
        return context, weights
