"""The attention of chapter 04, in TensorFlow."""

import keras
import numpy as np
import tensorflow as tf


# Taught in chapters/04-attention.ipynb; ci/sync copies it (9181dc27).
class AdditiveAttention(keras.layers.Layer):
    """Additive attention (Bahdanau et al., 2015): equations (4), (1) and (2) of the book."""

    def __init__(self, hidden_size: int):
        super().__init__()
        self.W1 = keras.layers.Dense(hidden_size, use_bias=False)
        self.W2 = keras.layers.Dense(hidden_size, use_bias=False)
        self.v = keras.layers.Dense(1, use_bias=False)

    def call(
        self,
        decoder_state: tf.Tensor,  # (batch, hidden)
        encoder_states: tf.Tensor,  # (batch, source, hidden)
        mask: tf.Tensor,  # (batch, source), True at words
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return context (batch, hidden), equation (2), and weights (batch, source), equation (1).

        A row without a word has weights of nan: the encoder refuses it before it gets here.
        """
        query = self.W1(decoder_state)[:, None, :]  # (batch, 1, hidden)
        keys = self.W2(encoder_states)  # (batch, source, hidden)
        scores = self.v(tf.tanh(query + keys))[:, :, 0]  # (batch, source), equation (4)
        scores = tf.where(mask, scores, -np.inf)  # e to the power of -inf is 0
        weights = tf.nn.softmax(scores, axis=1)  # (batch, source), equation (1)
        weighted = weights[:, :, None] * encoder_states  # (batch, source, hidden)
        context = tf.reduce_sum(weighted, axis=1)  # (batch, hidden), equation (2)
        return context, weights
