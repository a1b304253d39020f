"""The glossary's terms in running text, in each language's forms."""

import pytest
import yaml
from conftest import ROOT
from publishing.chapter.terms import (
    GLOSSARY,
    FirstUses,
    GlossaryError,
    definitions,
    name_key,
    read_glossary,
    term_key,
    term_pattern,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("어텐션은 길다", "어텐션"),
        ("디코더에서는", "디코더"),
        ("은닉 상태들을 본다", "은닉 상태"),
        ("어텐션 가중치와", "어텐션 가중치"),
        ("배치(batch)마다", "배치"),
        ("LSTM입니다.", "LSTM"),
        ("디코더를 배치하다", "디코더"),
        ("배치하다", None),
        ("재배치는", None),
        ("토큰화", None),
    ],
)
def test_korean_terms_are_found_by_their_stem(text, found):
    terms = ["어텐션", "디코더", "은닉 상태", "어텐션 가중치", "배치", "LSTM", "토큰"]
    match = term_pattern(terms, "ko").search(text)
    assert (match and match["term"]) == found


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Attention is", "attention"),
        ("two hidden states", "hidden state"),
        ("an attention weight", "attention weights"),
        ("in batches", "batch"),
        ("the losses", "loss"),
        ("the loss", "loss"),
        ("self-attention", None),
        ("attentive", None),
    ],
)
def test_english_terms_are_found_in_singular_and_plural(text, term):
    terms = ["attention", "hidden state", "attention weights", "batch", "loss"]
    match = term_pattern(terms, "en").search(text)
    found = {term_key(known): known for known in terms}
    assert (match and found[term_key(match["term"])]) == term


ENTRIES = [
    {"term": {"ko": "토큰", "en": "token"}, "definition": {"ko": "조각.", "en": "A piece."}},
    {"term": {"ko": "LSTM", "en": "LSTM"}, "definition": {"ko": "층.", "en": "A\nlayer."}},
]


def test_only_the_first_use_of_a_term_is_one():
    uses = FirstUses(ENTRIES, "en")
    assert uses.split("Two tokens, a token") == [
        ("Two ", None),
        ("tokens", "token"),
        (", a token", None),
    ]
    assert uses.split("token") == [("token", None)]


def test_word_that_mostly_means_something_else_is_linked_by_hand_only():
    common = {"term": {"en": "value"}, "definition": {"en": "Mixed."}, "linked": False}
    assert FirstUses([*ENTRIES, common], "en").split("a value") == [("a value", None)]


def test_definitions_are_sorted_for_the_language_and_name_the_other_one():
    assert definitions(ENTRIES, "ko") == [("LSTM", "층."), ("토큰", "(token) 조각.")]
    assert definitions(ENTRIES, "en") == [("LSTM", "A layer."), ("token", "(토큰) A piece.")]


def test_real_glossary_can_be_read():
    assert len(read_glossary(ROOT)) > 10


@pytest.mark.parametrize("text", ["- term: [토큰]", "- [토큰]", "- {", "7"])
def test_malformed_or_missing_glossary_is_refused(tmp_path, text):
    with pytest.raises(GlossaryError, match="cannot be used"):
        read_glossary(tmp_path)
    (tmp_path / "resources").mkdir()
    (tmp_path / GLOSSARY).write_text(text, "utf-8")
    with pytest.raises(GlossaryError, match="cannot be used"):
        read_glossary(tmp_path)


@pytest.mark.parametrize("part", ["term", "definition"])
def test_term_that_lacks_a_language_is_named(tmp_path, part):
    entry = {"term": {"ko": "토큰", "en": "token"}, "definition": {"ko": "조각.", "en": "A piece."}}
    del entry[part]["en"]
    (tmp_path / "resources").mkdir()
    (tmp_path / GLOSSARY).write_text(yaml.safe_dump([entry], sort_keys=False), "utf-8")
    with pytest.raises(GlossaryError, match=rf"토큰 has no {part} in English; add it"):
        read_glossary(tmp_path)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"alias": {"en": ["piece"]}}, "token has alias, which means nothing"),
        ({"aliases": {"fr": ["jeton"]}}, "aliases in no language, fr"),
        ({"aliases": {"en": "piece"}}, "an alias of token is no name"),
        ({"aliases": {"en": ["piece", 3]}}, "an alias of token is no name: 3"),
        ({"aliases": {"en": ["Lstm"]}}, "Lstm names LSTM already"),
        ({"aliases": {"ko": ["토큰"]}}, "토큰 names token already"),
    ],
)
def test_aliases_that_lead_nowhere_or_to_two_terms_are_refused(tmp_path, changed, problem):
    path = tmp_path / GLOSSARY
    path.parent.mkdir()
    path.write_text(yaml.safe_dump([{**ENTRIES[0], **changed}, ENTRIES[1]]), "utf-8")
    with pytest.raises(GlossaryError, match=problem):
        read_glossary(tmp_path)


def test_aliases_are_kept(tmp_path):
    aliases = {"en": ["piece", "word piece"], "ko": ["조각"]}
    assert name_key("Word-pieces") == name_key("word piece")
    entry = {**ENTRIES[0], "aliases": aliases}
    path = tmp_path / GLOSSARY
    path.parent.mkdir()
    path.write_text(yaml.safe_dump([entry, ENTRIES[1]]), "utf-8")
    assert read_glossary(tmp_path)[0]["aliases"] == aliases
