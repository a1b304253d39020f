"""The digit language: what `book.data` returns, and what it refuses."""

import numpy as np
import pytest

from book import data


def test_the_digit_language_has_every_sentence_of_one_to_five_words():
    sentences = data.all_sentences()
    assert len(sentences) == len(set(sentences)) == 5 + 25 + 125 + 625 + 3125
    assert {len(sentence.split()) for sentence in sentences} == {1, 2, 3, 4, 5}


def test_splitting_refuses_a_sentence_that_occurs_twice():
    with pytest.raises(ValueError, match="occurs twice"):
        data.split_sentences(["1", "2", "1"])


def test_arrays_hold_the_words_then_eos_then_padding():
    digits = data.load_digits()
    for source, target in (digits[:2], digits[2:4], digits[4:]):
        words = (source != data.PAD) & (source != data.EOS)
        assert np.array_equal(target[words], source[words] + 5)
        assert np.array_equal(target[~words], source[~words])
        lengths = words.sum(axis=1)
        assert np.array_equal(source[np.arange(len(source)), lengths], np.full(len(source), 12))


def test_padding_refuses_a_row_that_does_not_fit():
    with pytest.raises(ValueError, match="row 1 has 3 tokens: at most 2 fit"):
        data.pad([[1], [1, 2, 3]], length=2)


def test_vocabulary_names_a_foreign_word():
    with pytest.raises(ValueError, match="'eleven' is not in the vocabulary"):
        data.vocabulary.encode("4 eleven")


def test_the_digit_language_is_split_into_seven_tenths_one_and_two():
    digits = data.load_digits()
    sources = [digits.train_source, digits.validation_source, digits.test_source]
    assert [len(source) for source in sources] == [2734, 390, 781]
    assert len({tuple(row) for source in sources for row in source.tolist()}) == 3905


def test_the_seed_decides_and_nothing_else():
    for draw in (
        lambda seed: data.batch_order(rows=10, batch_size=3, steps=6, seed=seed),
        lambda seed: data.load_digits(seed).test_source,
        lambda seed: data.load_digits(seed).validation_source,
        lambda seed: data.load_digits(seed).train_target,
        lambda seed: data.load_long_digits(seed).train_source,
        lambda seed: data.load_long_digits(seed).test_target,
    ):
        np.testing.assert_array_equal(draw(5), draw(5))
        assert not np.array_equal(draw(5), draw(6))


def test_every_epoch_has_a_new_order():
    order = data.batch_order(rows=10, batch_size=3, steps=6)
    assert not np.array_equal(order[:3], order[3:])


@pytest.mark.parametrize(
    ("sentence", "named"),
    [
        ("", "the sentence is empty"),
        ("4 2 7", "'7' is not a source word"),
        ("four", "'four' is not a source word"),
        ("1 2 3 4 5 1", "the sentence has 6 words: at most 5 fit"),
    ],
)
def test_a_sentence_that_cannot_be_translated_is_named(sentence, named):
    with pytest.raises(ValueError, match=named):
        data.check_sentence(sentence)


def test_a_number_is_a_sentence_and_no_two_numbers_share_one():
    for length in range(1, 5):
        source, target = data.digit_sentences(np.arange(5**length), length, columns=6)
        data.check_tokens(source, target)
        texts = [data.vocabulary.decode(row) for row in source.tolist()]
        assert set(texts) == {text for text in data.all_sentences() if len(text.split()) == length}
        translations = [data.vocabulary.decode(row) for row in target.tolist()]
        assert translations == [data.translate_by_rule(text) for text in texts]


def test_longer_sentences_are_held_out_and_each_length_has_its_part():
    long = data.load_long_digits()
    data.check_tokens(long.train_source, long.train_target)
    data.check_tokens(long.test_source, long.test_target)
    texts = [
        [data.vocabulary.decode(row) for row in source.tolist()]
        for source in (long.train_source, long.test_source)
    ]
    assert not set(texts[0]) & set(texts[1])
    assert len(set(texts[1])) == len(texts[1])  # no test sentence counts twice
    counts = [np.bincount([len(text.split()) for text in part]).tolist() for part in texts]
    assert counts[0] == [0, *[1667] * data.TRAINED_WORDS]
    assert counts[1] == [0, 1, 5, 25, 125, *[500] * 12]


@pytest.mark.parametrize("seed", [-1, 1.5, "0"])
def test_longer_sentences_refuse_what_is_no_seed(seed):
    with pytest.raises((TypeError, ValueError), match=r"^seed is "):
        data.load_long_digits(seed)
