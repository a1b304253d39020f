"""Score functions and what takes them, of chapter 08, in PyTorch."""

import math

import numpy as np
import torch
from torch import nn

from book.data import load_long_digits, vocabulary
from book.pytorch.decoder import Translator
from book.pytorch.initialisation import initialised
from book.pytorch.runtime import device
from book.pytorch.training import make_batches, train


# Taught in chapters/08-scores.ipynb; ci/sync copies it (adcb4e73).
class Score(nn.Module):
    """What all score functions share: the keys, which most of them take as they come."""

    def project_keys(
        self,
        encoder_states: torch.Tensor,  # (batch, source, hidden)
    ) -> torch.Tensor:
        """Return the keys (batch, source, hidden): here the states as they are."""
        return encoder_states


# Taught in chapters/08-scores.ipynb; ci/sync copies it (9fa3596a).
class DotScore(Score):
    """The dot product of query and key (Luong et al., 2015)."""

    def forward(
        self,
        query: torch.Tensor,  # (batch, hidden)
        keys: torch.Tensor,  # (batch, source, hidden)
    ) -> torch.Tensor:
        """Return the scores (batch, source)."""
        return torch.einsum("bh,bsh->bs", query, keys)


# Taught in chapters/08-scores.ipynb; ci/sync copies it (2c9ab555).
class ScaledDotScore(DotScore):
    """The dot product over the square root of the size (Vaswani et al., 2017, 3.2.1)."""

    def forward(
        self,
        query: torch.Tensor,  # (batch, hidden)
        keys: torch.Tensor,  # (batch, source, hidden)
    ) -> torch.Tensor:
        """Return the scores (batch, source)."""
        return super().forward(query, keys) / math.sqrt(query.shape[1])


# Taught in chapters/08-scores.ipynb; ci/sync copies it (18282d7b).
class CosineScore(DotScore):
    """The cosine of the angle between query and key, over a temperature."""

    def __init__(self, temperature: float = 0.1):
        super().__init__()
        self.temperature = temperature

    def forward(
        self,
        query: torch.Tensor,  # (batch, hidden)
        keys: torch.Tensor,  # (batch, source, hidden)
    ) -> torch.Tensor:
        """Return the scores (batch, source), between -1 and 1 before they are divided."""
        query, keys = nn.functional.normalize(query, dim=1), nn.functional.normalize(keys, dim=2)
        return super().forward(query, keys) / self.temperature


# Taught in chapters/08-scores.ipynb; ci/sync copies it (a8bc1291).
class GeneralScore(DotScore):
    """The dot product of key and W times query (Luong et al., 2015)."""

    def __init__(self, hidden_size: int):
        super().__init__()
        self.W = initialised(nn.Linear(hidden_size, hidden_size, bias=False))

    def forward(
        self,
        query: torch.Tensor,  # (batch, hidden)
        keys: torch.Tensor,  # (batch, source, hidden)
    ) -> torch.Tensor:
        """Return the scores (batch, source)."""
        return super().forward(self.W(query), keys)


# Taught in chapters/08-scores.ipynb; ci/sync copies it (ab020925).
class AdditiveScore(Score):
    """The score of additive attention (Bahdanau et al., 2015): equation (1) of the book."""

    def __init__(self, hidden_size: int):
        super().__init__()
        self.W1 = initialised(nn.Linear(hidden_size, hidden_size, bias=False))
        self.W2 = initialised(nn.Linear(hidden_size, hidden_size, bias=False))
        self.v = initialised(nn.Linear(hidden_size, 1, bias=False))

    def project_keys(
        self,
        encoder_states: torch.Tensor,  # (batch, source, hidden)
    ) -> torch.Tensor:
        """Return the keys (batch, source, hidden): once for a sentence."""
        keys: torch.Tensor = self.W2(encoder_states)
        return keys

    def forward(
        self,
        query: torch.Tensor,  # (batch, hidden)
        keys: torch.Tensor,  # (batch, source, hidden), from `project_keys`
    ) -> torch.Tensor:
        """Return the scores (batch, source)."""
        scores: torch.Tensor = self.v(torch.tanh(self.W1(query)[:, None, :] + keys))[:, :, 0]
        return scores


