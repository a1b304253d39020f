"""The attention of chapter 04, in PyTorch."""

import torch
from torch import nn


# Taught in chapters/04-attention.ipynb; ci/sync copies it (03d72d3d).
class AdditiveAttention(nn.Module):
    """Additive attention (Bahdanau et al., 2015): equations (4), (1) and (2) of the book."""

    def __init__(self, hidden_size: int):
        super().__init__()
        self.W1 = nn.Linear(hidden_size, hidden_size, bias=False)
        self.W2 = nn.Linear(hidden_size, hidden_size, bias=False)
        self.v = nn.Linear(hidden_size, 1, bias=False)

    def forward(
        self,
        decoder_state: torch.Tensor,  # (batch, hidden)
        encoder_states: torch.Tensor,  # (batch, source, hidden)
        mask: torch.Tensor,  # (batch, source), True at words
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return context (batch, hidden), equation (2), and weights (batch, source), equation (1).

        A row without a word has weights of nan: the encoder refuses it before it gets here.
        """
        query = self.W1(decoder_state)[:, None, :]  # (batch, 1, hidden)
        keys = self.W2(encoder_states)  # (batch, source, hidden)
        scores = self.v(torch.tanh(query + keys))[:, :, 0]  # (batch, source), equation (4)
        scores = torch.where(mask, scores, -torch.inf)  # e to the power of -inf is 0
        weights = torch.softmax(scores, dim=1)  # (batch, source), equation (1)
        weighted = weights[:, :, None] * encoder_states  # (batch, source, hidden)
        context = weighted.sum(dim=1)  # (batch, hidden), equation (2)
        return context, weights
