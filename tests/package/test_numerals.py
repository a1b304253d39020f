"""Numbers and dates as data: spelt, drawn, split, read, aligned, scored. No framework is needed."""

import re
from datetime import date

import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words

from book import alignment, bleu, dates, mistakes, numerals, reading, tokens
from book.reading import NumeralError

settings.register_profile("book", derandomize=True, deadline=None, database=None, max_examples=100)
settings.load_profile("book")
LANGUAGES = pytest.mark.parametrize("language", ["ko", "en"])
numbers = st.one_of(
    st.integers(0, 10**8 - 1),
    *(st.integers(10**zeros, 10 ** (zeros + 1) - 1) for zeros in range(8)),
    st.tuples(st.integers(1, 9), st.integers(0, 7)).map(lambda pair: pair[0] * 10 ** pair[1]),
)

# --- Spelling and reading -------------------------------------------------------------------------


@LANGUAGES
@given(number=numbers)
def test_every_number_below_ten_to_the_eighth_comes_back(language, number):
    assert reading.read_number(numerals.SPELL[language](number), language) == number


@given(number=numbers, seed=st.integers(0, 99))
def test_korean_is_read_however_it_is_spaced(number, seed):
    generator = np.random.default_rng(seed)
    text = numerals.spell_korean(number).replace(" ", "")
    spaced = "".join(each + " " * generator.integers(2) for each in text)
    assert reading.read_number(spaced, "ko") == number


@given(number=numbers)
def test_english_is_read_with_hyphens_commas_and_and(number):
    assert reading.read_number(num2words(number), "en") == number
    assert reading.read_number(num2words(number).upper(), "en") == number


@LANGUAGES
@given(number=numbers)
def test_digits_are_read_with_and_without_commas(language, number):
    assert reading.read_number(f" {number} ", language) == number
    assert reading.read_number(f"{number:,}", language) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("삼천만 이백오", 30_000_205),
        ("삼천 이백만", 32_000_000),
        ("공", 0),
        ("영", 0),
        ("만", 10_000),
        ("일만", 10_000),
        ("일천일백일십일", 1111),
        ("3200만 5천", 32_005_000),
        ("3만2천", 32_000),
        ("천만 일", 10_000_001),
    ],
)
def test_korean_as_people_write_it(text, number):
    assert reading.read_number(text, "ko") == number


def test_hundreds_as_people_count_them():
    assert reading.read_number("forty-five hundred", "en") == 4500
    assert reading.read_number("nineteen hundred and five", "en") == 1905


@pytest.mark.parametrize(
    ("text", "language", "named"),
    [
        ("삼사", "ko", "'삼사'"),
        ("십백", "ko", "'십백'"),
        ("삼천만만", "ko", "'만만'"),
        ("오천 원", "ko", "'원'"),
        ("만영", "ko", "'만영'"),
        ("영만", "ko", "'영'"),
        ("삼천영", "ko", "'천영'"),
        ("오천이천", "ko", "'이천'"),
        ("이십이십", "ko", "'이십'"),
        ("3.5", "ko", "'.'"),
        ("12345만", "ko", "'1'"),
        ("twenty eleven", "en", "'eleven'"),
        ("hundred", "en", "'hundred'"),
        ("twenty hundred", "en", "'hundred'"),
        ("five thousand million", "en", "'million'"),
        ("two hundred hundred", "en", "'hundred'"),
        ("one thousand two thousand", "en", "'thousand'"),
        ("million", "en", "'million'"),
        ("five zero", "en", "'zero'"),
        ("12,34", "en", "'12'"),
        ("seven apples", "en", "'apples'"),
    ],
)
def test_what_is_no_number_is_refused_and_its_part_is_named(text, language, named):
    with pytest.raises(NumeralError) as error:
        reading.read_number(text, language)
    assert named in str(error.value)
    assert "\n" not in str(error.value)
    assert bool(re.search("[가-힣]+니다", str(error.value))) == (language == "ko")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("일억", "ko"),
        ("이조", "ko"),
        ("100000000", "ko"),
        ("100,000,000", "en"),
        ("one hundred million", "en"),
        ("two billion", "en"),
    ],
)
def test_a_larger_number_is_refused_as_such(text, language):
    with pytest.raises(NumeralError, match="너무 큽니다" if language == "ko" else "too large"):
        reading.read_number(text, language)


