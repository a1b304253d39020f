"""Chapter 03's package: longer sentences, translators with one vector, exact match by length."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

import book.pytorch
import book.tensorflow
from book.data import (
    EOS,
    PAD,
    TESTED_WORDS,
    TRAINED_WORDS,
    check_tokens,
    digit_sentences,
    load_long_digits,
    vocabulary,
)
from book.parity import copy_bottleneck

FRAMEWORKS = {"tensorflow": book.tensorflow, "pytorch": book.pytorch}
TENSORS = {"tensorflow": tf.constant, "pytorch": torch.tensor}


def sentences(source: np.ndarray) -> set[str]:
    return {vocabulary.decode(row) for row in source.tolist()}


# --- The data -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1])
def test_no_sentence_is_in_both_parts(seed):
    data = load_long_digits(seed)
    assert not sentences(data.train_source) & sentences(data.test_source)


def test_every_length_has_its_part_and_no_test_sentence_occurs_twice():
    data = load_long_digits()
    words = {part: (getattr(data, part) != PAD).sum(axis=1) - 1 for part in data._fields}
    assert np.bincount(words["train_source"])[1:].tolist() == [1667] * TRAINED_WORDS
    expected = [min(500, 5**length // 5) for length in range(1, TESTED_WORDS + 1)]
    assert np.bincount(words["test_source"])[1:].tolist() == expected
    assert len(sentences(data.test_source)) == len(data.test_source)
    for part in ("train", "test"):
        assert (words[f"{part}_source"] == words[f"{part}_target"]).all()


def test_translation_is_five_higher_word_by_word():
    data = load_long_digits()
    for source, target in ((data.train_source, data.train_target), data[2:]):
        check_tokens(source=source, target=target)
        words = (source != PAD) & (source != EOS)
        assert set(np.unique(source[words])) == {vocabulary.ids[word] for word in "12345"}
        for given, wanted in zip(source[::997].tolist(), target[::997].tolist(), strict=True):
            translated = [str(int(word) + 5) for word in vocabulary.decode(given).split()]
            assert vocabulary.decode(wanted).split() == translated


def test_another_seed_draws_other_sentences_and_the_same_one_the_same():
    first, again, other = load_long_digits(0), load_long_digits(0), load_long_digits(1)
    for part, same, different in zip(first, again, other, strict=True):
        assert (part == same).all()
        assert not (part == different).all()


def test_each_number_is_another_sentence():
    source, target = digit_sentences(np.arange(125), length=3, columns=5)
    assert (source.shape, source.dtype, target.shape) == ((125, 5), np.int64, (125, 5))
    assert len(sentences(source)) == len(sentences(target)) == 125
    assert vocabulary.decode(source[7].tolist()) == "1 2 3"  # 7 is 012, written with five digits
    assert source[7].tolist()[3:] == [EOS, PAD]


# --- The models -----------------------------------------------------------------------------------


@pytest.mark.parametrize("package", FRAMEWORKS.values(), ids=FRAMEWORKS)
def test_kinds_are_made_by_name_and_another_name_is_refused(package):
    assert isinstance(package.make_translator("attention", 4), package.Translator)
    for kind in ("once", "again"):
        model = package.make_translator(kind, 4)
        assert isinstance(model, package.BottleneckTranslator)
        assert model.feed_again == (kind == "again")
    with pytest.raises(ValueError, match="'twice': choose once, again or attention"):
        package.make_translator("twice", 4)


@pytest.mark.parametrize("kind", ["once", "again"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_nothing_but_the_last_state_crosses_over(framework, kind):
    package, tensor = FRAMEWORKS[framework], TENSORS[framework]
    model = package.make_translator(kind, 4)
    source, target = (tensor(part) for part in digit_sentences(np.arange(5), 3, 4))
    before = np.asarray(
        model(source, target).detach() if framework == "pytorch" else model(source, target)
    )
    encode = model.encoder.forward if framework == "pytorch" else model.encoder.call

    def without_states(source):
        states, last = encode(source)
        return states * float("nan"), last

    setattr(model.encoder, "forward" if framework == "pytorch" else "call", without_states)
    after = np.asarray(
        model(source, target).detach() if framework == "pytorch" else model(source, target)
    )
    assert (before == after).all()
    assert np.isfinite(after).all()


@pytest.mark.parametrize("kind", ["once", "again"])
def test_frameworks_agree_after_copying(kind):
    ours, theirs = (package.make_translator(kind, 6) for package in FRAMEWORKS.values())
    copy_bottleneck(ours, theirs)
    source, target = digit_sentences(np.arange(100, 120), 4, 7)
    logits = ours(tf.constant(source), tf.constant(target)).numpy()
    other = theirs(torch.tensor(source), torch.tensor(target)).detach().numpy()
    assert abs(logits - other).max() < 1e-5
    assert abs(logits).max() > 0.05


@pytest.mark.parametrize("package", FRAMEWORKS.values(), ids=FRAMEWORKS)
def test_seed_decides_what_is_learned(package):
    first, again, other = (package.long_match("once", 16, seed, steps=30) for seed in (0, 0, 1))
    assert first == again != other
    assert len(first) == TESTED_WORDS


# --- Exact match by length ------------------------------------------------------------------------


class Stand:
    """Writes what it is told, whatever it reads."""

    def __init__(self, tokens: np.ndarray, framework: str):
        self.logits = np.eye(len(vocabulary), dtype=np.float32)[tokens]
        self.framework = framework

    def __call__(self, source, target):
        return TENSORS[self.framework](self.logits)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_one_wrong_token_at_any_place_makes_a_sentence_wrong(framework):
    source, target = digit_sentences(np.array([7, 30, 99]), 3, 5)
    match = FRAMEWORKS[framework].match_by_length
    assert match(Stand(target, framework), source, target)[2] == 1.0
    for row, column in np.argwhere(target != PAD):
        wrong = target.copy()
        wrong[row, column] = vocabulary.ids["2"]
        assert match(Stand(wrong, framework), source, target)[2] == pytest.approx(2 / 3)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_padding_counts_for_nothing_and_missing_lengths_are_nan(framework):
    source, target = digit_sentences(np.array([7, 30]), 3, 6)
    noise = np.where(target == PAD, vocabulary.ids["9"], target)
    shares = FRAMEWORKS[framework].match_by_length(Stand(noise, framework), source, target)
    assert np.isnan(shares).tolist() == [True, True, False]
    assert shares[2] == 1.0


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_what_may_not_be_written_is_never_counted_as_an_answer(framework):
    source, target = digit_sentences(np.array([7]), 3, 4)
    stand = Stand(target, framework)
    stand.logits[:, :, PAD] = 2  # more than anything else
    assert FRAMEWORKS[framework].match_by_length(stand, source, target)[2] == 1.0


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_match_is_that_of_greedy_decoding(framework):
    package, tensor = FRAMEWORKS[framework], TENSORS[framework]
    model = package.train_long("attention", 24, steps=120)
    source, target = digit_sentences(np.arange(0, 3000, 10), 5, 6)
    (share,) = package.match_by_length(model, source, target)[4:]
    tokens, _ = package.greedy_decode(model, tensor(source), 6)
    greedy = (np.asarray(tokens) == target).all(axis=1).mean()
    assert 0.05 < share < 1
    assert share == pytest.approx(greedy, abs=0.01)


@pytest.mark.parametrize("package", FRAMEWORKS.values(), ids=FRAMEWORKS)
def test_arrays_that_are_no_sentences_are_refused(package):
    model = package.make_translator("once", 4)
    source, target = digit_sentences(np.arange(2), 2, 3)
    with pytest.raises(ValueError, match="must have one EOS"):
        package.match_by_length(model, source, target * (target != EOS))
    with pytest.raises(TypeError, match="make it a NumPy array of int64"):
        package.match_by_length(model, source.astype(np.int32), target)


def test_keras_counts_parameters_as_pytorch_does():
    for kind, size in (("once", 9), ("again", 7), ("attention", 8)):
        ours, theirs = (package.make_translator(kind, size) for package in FRAMEWORKS.values())
        learned = [one.numel() for one in theirs.parameters() if one.requires_grad]
        assert ours.count_params() == sum(learned)
        assert isinstance(ours, keras.Model)
