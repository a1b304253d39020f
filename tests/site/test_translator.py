"""The translator and the numerals that a page computes, against the frameworks' and Python's."""

import gzip
import json
import random

import pytest
from conftest import ROOT, SITE, visit
from publishing.chapter.files import EXPECTED, MODELS

from book.dates import date_texts, later_dates, split_dates
from book.numerals import SPELL
from book.reading import NumeralError, read_number
from book.tokens import cut

NAMES = sorted(
    path.name.removesuffix(f"{EXPECTED}.json") for path in (ROOT / MODELS).glob(f"*{EXPECTED}.json")
)
LARGEST = 400_000  # bytes over the wire
CLOSE = 1e-3

# What a model writes for each text, with its weights.
TRANSLATE = """async ([name, texts]) => {
    const model = await bookTranslator.load(name);
    return texts.map((text) => {
        const tokens = bookNumerals.tokens(text, model.languages?.[0]);
        const steps = model.greedy(model.encode(model.ids(tokens)));
        return [steps.map((step) => step.best[0].token), steps.map((step) => step.weights)];
    });
}"""


@pytest.fixture
def computing(page):
    """Return a page that has the scripts, as a page that uses them loads them."""
    visit(page, "404.html")
    for name in ("translator", "numerals", "dates"):
        page.add_script_tag(url=f"/ko/_static/{name}.js")
    return page