def test_no_text_and_no_language_are_refused():
    with pytest.raises(NumeralError, match="is empty"):
        reading.read_number("  ", "en")
    with pytest.raises(TypeError, match="write it as text"):
        reading.read_number(5, "en")
    with pytest.raises(ValueError, match="choose ko or en"):
        reading.read_number("5", "ja")
    for number in (-1, 10**12):
        with pytest.raises(ValueError, match="must lie from 0"):
            numerals.spell_korean(number)


def test_the_source_is_spelt_as_models_have_learned_it():
    assert reading.spell_source("3200만 5천", to="en") == "삼천이백만 오천"
    assert reading.spell_source("Thirty-two million, and five thousand", to="ko") == (
        "thirty two million five thousand"
    )


# --- Drawing and splitting ------------------------------------------------------------------------


@pytest.mark.parametrize("round_share", [0.0, 0.5, 1.0])
def test_each_length_is_drawn_as_often_as_any_other(round_share):
    drawn = numerals.draw_numbers(40_000, round_share, np.random.default_rng(0))
    shares = np.bincount([len(str(number)) for number in drawn])[1:] / len(drawn)
    assert len(shares) == numerals.DIGITS
    assert np.abs(shares - 1 / 8).max() < 0.01


def test_half_of_the_digits_of_round_numbers_are_zero_and_the_first_never():
    for round_share, zeros in ((0, 0.1), (0.5, 0.325), (1, 0.55)):
        drawn = numerals.draw_numbers(40_000, round_share, np.random.default_rng(0))
        rest = "".join(str(number)[1:] for number in drawn)
        assert rest.count("0") / len(rest) == pytest.approx(zeros, abs=0.01)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_number_is_in_two_parts_and_no_round_one_in_any(seed):
    parts = numerals.split_numbers(20_000, seed=seed)
    assert list(map(len, parts)) == [20_000, 1000, 1000]
    train, validation, test = map(set, parts)
    round_ones = {*numerals.round_numbers()}
    assert len(round_ones) == 63
    assert not train & (validation | test)
    assert not validation & test
    assert not round_ones & (train | validation | test)
    assert len(validation) == len(test) == 1000
    assert {1, 2, 3, 4, 5, 6, 7, 8, 9} - train <= validation | test
    assert len({n for n in train if n < 10}) >= 8


def test_validation_and_test_do_not_depend_on_training():
    small, large = numerals.split_numbers(500, round_share=0), numerals.split_numbers(9000)
    assert small[1:] == large[1:]
    assert numerals.split_numbers(seed=1).test != large.test


def test_unseen_numbers_are_unseen_by_every_seed():
    more = {*numerals.unseen_numbers()}
    assert len(more) == 10_000
    for seed in range(3):
        for training in (500, 2000, 8000, 20_000):
            parts = numerals.split_numbers(training, seed=seed)
            assert not any(more & {*part} for part in parts)
    assert not more & {*numerals.round_numbers()}


def test_both_directions_have_the_same_numbers_in_the_same_parts():
    into_english, into_korean = (numerals.number_task(to, 500) for to in ("en", "ko"))
    assert into_english.test.source == into_korean.test.target
    assert into_english.test.target == into_korean.test.source


def test_more_numbers_than_there_are_cannot_be_drawn(monkeypatch):
    monkeypatch.setattr(numerals, "draw_numbers", lambda size, *_: np.full(size, 7))
    assert numerals.sample_numbers(1, [], np.random.default_rng(0)) == [7]
    with pytest.raises(ValueError, match="size is 2: there are not so many"):
        numerals.sample_numbers(2, [], np.random.default_rng(0))


