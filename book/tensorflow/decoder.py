"""The decoder of chapter 05 and the whole translator, in TensorFlow."""

import keras
import tensorflow as tf

from book.data import PAD, SOS, check_ids
from book.tensorflow.attention import AdditiveAttention
from book.tensorflow.encoder import Encoder


# Taught in chapters/05-decoder.ipynb; ci/sync copies it (806c51e3).
class Decoder(keras.Model):
    """Make one word at a time by equation (4), attention included (Bahdanau et al., 2015, 3.1)."""

    def __init__(self, vocabulary_size: int, embedding_size: int, hidden_size: int):
        super().__init__()
        self.embedding = keras.layers.Embedding(
            vocabulary_size,
            embedding_size,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
        )
        self.attention = AdditiveAttention(hidden_size)
        self.lstm = keras.layers.LSTMCell(hidden_size)
        self.projection = keras.layers.Dense(vocabulary_size)
        self.embedding.build((None,))
        self.lstm.build((None, hidden_size + embedding_size))
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
        hidden, cell = state  # (batch, hidden) each
        context, weights = self.attention(hidden, keys, encoder_states, mask)
        embedded = self.embedding(token)  # (batch, embedding)
        decoder_input = tf.concat([context, embedded], axis=1)  # equation (4)
        _, (hidden, cell) = self.lstm(decoder_input, (hidden, cell))
        logits = self.projection(hidden)  # (batch, vocabulary)
        return logits, (hidden, cell), weights


# Taught in chapters/05-decoder.ipynb; ci/sync copies it (cbca64fb).
@keras.saving.register_keras_serializable(package="book")
class Translator(keras.Model):
    """Encoder and decoder together, trained with teacher forcing (Williams and Zipser, 1989)."""

    def __init__(self, vocabulary_size: int, embedding_size: int = 32, hidden_size: int = 128):
        super().__init__()
        self.encoder = Encoder(vocabulary_size, embedding_size, hidden_size)
        self.decoder = Decoder(vocabulary_size, embedding_size, hidden_size)
        self.built = True

    def call(
        self,
        source: tf.Tensor,  # (batch, source)
        target: tf.Tensor,  # (batch, target)
    ) -> tf.Tensor:
        """Return logits (batch, target, vocabulary); each step is given the true word before.

        Raises what `check_ids` raises for either.
        """
        encoder_states, state = self.encoder(source)
        mask = tf.not_equal(source, PAD)  # (batch, source)
        target = check_ids(target, self.decoder.embedding.input_dim, "target")
        keys = self.decoder.attention.project_keys(encoder_states)
        token = tf.fill(tf.shape(target)[:1], tf.constant(SOS, target.dtype))  # (batch,)
        logits = []
        for step in range(target.shape[1]):
            step_logits, state, _ = self.decoder(token, state, keys, encoder_states, mask)
            logits.append(step_logits)
            token = target[:, step]  # teacher forcing
        return tf.stack(logits, axis=1)

    def get_config(self) -> dict[str, int]:
        """Return the sizes that the model is made with: saving a whole model asks for them."""
        return {
            "vocabulary_size": self.decoder.embedding.input_dim,
            "embedding_size": self.decoder.embedding.output_dim,
            "hidden_size": self.decoder.lstm.units,
        }
