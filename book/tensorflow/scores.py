"""Score functions and what takes them, of chapter 08, in TensorFlow."""

import math

import keras
import numpy as np
import tensorflow as tf

from book.data import load_long_digits, vocabulary
from book.tensorflow.decoder import Translator
from book.tensorflow.training import make_batches, train


# Taught in chapters/08-scores.ipynb; ci/sync copies it (e0fe8cf0).
class Score(keras.layers.Layer):
    """What all score functions share: the keys, which most of them take as they come."""

    def project_keys(
        self,
        encoder_states: tf.Tensor,  # (batch, source, hidden)
    ) -> tf.Tensor:
        """Return the keys (batch, source, hidden): here the states as they are."""
        return encoder_states


# Taught in chapters/08-scores.ipynb; ci/sync copies it (e457bbd1).
class DotScore(Score):
    """The dot product of query and key (Luong et al., 2015)."""

    def call(
        self,
        query: tf.Tensor,  # (batch, hidden)
        keys: tf.Tensor,  # (batch, source, hidden)
    ) -> tf.Tensor:
        """Return the scores (batch, source)."""
        return tf.einsum("bh,bsh->bs", query, keys)


# Taught in chapters/08-scores.ipynb; ci/sync copies it (7fc7e5be).
class ScaledDotScore(DotScore):
    """The dot product over the square root of the size (Vaswani et al., 2017, 3.2.1)."""

    def call(
        self,
        query: tf.Tensor,  # (batch, hidden)
        keys: tf.Tensor,  # (batch, source, hidden)
    ) -> tf.Tensor:
        """Return the scores (batch, source)."""
        return super().call(query, keys) / math.sqrt(query.shape[1])


# Taught in chapters/08-scores.ipynb; ci/sync copies it (de4d3b1f).
class CosineScore(DotScore):
    """The cosine of the angle between query and key, over a temperature."""

    def __init__(self, temperature: float = 0.1):
        super().__init__()
        self.temperature = temperature

    def call(
        self,
        query: tf.Tensor,  # (batch, hidden)
        keys: tf.Tensor,  # (batch, source, hidden)
    ) -> tf.Tensor:
        """Return the scores (batch, source), between -1 and 1 before they are divided."""
        query, keys = tf.nn.l2_normalize(query, axis=1), tf.nn.l2_normalize(keys, axis=2)
        return super().call(query, keys) / self.temperature


# Taught in chapters/08-scores.ipynb; ci/sync copies it (4fb7074b).
class GeneralScore(DotScore):
    """The dot product of key and W times query (Luong et al., 2015)."""

    def __init__(self, hidden_size: int):
        super().__init__()
        self.W = keras.layers.Dense(hidden_size, use_bias=False)
        self.W.build((None, hidden_size))
        self.built = True

    def call(
        self,
        query: tf.Tensor,  # (batch, hidden)
        keys: tf.Tensor,  # (batch, source, hidden)
    ) -> tf.Tensor:
        """Return the scores (batch, source)."""
        return super().call(self.W(query), keys)


# Taught in chapters/08-scores.ipynb; ci/sync copies it (3f3bb1e2).
class AdditiveScore(Score):
    """The score of additive attention (Bahdanau et al., 2015): equation (1) of the book."""

    def __init__(self, hidden_size: int):
        super().__init__()
        self.W1 = keras.layers.Dense(hidden_size, use_bias=False)
        self.W2 = keras.layers.Dense(hidden_size, use_bias=False)
        self.v = keras.layers.Dense(1, use_bias=False)
        for layer in (self.W1, self.W2, self.v):
            layer.build((None, hidden_size))
        self.built = True

    def project_keys(
        self,
        encoder_states: tf.Tensor,  # (batch, source, hidden)
    ) -> tf.Tensor:
        """Return the keys (batch, source, hidden): once for a sentence."""
        keys: tf.Tensor = self.W2(encoder_states)
        return keys

    def call(
        self,
        query: tf.Tensor,  # (batch, hidden)
        keys: tf.Tensor,  # (batch, source, hidden), from `project_keys`
    ) -> tf.Tensor:
        """Return the scores (batch, source)."""
        scores: tf.Tensor = self.v(tf.tanh(self.W1(query)[:, None, :] + keys))[:, :, 0]
        return scores


