"""How far outputs may move."""

import pytest
from conftest import code
from publishing.chapter.tolerances import Tolerances, are_close, tolerances_of


@pytest.mark.parametrize(
    ("stored", "fresh", "close"),
    [
        ("1e-3 and -2", "0.0012 and -2.0", True),
        ("[ 1.  10.5]", "[1. 10.4999]", True),
        ("1 2", "2 1", False),
        ("12", "1 2", False),
        ("-1", "1", False),
        ("a 1", "a", False),
    ],
)
def test_numbers_are_compared_in_order(stored, fresh, close):
    assert are_close(stored, fresh, 0.01) == close


def test_what_a_cell_does_not_declare_is_the_book_s_rule():
    cell = code("x")
    assert tolerances_of(cell) == Tolerances(close=0, figure=0.5)
    cell.metadata.update({"close": 0.01, "figure-tolerance": 2})
    assert tolerances_of(cell) == Tolerances(close=0.01, figure=2)
