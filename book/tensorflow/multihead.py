"""Attention with several heads, of chapter 10, in TensorFlow (Vaswani et al., 2017)."""

import math

import keras
import numpy as np
import tensorflow as tf

from book.positions import LONGEST, rotation_angles

Kept = tuple[tf.Tensor, tf.Tensor]  # keys and values, (batch, heads, length, size) each


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (0bb3a24a).
def scaled_dot_attention(
    queries: tf.Tensor,  # (batch, heads, target, size)
    keys: tf.Tensor,  # (batch, heads, source, size)
    values: tf.Tensor,  # (batch, heads, source, size)
    mask: tf.Tensor,  # (batch or 1, 1, target or 1, source), True where a query may look
    is_scaled: bool = True,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return contexts (batch, heads, target, size) and weights (batch, heads, target, source).

    Vaswani et al. (2017), equation (1).
    """
    scale = math.sqrt(queries.shape[-1]) if is_scaled else 1.0
    scores = tf.matmul(queries, keys, transpose_b=True) / scale  # (batch, heads, target, source)
    weights = tf.nn.softmax(tf.where(mask, scores, -np.inf), axis=3)
    return tf.matmul(weights, values), weights


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (f2dd558c).
def rotated(
    x: tf.Tensor,  # (batch, heads, length, size)
    first: int | tf.Tensor = 0,
) -> tf.Tensor:
    """Return x with each pair of numbers turned by an angle that grows with the place.

    Su et al. (2021), equation (34). The first place is `first`.
    """
    angles = rotation_angles(LONGEST, x.shape[3])  # (LONGEST, size / 2)
    places = slice(first, first + tf.shape(x)[2])
    cos, sin = (tf.constant(turn(angles), x.dtype)[places] for turn in (np.cos, np.sin))
    even, odd = x[..., ::2], x[..., 1::2]  # (batch, heads, length, size / 2)
    pairs = tf.stack([even * cos - odd * sin, even * sin + odd * cos], axis=-1)
    return tf.reshape(pairs, tf.shape(x))


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (e8f3c1b4).
def linear(inputs: int, outputs: int, bias: bool = True) -> keras.layers.Dense:
    """Return a layer whose parameters are there before its first call."""
    layer = keras.layers.Dense(outputs, use_bias=bias)
    layer.build((None, inputs))
    return layer


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (8e2d13d0).
def normalisation(hidden_size: int) -> keras.layers.LayerNormalization:
    """Return a layer with PyTorch's epsilon, whose parameters are there before its first call."""
    layer = keras.layers.LayerNormalization(epsilon=1e-5)
    layer.build((None, None, hidden_size))
    return layer


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (4daea166).
class MultiHeadAttention(keras.layers.Layer):
    """Several attentions side by side, each on its part of the numbers (3.2.2)."""

    def __init__(
        self, hidden_size: int, heads: int, is_scaled: bool = True, is_rotary: bool = False
    ):
        super().__init__()
        self.heads, self.is_scaled, self.is_rotary = heads, is_scaled, is_rotary
        self.W_Q = linear(hidden_size, hidden_size, bias=False)
        self.W_K = linear(hidden_size, hidden_size, bias=False)
        self.W_V = linear(hidden_size, hidden_size, bias=False)
        self.W_O = linear(hidden_size, hidden_size, bias=False)
        self.built = True

    def split(
        self,
        states: tf.Tensor,  # (batch, length, hidden)
    ) -> tf.Tensor:
        """Return (batch, heads, length, size): each head's part of the numbers."""
        batch, length = tf.unstack(tf.shape(states)[:2])
        parts = tf.reshape(states, (batch, length, self.heads, states.shape[2] // self.heads))
        return tf.transpose(parts, (0, 2, 1, 3))

    def project(
        self,
        states: tf.Tensor,  # (batch, source, hidden)
        first: int | tf.Tensor = 0,
    ) -> Kept:
        """Return keys and values, (batch, heads, source, size); the first place is `first`."""
        keys = self.split(self.W_K(states))
        return rotated(keys, first) if self.is_rotary else keys, self.split(self.W_V(states))

    def call(
        self,
        states: tf.Tensor,  # (batch, target, hidden), which ask
        kept: Kept,
        mask: tf.Tensor,  # (batch or 1, 1, target or 1, source)
        first: int | tf.Tensor = 0,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return (batch, target, hidden) and weights (batch, heads, target, source)."""
        queries = self.split(self.W_Q(states))
        queries = rotated(queries, first) if self.is_rotary else queries
        contexts, weights = scaled_dot_attention(queries, *kept, mask, self.is_scaled)
        joined = tf.reshape(tf.transpose(contexts, (0, 2, 1, 3)), tf.shape(states))
        return self.W_O(joined), weights
