"""Decoding and evaluation of chapter 07, in TensorFlow."""

import keras
import numpy as np
import tensorflow as tf

from book.data import (
    DIGIT_LANGUAGE,
    PAD,
    Vocabularies,
    check_ids,
    check_sentence,
    check_size,
    check_tokens,
    encode_sentences,
    pad,
    vocabulary,
    writable_tokens,
)
from book.tensorflow.decoder import Translator


# Taught in chapters/07-translation.ipynb; ci/sync copies it (ecfe9c7a).
def greedy_decode(
    model: keras.Model,
    source: tf.Tensor,  # (batch, source)
    steps: int = 6,
    words: Vocabularies = DIGIT_LANGUAGE,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return tokens (batch, target), PAD behind EOS, and weights (batch, target, source).

    It stops when every sentence has its EOS, after `steps` tokens at the latest. Raises what
    `check_ids` raises for `source`, and `check_size` for `steps`.
    """
    source, steps = check_ids(source, len(words.source)), check_size(steps, "steps")
    ids = words.target.ids
    encoder_states, state = model.encoder(source)
    mask = tf.not_equal(source, PAD)  # (batch, source)
    keys = model.decoder.attention.project_keys(encoder_states)
    token = tf.fill(tf.shape(source)[:1], tf.constant(ids["SOS"], source.dtype))  # (batch,)
    finished = tf.zeros_like(token, dtype=tf.bool)  # (batch,)
    writable = writable_tokens(words.target)  # (vocabulary,)
    tokens: list[tf.Tensor] = []
    weights: list[tf.Tensor] = []
    while len(tokens) < steps and not tf.reduce_all(finished):
        logits, state, step_weights = model.decoder(token, state, keys, encoder_states, mask)
        logits = tf.where(writable, logits, -np.inf)  # never PAD nor SOS
        best = tf.argmax(logits, axis=1, output_type=source.dtype)
        token = tf.where(finished, tf.constant(PAD, source.dtype), best)
        finished = finished | tf.equal(token, ids["EOS"])
        tokens.append(token)
        weights.append(step_weights)
    return tf.stack(tokens, axis=1), tf.stack(weights, axis=1)


# Taught in chapters/07-translation.ipynb; ci/sync copies it (0725ba14).
def exact_match(model: Translator, source: np.ndarray, target: np.ndarray) -> float:
    """Return the share of sentences whose every token, EOS included, is right: from 0 to 1.

    Reads (batch, source) and (batch, target). Raises TypeError and ValueError for what
    `check_tokens` refuses.
    """
    check_tokens(source=source, target=target)
    tokens, _ = greedy_decode(model, tf.constant(source), target.shape[1])
    tokens = pad(tokens.numpy().tolist(), target.shape[1])
    return float((tokens == target).all(axis=1).mean())


# Taught in chapters/07-translation.ipynb; ci/sync copies it (d0e19c80).
def translate(model: Translator, text: str) -> tuple[str, np.ndarray]:
    """Return the translation of one sentence and its weights (target, source).

    These have a row for each token written: for EOS, too, if it was. Raises what `check_sentence`
    raises.
    """
    source = encode_sentences([check_sentence(text)])  # (1, source)
    tokens, weights = greedy_decode(model, tf.constant(source))
    words = vocabulary.decode(tokens[0].numpy().tolist())
    rows, columns = len(words.split()) + 1, len(text.split()) + 1  # with EOS
    return words, weights[0, :rows, :columns].numpy()


# Taught in chapters/07-translation.ipynb; ci/sync copies it (6f64067a).
def beam_decode(
    model: keras.Model,
    source: tf.Tensor,  # (1, source)
    beam_size: int,
    steps: int = 6,
    words: Vocabularies = DIGIT_LANGUAGE,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return probable tokens (beam, target), best first, and their log-probabilities (beam,).

    Every step keeps the `beam_size` most probable beginnings (Sutskever et al., 2014, 3.2). That
    finds good translations, not surely the best. Raises ValueError for another number of sentences
    than one, and what `check_size` and `check_ids` raise.
    """
    beam_size, steps = check_size(beam_size, "beam_size"), check_size(steps, "steps")
    source, ids = check_ids(source, len(words.source)), words.target.ids
    if len(source) != 1:
        raise ValueError(f"source has {len(source)} rows: beam search takes one sentence")
    source = tf.repeat(source, beam_size, axis=0)  # (beam, source)
    mask = tf.not_equal(source, PAD)  # (beam, source)
    encoder_states, state = model.encoder(source)
    keys = model.decoder.attention.project_keys(encoder_states)
    tokens = tf.fill((beam_size, 1), tf.constant(ids["SOS"], source.dtype))  # (beam, 1)
    zero = tf.zeros((), encoder_states.dtype)
    totals = tf.where(tf.range(beam_size) == 0, zero, -np.inf)  # (beam,): only one counts yet
    writable = writable_tokens(words.target)  # (vocabulary,)
    stay = tf.where(tf.range(len(writable)) == PAD, zero, -np.inf)  # (vocabulary,)
    for _ in range(steps):
        logits, state, _ = model.decoder(tokens[:, -1], state, keys, encoder_states, mask)
        logits = tf.where(writable, logits, -np.inf)  # never PAD nor SOS
        step = tf.nn.log_softmax(logits, axis=1)  # (beam, vocabulary)
        finished = tf.reduce_any(tf.equal(tokens, ids["EOS"]), axis=1)  # (beam,)
        step = tf.where(finished[:, None], stay, step)  # only PAD after EOS
        table = totals[:, None] + step  # (beam, vocabulary)
        totals, best = tf.math.top_k(tf.reshape(table, [-1]), beam_size)  # (beam,) each
        beam, token = best // len(writable), best % len(writable)  # (beam,) each
        token = tf.cast(token, source.dtype)
        tokens = tf.concat([tf.gather(tokens, beam), token[:, None]], axis=1)
        state = tuple(tf.gather(part, beam) for part in state)
    return tokens[:, 1:], totals


# Taught in chapters/07-translation.ipynb; ci/sync copies it (6dd8b593).
def beam_search(
    model: Translator, text: str, beam_size: int = 3, length_power: float = 0.0
) -> list[tuple[str, float]]:
    """Return `beam_size` translations of one sentence that beam search finds, best first, scored.

    The score is the log-probability in nats, EOS included, over the number of tokens to the
    power `length_power`. Raises TypeError and ValueError for a sentence that `translate` refuses,
    and what `check_size` raises for `beam_size`.
    """
    source = encode_sentences([check_sentence(text)])  # (1, source)
    tokens, totals = beam_decode(model, tf.constant(source), beam_size)
    tokens, totals = tokens.numpy(), totals.numpy()
    scores = totals / (tokens != PAD).sum(axis=1) ** length_power  # (beam,)
    translations = [vocabulary.decode(row) for row in tokens.tolist()]
    ranked = zip(translations, scores.tolist(), strict=True)
    return sorted(ranked, key=lambda pair: pair[1], reverse=True)
