"""How an epoch's time grows: the slopes, what the operations predict, and the Pythons that step."""

import subprocess

import numpy as np
import pytest
from publishing.bench import scale as bench
from publishing.bench.groups import GROUPS, PACKAGES, GroupError, chosen
from publishing.bench.measure import Competitor, Measured
from publishing.bench.programs import BenchError, python
from publishing.bench.report import ReportError, as_data, demand_writable, table
from publishing.bench.scale import (
    AXES,
    BASE,
    EMBEDDING,
    Point,
    along,
    answers,
    asked,
    multiplications,
    named,
    plot,
    predicted,
    read_point,
    slope,
    step_seconds,
    summary,
)
from publishing.chapter.editions import FRAMEWORKS

POWERS = {"length": 1.5, "vocabulary": 0.25, "batch": -0.5, "width": 2.0}
SMALL = Point(length=2, vocabulary=16, batch=2, width=4)


def seconds(point: Point, fixed: float = 0) -> float:
    """Return a time that is a product of the powers of the sizes."""
    ratios = {axis: getattr(point, axis) / getattr(BASE, axis) for axis in AXES}
    return fixed + 3 * float(np.prod([ratios[axis] ** POWERS[axis] for axis in AXES]))


def measured_points(*rounds: float) -> list[Measured]:
    """Return every point in each framework, with figures that each round multiplies."""
    points = dict.fromkeys(point for axis in AXES for point in along(axis))
    return [
        Measured(
            Competitor(named(framework, point), "s/epoch", lambda: 0),
            [each * seconds(point) for each in rounds],
        )
        for point in points
        for framework in FRAMEWORKS
    ]


@pytest.mark.parametrize("power", [2, 1, 0.25, 0, -1])
def test_slope_of_a_power_law_is_its_power(power):
    sizes = [2, 8, 16, 128]
    assert slope(sizes, [5 * size**power for size in sizes]) == pytest.approx(power, abs=1e-4)


def test_slope_that_is_almost_none_has_no_sign():
    assert str(slope([1, 2, 4], [1, 1, 1 - 1e-9])) == "0.0"


def test_each_axis_goes_through_the_base_and_has_its_own_slope():
    for axis in AXES:
        assert along(axis).count(BASE) == 1
        assert [getattr(point, axis) for point in along(axis)] == sorted(AXES[axis])
    records = summary(measured_points(1, 2, 3))
    assert [(one["axis"], one["framework"]) for one in records] == [
        (axis, framework) for axis in AXES for framework in FRAMEWORKS
    ]
    for one in records:
        assert one["slope"] == pytest.approx(POWERS[one["axis"]], abs=1e-3)
        assert one["from"] == one["slope"] == one["to"]  # a slow round is slow at every point
        assert one["predicted"] == predicted(one["axis"])


def test_slope_is_told_with_those_of_the_rounds():
    measured = measured_points(1, 1, 1)
    name = named(next(iter(FRAMEWORKS)), along("width")[-1])
    changed = [
        Measured(one.competitor, [1, 1, 9] * np.array(one.figures))
        if one.competitor.name == name
        else one
        for one in measured
    ]
    (one,) = (each for each in summary(changed) if each["from"] < each["to"])
    assert one["axis"] == "width"
    assert one["slope"] == one["from"]  # the middle of three rounds, two of them as before
    assert one["to"] > one["from"] + 0.5


# --- What the operations predict -----------------------------------------------------------------


def flops_of(point: Point) -> tuple[int, int]:
    """Return the floating-point operations that PyTorch counts: forward, and in a whole step."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    import book.pytorch

    model = book.pytorch.Translator(point.vocabulary, EMBEDDING, point.width)
    source, target = torch.randint(1, point.vocabulary, (2, point.batch, point.length))
    optimizer = torch.optim.Adam(model.parameters())
    # Without oneDNN, whose recurrent layer is one operation that is not counted.
    with torch.backends.mkldnn.flags(enabled=False):
        with FlopCounterMode(display=False) as forward:
            model(source, target)
        with FlopCounterMode(display=False) as step:
            book.pytorch.train_step(model, optimizer, source, target)
    return forward.get_total_flops(), step.get_total_flops()


@pytest.mark.filterwarnings("ignore:TF32")  # as oneDNN is turned off
@pytest.mark.parametrize("axis", AXES)
def test_count_is_that_of_pytorch_and_a_step_takes_the_same_times_as_many(axis):
    """Two operations are a multiplication and an addition."""
    for point in (along(axis)[0], along(axis)[-1]):
        forward, step = flops_of(point)
        assert forward == 2 * point.batch * multiplications(point)
        assert step == pytest.approx(3 * forward, rel=0.05)


def test_slopes_of_the_count():
    """Between those of its parts: the attention's grows with the square of the length."""
    assert predicted("batch") == 0
    assert 1 < predicted("length") < 1.1
    assert 0 < predicted("vocabulary") < 1
    assert 1 < predicted("width") < 2
    many = [1e6, 1e7]
    assert slope(many, [multiplications(Point(length=int(one))) for one in many]) > 1.99
    assert slope(many, [multiplications(Point(width=int(one))) for one in many]) > 1.99
    assert slope(many, [multiplications(Point(vocabulary=int(one))) for one in many]) > 0.99


# --- The Pythons that step -----------------------------------------------------------------------


