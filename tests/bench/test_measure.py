"""Figures of competitors in turn, and what may be said of them; no test here takes any time."""

import pytest
from publishing.bench.groups import GROUPS, GroupError, chosen
from publishing.bench.measure import ROUNDS, Competitor, Measured, Verdict, measure, timed, verdict


def named(name: str, calls: list[str], figures: list[float] | None = None) -> Competitor:
    """Return a competitor that notes its turns."""
    values = iter(figures or range(100))

    def once() -> float:
        calls.append(name)
        return next(values)

    return Competitor(name, "s", once)


def measured(*figures: float, **keeps: object) -> Measured:
    return Measured(Competitor("A", "s", lambda: 0, **keeps), figures)


OTHER = Measured(Competitor("B", "s", lambda: 0), (2.0, 2.1, 2.2))


def test_competitors_take_turns_in_each_round():
    calls = []
    measure([named("A", calls), named("B", calls)])
    assert calls == ["A", "B"] * (ROUNDS + 1)


def test_first_round_warms_up_and_counts_for_nothing():
    (one,) = measure([named("A", [], [90, 3, 1, 2, 5, 4])])
    assert one.figures == [3, 1, 2, 5, 4]
    assert (one.median, one.spread) == (3, 4)


def test_fewer_rounds_than_a_median_needs_are_refused():
    calls = []
    with pytest.raises(ValueError, match="at least 5 rounds"):
        measure([named("A", calls)], rounds=4)
    assert calls == []


def test_time_is_that_of_the_clock_from_before_to_after():
    told = []
    ticks = iter([10.0, 12.5])

    def clock() -> float:
        told.append("clock")
        return next(ticks)

    assert timed(lambda: told.append("action"), clock) == 2.5
    assert told == ["clock", "action", "clock"]


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (measured(1.0, 1.1, 1.2), Verdict.ALONE),
        (measured(1.0, 1.1, 1.2, limit=1.5), Verdict.KEPT),
        (measured(1.0, 1.1, 1.2, limit=0.5), Verdict.BROKEN),
        (measured(1.0, 1.1, 1.2, limit=1.2), Verdict.OPEN),
        (measured(1.0, 1.1, 1.9, limit=1.5), Verdict.OPEN),  # one slow run casts doubt on all
        (measured(1.0, 1.1, 1.2, against="B"), Verdict.FASTER),
        (measured(3.0, 3.1, 3.2, against="B"), Verdict.SLOWER),
        (measured(1.9, 2.0, 2.05, against="B"), Verdict.OPEN),
        (measured(2.8, 2.8, 2.8, against="B", limit=1.5), Verdict.KEPT),  # of 3.15
        (measured(3.5, 3.5, 3.5, against="B", limit=1.5), Verdict.BROKEN),
        (measured(2.9, 2.9, 2.9, against="B", limit=1.5), Verdict.OPEN),
    ],
)
def test_difference_is_a_result_only_beyond_the_spread_of_either_side(one, said):
    assert verdict(one, [one, OTHER]) is said


def test_named_groups_are_measured_or_else_all():
    assert list(chosen(["view", "build"])) == ["view", "build"]
    assert chosen([]) == GROUPS


def test_unknown_group_is_refused_in_one_line_that_lists_those_there_are():
    with pytest.raises(GroupError, match=r"^There is no group 'speed'; there are build, serve, v"):
        chosen(["view", "speed"])
