"""What prints say of their values: bounds that are left out, numbers and places that differ."""

import ast

import pytest
from conftest import code
from publishing.chapter.code_rules import code_problems
from publishing.chapter.printed import printed_problems


def told(source: str) -> list[str]:
    return list(printed_problems(ast.parse(source)))


@pytest.mark.parametrize(
    ("source", "bound"),
    [
        ("print('learned:', losses[-1] < 0.1)", "0.1"),
        ("print('last loss below 0.2:', losses[-1] < 0.1)", "0.1"),
        ("print('more than 95%:', share > 0.5)", "0.5"),
        ("print('same:', np.allclose(a, b, rtol=0, atol=1e-6))", "1e-06"),
        ("print('same to 1e-6:', np.allclose(a, b, rtol=0.001, atol=1e-6))", "0.001"),
        ("print('same:', np.allclose(a, b, 0, 1e-6))", "1e-06"),
        ("same = (abs(a - b) < 1e-5).all()\nprint('same:', same)", "1e-05"),
        ("limit = 1e-5\nprint('same:', difference < limit)", "1e-05"),
        ("print(f'same: {difference < 1e-5}')", "1e-05"),
        ("for x in y:\n    print('apart:', [(x > 1e-6).tolist()])", "1e-06"),
        ("print('right to 6 digits:', error < 1e-5)", "1e-05"),
    ],
)
def test_yes_or_no_without_its_bound_is_named(source, bound):
    assert any(f"print its bound, {bound}, beside it" in text for text in told(source))


def test_comparison_without_a_bound_is_named():
    (text,) = told("print('same:', torch.allclose(a, b))")
    assert text.startswith("torch.allclose(a, b) has no bound of its own")


@pytest.mark.parametrize(
    "source",
    [
        "print('last loss below 0.1:', losses[-1] < 0.1)",
        "print('weights apart by less than 0.00001:', after < 1e-5)",
        "print('more than 95%:', share > 0.95)",
        "print('at least 3 points more:', gain > 0.03)",
        "print('over half:', share > 0.5)",
        "print('right to 5 digits:', error < 1e-5)",
        "print('same to 1e-6:', np.allclose(a, b, rtol=0, atol=1e-6))",
        "print('same to 1e-6:', np.allclose(a, b, 0, 1e-6))",
        "limit = 1e-5\nprint(f'closer than {limit}: {difference < limit}')",
        "limit = 1e-5\nprint('closer than', limit, difference < limit)",
        "print(f'{share:.0%} right, as wanted: {share > 0.9}')",
        "print('longer:', len(a) > 3 - 0)",
        "print('equal:', np.array_equal(a, b), a == 0.5)",
        "print(x.mean())",
        "y = x < 0.1",
    ],
)
def test_yes_or_no_with_its_bound_is_left_alone(source):
    assert not [text for text in told(source) if "bound" in text]


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ("print('a beam of 8 puts all of them first:', mended == len(near))", "8"),
        ("print('last 30 losses under 0.02:', max(losses[-60:]) < 0.02)", "30"),
        ("print('steps 61 to 120:', losses[60:110] == a)", "120"),
        ("same = (a == b).all()\nprint(f'same in 7 runs: {same}')", "7"),
        ("print('same in 7 runs:', bool(a == b))", "7"),
        ("print('same in 7 runs:', (a == b).any(axis=0).tolist())", "7"),
    ],
)
def test_number_that_stands_in_the_words_only_is_named(source, number):
    assert any(text.startswith(f"prints {number} in its words only") for text in told(source))


@pytest.mark.parametrize(
    "source",
    [
        "print(f'a beam of {beam_size} puts all of them first:', mended == len(near))",
        "print('last 30 losses under 0.02:', max(losses[-30:]) < 0.02)",
        "print('steps 61 to 120:', losses[60:120] == a)",
        "print('4 2 5 is 9 7 10, by W1 and h_2:', a == b)",
        "print('3 sentences')",  # compares nothing
        "print('EOS in places 1 to 6:', (ids == EOS).sum(axis=0))",  # counts
        "print(f'{name:>5} {a == b!s:5}')",
        "print('seed 0:', a == b)",
    ],
)
def test_number_that_the_code_holds_is_left_alone(source):
    assert told(source) == []


def test_place_that_is_called_otherwise_is_named():
    assert told("print('fifth word right:', right[words == 5, 4].mean())") == []
    (text,) = told("print('fifth word right:', right[words == 5, 3].mean())")
    assert text == "says 'fifth', but reads at 3, counted from 0; count them alike"
    assert told("print('second to fifth:', right[:, 1:5])") == []
    assert told("print('second to fifth:', right[:, 1:4])")
    assert told("print('fifth word:', word)") == []


def test_cell_with_a_reason_is_left_alone():
    cell = code("print('same:', a < 0.1)")
    assert len(list(code_problems(cell))) == 1
    cell.metadata["why"] = "the bound moves"
    assert list(code_problems(cell)) == []
