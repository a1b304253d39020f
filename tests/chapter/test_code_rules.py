"""The rules of the checks in the code: what cannot fail is named, and what can is left alone."""

import pytest
from conftest import code
from publishing.chapter.code_rules import code_problems


def told(source: str, *tags: str, **metadata) -> list[str]:
    cell = code(source, *tags)
    cell.metadata.update(metadata)
    return list(code_problems(cell))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("np.allclose(x, x)", "compares x with itself"),
        ("print('equal:', np.array_equal(a[0], a[0]))", "compares a[0] with itself"),
        ("torch.testing.assert_close(f(x), f(x))", "compares f(x) with itself"),
        ("torch.equal(x, x)", "compares x with itself"),
        ("(a == a).all()", "compares a with itself"),
        ("a.shape == a.shape", "compares a.shape with itself"),
        ("0 < b <= b", "compares"),
        ("np.allclose(x, y, atol=1e6)", "allows atol=1e+06"),
        ("np.allclose(x, y, 1e-5, 0.5)", "allows argument 4=0.5"),
        ("x == pytest.approx(y, rel=0.5)", "allows rel=0.5"),
        ("print('equal:', True)", "prints True whatever happens"),
        ("assert True", "cannot fail"),
        ("x = 1\n  ## NBVAL_SKIP", "a comment that nbval obeys"),
        ("# NBVAL_IGNORE_OUTPUT\nprint(x)", "a comment that nbval obeys"),
        ("#NBVAL_CHECK_OUTPUT\nprint(x)", "a comment that nbval obeys"),
        ("# PYTEST_VALIDATE_IGNORE_OUTPUT\nprint(x)", "a comment that nbval obeys"),
    ],
)
def test_check_that_cannot_fail_is_named(source, message):
    assert any(message in found for found in told(source))


@pytest.mark.parametrize(
    "source",
    [
        "np.allclose(x, y)",
        "np.allclose(x, y, atol=1e-6)",
        "np.allclose(x, x.T)",
        "print('equal:', bool((x == y).all()))",
        "print(f'{x:.2f}', True and x)",
        "# what NBVAL_SKIP would do",
        "%pip install x",
        "1 +",
    ],
)
def test_other_code_is_left_alone(source):
    assert told(source) == []


def test_what_is_not_compared_exactly_says_why():
    for metadata in ({"close": 0.01}, {"figure-tolerance": 2}):
        assert "say why" in told("x", **metadata)[0]
        assert "say why" in told("x", why=" ", **metadata)[0]
        assert told("x", why="a reason", **metadata) == []
    assert "say why" in told("x", "nbval-ignore-output")[0]
    assert told("x", "nbval-ignore-output", why="timings") == []


def test_comparison_of_the_frameworks_is_always_compared():
    tags = ("tensorflow", "pytorch", "nbval-ignore-output")
    assert "nothing checks" in told("x", *tags, why="a reason")[0]