def test_time_of_a_step_is_a_mean_over_enough_of_them():
    ticks, told = iter([10, 10.05, 10.1, 10.15, 10.24]), []

    def clock() -> float:
        told.append("clock")
        return next(ticks)

    assert step_seconds(lambda: told.append("step"), clock) == pytest.approx(0.06)
    assert told == ["step", "clock", *["step", "clock"] * 4]  # the first one does not count


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[0, 64, 64, 128]", "length is 0, and has to be at least 1"),
        ("[8, 11, 64, 128]", "vocabulary is 11, and has to be at least 12"),
        ("[8, 64, -1, 128]", "batch is -1, and has to be at least 1"),
        ("[8, 64, 64, 0]", "width is 0, and has to be at least 1"),
        ("8 64 64 128", "Extra data: line 1 column 3 (char 2)"),
    ],
)
def test_point_that_is_none_is_answered_in_a_line_and_the_next_one_measured(line, said):
    assert list(answers([line, "[8, 64, 64, 128]"], lambda point: 2.5)) == [said, "2.5"]


def test_base_is_a_point_of_the_course_s_translator():
    assert read_point("[8, 64, 64, 128]") == BASE


def fake(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let other code answer in place of a framework."""
    monkeypatch.setattr(bench, "module", lambda name, framework: python(code))


ECHO = "import json, sys\nfor line in sys.stdin: print(sum(json.loads(line)), flush=True)"


def test_one_python_answers_point_after_point_and_is_ended_by_an_exception(tmp_path, monkeypatch):
    started, popen = [], subprocess.Popen

    def start(*arguments: object, **options: object) -> "subprocess.Popen[str]":
        started.append(popen(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    fake(monkeypatch, ECHO)
    each, ends = len(FRAMEWORKS), (along("length")[0], along("width")[-1])

    def interrupt() -> None:
        figures = [one.once() for one in (*found[:each], *found[-each:])]
        assert figures == [sum(point) for point in ends for _ in FRAMEWORKS]
        assert [one.poll() for one in started] == [None] * each
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), bench.competitors(tmp_path, tmp_path) as found:
        interrupt()
    assert [one.returncode for one in started] == [-9] * each


def test_frameworks_take_turns_and_all_but_the_base_are_compared_with_it(tmp_path, monkeypatch):
    fake(monkeypatch, ECHO)
    with bench.competitors(tmp_path, tmp_path) as found:
        names = [one.name for one in found]
        against = {one.name: one.against for one in found}
    assert [name.partition(":")[0] for name in names] == list(FRAMEWORKS) * 15
    assert len(set(names)) == len(names)
    for framework in FRAMEWORKS:
        own = {name: other for name, other in against.items() if name.startswith(framework)}
        assert own.pop(f"{framework}: base") == ""
        assert set(own.values()) == {f"{framework}: base"}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("input(); print('batch is 0'); input()", r"is not measured: batch is 0$"),
        ("import sys; sys.exit('no memory')", r"it has ended:\nno memory"),
    ],
)
def test_point_without_a_figure_says_why(tmp_path, monkeypatch, code, said):
    fake(monkeypatch, code)
    with pytest.raises(BenchError, match=said), asked("pytorch", tmp_path / "log.txt") as ask:
        ask(Point(batch=0))


@pytest.mark.slow
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_framework_measures_points_in_turn_and_refuses_what_is_none(framework, tmp_path):
    with asked(framework, tmp_path / "log.txt") as ask:
        with pytest.raises(BenchError, match=r"width 0.* is not measured: width is 0, and has to"):
            ask(SMALL._replace(width=0))
        figures = [ask(point) for point in (SMALL, SMALL._replace(width=8), SMALL, SMALL)]
    assert min(figures) > 0
    assert max(figures) < 10 * min(figures)  # no graph was made while the clock ran


# --- What is written -----------------------------------------------------------------------------


def test_table_and_data_have_every_slope():
    records = summary(measured_points(1, 2))
    lines = table(records).splitlines()
    assert lines[0] == "| axis | framework | slope | from | to | predicted |"
    assert lines[2] == f"| length | {next(iter(FRAMEWORKS))} | 1.50 | 1.50 | 1.50 | 1.01 |"
    assert len(lines) == 2 + len(AXES) * len(FRAMEWORKS)
    assert as_data("scale", measured_points(1, 2), (0, 0), records)["summary"] == records


@pytest.mark.parametrize(("kind", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_plot_is_a_picture_of_the_kind_that_is_wanted(kind, begins):
    picture = plot(measured_points(1), kind)
    assert picture.startswith(begins)


def test_panel_has_each_framework_and_the_count_through_the_base():
    from matplotlib.figure import Figure

    panel = Figure().subplots()
    times = [seconds(point) for point in along("width")]
    bench._draw(panel, "width", times, 0, "label")
    drawn, dashed = panel.lines
    assert list(drawn.get_ydata()) == times
    at = along("width").index(BASE)
    assert dashed.get_ydata()[at] == times[at]
    assert slope(AXES["width"], dashed.get_ydata()) == predicted("width")
    assert dashed.get_color() == drawn.get_color()


def test_picture_of_another_kind_is_refused_before_anything_is_measured(tmp_path):
    with pytest.raises(ReportError, match=r"its name has to end in \.png or \.svg\.$"):
        demand_writable(tmp_path / "scale.txt", (".png", ".svg"))
    demand_writable(tmp_path / "scale.svg", (".png", ".svg"))


def test_plot_of_groups_without_one_is_refused():
    with pytest.raises(GroupError, match=r"^None of build, view has a plot; .*: scale\.$"):
        chosen(["build", "view"], plotted=True)
    assert list(chosen(["build", "scale"], plotted=True)) == ["build", "scale"]
    assert chosen([], plotted=True) == GROUPS


def test_report_names_the_versions_of_what_is_measured():
    assert {"tensorflow", "keras", "torch"} <= set(PACKAGES)
