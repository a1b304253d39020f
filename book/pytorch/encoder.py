"""The encoder of chapter 02, in PyTorch."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from book.data import PAD, check_ids
from book.pytorch.initialisation import initialised


# Taught in chapters/02-encoder.ipynb; ci/sync copies it (5efa60f8).
class Encoder(nn.Module):
    """Read padded source sentences and keep every hidden state."""

    def __init__(self, vocabulary_size: int, embedding_size: int, hidden_size: int):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, embedding_size, padding_idx=PAD)
        self.lstm = initialised(nn.LSTM(embedding_size, hidden_size, batch_first=True))

    def forward(
        self,
        source: torch.Tensor,  # (batch, source)
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        """Return encoder_states (batch, source, hidden) and the last (hidden, cell).

        Raises what `check_ids` raises.
        """
        source = check_ids(source, self.embedding.num_embeddings)
        lengths = (source != PAD).sum(dim=1).cpu()  # (batch,)
        embedded = self.embedding(source)  # (batch, source, embedding)
        packed = pack_padded_sequence(
            embedded,
            lengths,
            batch_first=True,
            enforce_sorted=False,
        )
        packed_states, (hidden, cell) = self.lstm(packed)
        encoder_states, _ = pad_packed_sequence(
            packed_states, batch_first=True, total_length=source.shape[1]
        )
        return encoder_states, (hidden[0], cell[0])  # 2 x (batch, hidden)
