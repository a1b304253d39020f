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


def beam_search(
    model, text: str, beam_size: int = 3, length_power: float = 0.0
) -> list[tuple[str, float]]:
    """Return the `beam_size` best translations of one sentence, best first, with their scores.

    Every step keeps the most probable beginnings (Sutskever et al., 2014, 3.2). The score is the
    log-probability in nats, EOS included, over the number of tokens to the power `length_power`.
    Raises ValueError for a sentence that `translate` refuses, and for a beam of less than 1.
    """
    if beam_size < 1:
        raise ValueError(f"beam_size is {beam_size}: at least 1 is needed")
    source = tf.constant(encode_sentences([check_sentence(text)]))  # (1, source)
    encoder_states, state = model.encoder(source)
    tokens = tf.fill((1, 1), tf.constant(SOS, source.dtype))  # (beam, target), first one beam
    log_probabilities = tf.zeros(1)  # (beam,)
    stay = tf.where(tf.range(len(vocabulary)) == PAD, 0.0, -np.inf)  # (vocabulary,): only PAD
    for _ in range(source.shape[1]):
        states = tf.repeat(encoder_states, len(tokens), axis=0)  # (beam, source, hidden)
        mask = tf.repeat(tf.not_equal(source, PAD), len(tokens), axis=0)  # (beam, source)
        logits, state, _ = model.decoder(tokens[:, -1], state, states, mask)
        finished = tf.reduce_any(tf.equal(tokens, EOS), axis=1)  # (beam,)
        step = tf.where(finished[:, None], stay, tf.nn.log_softmax(logits))  # (beam, vocabulary)
        candidates = tf.reshape(log_probabilities[:, None] + step, [-1])  # (beam * vocabulary,)
        log_probabilities, best = tf.math.top_k(candidates, min(beam_size, len(candidates)))
        beam, token = best // len(vocabulary), tf.cast(best % len(vocabulary), source.dtype)
        tokens = tf.concat([tf.gather(tokens, beam), token[:, None]], axis=1)
        state = tuple(tf.gather(part, beam) for part in state)
    lengths = tf.reduce_sum(tf.cast(tf.not_equal(tokens[:, 1:], PAD), tf.float32), axis=1)
    scores = log_probabilities / lengths**length_power  # (beam,)
    translations = [vocabulary.decode(row) for row in tokens[:, 1:].numpy().tolist()]
    ranked = zip(translations, scores.numpy().tolist(), strict=True)
    return sorted(ranked, key=lambda pair: pair[1], reverse=True)
