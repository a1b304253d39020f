"""The rules of the words: what each finds, and what it leaves alone."""

from decimal import Decimal

import pytest
from conftest import ROOT, chapter_of, code, figure, markdown
from publishing.chapter.drawings import numbers_drawn
from publishing.chapter.editions import LANGUAGES
from publishing.chapter.files import read_chapter
from publishing.chapter.terms import read_glossary
from publishing.chapter.text_rules import foreign_sentences, text_problems

TWO_WORDS = '<switch><text systemLanguage="ko">디코더</text><text>decoder</text></switch>'
SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'


def told(*cells) -> list[tuple[int, str]]:
    return list(text_problems(chapter_of(*cells)))


def test_twins_that_disagree_are_named_with_their_cell():
    [(number, message)] = told(markdown("x"), markdown("$1$", "ko"), markdown("$2$", "en"))
    assert number == 2
    assert message == "its English twin has other formulas: 1 against 2"


def test_alternative_texts_that_disagree_are_named():
    [(number, message)] = told(figure({"ko": "0.36에서 9까지", "en": "from 0.63 to 9"}))
    assert (number, "alternative text has other numbers: 0.36 against 0.63" in message) == (1, True)


@pytest.mark.parametrize("prose", ["All 718 are right.", "It is 71.8 %.", "5 million", "7,180"])
def test_number_that_nothing_computes_is_named(prose):
    [(number, message)] = told(code("print(781)", prints="781\n"), markdown(prose))
    assert number == 2
    assert "is in no code, output or formula of the chapter" in message


@pytest.mark.parametrize(
    ("prose", "cell"),
    [
        ("All 781.", code("print(n)", prints="781\n")),
        ("3,124 of them", code("n = 3_124")),
        ("61.7%", code("print(share)", prints="0.617\n")),
        ("by 0.5", markdown("$x = 0.5$")),
        ("all 12 of them", code("x")),
        ("about 0.25 of `0.25`", code("x")),
    ],
)
def test_number_that_the_chapter_computes_is_right(prose, cell):
    assert told(cell, markdown(prose)) == []


def test_number_may_be_excused_with_a_reason():
    cell = markdown("In 2.6 it changed.")
    cell.metadata["elsewhere"] = {"2.6": "the release notes"}
    assert told(cell) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("이 문단은 한국어로 되어 있는데 영어판에 남아 있습니다.", "en"),
        ("Good.\n\n이 문단은 한국어로 되어 있는데 영어판에 남아 있습니다.", "en"),
        ("Good. 첫 위치에서는 둘 다 SOS를 받으므로 똑같습니다. And good again.", "en"),
        ("- This item has been left in English by mistake.", "ko"),
        ("| 가 |\n| - |\n| a cell of a table left in English |", "ko"),
    ],
)
def test_sentence_in_another_language_is_named(text, language):
    assert len(list(foreign_sentences(text, language))) == 1


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("`masked_loss`와 PyTorch의 `CrossEntropyLoss`를 견줍니다.", "ko"),
        ("LSTM(long short-term memory)은 두 가지를 기억하는 층입니다.", "ko"),
        ("The Korean word 어텐션 stands for attention here.", "en"),
        ("한국어", "en"),
    ],
)
def test_names_and_terms_of_another_language_may_stand(text, language):
    assert list(foreign_sentences(text, language)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_glossary_is_in_its_languages(language):
    for entry in read_glossary(ROOT):
        assert list(foreign_sentences(entry["definition"][language], language)) == []


@pytest.mark.parametrize(
    ("drawing", "numbers"),
    [
        ("<text>0.36</text>", ["0.36"]),
        ("<text>a = 4</text>", ["4"]),
        ("<text>−2</text>", ["2"]),
        ('<text>h<tspan dy="4">1</tspan></text>', []),
        ("<text>(4)</text>", []),
        ("<text>h1</text>", []),
        ('<text x="1 9 17">257</text>', ["2", "5", "7"]),
    ],
)
def test_numbers_of_a_drawing_are_those_that_stand_alone(tmp_path, drawing, numbers):
    path = tmp_path / "a.svg"
    path.write_text(SVG.format(drawing), "utf-8")
    assert numbers_drawn(path, "en") == set(map(Decimal, numbers))


@pytest.mark.parametrize(
    ("drawn", "described", "message"),
    [
        ("<text>0.63</text>", "weights of 0.36", "shows 0.63, which its description does not name"),
        ("<text>x</text>", "weights of 0.36", "shows no 0.36, which its description names"),
        (TWO_WORDS, "decoder, 인코더", "a.svg says 디코더, which its description does not name"),
        (TWO_WORDS, "a state, 디코더", "a.svg says decoder, which its description does not name"),
    ],
)
def test_drawing_and_its_description_show_the_same_numbers(
    write_chapter, tmp_path, drawn, described, message
):
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "a.svg").write_text(SVG.format(drawn), "utf-8")
    path = write_chapter(markdown(f"![{described}](../resources/a.svg)"))
    assert any(message in found for _, found in text_problems(read_chapter(path)))
