"""The Transformer of chapter 10, in TensorFlow (Vaswani et al., 2017)."""

import math
from collections.abc import Sequence

import keras
import tensorflow as tf

from book.data import PAD, Vocabularies, check_ids
from book.positions import LONGEST, check_reach, sinusoids
from book.tensorflow.multihead import Kept, MultiHeadAttention, linear, normalisation
from book.transformers import TransformerSettings


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (8ab2fdb2).
class FeedForward(keras.layers.Layer):
    """Two layers, at each place by itself (3.3)."""

    def __init__(self, hidden_size: int, inner_size: int):
        super().__init__()
        self.inner = linear(hidden_size, inner_size)
        self.outer = linear(inner_size, hidden_size)
        self.built = True

    def call(
        self,
        states: tf.Tensor,  # (batch, length, hidden)
    ) -> tf.Tensor:
        """Return (batch, length, hidden)."""
        return self.outer(tf.nn.relu(self.inner(states)))


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (2bfa10a7).
class Residual(keras.layers.Layer):
    """What stands around a part: its input is added to its output, one of the two is normalised.

    "pre" normalises what a part is given (Xiong et al., 2020), "post" the sum (3.1);
    "none" adds nothing.
    """

    def __init__(self, hidden_size: int, order: str = "pre"):
        super().__init__()
        self.norm = normalisation(hidden_size)
        self.order = order
        self.built = True

    def before(
        self,
        states: tf.Tensor,  # (batch, length, hidden)
    ) -> tf.Tensor:
        """Return what the part is given: (batch, length, hidden)."""
        return states if self.order == "post" else self.norm(states)

    def after(
        self,
        states: tf.Tensor,  # (batch, length, hidden)
        found: tf.Tensor,  # (batch, length, hidden), what the part gave
    ) -> tf.Tensor:
        """Return what the next part is given: (batch, length, hidden)."""
        if self.order == "none":
            return found
        return self.norm(states + found) if self.order == "post" else states + found


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (895e884f).
class EncoderLayer(keras.layers.Layer):
    """The source looks at itself; then each place computes by itself (3.1)."""

    def __init__(self, settings: TransformerSettings):
        super().__init__()
        hidden_size = settings.hidden_size
        is_rotary = settings.positions == "rotary"
        self.attention = MultiHeadAttention(
            hidden_size, settings.heads, settings.is_scaled, is_rotary
        )
        self.feed_forward = FeedForward(hidden_size, settings.inner_size)
        self.around_attention = Residual(hidden_size, settings.order)
        self.around_feed_forward = Residual(hidden_size, settings.order)
        self.built = True

    def call(
        self,
        states: tf.Tensor,  # (batch, source, hidden)
        mask: tf.Tensor,  # (batch, 1, 1, source)
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return states (batch, source, hidden) and weights (batch, heads, source, source)."""
        given = self.around_attention.before(states)
        found, weights = self.attention(given, self.attention.project(given), mask)
        states = self.around_attention.after(states, found)
        found = self.feed_forward(self.around_feed_forward.before(states))
        return self.around_feed_forward.after(states, found), weights


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (8768bbba).
class DecoderLayer(keras.layers.Layer):
    """The target looks at itself, as far as it is written, and at the source (3.1)."""

    def __init__(self, settings: TransformerSettings):
        super().__init__()
        hidden_size = settings.hidden_size
        is_rotary = settings.positions == "rotary"
        self.attention = MultiHeadAttention(
            hidden_size, settings.heads, settings.is_scaled, is_rotary
        )
        self.cross = MultiHeadAttention(hidden_size, settings.heads, settings.is_scaled)
        self.feed_forward = FeedForward(hidden_size, settings.inner_size)
        self.around_attention = Residual(hidden_size, settings.order)
        self.around_cross = Residual(hidden_size, settings.order)
        self.around_feed_forward = Residual(hidden_size, settings.order)
        self.built = True

    def call(
        self,
        states: tf.Tensor,  # (batch, target, hidden)
        mask: tf.Tensor,  # (1, 1, target, target or more)
        source: Kept,
        source_mask: tf.Tensor,  # (batch, 1, 1, source)
        past: Kept | None = None,  # of the places before, where these are not among the states
    ) -> tuple[tf.Tensor, Kept, tf.Tensor]:
        """Return states, keys and values up to here, and weights (batch, heads, target, source)."""
        first = tf.shape(past[0])[2] if past else 0
        given = self.around_attention.before(states)
        kept = self.attention.project(given, first)
        if past:
            kept = tf.concat([past[0], kept[0]], axis=2), tf.concat([past[1], kept[1]], axis=2)
        found, _ = self.attention(given, kept, mask, first=first)
        states = self.around_attention.after(states, found)
        asking = self.around_cross.before(states)
        found, weights = self.cross(asking, source, source_mask)
        states = self.around_cross.after(states, found)
        found = self.feed_forward(self.around_feed_forward.before(states))
        return self.around_feed_forward.after(states, found), kept, weights


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (2d14f02f).
class Positions(keras.layers.Layer):
    """Tokens as vectors, with their places added to them (3.4 and 3.5)."""

    def __init__(self, vocabulary_size: int, settings: TransformerSettings):
        super().__init__()
        hidden_size = settings.hidden_size
        normal = keras.initializers.RandomNormal(stddev=hidden_size**-0.5)
        self.embedding = keras.layers.Embedding(
            vocabulary_size, hidden_size, embeddings_initializer=normal
        )
        self.embedding.build((None, None))
        self.scale = math.sqrt(hidden_size)
        first = keras.initializers.Zeros()
        if settings.positions == "sinusoids":
            first = keras.initializers.Constant(sinusoids(LONGEST, hidden_size))
        if settings.positions == "learned":
            first = keras.initializers.RandomNormal(stddev=1.0)
        self.table = self.add_weight(
            shape=(LONGEST, hidden_size),
            initializer=first,
            trainable=settings.positions == "learned",
            name="table",
        )
        self.built = True

    def call(
        self,
        tokens: tf.Tensor,  # (batch, length)
        first: int | tf.Tensor = 0,
    ) -> tf.Tensor:
        """Return (batch, length, hidden); the first place is `first`."""
        places = tf.convert_to_tensor(self.table)[first : first + tf.shape(tokens)[1]]
        return self.scale * self.embedding(tokens) + places


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (c7ae642f).
def causal_mask(length: int | tf.Tensor) -> tf.Tensor:
    """Return (1, 1, length, length), True where a place may look: at itself and before it."""
    places = tf.range(length)
    return (places[:, None] >= places)[None, None]


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (fe00e924).
class TransformerEncoder(keras.layers.Layer):
    """Layers in which the source looks at itself (3.1)."""

    def __init__(self, vocabulary_size: int, settings: TransformerSettings):
        super().__init__()
        self.positions = Positions(vocabulary_size, settings)
        self.layers = [EncoderLayer(settings) for _ in range(settings.layers)]
        # What "post" gives is normalised already.
        is_post = settings.order == "post"
        self.norm = keras.layers.Identity() if is_post else normalisation(settings.hidden_size)
        self.built = True

    def call(
        self,
        source: tf.Tensor,  # (batch, source)
        mask: tf.Tensor,  # (batch, 1, 1, source)
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Return states (batch, source, hidden), and each layer's weights."""
        states, looked = self.positions(source), []
        for layer in self.layers:
            states, weights = layer(states, mask)
            looked.append(weights)
        return self.norm(states), looked


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (eaa2d8f7).
class TransformerDecoder(keras.layers.Layer):
    """Layers in which the target looks at itself and at the source (3.1), and a projection."""

    def __init__(self, vocabulary_size: int, settings: TransformerSettings):
        super().__init__()
        self.positions = Positions(vocabulary_size, settings)
        self.layers = [DecoderLayer(settings) for _ in range(settings.layers)]
        # What "post" gives is normalised already.
        is_post = settings.order == "post"
        self.norm = keras.layers.Identity() if is_post else normalisation(settings.hidden_size)
        self.projection = linear(settings.hidden_size, vocabulary_size)
        self.built = True
        size = settings.hidden_size // settings.heads
        kept = [(tf.TensorSpec((None, settings.heads, None, size)),) * 2] * settings.layers
        tokens = tf.TensorSpec((None, None), tf.int64)
        mask = tf.TensorSpec((None, 1, None, None), tf.bool)
        # What `call` returns, by one graph that serves texts of every length.
        self.write = tf.function(self, input_signature=(tokens, mask, kept, mask, kept))

    def project(
        self,
        states: tf.Tensor,  # (batch, source, hidden)
    ) -> list[Kept]:
        """Return the source's keys and values for each layer."""
        return [layer.cross.project(states) for layer in self.layers]

    def call(
        self,
        tokens: tf.Tensor,  # (batch, target), what is given: SOS first
        mask: tf.Tensor,  # (1, 1, target, target or more)
        source: Sequence[Kept],
        source_mask: tf.Tensor,  # (batch, 1, 1, source)
        past: Sequence[Kept] = (),
    ) -> tuple[tf.Tensor, list[Kept], list[tf.Tensor]]:
        """Return logits (batch, target, vocabulary), what is kept, and each layer's weights."""
        states = self.positions(tokens, first=tf.shape(past[0][0])[2] if past else 0)
        kept, looked = [], []
        for layer, seen, before in zip(
            self.layers, source, past or (None,) * len(source), strict=True
        ):
            states, now, weights = layer(states, mask, seen, source_mask, before)
            kept.append(now)
            looked.append(weights)
        return self.projection(self.norm(states)), kept, looked


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (dc54856b).
class Transformer(keras.Model):
    """A translator without recurrence, of any two vocabularies (Vaswani et al., 2017)."""

    def __init__(
        self,
        vocabularies: Vocabularies,
        settings: TransformerSettings = TransformerSettings(),  # noqa: B008  nothing can change it
    ):
        super().__init__()
        self.vocabularies = vocabularies
        self.encoder = TransformerEncoder(len(vocabularies.source), settings)
        self.decoder = TransformerDecoder(len(vocabularies.target), settings)
        self.built = True

    def look(
        self,
        source: tf.Tensor,  # (batch, source)
        target: tf.Tensor,  # (batch, target)
    ) -> tuple[tf.Tensor, list[tf.Tensor], list[tf.Tensor]]:
        """Return logits (batch, target, vocabulary), and where each layer looks in the source.

        That is the encoder's weights and those of the decoder's cross-attention. Each place is
        given the true tokens before it. Raises what `check_ids` and `check_reach` raise for either.
        """
        source = check_ids(source, len(self.vocabularies.source))
        target = check_ids(target, len(self.vocabularies.target), "target")
        check_reach(source.shape[1], target.shape[1])
        sos = tf.cast(self.vocabularies.target.ids["SOS"], tf.int64)
        start = tf.fill(tf.shape(target[:, :1]), sos)
        given = tf.concat([start, target[:, :-1]], axis=1)  # (batch, target)
        source_mask = tf.not_equal(source, PAD)[:, None, None]  # (batch, 1, 1, source)
        states, looked = self.encoder(source, source_mask)
        mask = causal_mask(tf.shape(target)[1])
        logits, _, crossed = self.decoder(given, mask, self.decoder.project(states), source_mask)
        return logits, looked, crossed

    def call(
        self,
        source: tf.Tensor,  # (batch, source)
        target: tf.Tensor,  # (batch, target)
    ) -> tf.Tensor:
        """Return logits (batch, target, vocabulary). Raises what `look` raises."""
        return self.look(source, target)[0]