# --- Tokens ---------------------------------------------------------------------------------------

words = st.text("abc가나, ", min_size=1).filter(str.strip)


@given(text=words)
def test_characters_come_back(text):
    assert tokens.join(tokens.cut(text, "character"), "character") == " ".join(text.split())


@given(number=numbers)
def test_words_come_back(number):
    text = numerals.spell_english(number)
    assert tokens.join(tokens.cut(text, "word"), "word") == text


def test_dates_come_back_with_their_commas():
    text = "Sunday, January 5, 2025"
    assert tokens.cut(text, "word") == ["Sunday", ",", "January", "5", ",", "2025"]
    assert tokens.join(tokens.cut(text, "word"), "word") == text


def test_a_vocabulary_knows_its_texts_and_calls_the_rest_unk():
    vocabulary = tokens.TextVocabulary(["two one", "three"], "word")
    assert vocabulary.tokens == ["PAD", "UNK", "one", "three", "two", "SOS", "EOS"]
    assert vocabulary.encode("three four two") == [3, 1, 4, 6]
    assert vocabulary.decode([3, 1, 4, 6, 2]) == "three UNK two"
    for text in ("", "  "):
        with pytest.raises(ValueError, match="empty"):
            vocabulary.encode(text)
    with pytest.raises(ValueError, match="choose word or character"):
        tokens.TextVocabulary(["a"], "syllable")


def test_the_vocabulary_of_a_task_comes_from_training_only():
    parts = [tokens.Texts(["a b"], ["x"]), tokens.Texts(["c"], ["y"]), tokens.Texts(["d"], ["z"])]
    task = tokens.make_task(parts, ("word", "word"))
    assert task.vocabularies.source.tokens[2:-2] == ["a", "b"]
    assert task.vocabularies.target.tokens[2:-2] == ["x"]
    assert task.validation_source.tolist() == [[1, 5]]


@pytest.mark.parametrize("place", [1, 2])
def test_a_text_in_two_parts_is_refused(place):
    parts = [tokens.Texts(["a"], ["x"]), tokens.Texts(["b"], ["y"]), tokens.Texts(["c"], ["z"])]
    parts[place] = tokens.Texts(["a"], ["x"])
    with pytest.raises(ValueError, match=f"{['', 'validation', 'test'][place]} is one of training"):
        tokens.make_task(parts, ("word", "word"))


def test_texts_are_counted_only_if_all_is_right():
    assert tokens.text_match(["a b", "c"], ["a b", "d"]) == 0.5
    for written in ([], ["a"]):
        with pytest.raises(ValueError, match="give as many"):
            tokens.text_match(written, ["a", "b"] * bool(written))


# --- The true alignment ---------------------------------------------------------------------------


@given(number=numbers)
def test_every_token_has_its_places(number):
    korean, english = alignment.korean_places(number), alignment.english_places(number)
    text = numerals.spell_korean(number)
    assert len(korean) == len(text)
    assert [not places for places in korean] == [character == " " for character in text]
    assert len(english) == len(numerals.spell_english(number).split())
    assert all(english)


@given(number=numbers)
def test_the_alignment_is_the_same_in_both_directions(number):
    into_english = alignment.true_alignment(number, "en")
    assert (into_english == alignment.true_alignment(number, "ko").T).all()
    assert into_english.any(axis=1).all()  # each English word belongs to something


def test_the_alignment_of_one_number():
    found = alignment.true_alignment(45_000, "en")  # forty five thousand, 사만 오천
    assert found.astype(int).tolist() == [
        [1, 1, 0, 0, 0],
        [0, 0, 0, 1, 1],
        [1, 1, 0, 1, 1],
    ]


def test_the_share_of_right_weight():
    true = alignment.true_alignment(45_000, "ko")
    perfect = true / np.maximum(true.sum(axis=1, keepdims=True), 1)
    with_eos = np.pad(perfect, ((0, 1), (0, 1)))
    with_eos[-1, -1] = 1
    assert alignment.alignment_share(with_eos, 45_000, "ko") == pytest.approx(1)
    assert alignment.alignment_share(1 - true, 45_000, "ko") == 0
    with pytest.raises(ValueError, match="at least"):
        alignment.alignment_share(np.zeros((2, 2)), 45_000, "ko")


