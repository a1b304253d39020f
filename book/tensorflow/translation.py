"""Decoding and evaluation of chapter 07, in TensorFlow."""

import numpy as np
import tensorflow as tf

from book.data import EOS, PAD, SOS, check_sentence, encode_sentences, vocabulary


@tf.function(reduce_retracing=True)
def greedy_decode(model, source, steps: int = 6):  # source: (batch, source)
    """Return tokens (batch, target), PAD behind EOS, and weights (batch, target, source)."""
    mask = tf.not_equal(source, PAD)  # (batch, source)
    encoder_states, state = model.encoder(source)
    token = tf.fill(tf.shape(source)[:1], tf.constant(SOS, source.dtype))  # (batch,)
    finished = tf.zeros_like(token, dtype=tf.bool)  # (batch,)
    tokens, weights = [], []
    for _ in range(steps):
        logits, state, step_weights = model.decoder(token, state, encoder_states, mask)
        best = tf.argmax(logits, axis=1, output_type=source.dtype)
        token = tf.where(finished, tf.constant(PAD, source.dtype), best)
        finished = finished | tf.equal(token, EOS)
        tokens.append(token)
        weights.append(step_weights)
    return tf.stack(tokens, axis=1), tf.stack(weights, axis=1)


def exact_match(model, source: np.ndarray, target: np.ndarray) -> float:
    """Return the share of sentences whose every token, EOS included, is right."""
    tokens, _ = greedy_decode(model, tf.constant(source), target.shape[1])
    return float((tokens.numpy() == target).all(axis=1).mean())


def translate(model, text: str) -> tuple[str, np.ndarray]:
    """Return the translation of one sentence and its weights (target, source).

    Raises ValueError for an empty or over-long sentence and for an unknown word, naming it.
    """
    source = encode_sentences([check_sentence(text)])  # (1, source)
    tokens, weights = greedy_decode(model, tf.constant(source))
    words = vocabulary.decode(tokens[0].numpy().tolist())
    return words, weights[0, : len(words.split()) + 1, : len(text.split()) + 1].numpy()
