"""The attention of chapter 04, in TensorFlow."""

import keras
import numpy as np
import tensorflow as tf

from book.data import plain_sizes


# Taught in chapters/04-attention.ipynb; ci/sync copies it (3693a7ab).
class AdditiveAttention(keras.layers.Layer):
    """Additive attention (Bahdanau et al., 2015): equations (1), (2) and (3) of the book."""

    @plain_sizes
    def __init__(self, hidden_size: int):
        super().__init__()
        self.W1 = keras.layers.Dense(hidden_size, use_bias=False)
        self.W2 = keras.layers.Dense(hidden_size, use_bias=False)
        self.v = keras.layers.Dense(1, use_bias=False)
        for layer in (self.W1, self.W2, self.v):
            layer.build((None, hidden_size))  # makes the parameters
        self.built = True

    def project_keys(
        self,
        encoder_states: tf.Tensor,  # (batch, source, hidden)
    ) -> tf.Tensor:
        """Return the keys (batch, source, hidden): once for a sentence, as it does not change."""
        keys: tf.Tensor = self.W2(encoder_states)
        return keys

    def call(
        self,
        decoder_state: tf.Tensor,  # (batch, hidden)
        keys: tf.Tensor,  # (batch, source, hidden), from `project_keys`
        values: tf.Tensor,  # (batch, source, hidden), the encoder's states
        mask: tf.Tensor,  # (batch, source), True at tokens
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return context (batch, hidden), equation (3), and weights (batch, source), equation (2).

        A row without a token has weights of nan: the encoder refuses it before it gets here.
        """
        query = self.W1(decoder_state)[:, None, :]  # (batch, 1, hidden)
        scores = self.v(tf.tanh(query + keys))[:, :, 0]  # (batch, source), equation (1)
        scores = tf.where(mask, scores, -np.inf)  # e to the power of -inf is 0
        weights = tf.nn.softmax(scores, axis=1)  # (batch, source), equation (2)
        context = tf.einsum("bs,bsh->bh", weights, values)  # (batch, hidden), equation (3)
        return context, weights