# Taught in chapters/08-scores.ipynb; ci/sync copies it (bc4eac7e).
class ScoreAttention(keras.layers.Layer):
    """Attention with any score, in the place of `AdditiveAttention` in the decoder."""

    def __init__(self, score: Score):
        super().__init__()
        self.score = score
        self.built = True

    def project_keys(
        self,
        encoder_states: tf.Tensor,  # (batch, source, hidden)
    ) -> tf.Tensor:
        """Return the keys (batch, source, hidden) that the score compares with."""
        return self.score.project_keys(encoder_states)

    def weigh(
        self,
        decoder_state: tf.Tensor,  # (batch, hidden)
        keys: tf.Tensor,  # (batch, source, hidden), from `project_keys`
        mask: tf.Tensor,  # (batch, source), True at tokens
    ) -> tf.Tensor:
        """Return the weights (batch, source)."""
        scores = tf.where(mask, self.score(decoder_state, keys), -np.inf)  # (batch, source)
        weights: tf.Tensor = tf.nn.softmax(scores, axis=1)
        return weights

    def call(
        self,
        decoder_state: tf.Tensor,  # (batch, hidden)
        keys: tf.Tensor,  # (batch, source, hidden), from `project_keys`
        values: tf.Tensor,  # (batch, source, hidden), the encoder's states
        mask: tf.Tensor,  # (batch, source), True at tokens
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return context (batch, hidden), equation (3), and weights (batch, source)."""
        weights = self.weigh(decoder_state, keys, mask)
        return tf.einsum("bs,bsh->bh", weights, values), weights


# Taught in chapters/08-scores.ipynb; ci/sync copies it (1ba96b2d).
class LuongDecoder(keras.Model):
    """A decoder whose attention comes after the step of the LSTM (Luong et al., 2015, 3)."""

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        hidden_size: int,
        attention: ScoreAttention,
    ):
        super().__init__()
        self.embedding = keras.layers.Embedding(
            vocabulary_size,
            embedding_size,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
        )
        self.lstm = keras.layers.LSTMCell(hidden_size)
        self.attention = attention
        self.combine = keras.layers.Dense(hidden_size, use_bias=False)
        self.projection = keras.layers.Dense(vocabulary_size)
        self.embedding.build((None,))
        self.lstm.build((None, embedding_size))
        self.combine.build((None, 2 * hidden_size))
        self.projection.build((None, hidden_size))
        self.built = True

    def call(
        self,
        token: tf.Tensor,  # (batch,)
        state: tuple[tf.Tensor, tf.Tensor],  # 2 x (batch, hidden)
        keys: tf.Tensor,  # (batch, source, hidden), from the attention's `project_keys`
        encoder_states: tf.Tensor,  # (batch, source, hidden)
        mask: tf.Tensor,  # (batch, source), True at tokens
    ) -> tuple[tf.Tensor, tuple[tf.Tensor, tf.Tensor], tf.Tensor]:
        """Return logits (batch, vocabulary), the new state, and weights (batch, source)."""
        embedded = self.embedding(token)  # (batch, embedding)
        _, (hidden, cell) = self.lstm(embedded, state)  # (batch, hidden) each
        context, weights = self.attention(hidden, keys, encoder_states, mask)
        both = tf.concat([context, hidden], axis=1)  # (batch, hidden + hidden)
        logits = self.projection(tf.tanh(self.combine(both)))  # (batch, vocabulary)
        return logits, (hidden, cell), weights


# Taught in chapters/08-scores.ipynb; ci/sync copies it (f6397e4b).
class LocalAttention(ScoreAttention):
    """Attention in a window around a place that it predicts (Luong et al., 2015, 3.2, local-p)."""

    def __init__(self, score: Score, hidden_size: int, reach: int = 2):
        super().__init__(score)
        self.reach = reach  # D: places to each side of the middle
        self.W_p = keras.layers.Dense(hidden_size, use_bias=False)
        self.v_p = keras.layers.Dense(1, use_bias=False)
        for layer in (self.W_p, self.v_p):
            layer.build((None, hidden_size))

    def predict_place(
        self,
        decoder_state: tf.Tensor,  # (batch, hidden)
        mask: tf.Tensor,  # (batch, source), True at tokens
    ) -> tf.Tensor:
        """Return the middle of the window, from 0 to the sentence's length: (batch, 1)."""
        length = tf.reduce_sum(tf.cast(mask, decoder_state.dtype), axis=1, keepdims=True)
        return length * tf.sigmoid(self.v_p(tf.tanh(self.W_p(decoder_state))))  # (batch, 1)

    def weigh(
        self,
        decoder_state: tf.Tensor,  # (batch, hidden)
        keys: tf.Tensor,  # (batch, source, hidden), from `project_keys`
        mask: tf.Tensor,  # (batch, source), True at tokens
    ) -> tf.Tensor:
        """Return the weights (batch, source): 0 outside of the window. They sum to less than 1."""
        places = tf.range(mask.shape[1], dtype=decoder_state.dtype)  # (source,)
        distance = places - self.predict_place(decoder_state, mask)  # (batch, source)
        inside = mask & (tf.abs(distance) <= self.reach)  # (batch, source)
        bell = tf.exp(-(distance**2) / (2 * (self.reach / 2) ** 2))  # (batch, source)
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


# Taught in chapters/08-scores.ipynb; ci/sync copies it (b1b68978).
def make_score_translator(kind: str, hidden_size: int = 64) -> Translator:
    """Return a translator with attention of a kind of `make_attention`.

    With " after" behind its name, as in "dot after", the attention comes after the LSTM's step, in
    a `LuongDecoder`. Raises ValueError for another kind.
    """
    attention = make_attention(kind.removesuffix(" after"), hidden_size)
    model = Translator(len(vocabulary), 32, hidden_size)
    if kind.endswith(" after"):
        model.decoder.trainable = False  # Keras keeps what is replaced, but it learns no more
        model.decoder = LuongDecoder(len(vocabulary), 32, hidden_size, attention)
    else:
        model.decoder.attention.trainable = False
        model.decoder.attention = attention
    return model


# Taught in chapters/08-scores.ipynb; ci/sync copies it (526112ee).
def score_losses(kind: str, seed: int = 0, steps: int = 400) -> list[float]:
    """Train one translator on chapter 03's sentences; return its mean loss of every 20 steps."""
    data = load_long_digits()
    keras.utils.set_random_seed(seed)
    model = make_score_translator(kind)
    batches = make_batches(data.train_source, data.train_target, 64, steps, seed)
    losses = train(model, batches, learning_rate=1e-2, progress=False)
    return [float(np.mean(losses[first : first + 20])) for first in range(0, steps, 20)]
