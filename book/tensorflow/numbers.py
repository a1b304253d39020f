"""The translator of chapter 09, for texts of any length, and how it is trained, in TensorFlow."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from book.data import PAD, Vocabularies, check_ids, check_seed
from book.dates import WrittenDate, date_task, date_texts, later_dates
from book.mistakes import match_by_digits, mistake_counts
from book.numerals import (
    SPELL,
    draw_numbers,
    number_task,
    number_texts,
    other_language,
    round_numbers,
    split_numbers,
    unseen_numbers,
)
from book.reading import spell_source
from book.schedules import (
    TrainingSettings,
    batches_by_length,
    changed_settings,
    checks_since_best,
    is_check_due,
    learning_rates,
)
from book.tensorflow.attention import AdditiveAttention
from book.tensorflow.decoder import Decoder
from book.tensorflow.encoder import Encoder
from book.tensorflow.training import masked_loss
from book.tensorflow.translation import beam_decode, greedy_decode
from book.tokens import TextTask, encode_texts, text_match

# What one graph takes, so that none has to be made for each length of a text.
IDS = tf.TensorSpec((None, None), tf.int64)  # batch, source or target
MASK = tf.TensorSpec((None, None), tf.bool)  # batch, source
STATE = tf.TensorSpec((None, None), tf.float32)  # batch, hidden
STATES = tf.TensorSpec((None, None, None), tf.float32)  # batch, source, hidden


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (120daad6).
class BidirectionalEncoder(keras.Model):
    """Read a text from both ends (Schuster and Paliwal, 1997; Bahdanau et al., 2015, 3.2).

    Each direction has half of `hidden_size`.
    """

    def __init__(self, vocabulary_size: int, embedding_size: int, hidden_size: int):
        super().__init__()
        self.embedding = keras.layers.Embedding(
            vocabulary_size,
            embedding_size,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
        )
        lstm = keras.layers.LSTM(
            hidden_size // 2,
            return_sequences=True,
            return_state=True,
            zero_output_for_mask=True,
        )
        self.lstm = keras.layers.Bidirectional(lstm)
        self.embedding.build((None, None))
        self.lstm.build((None, None, embedding_size))
        self.built = True

    def call(
        self,
        source: tf.Tensor,  # (batch, source)
    ) -> tuple[tf.Tensor, tuple[tf.Tensor, tf.Tensor]]:
        """Return encoder_states (batch, source, hidden) and the last (hidden, cell) of both ends.

        Raises what `check_ids` raises.
        """
        source = check_ids(source, self.embedding.input_dim)
        mask = tf.not_equal(source, PAD)  # (batch, source)
        encoder_states, *ends = self.lstm(self.embedding(source), mask=mask)
        hidden, cell, hidden_back, cell_back = ends  # (batch, hidden / 2) each
        state = tf.concat([hidden, hidden_back], axis=1), tf.concat([cell, cell_back], axis=1)
        return encoder_states, state


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (952aa854).
class TextTranslator(keras.Model):
    """Encoder, decoder and the two vocabularies that they read and write."""

    def __init__(
        self,
        encoder: keras.Model,
        decoder: Decoder,
        vocabularies: Vocabularies,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.vocabularies = vocabularies
        self.dropout = keras.layers.Dropout(dropout)
        self.built = True

    def call(
        self,
        source: tf.Tensor,  # (batch, source)
        target: tf.Tensor,  # (batch, target)
        training: bool = False,
    ) -> tf.Tensor:
        """Return logits (batch, target, vocabulary); each step is given the true token before.

        Raises what `check_ids` raises for either.
        """
        target = check_ids(target, len(self.vocabularies.target), "target")
        encoder_states, (hidden, cell) = self.encoder(source)
        encoder_states = self.dropout(encoder_states, training=training)
        keys = self.decoder.attention.project_keys(encoder_states)  # once for a text
        mask = tf.not_equal(source, PAD)  # (batch, source)
        return self.force(target, hidden, cell, keys, encoder_states, mask)

    @tf.function(input_signature=[IDS, STATE, STATE, STATES, STATES, MASK])
    def force(
        self,
        target: tf.Tensor,  # (batch, target)
        hidden: tf.Tensor,  # (batch, hidden)
        cell: tf.Tensor,  # (batch, hidden)
        keys: tf.Tensor,  # (batch, source, hidden)
        encoder_states: tf.Tensor,  # (batch, source, hidden)
        mask: tf.Tensor,  # (batch, source), True at tokens
    ) -> tf.Tensor:
        """Return logits (batch, target, vocabulary), by one graph for targets of every length."""
        steps = tf.shape(target)[1]
        token = tf.fill(
            tf.shape(target)[:1], tf.cast(self.vocabularies.target.ids["SOS"], tf.int64)
        )
        logits = tf.TensorArray(tf.float32, steps)
        for step in tf.range(steps):
            state = hidden, cell
            written, state, _ = self.decoder(token, state, keys, encoder_states, mask)
            hidden, cell = state
            logits = logits.write(step, written)
            token = target[:, step]  # teacher forcing
        return tf.transpose(logits.stack(), (1, 0, 2))  # (batch, target, vocabulary)


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (c09d7953).
class NoAttention(AdditiveAttention):
    """A context of zeros: the decoder has nothing but the encoder's last state."""

    def call(
        self,
        _decoder_state: tf.Tensor,  # (batch, hidden)
        _keys: tf.Tensor,  # (batch, source, hidden)
        values: tf.Tensor,  # (batch, source, hidden)
        _mask: tf.Tensor,  # (batch, source), True at tokens
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return a context (batch, hidden) and weights (batch, source), all of them 0."""
        return tf.zeros_like(values[:, 0]), tf.zeros_like(values[:, :, 0])


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (356e988d).
class UnmaskedAttention(AdditiveAttention):
    """Attention that also looks at padding."""

    def call(
        self,
        decoder_state: tf.Tensor,  # (batch, hidden)
        keys: tf.Tensor,  # (batch, source, hidden)
        values: tf.Tensor,  # (batch, source, hidden)
        mask: tf.Tensor,  # (batch, source), not read
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return context (batch, hidden) and weights (batch, source), of padding, too."""
        return super().call(decoder_state, keys, values, tf.ones_like(mask))


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (21ed76d2).
def make_text_translator(
    vocabularies: Vocabularies,
    without: str = "",
    hidden_size: int = 128,
    dropout: float = 0.0,
) -> TextTranslator:
    """Return a translator, all of it or `without` "attention", "backwards" or "mask".

    Raises ValueError for another part.
    """
    if without not in ("", "attention", "backwards", "mask"):
        raise ValueError(f"without is {without!r}: choose attention, backwards or mask")
    make_encoder = Encoder if without == "backwards" else BidirectionalEncoder
    encoder = make_encoder(len(vocabularies.source), 32, hidden_size)
    decoder = Decoder(len(vocabularies.target), 32, hidden_size)
    if without in ("attention", "mask"):
        decoder.attention.trainable = False  # Keras keeps what is replaced, but it learns no more
        replacement = NoAttention if without == "attention" else UnmaskedAttention
        decoder.attention = replacement(hidden_size)
    if without == "attention":
        decoder.attention.trainable = False  # nothing of it is used
    return TextTranslator(encoder, decoder, vocabularies, dropout)


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (1d4dd295).
def clipped_step(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    clip: float,
    source: tf.Tensor,  # (batch, source)
    target: tf.Tensor,  # (batch, target)
) -> tf.Tensor:
    """Change the parameters once, by a gradient no longer than `clip` (Pascanu et al., 2013).

    Returns the loss in nats before the change. Raises what `model` raises.
    """
    with tf.GradientTape() as tape:
        loss = masked_loss(model(source, target, training=True), target)  # dropout on
    gradients = tape.gradient(loss, model.trainable_variables)
    gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
    gradients, _ = tf.clip_by_global_norm(gradients, clip)
    optimizer.apply(gradients, model.trainable_variables)
    return loss


def validation_loss(model: keras.Model, source: np.ndarray, target: np.ndarray) -> float:
    """Return the loss in nats of all texts: (batch, source) and (batch, target)."""
    logits = model(tf.constant(source), tf.constant(target))
    return float(masked_loss(logits, tf.constant(target)))


class TrainingRun(NamedTuple):
    """What training gives beside the model: losses in nats."""

    losses: list[float]  # of each step
    validation: list[float]  # of each look at validation
    best_step: int  # whose parameters the model has at the end


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (a2b5b3ab).
def train_best(
    model: keras.Model,
    task: TextTask,
    settings: TrainingSettings = TrainingSettings(),  # noqa: B008  nothing can change it
    seed: int = 0,
) -> TrainingRun:
    """Train a model; leave it with the parameters that were best on validation.

    Stops early when so many looks at validation as `patience` says bring nothing better.
    """
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    step_of = partial(clipped_step, model, optimizer, settings.clip)
    step_of = tf.function(step_of, input_signature=[IDS, IDS])  # one graph for all lengths
    rates = learning_rates(settings)
    batches = batches_by_length(task.train_source, task.train_target, settings, seed)
    losses, validation, best_step, best = [], [], 0, model.get_weights()
    for step, (source, target) in enumerate(batches, start=1):
        optimizer.learning_rate = rates[step - 1]
        losses.append(step_of(tf.constant(source), tf.constant(target)))
        if not is_check_due(step, settings):
            continue
        validation.append(validation_loss(model, task.validation_source, task.validation_target))
        if checks_since_best(validation) == 0:
            best_step, best = step, model.get_weights()
        if checks_since_best(validation) >= settings.patience:
            break
    model.set_weights(best)
    return TrainingRun(tf.stack(losses).numpy().tolist(), validation, best_step)


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (9343a9bd).
def write_texts(model: TextTranslator, texts: Sequence[str], steps: int = 40) -> list[str]:
    """Return the translations of `texts` that greedy decoding writes, of `steps` tokens at most.

    Raises what `encode_texts` and `check_size` raise.
    """
    source = encode_texts(texts, model.vocabularies.source)  # (batch, source)
    tokens, _ = greedy_decode(model, tf.constant(source), steps, model.vocabularies)
    return [model.vocabularies.target.decode(row) for row in tokens.numpy().tolist()]


def translate_text(model: TextTranslator, text: str, steps: int = 40) -> tuple[str, np.ndarray]:
    """Return the translation of one text and its weights (target, source).

    These have a row for each token written: for EOS, too, if it was. Raises what `write_texts`
    raises.
    """
    source = encode_texts([text], model.vocabularies.source)  # (1, source)
    tokens, weights = greedy_decode(model, tf.constant(source), steps, model.vocabularies)
    return model.vocabularies.target.decode(tokens[0].numpy().tolist()), weights[0].numpy()


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (d104a245).
def translate_number(models: Mapping[str, TextTranslator], text: str, to: str) -> str:
    """Return a number in the language `to`, however `text` writes it in the other one.

    `models` has a translator into each language. Raises what `spell_source` raises.
    """
    spelt = spell_source(text, to)
    if spelt == SPELL[other_language(to)](0):
        return SPELL[to](0)  # a word of its own: there is nothing to learn
    return translate_text(models[to], spelt)[0]


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (bc14396f).
def beam_texts(
    model: TextTranslator, text: str, beam_size: int = 3, steps: int = 40
) -> list[tuple[str, float]]:
    """Return `beam_size` translations that beam search finds, best first, with log-probabilities.

    Raises what `encode_texts` and `beam_decode` raise.
    """
    source = encode_texts([text], model.vocabularies.source)  # (1, source)
    rows = tf.constant(source)
    tokens, totals = beam_decode(model, rows, beam_size, steps, model.vocabularies)
    written = [model.vocabularies.target.decode(row) for row in tokens.numpy().tolist()]
    return list(zip(written, totals.numpy().tolist(), strict=True))


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (19b1776b).
def trained_translator(
    task: TextTask,
    without: str = "",
    seed: int = 0,
    settings: TrainingSettings = TrainingSettings(),  # noqa: B008  nothing can change it
) -> tuple[TextTranslator, TrainingRun]:
    """Return a translator and how its training went. Raises what `make_text_translator` raises."""
    keras.utils.set_random_seed(check_seed(seed))
    model = make_text_translator(task.vocabularies, without, dropout=settings.dropout)
    return model, train_best(model, task, settings, seed)


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (ca894215).
def number_match(
    to: str,
    without: str = "",
    training: int = 8000,
    round_share: float = 0.5,
    korean: str = "character",
    english: str = "word",
    seed: int = 0,
    **settings: float,
) -> list[float]:
    """Train one translator of numbers; return its exact match on several kinds of them.

    First all unseen numbers, then `round_numbers`, then those of 2, 3, ... 8 digits among the
    first. `settings` are those of `TrainingSettings`. Raises what `number_task` and
    `trained_translator` raise.
    """
    units = {"ko": korean, "en": english}
    task = number_task(to, training, round_share, units, seed)
    model, _ = trained_translator(task, without, seed, changed_settings(**settings))
    numbers = split_numbers(training, round_share=round_share, seed=seed).test
    written = write_texts(model, task.test.source, 100)
    rounds = number_texts(round_numbers(), to)
    return [
        text_match(written, task.test.target),
        text_match(write_texts(model, rounds.source, 100), rounds.target),
        *match_by_digits(numbers, written, task.test.target)[1:],
    ]


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (da94b6ed).
def round_match(to: str, round_share: float, seed: int = 0, **settings: float) -> list[float]:
    """Train one translator with a `round_share`; return its exact match on two kinds of numbers.

    First on 1,000 that were drawn as those of training were, then on `round_numbers`. `settings`
    are those of `TrainingSettings`. Raises what `number_task` raises.
    """
    task = number_task(to, round_share=round_share, seed=seed)
    model, _ = trained_translator(task, "", seed, changed_settings(**settings))
    drawn = draw_numbers(2000, round_share, np.random.default_rng([seed, 1]))
    train = split_numbers(round_share=round_share, seed=seed).train
    alike = drawn[~np.isin(drawn, [*train, *round_numbers()])][:1000].tolist()
    kinds = [number_texts(kind, to) for kind in (alike, round_numbers())]
    return [text_match(write_texts(model, texts.source), texts.target) for texts in kinds]


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (db4c3d16).
def weights_of(model: TextTranslator, source: str, target: str) -> list[float]:
    """Return the weights with which a model writes one text, row by row.

    A row for each token of `target`, the true translation, and a column for each of `source`, with
    EOS; 0 where it has written fewer. Raises what `translate_text` raises.
    """
    _, written = translate_text(model, source)
    weights = np.zeros((len(model.vocabularies.target.encode(target)), written.shape[1]))
    rows = min(len(weights), len(written))
    weights[:rows] = written[:rows]
    return [float(weight) for weight in weights.flatten()]


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (c202624f).
def number_weights(to: str, number: int, seed: int = 0, **settings: float) -> list[float]:
    """Train one translator; return its `weights_of` one number. Raises as `number_texts` does."""
    task = number_task(to, seed=seed)
    model, _ = trained_translator(task, "", seed, changed_settings(**settings))
    (source,), (target,) = number_texts([number], to)
    return weights_of(model, source, target)


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (ab07f5f1).
def date_weights(to: str, iso_date: str, seed: int = 0, steps: int = 300) -> list[float]:
    """Train one translator; return its `weights_of` a date, written in full.

    Raises ValueError for a date that is not written as 2025-01-05 is.
    """
    day = WrittenDate(date.fromisoformat(iso_date), "full", has_year=True)
    settings = TrainingSettings(steps=steps)
    model, _ = trained_translator(date_task(to, seed=seed), seed=seed, settings=settings)
    (source,), (target,) = date_texts([day], to)
    return weights_of(model, source, target)


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (3c8666ee).
def number_mistakes(to: str, seed: int = 0, **settings: float) -> list[float]:
    """Train one translator; return how many of 10,000 unseen numbers it gets wrong, by kind.

    The kinds are those of `book.mistakes.KINDS`, `settings` those of `TrainingSettings`. Raises
    what `number_task` raises.
    """
    task = number_task(to, seed=seed)
    model, _ = trained_translator(task, "", seed, changed_settings(**settings))
    numbers = unseen_numbers()
    written = write_texts(model, number_texts(numbers, to).source)
    return [float(count) for count in mistake_counts(numbers, written, to)]


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (da8ce894).
def date_match(
    to: str,
    korean: str = "character",
    english: str = "word",
    seed: int = 0,
    **settings: float,
) -> list[float]:
    """Train one translator of dates; return its exact match on unseen dates and on later years.

    `settings` are those of `TrainingSettings`. Raises what `date_task` and `trained_translator`
    raise.
    """
    task = date_task(to, units={"ko": korean, "en": english}, seed=seed)
    model, _ = trained_translator(task, "", seed, changed_settings(**settings))
    kinds = [task.test, date_texts(later_dates(), to)]
    return [text_match(write_texts(model, texts.source), texts.target) for texts in kinds]