# --- Scores and mistakes --------------------------------------------------------------------------

sentences = st.lists(
    st.lists(st.sampled_from(["one", "two", "ten"]), min_size=1, max_size=8).map(" ".join),
    min_size=1,
    max_size=4,
)


@given(pairs=st.lists(st.tuples(sentences, sentences), min_size=1, max_size=1))
def test_bleu_is_that_of_sacrebleu(pairs):
    written, true = pairs[0]
    size = min(len(written), len(true))
    written, true = written[:size], true[:size]
    library = sacrebleu.corpus_bleu(written, [true], tokenize="none", smooth_method="none")
    assert bleu.bleu(written, true) == pytest.approx(library.score / 100, abs=1e-9)


def test_bleu_of_nothing_is_refused_and_of_no_words_0():
    with pytest.raises(ValueError, match="give as many"):
        bleu.bleu([], [])
    assert bleu.bleu(["a"], ["b"]) == 0


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("thirty two million five thousand", ""),
        ("thirty two million five", "zeros"),
        ("thirty two thousand five", "zeros"),
        ("thirty two million fifteen thousand", "ones"),
        ("thirty two million six thousand", "digit"),
        ("thirty three million six thousand", "other"),
        ("two million thirty", "other"),
        ("thirty million two five", "no number"),
        ("", "no number"),
    ],
)
def test_mistakes_are_sorted(written, kind):
    assert mistakes.mistake_kind(32_005_000, written, "en") == kind


def test_mistakes_are_counted():
    written = ["오천", "오만", "천", "오천"]
    assert mistakes.mistake_counts([5000, 5000, 5000, 5000], written, "ko") == [0, 1, 0, 1, 0]
    shares = mistakes.match_by_digits([5, 7, 5000], ["오", "팔", "오천"], ["오", "칠", "오천"])
    assert [shares[0], shares[3]] == [0.5, 1]
    assert np.isnan([shares[1], shares[2], *shares[4:]]).all()


# --- Dates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "has_year", "korean", "english"),
    [
        ("long", True, "2025년 1월 5일", "January 5, 2025"),
        ("full", True, "2025년 1월 5일 일요일", "Sunday, January 5, 2025"),
        ("long", False, "1월 5일", "January 5"),
        ("full", False, "1월 5일 일요일", "Sunday, January 5"),
    ],
)
def test_dates_are_written_in_four_ways(form, has_year, korean, english):
    written = dates.WrittenDate(date(2025, 1, 5), form, has_year)
    assert dates.write_date(written, "ko") == korean
    assert dates.write_date(written, "en") == english


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_date_is_in_two_parts(seed):
    parts = dates.split_dates(seed=seed)
    assert list(map(len, parts)) == [8000, 500, 500]
    for language in ("ko", "en"):
        train, validation, test = ({dates.write_date(d, language) for d in part} for part in parts)
        assert not train & (validation | test)
        assert not validation & test
        assert len(validation) == len(test) == 500
    assert {each.day.year for each in parts.train} == {*range(1950, 2050)}
    assert {(each.form, each.has_year) for each in parts.test} == {
        (form, has_year) for form in dates.FORMATS for has_year in (True, False)
    }


def test_later_dates_have_years_of_their_own():
    later = dates.later_dates()
    assert len(later) == 500
    assert all(each.has_year and 2050 <= each.day.year <= 2099 for each in later)


def test_an_unknown_form_or_language_is_refused():
    with pytest.raises(ValueError, match="choose long, full"):
        dates.write_date(dates.WrittenDate(date(2025, 1, 5), "short", True), "ko")
    with pytest.raises(ValueError, match="choose ko or en"):
        dates.write_date(dates.WrittenDate(date(2025, 1, 5), "full", True), "ja")
