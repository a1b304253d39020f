"""The decoder of chapter 05 and the whole translator, in PyTorch."""

import torch
from torch import nn

from book.data import PAD, SOS, check_ids
from book.pytorch.attention import AdditiveAttention
from book.pytorch.encoder import Encoder
from book.pytorch.initialisation import initialised


# Taught in chapters/05-decoder.ipynb; ci/sync copies it (ec986332).
class Decoder(nn.Module):
    """Make one word at a time by equation (4), attention included (Bahdanau et al., 2015, 3.1)."""

    def __init__(self, vocabulary_size: int, embedding_size: int, hidden_size: int):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, embedding_size)
        self.attention = AdditiveAttention(hidden_size)
        self.lstm = initialised(nn.LSTMCell(hidden_size + embedding_size, hidden_size))
        self.projection = initialised(nn.Linear(hidden_size, vocabulary_size))

    def forward(
        self,
        token: torch.Tensor,  # (batch,)
        state: tuple[torch.Tensor, torch.Tensor],  # 2 x (batch, hidden)
        keys: torch.Tensor,  # (batch, source, hidden), from the attention's `project_keys`
        encoder_states: torch.Tensor,  # (batch, source, hidden)
        mask: torch.Tensor,  # (batch, source), True at tokens
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor], torch.Tensor]:
        """Return logits (batch, vocabulary), the new state, and weights (batch, source)."""
        hidden, cell = state  # (batch, hidden) each
        context, weights = self.attention(hidden, keys, encoder_states, mask)
        embedded = self.embedding(token)  # (batch, embedding)
        decoder_input = torch.cat([context, embedded], dim=1)  # equation (4)
        hidden, cell = self.lstm(decoder_input, (hidden, cell))
        logits = self.projection(hidden)  # (batch, vocabulary)
        return logits, (hidden, cell), weights


# Taught in chapters/05-decoder.ipynb; ci/sync copies it (24c9808b).
class Translator(nn.Module):
    """Encoder and decoder together, trained with teacher forcing (Williams and Zipser, 1989)."""

    def __init__(self, vocabulary_size: int, embedding_size: int = 32, hidden_size: int = 128):
        super().__init__()
        self.encoder = Encoder(vocabulary_size, embedding_size, hidden_size)
        self.decoder = Decoder(vocabulary_size, embedding_size, hidden_size)

    def forward(
        self,
        source: torch.Tensor,  # (batch, source)
        target: torch.Tensor,  # (batch, target)
    ) -> torch.Tensor:
        """Return logits (batch, target, vocabulary); each step is given the true word before.

        Raises what `check_ids` raises for either.
        """
        encoder_states, state = self.encoder(source)
        mask = source != PAD  # (batch, source)
        target = check_ids(target, self.decoder.embedding.num_embeddings, "target")
        keys = self.decoder.attention.project_keys(encoder_states)
        token = torch.full_like(target[:, 0], SOS)  # (batch,)
        logits = []
        for step in range(target.shape[1]):
            step_logits, state, _ = self.decoder(token, state, keys, encoder_states, mask)
            logits.append(step_logits)
            token = target[:, step]  # teacher forcing
        return torch.stack(logits, dim=1)