# Taught in chapters/08-scores.ipynb; ci/sync copies it (4519b6ff).
class ScoreAttention(nn.Module):
    """Attention with any score, in the place of `AdditiveAttention` in the decoder."""

    def __init__(self, score: Score):
        super().__init__()
        self.score = score

    def project_keys(
        self,
        encoder_states: torch.Tensor,  # (batch, source, hidden)
    ) -> torch.Tensor:
        """Return the keys (batch, source, hidden) that the score compares with."""
        return self.score.project_keys(encoder_states)

    def weigh(
        self,
        decoder_state: torch.Tensor,  # (batch, hidden)
        keys: torch.Tensor,  # (batch, source, hidden), from `project_keys`
        mask: torch.Tensor,  # (batch, source), True at tokens
    ) -> torch.Tensor:
        """Return the weights (batch, source)."""
        scores = torch.where(mask, self.score(decoder_state, keys), -torch.inf)  # (batch, source)
        return torch.softmax(scores, dim=1)

    def forward(
        self,
        decoder_state: torch.Tensor,  # (batch, hidden)
        keys: torch.Tensor,  # (batch, source, hidden), from `project_keys`
        values: torch.Tensor,  # (batch, source, hidden), the encoder's states
        mask: torch.Tensor,  # (batch, source), True at tokens
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return context (batch, hidden), equation (3), and weights (batch, source)."""
        weights = self.weigh(decoder_state, keys, mask)
        return torch.einsum("bs,bsh->bh", weights, values), weights


# Taught in chapters/08-scores.ipynb; ci/sync copies it (dc213b2f).
class LuongDecoder(nn.Module):
    """A decoder whose attention comes after the step of the LSTM (Luong et al., 2015, 3)."""

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        hidden_size: int,
        attention: ScoreAttention,
    ):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, embedding_size)
        self.lstm = initialised(nn.LSTMCell(embedding_size, hidden_size))
        self.attention = attention
        self.combine = initialised(nn.Linear(2 * hidden_size, hidden_size, bias=False))
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
        embedded = self.embedding(token)  # (batch, embedding)
        hidden, cell = self.lstm(embedded, state)  # (batch, hidden) each
        context, weights = self.attention(hidden, keys, encoder_states, mask)
        both = torch.cat([context, hidden], dim=1)  # (batch, hidden + hidden)
        logits = self.projection(torch.tanh(self.combine(both)))  # (batch, vocabulary)
        return logits, (hidden, cell), weights


# Taught in chapters/08-scores.ipynb; ci/sync copies it (3410e29d).
class LocalAttention(ScoreAttention):
    """Attention in a window around a place that it predicts (Luong et al., 2015, 3.2, local-p)."""

    def __init__(self, score: Score, hidden_size: int, reach: int = 2):
        super().__init__(score)
        self.reach = reach  # D: places to each side of the middle
        self.W_p = initialised(nn.Linear(hidden_size, hidden_size, bias=False))
        self.v_p = initialised(nn.Linear(hidden_size, 1, bias=False))

    def predict_place(
        self,
        decoder_state: torch.Tensor,  # (batch, hidden)
        mask: torch.Tensor,  # (batch, source), True at tokens
    ) -> torch.Tensor:
        """Return the middle of the window, from 0 to the sentence's length: (batch, 1)."""
        length = mask.sum(dim=1, keepdim=True)  # (batch, 1)
        return length * torch.sigmoid(self.v_p(torch.tanh(self.W_p(decoder_state))))  # (batch, 1)

    def weigh(
        self,
        decoder_state: torch.Tensor,  # (batch, hidden)
        keys: torch.Tensor,  # (batch, source, hidden), from `project_keys`
        mask: torch.Tensor,  # (batch, source), True at tokens
    ) -> torch.Tensor:
        """Return the weights (batch, source): 0 outside of the window. They sum to less than 1."""
        places = torch.arange(mask.shape[1], device=mask.device)  # (source,)
        distance = places - self.predict_place(decoder_state, mask)  # (batch, source)
        inside = mask & (distance.abs() <= self.reach)  # (batch, source)
        bell = torch.exp(-(distance**2) / (2 * (self.reach / 2) ** 2))  # (batch, source)
        return super().weigh(decoder_state, keys, inside) * bell


# Taught in chapters/08-scores.ipynb; ci/sync copies it (d71c19dd).
def make_attention(kind: str, hidden_size: int) -> ScoreAttention:
    """Return attention with a score: additive, dot, general, scaled or cosine; or "local".

    Local attention has the general score. Raises ValueError for another kind.
    """
    if kind == "local":
        return LocalAttention(GeneralScore(hidden_size), hidden_size)
    if kind == "additive":
        return ScoreAttention(AdditiveScore(hidden_size))
    if kind == "general":
        return ScoreAttention(GeneralScore(hidden_size))
    plain = {"dot": DotScore, "scaled": ScaledDotScore, "cosine": CosineScore}
    if kind not in plain:
        kinds = ", ".join(["additive", "general", *plain])
        raise ValueError(f"kind is {kind!r}: choose {kinds} or local")
    return ScoreAttention(plain[kind]())


# Taught in chapters/08-scores.ipynb; ci/sync copies it (b495518d).
def make_score_translator(kind: str, hidden_size: int = 64) -> Translator:
    """Return a translator with attention of a kind of `make_attention`.

    With " after" behind its name, as in "dot after", the attention comes after the LSTM's step, in
    a `LuongDecoder`. Raises ValueError for another kind.
    """
    attention = make_attention(kind.removesuffix(" after"), hidden_size)
    model = Translator(len(vocabulary), 32, hidden_size)
    if kind.endswith(" after"):
        decoder = LuongDecoder(len(vocabulary), 32, hidden_size, attention)
        model.add_module("decoder", decoder)  # in the place of the other one
    else:
        model.decoder.add_module("attention", attention)
    return model.to(device)


# Taught in chapters/08-scores.ipynb; ci/sync copies it (67126685).
def score_losses(kind: str, seed: int = 0, steps: int = 400) -> list[float]:
    """Train one translator on chapter 03's sentences; return its mean loss of every 20 steps."""
    data = load_long_digits()
    torch.manual_seed(seed)
    model = make_score_translator(kind)
    batches = make_batches(data.train_source, data.train_target, 64, steps, seed)
    losses = train(model, batches, learning_rate=1e-2, progress=False)
    return [float(np.mean(losses[first : first + 20])) for first in range(0, steps, 20)]
