"""Translators with and without attention on longer sentences, of chapter 03, in TensorFlow."""

import keras
import numpy as np
import tensorflow as tf

from book.data import PAD, SOS, WRITABLE, check_tokens, load_long_digits, vocabulary
from book.tensorflow.decoder import Translator
from book.tensorflow.encoder import Encoder
from book.tensorflow.training import make_batches, train


# Taught in chapters/03-bottleneck.ipynb; ci/sync copies it (ca503c06).
class BottleneckTranslator(keras.Model):
    """Encoder and decoder joined by one vector only (Sutskever et al., 2014).

    With `feed_again`, the decoder reads that vector at every step, too (Cho et al., 2014).
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        hidden_size: int,
        feed_again: bool = False,
    ):
        super().__init__()
        self.feed_again = feed_again
        self.encoder = Encoder(vocabulary_size, embedding_size, hidden_size)
        self.embedding = keras.layers.Embedding(
            vocabulary_size,
            embedding_size,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
        )
        self.lstm = keras.layers.LSTM(hidden_size, return_sequences=True)
        self.projection = keras.layers.Dense(vocabulary_size)
        self.embedding.build((None, None))
        self.lstm.build((None, None, embedding_size + feed_again * hidden_size))
        self.projection.build((None, None, hidden_size))
        self.built = True

    def call(
        self,
        source: tf.Tensor,  # (batch, source)
        target: tf.Tensor,  # (batch, target)
    ) -> tf.Tensor:
        """Return logits (batch, target, vocabulary); each step is given the true word before."""
        _, (hidden, cell) = self.encoder(source)  # all that crosses over, (batch, hidden) each
        first = tf.fill(tf.shape(target[:, :1]), tf.constant(SOS, target.dtype))  # (batch, 1)
        before = tf.concat([first, target[:, :-1]], axis=1)  # (batch, target)
        inputs = self.embedding(before)  # (batch, target, embedding)
        if self.feed_again:
            again = tf.repeat(hidden[:, None], target.shape[1], axis=1)  # (batch, target, hidden)
            inputs = tf.concat([again, inputs], axis=2)
        states = self.lstm(inputs, initial_state=(hidden, cell))  # (batch, target, hidden)
        logits: tf.Tensor = self.projection(states)  # (batch, target, vocabulary)
        return logits


# Taught in chapters/03-bottleneck.ipynb; ci/sync copies it (b70cb022).
def make_translator(kind: str, hidden_size: int) -> keras.Model:
    """Return a translator of one of three kinds, by what its decoder is given of the source.

    "once" and "again": the encoder's last state, once or at every step; "attention": attention.
    Raises ValueError for another kind.
    """
    if kind == "attention":
        return Translator(len(vocabulary), 32, hidden_size)
    if kind not in ("once", "again"):
        raise ValueError(f"kind is {kind!r}: choose once, again or attention")
    return BottleneckTranslator(len(vocabulary), 32, hidden_size, feed_again=kind == "again")


# Taught in chapters/03-bottleneck.ipynb; ci/sync copies it (ed8198a8).
def train_long(kind: str, hidden_size: int, seed: int = 0, steps: int = 300) -> keras.Model:
    """Return a translator trained on batches of 64 sentences of one to twelve words.

    Raises what `make_translator` raises.
    """
    data = load_long_digits()
    keras.utils.set_random_seed(seed)
    model = make_translator(kind, hidden_size)
    batches = make_batches(data.train_source, data.train_target, 64, steps, seed)
    train(model, batches, learning_rate=1e-2, progress=False)
    return model


# Taught in chapters/03-bottleneck.ipynb; ci/sync copies it (8f7d187a).
def match_by_length(model: keras.Model, source: np.ndarray, target: np.ndarray) -> list[float]:
    """Return the exact match of sentences of 1, 2, 3, ... words, nan where there are none.

    Reads (batch, source) and (batch, target). A sentence counts if every token is right after the
    true ones before it: greedy decoding then writes the same. Raises TypeError and ValueError for
    what `check_tokens` refuses.
    """
    check_tokens(source=source, target=target)
    logits = model(tf.constant(source), tf.constant(target))  # (batch, target, vocabulary)
    tokens = np.where(WRITABLE, logits, -np.inf).argmax(axis=2)  # (batch, target)
    right = ((tokens == target) | (target == PAD)).all(axis=1)  # (batch,)
    words = (target != PAD).sum(axis=1) - 1  # (batch,), without EOS
    with np.errstate(invalid="ignore"):  # 0 / 0 is nan
        shares = np.bincount(words, weights=right) / np.bincount(words)  # from 0 words on
    return [float(share) for share in shares[1:]]


# Taught in chapters/03-bottleneck.ipynb; ci/sync copies it (a0a81344).
def long_match(kind: str, hidden_size: int, seed: int = 0, steps: int = 300) -> list[float]:
    """Train one translator; return its exact match on test sentences of 1 to 16 words."""
    data = load_long_digits()
    model = train_long(kind, hidden_size, seed, steps)
    return match_by_length(model, data.test_source, data.test_target)
