"""Twins: each kind of difference is found, and what languages may do differently is none."""

import re
from decimal import Decimal

import pytest
from conftest import ROOT
from publishing.chapter.numbers import numbers_in, unmatched
from publishing.chapter.twins import differences

PAIR = ("ko", "en")


@pytest.mark.parametrize(
    ("korean", "english", "kind"),
    [
        ("61.7%입니다.", "It is 67.1%.", "numbers"),
        ("문장 5만 개", "5,000 sentences", "numbers"),
        ("세 번", "three times, 4 of them late", "numbers"),
        ("1,000개", "1,000,000", "numbers"),
        ("$-x$", "$x$", "formulas"),
        ("$$x = 1$$", "$$x = 2$$", "formulas"),
        ("$h_j$와 $h_j$", "$h_j$", "formulas"),
        ("$\\text{점수}_1$", "$\\text{score}_2$", "formulas"),
        ("`a.sum()`", "`a.mean()`", "code"),
        ("```\nx = 1 # 하나\n```", "```\nx = 2 # one\n```", "code"),
        ("[글](a.md)", "[text](b.md)", "links"),
        ("[글](a.md)", "text", "links"),
        ("{cite:t}`kim`", "{cite:t}`lee`", "citations"),
        ("{cite:t}`kim`", "he", "citations"),
        ("![그림](a.svg)", "![a picture](b.svg)", "pictures"),
        ("![0.36](a.svg)", "![0.63](a.svg)", "numbers"),
        ("하나\n\n둘", "one", "blocks"),
        ("- 가\n- 나", "- a", "blocks"),
        ("| 가 |\n| - |\n| 나 |", "| a | b |\n| - | - |\n| c | d |", "tables"),
        ("| 가 |\n| - |\n| 나 |\n| 다 |", "| a |\n| - |\n| c |", "tables"),
    ],
)
def test_each_kind_of_difference_is_named(korean, english, kind):
    assert any(f"other {kind}:" in found for found in differences(korean, english, PAIR))


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("문장 5만 개", "50,000 sentences"),
        ("3천 개", "3,000"),
        ("200만", "2 million"),
        ("5만큼 크다", "larger by 5"),
        ("2진수", "binary"),
        ("세 문장과 3개", "3 sentences and three more"),
        ("둘째의 반", "half of the second"),
        ("$a$보다 $b$", "$b$ rather than $a$"),
        ("$\\text{점수}_1$", "$\\text{ score }_1$"),
        ("```\nx = 1  # 하나\n```", "```\nx = 1  # one\n```"),
        ("쉼표, 3, 4.", "commas, 3, 4."),
    ],
)
def test_what_a_language_may_do_differently_is_none(korean, english):
    assert list(differences(korean, english, PAIR)) == []


def test_links_to_the_glossary_are_counted():
    assert list(differences("{term}`값`", "{term}`values <value>`", PAIR)) == []
    assert list(differences("{term}`값`", "values", PAIR)) == ["other links: a term against none"]


def test_number_before_a_unit_means_both():
    assert numbers_in("5만 3") == [{Decimal(5), Decimal(50_000)}, {Decimal(3)}]


def test_each_number_answers_one():
    assert unmatched("7 7", "7", "en") == [Decimal(7)]


def test_readmes_are_twins():
    own = re.compile(r"README(\.ko)?\.md|/(ko|en)(?=/)|\.ko(?=\.png)")  # each names its own files
    texts = [(ROOT / name).read_text("utf-8") for name in ("README.ko.md", "README.md")]
    found = list(differences(*(own.sub("", text) for text in texts), PAIR))
    assert found == []
