"""The encoder of chapter 02, in TensorFlow."""

import keras
import tensorflow as tf

from book.data import PAD, check_ids


# Taught in chapters/02-encoder.ipynb; ci/sync copies it (32b1cac4).
class Encoder(keras.Model):
    """Read padded source sentences and keep every hidden state."""

    def __init__(self, vocabulary_size: int, embedding_size: int, hidden_size: int):
        super().__init__()
        self.embedding = keras.layers.Embedding(
            vocabulary_size,
            embedding_size,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
        )
        self.lstm = keras.layers.LSTM(
            hidden_size,
            return_sequences=True,
            return_state=True,
            zero_output_for_mask=True,
        )
        self.lstm.build((None, None, embedding_size))
        self.embedding.build((None, None))
        self.built = True  # all parameters are there, as in PyTorch

    def call(
        self,
        source: tf.Tensor,  # (batch, source)
    ) -> tuple[tf.Tensor, tuple[tf.Tensor, tf.Tensor]]:
        """Return encoder_states (batch, source, hidden) and the last (hidden, cell).

        Raises what `check_ids` raises.
        """
        source = check_ids(source, self.embedding.input_dim)
        mask = tf.not_equal(source, PAD)  # (batch, source)
        embedded = self.embedding(source)  # (batch, source, embedding)
        encoder_states, hidden, cell = self.lstm(embedded, mask=mask)
        return encoder_states, (hidden, cell)  # 2 x (batch, hidden)
