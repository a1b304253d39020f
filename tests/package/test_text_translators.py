"""Translators of texts: the same in both frameworks, blind to padding, trained as they say."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from numpy.testing import assert_allclose

import book.pytorch
import book.tensorflow
from book import numerals, parity, schedules
from book.data import PAD
from book.reading import NumeralError
from book.schedules import TrainingSettings
from book.tokens import Texts, encode_texts, make_task

# Keras says so of every tensor that a masked layer has made.
pytestmark = pytest.mark.filterwarnings("ignore:Layer .* does not support masking")

PACKAGES = pytest.mark.parametrize(
    "package", [book.tensorflow, book.pytorch], ids=["tensorflow", "pytorch"]
)
PARTS = ("", "attention", "backwards", "mask")
WORDS = "one two three four five six seven eight nine ten".split()


def letters() -> object:
    """Return a task that is learned in a few steps: words are written with their order turned."""
    generator = np.random.default_rng(0)
    lists = [list(generator.choice(WORDS, size=generator.integers(1, 5))) for _ in range(400)]
    texts = list(dict.fromkeys(" ".join(words) for words in lists))
    pairs = [
        Texts(part, [" ".join(text.split()[::-1]) for text in part])
        for part in (texts[:200], texts[200:220], texts[220:240])
    ]
    return make_task(pairs, ("word", "word"))


TASK = letters()
SETTINGS = TrainingSettings(steps=12, batch_size=16, pool=2, check_every=4, rate=0.02)


def tensor(package: object, array: np.ndarray) -> object:
    return tf.constant(array) if package is book.tensorflow else torch.tensor(array)


def logits_of(package: object, model: object, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    if package is book.pytorch:
        model.to("cpu").requires_grad_(False).eval()
    return np.asarray(model(tensor(package, source), tensor(package, target)))


@pytest.fixture(scope="module")
def twins():
    keras.utils.set_random_seed(0)
    first, second = (
        package.make_text_translator(TASK.vocabularies)
        for package in (book.tensorflow, book.pytorch)
    )
    parity.copy_text_translator(first, second)
    return first, second


def test_both_frameworks_compute_the_same(twins):
    source, target = TASK.train_source[:20], TASK.train_target[:20]
    pairs = zip((book.tensorflow, book.pytorch), twins, strict=True)
    first, second = (logits_of(package, model, source, target) for package, model in pairs)
    assert_allclose(first, second, rtol=0, atol=1e-5)


def test_both_frameworks_write_the_same(twins):
    pairs = [*zip((book.tensorflow, book.pytorch), twins, strict=True)]
    first, second = (package.write_texts(model, TASK.test.source, 6) for package, model in pairs)
    assert first == second
    one, other = (package.translate_text(model, "one two", 6)[1] for package, model in pairs)
    assert_allclose(one, other, rtol=0, atol=1e-5)
    beam, other_beam = (package.beam_texts(model, "one two", 3, 6) for package, model in pairs)
    assert [text for text, _ in beam] == [text for text, _ in other_beam]
    assert_allclose([total for _, total in beam], [total for _, total in other_beam], atol=1e-4)


@PACKAGES
@pytest.mark.parametrize("without", PARTS)
def test_padding_changes_nothing_but_without_a_mask(package, without):
    model = package.make_text_translator(TASK.vocabularies, without, 16)
    source, target = TASK.train_source[:8], TASK.train_target[:8]
    wider = np.pad(source, ((0, 0), (0, 3)))
    first, second = (logits_of(package, model, each, target) for each in (source, wider))
    assert (np.abs(first - second).max() < 1e-5) == (without != "mask")


@PACKAGES
def test_each_state_knows_what_stands_before_and_behind(package):
    encoder = package.BidirectionalEncoder(8, 4, 8)
    rows = np.array([[3, 4, 5, 6], [3, 4, 5, 7], [2, 4, 5, 6]])  # another end, another beginning
    if package is book.pytorch:
        encoder.requires_grad_(False)
    states, (hidden, cell) = encoder(tensor(package, rows))
    states, hidden = np.asarray(states), np.asarray(hidden)
    assert hidden.shape == cell.shape == (3, 8)
    same_end, same_start = (np.isclose(states[0], states[row], 0, 1e-6) for row in (1, 2))
    assert same_end[:3, :4].all()  # read from the front, the end is not known yet
    assert not same_end[0, 4:].any()
    assert same_start[1:, 4:].all()
    assert not same_start[3, :4].any()
    assert_allclose(hidden, np.concatenate([states[:, -1, :4], states[:, 0, 4:]], axis=1))


@PACKAGES
def test_without_attention_the_context_is_zero(package):
    model = package.make_text_translator(TASK.vocabularies, "attention", 16)
    _, weights = package.translate_text(model, "one two", 3)
    assert not weights.any()
    model = package.make_text_translator(TASK.vocabularies, "mask", 16)
    if package is book.pytorch:
        model.to("cpu")
    source = tensor(package, encode_texts(["one", "one two three"], TASK.vocabularies.source))
    _, weights = package.greedy_decode(model, source, 2, TASK.vocabularies)
    assert (weights.numpy()[0, :, 2:] > 0).all()  # it looks at padding


@PACKAGES
def test_an_unknown_part_is_refused(package):
    with pytest.raises(ValueError, match="choose attention, backwards or mask"):
        package.make_text_translator(TASK.vocabularies, "head")


@PACKAGES
def test_training_keeps_the_best_and_stops_early(package):
    model, run = package.trained_translator(TASK, settings=SETTINGS)
    assert len(run.losses) == 12
    assert len(run.validation) == 3
    assert run.losses[-1] < run.losses[0]
    assert run.best_step == 4 * (1 + int(np.argmin(run.validation)))
    again = package.validation_loss(model, TASK.validation_source, TASK.validation_target)
    assert again == pytest.approx(min(run.validation), abs=1e-5)
    hopeless = SETTINGS._replace(steps=40, rate=50.0, warm_up=0.0, check_every=1, patience=2)
    model, run = package.trained_translator(TASK, settings=hopeless)
    best = int(np.argmin(run.validation))
    assert len(run.losses) == len(run.validation) == best + 3 < 40  # patience ran out
    again = package.validation_loss(model, TASK.validation_source, TASK.validation_target)
    assert again == pytest.approx(run.validation[best], rel=1e-4)


@PACKAGES
def test_a_gradient_is_clipped_to_its_length(package):
    """With plain gradient descent at a rate of 1, the parameters move by the clipped gradient."""

    def moved(clip: float) -> float:
        keras.utils.set_random_seed(0)
        torch.manual_seed(0)
        model = package.make_text_translator(TASK.vocabularies, hidden_size=16)
        if package is book.tensorflow:
            before = [each.numpy() for each in model.trainable_variables]
            optimizer = keras.optimizers.SGD(1.0)
        else:
            model.to("cpu")
            before = [each.numpy(force=True).copy() for each in model.parameters()]
            optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        rows = {"source": TASK.train_source[:16], "target": TASK.train_target[:16]}
        arrays = {name: tensor(package, array) for name, array in rows.items()}
        package.clipped_step(model=model, optimizer=optimizer, clip=clip, **arrays)
        if package is book.tensorflow:
            after = [each.numpy() for each in model.trainable_variables]
        else:
            after = [each.numpy(force=True) for each in model.parameters()]
        return float(np.sqrt(sum(((a - b) ** 2).sum() for a, b in zip(after, before, strict=True))))

    whole = moved(1e9)
    assert moved(whole / 2) == pytest.approx(whole / 2, rel=1e-3)
    assert moved(2 * whole) == pytest.approx(whole, rel=1e-3)


@PACKAGES
def test_dropout_is_for_training_only(package):
    model = package.make_text_translator(TASK.vocabularies, hidden_size=16, dropout=0.5)
    arrays = TASK.validation_source, TASK.validation_target
    losses = {package.validation_loss(model, *arrays) for _ in range(3)}
    assert len(losses) == 1
    plain = package.make_text_translator(TASK.vocabularies, hidden_size=16)
    for each, differs in ((model, True), (plain, False)):
        rows = [tensor(package, array) for array in arrays]
        if package is book.pytorch:
            each.to("cpu").train().requires_grad_(False)
        options = {"training": True} if package is book.tensorflow else {}
        one, other = (np.asarray(each(*rows, **options)) for _ in range(2))
        assert bool((one != other).any()) == differs


@PACKAGES
def test_numbers_of_ones_own_are_spelt_before_they_are_read(package, monkeypatch):
    seen = []
    module = __import__(f"{package.__name__}.numbers", fromlist=["numbers"])
    monkeypatch.setattr(
        module, "translate_text", lambda model, text: (seen.append((model, text)) or "done", None)
    )
    models = {"en": "into English", "ko": "into Korean"}
    assert package.translate_number(models, "3200만 5천", "en") == "done"
    package.translate_number(models, "1,998", "ko")
    assert seen == [
        ("into English", "삼천이백만 오천"),
        ("into Korean", "one thousand nine hundred ninety eight"),
    ]
    assert package.translate_number(models, "공", "en") == "zero"
    assert package.translate_number(models, "Zero", "ko") == package.translate_number(
        models, "0", "ko"
    )
    assert len(seen) == 2  # no model is asked for 0
    with pytest.raises(NumeralError, match="'만만'"):
        package.translate_number(models, "삼만만", "en")


# --- Schedules ------------------------------------------------------------------------------------


def test_the_rate_rises_and_falls_in_straight_lines():
    rates = schedules.learning_rates(TrainingSettings(steps=10, rate=1.0, warm_up=0.3))
    assert_allclose(rates, [1 / 3, 2 / 3, 1, *(np.arange(7, 0, -1) / 8)])
    rates = schedules.learning_rates(TrainingSettings(steps=4, rate=1.0, warm_up=0))
    assert_allclose(rates, [0.8, 0.6, 0.4, 0.2])


def test_batches_by_length_leave_nothing_out_and_are_of_one_length():
    lengths = np.random.default_rng(0).integers(1, 20, 320)
    settings = TrainingSettings(steps=20, batch_size=16, pool=5)
    order = schedules.order_by_length(lengths, settings)
    assert order.shape == (20, 16)
    assert sorted(order.flatten()) == list(range(320))  # an epoch, each row once
    spread = np.ptp(lengths[order], axis=1).mean()
    unsorted = schedules.order_by_length(lengths, settings._replace(pool=1))
    assert spread < np.ptp(lengths[unsorted], axis=1).mean() / 2
    means = lengths[order].mean(axis=1)
    assert (np.diff(means) < 0).any()  # the order of batches is random
    assert (np.diff(means) > 0).any()


def test_batches_are_trimmed_to_their_longest_row():
    rows = TASK.train_source, TASK.train_target
    settings = TrainingSettings(steps=12, batch_size=16, pool=4)
    shapes = set()
    for source, target in schedules.batches_by_length(*rows, settings):
        assert (source[:, -1] != PAD).any()
        assert (target[:, -1] != PAD).any()
        shapes.add(target.shape[1])
    assert len(shapes) > 1


def test_both_frameworks_read_the_same_batches(monkeypatch):
    read = {}
    for package in (book.tensorflow, book.pytorch):
        module = __import__(f"{package.__name__}.numbers", fromlist=["numbers"])
        seen = read.setdefault(package.__name__, [])

        def noted(*arguments, seen=seen):
            for batch in schedules.batches_by_length(*arguments):
                seen.append(batch[0].tolist())
                yield batch

        monkeypatch.setattr(module, "batches_by_length", noted)
        package.trained_translator(TASK, settings=SETTINGS)
    assert len(read["book.pytorch"]) == 12
    assert read["book.tensorflow"] == read["book.pytorch"]


def test_checks():
    settings = TrainingSettings(steps=10, check_every=4)
    due = [step for step in range(1, 11) if schedules.is_check_due(step, settings)]
    assert due == [4, 8, 10]
    assert [schedules.checks_since_best(losses) for losses in ([], [3], [3, 2], [2, 3, 2])] == [
        0,
        0,
        0,
        2,
    ]
    assert schedules.changed_settings(steps=7).steps == 7
    with pytest.raises(ValueError, match="stepz"):
        schedules.changed_settings(stepz=7)


# --- What the experiments measure -----------------------------------------------------------------


@PACKAGES
def test_numbers_are_matched_by_kind(package):
    values = package.number_match("ko", training=640, steps=2, check_every=100)
    assert len(values) == 2 + 7
    assert values[0] == 0
    weights = package.weights_of(
        package.make_text_translator(TASK.vocabularies), "one two", "two one"
    )
    assert len(weights) == 3 * 3


def test_a_share_of_round_numbers_is_a_share():
    with pytest.raises(ValueError, match="from 0 to 1"):
        numerals.split_numbers(round_share=1.5)