def test_each_model_is_there_for_each_framework():
    assert len(NAMES) >= 2
    names = {name.partition(".")[0] for name in NAMES}
    assert {f"{name}.{one}" for name in names for one in ("tensorflow", "pytorch")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_page_writes_the_framework_s_words_with_its_weights(computing, name):
    expected = json.loads((ROOT / MODELS / f"{name}{EXPECTED}.json").read_text("utf-8"))
    assert len(expected) == 200
    texts = [one["text"] for one in expected]
    found = computing.evaluate(TRANSLATE, [name, texts])
    for one, (tokens, weights) in zip(expected, found, strict=True):
        words = tokens[: tokens.index("EOS")] if "EOS" in tokens else tokens
        written = "".join(words).replace("_", " ") if "-ko." in name else " ".join(words)
        assert written == one["translation"], one["text"]
        for row, real in zip(weights, one["weights"], strict=False):
            assert row == pytest.approx([weight / 10_000 for weight in real], abs=CLOSE)
        assert len(weights) == len(one["weights"])


@pytest.mark.parametrize("name", NAMES)
def test_model_is_light_and_no_page_has_it_at_first(name):
    assert len(gzip.compress((SITE / f"ko/_static/models/{name}.js").read_bytes())) <= LARGEST
    assert not [path for path in SITE.rglob("*.html") if f"{name}.js" in path.read_text("utf-8")]


def test_steps_follow_what_the_reader_changes(computing):
    found = computing.evaluate(
        """async () => {
            const model = await bookTranslator.load("digits.pytorch");
            const encoded = model.encode(model.ids(["4", "2", "5", "5", "5"]));
            const step = (changes) => model.step(encoded, encoded.state, model.sos, changes);
            const plain = step();
            const sum = (values) => values.reduce((total, value) => total + value, 0);
            const even = step({ weights: [2, 2, 2, 2, 2, 2] });
            const mean = encoded.states[0].map((_, unit) =>
                encoded.states.reduce((sum, state) => sum + state[unit], 0) / 6);
            const second = { weights: [0, 1, 0, 0, 0, 0] };
            return {
                same: step({ weights: plain.weights }).logits.map(
                    (one, id) => one - plain.logits[id]),
                context: even.context.map((one, unit) => one - mean[unit]),
                masked: step({ masked: [true] }).weights,
                words: [plain, step(second)].map((one) => one.best[0].token),
                sums: [plain, even].map((one) => sum(one.weights)),
                best: plain.best.length,
                forbidden: plain.probabilities[model.sos],
                fed: model.step(encoded, plain.state, model.target.indexOf("6")).logits[0]
                    - model.step(encoded, plain.state, model.target.indexOf("9")).logits[0],
                back: model.step(encoded, encoded.state, model.target.indexOf("9")).best[0].token,
            };
        }"""
    )
    assert max(map(abs, found["same"])) < 1e-5
    assert max(map(abs, found["context"])) < 1e-6
    assert found["masked"][0] == 0
    assert sum(found["masked"]) == pytest.approx(1)
    assert found["words"] == ["9", "7"]  # the model writes what it is made to look at
    assert found["sums"] == pytest.approx([1, 1])
    assert (found["best"], found["forbidden"]) == (5, 0)
    assert found["fed"] != 0
    assert found["back"]


def test_token_that_the_model_has_not_is_named(computing):
    message = computing.evaluate(
        """async () => {
            const model = await bookTranslator.load("digits.tensorflow");
            try { model.ids(["4", "seven"]); } catch (error) { return [error.name, error.message]; }
        }"""
    )
    assert message == ["RangeError", "seven"]


def test_translator_computes_in_a_page_that_is_opened_as_a_file(browser):
    page = browser.new_page()
    page.goto((SITE / "404.html").as_uri())
    for name in ("translator", "numerals"):
        page.add_script_tag(url=(SITE / f"ko/_static/{name}.js").as_uri())
    found = page.evaluate(TRANSLATE, ["digits.pytorch", ["1 2"]])
    assert found[0][0] == ["6", "7", "EOS"]
    page.close()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_numerals_are_read_and_spelt_as_in_python(computing, language):
    generator = random.Random(0)
    numbers = [generator.randrange(10 ** generator.randint(1, 8)) for _ in range(500)]
    numbers += [*range(130), *(10**power for power in range(8))]
    spelt = [SPELL[language](number) for number in numbers]
    pieces = {
        "ko": "영 일 이 십 백 천 만 억 5",
        "en": "one twenty hundred thousand million and zero",
    }[language].split()
    texts = [*spelt, "", " ", "1,234", "12345678", "123456789", "3200만 5천", "forty-five hundred"]
    for text in spelt[:300]:
        place = generator.randrange(len(text))
        texts.append(f"{text[:place]} {generator.choice(pieces)} {text[place:]}")
    read = computing.evaluate(
        """([texts, language]) => texts.map((text) => {
            try {
                return bookNumerals.read(text, language);
            } catch (error) {
                if (error instanceof bookNumerals.NumeralError) return error.reason;
                throw error;
            }
        })""",
        [texts, language],
    )
    for text, found in zip(texts, read, strict=True):
        try:
            assert found == read_number(text, language), text
        except NumeralError:
            assert found in ("empty", "large", "part"), text
    written = computing.evaluate(
        "([numbers, language]) => numbers.map((number) => bookNumerals.spell(number, language))",
        [numbers, language],
    )
    assert written == spelt


def test_dates_are_read_and_written_as_in_python(computing):
    every = [one for part in split_dates() for one in part] + later_dates()
    texts = date_texts(every, "ko")
    found = computing.evaluate("texts => texts.map(bookDates.read)", texts.source)
    assert [one["en"] for one in found] == texts.source
    assert [one["ko"] for one in found] == texts.target
    wrong = ["", "2025", "January", "January 5 5", "Sunday", "5 January 2025", "January 5, 20255"]
    assert computing.evaluate("texts => texts.map(bookDates.read)", wrong) == [None] * len(wrong)


def test_texts_are_cut_as_in_python(computing):
    texts = date_texts(split_dates().test, "ko")
    units = {"en": "word", "ko": "character"}
    for language, written in zip(("en", "ko"), texts, strict=True):
        found = computing.evaluate(
            "([texts, language]) => texts.map((text) => bookNumerals.tokens(text, language))",
            [written, language],
        )
        assert found == [cut(text, units[language]) for text in written]
