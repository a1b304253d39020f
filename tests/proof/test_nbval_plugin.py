"""The plugin: which differences it finds, which it allows, and what it says."""

import os
import re
import shlex
import subprocess
import sys
from io import StringIO

import nbformat
import pytest
from conftest import ONLY_NBVAL, ROOT, code
from nbformat.v4 import new_code_cell
from publishing.authoring.execute import execute
from publishing.proof.mutate import copy_book
from publishing.proof.nbval_plugin import PROGRESS_BAR, TERMINAL_CODES
from publishing.proof.pytest_run import CHAPTER_OPTIONS, DIFFERENCES, run_checks, with_packages
from tqdm import tqdm


def draw(then="pass", last=2, height=2):
    """Return code that draws a figure, and does something more before it is shown."""
    return f"plt.figure(figsize=(3, {height})); plt.plot([1, {last}]); {then}; plt.show()"


def bars(labels="['정답 · true', 'EOS']", title="'비율 · share'"):
    """Return code that draws a figure in which no single letter is beyond the tolerance."""
    drawn = f"plt.bar([0, 1], [1, 2]); plt.xticks([0, 1], {labels}); plt.title({title})"
    return f"plt.figure(figsize=(6, 5)); {drawn}; plt.show()"


WARN = "import sys; print('disk is full', file=sys.stderr)"
BAR = "from tqdm import tqdm\nfor _ in tqdm(range(3)): pass"
# A library's warning in the middle of a bar, which tqdm then draws again.
WARN_IN_A_BAR = """import sys
print("\\r 0%| | 0/3 [00:00<?, ?it/s]/usr/lib: UserWarning: x", end="", file=sys.stderr)
print("\\r100%|#| 3/3 [00:00<00:00, 9.00it/s]", file=sys.stderr)"""
MOVES = {"figure-tolerance": 5}
IGNORED = {"tags": ["nbval-ignore-output"]}

# What was stored, what is run now, the cell's metadata, and what a failure says.
AGREE = {
    "text": ("print('a')", "print('a')", {}),
    "numbers": ("print('a  1.50 b')", "print('a 1.495 b')", {"close": 0.01}),
    "a list": ("[0.5, -0.25]", "[0.501, -0.2501]", {"close": 0.01}),
    "a figure": (draw(), draw(), {}),
    "a figure that moves": (draw(), draw(last=2.0005), {"figure-tolerance": 4.0}),
    "a figure of each language": (bars(), bars(), {}),
    "progress": ("pass", BAR, IGNORED),
}
DIFFER = {
    "text": ("print('right')", "print('wrong')", {}, "stdout differs"),
    "undeclared": ("print(1.50)", "print(1.495)", {}, "stdout differs"),
    "too far": ("print(1.50)", "print(1.48)", {"close": 0.01}, "more than 0.01 apart"),
    "other words": ("print('a 1')", "print('b 1')", {"close": 0.05}, "stdout differs"),
    "more numbers": ("print('1')", "print('1 1')", {"close": 0.05}, "stdout differs"),
    "not a number": ("print(0.1)", "print(float('nan'))", {"close": 0.05}, "stdout differs"),
    "a label": (draw(), draw("plt.xlabel('x')"), {}, "figure 1 differs by"),
    "a letter": (draw("plt.title('1')"), draw("plt.title('7')"), {}, "figure 1 differs by"),
    "the size": (draw(), draw(height=3), {}, "figure 1 differs: Image sizes"),
    "no figure": (draw(), "pass", {}, "image/png 1 is stored, but did not come out"),
    "a second figure": (draw(), f"{draw()}; {draw()}", {}, "image/png 2 is not stored"),
    "a wrong word": (
        bars(),
        bars("['정답 · true', 'SOS']"),
        MOVES,
        "the words of the figure (ko) differs",
    ),
    "a wrong word in one language": (
        bars(),
        bars(title="'비율 · shade'"),
        MOVES,
        "the words of the figure (en) differs",
    ),
    "a number in a title": (
        bars(title="'3 · 3'"),
        bars(title="'3.01 · 3.01'"),
        {**MOVES, "close": 0.05},
        "the words of the figure (ko) differs",
    ),
    "a language": (bars(), bars("['정답', 'EOS']", "'비율'"), MOVES, "image/png (ko) 1 is stored"),
    "no text": ("print('a')", "pass", {}, "stdout 1 is stored, but did not come out"),
    "a warning": ("pass", WARN, {}, "stderr 1 is not stored"),
    "a hidden warning": ("pass", WARN, IGNORED, "standard error holds more than a progress bar"),
    "a warning in a bar": ("pass", WARN_IN_A_BAR, IGNORED, "/usr/lib: UserWarning: x\n"),
    "an error": ("pass", "{}['key']", {}, "KeyError"),
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """Run all cells once, and return the folder, what failed and what pytest wrote."""
    folder = tmp_path_factory.mktemp("checking")
    path = folder / "01-sample.ipynb"
    pairs = [pair[:3] for pair in (*AGREE.values(), *DIFFER.values())]
    cells = [new_code_cell("from book.plots import plt")]
    cells += [new_code_cell(stored, metadata=metadata) for stored, _, metadata in pairs]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    execute(path)
    notebook = nbformat.read(path, as_version=4)
    for cell, (_, fresh, _) in zip(notebook.cells[1:], pairs, strict=True):
        cell.source = fresh
    nbformat.write(notebook, path)
    arguments = [*CHAPTER_OPTIONS, f"--rootdir={folder}", path.name]
    return folder, run_checks(sys.executable, folder, arguments, ONLY_NBVAL)


def test_what_differs_fails_and_nothing_else(outcome):
    first = 1 + len(AGREE)
    expected = [f"01-sample, Cell {number}" for number in range(first, first + len(DIFFER))]
    assert outcome[1].failures == expected


@pytest.mark.parametrize("name", DIFFER)
def test_failure_says_what_differs(outcome, name):
    number = 1 + len(AGREE) + list(DIFFER).index(name)
    report = outcome[1].output.partition(f"01-sample.ipynb::Cell {number} ___")[2]
    assert DIFFER[name][3] in report.partition("Run and store the outputs")[0]


def test_failure_shows_both_sides_in_colour_and_the_command(outcome):
    output = outcome[1].output
    assert "\33[91mright \33[0m | \33[92mwrong\33[0m" in output
    assert "ci/execute 01-sample" in output
    command = [sys.executable, "-m", "pytest", *CHAPTER_OPTIONS, "01-sample.ipynb"]
    assert f"Compare again: {shlex.join(command)}\n" in output


@pytest.mark.slow
@pytest.mark.parametrize("book", ["installed", "copied"])
def test_printed_command_works_in_a_plain_shell_at_the_root(tmp_path, write_chapter, book):
    if book == "copied":
        copy_book(ROOT, tmp_path)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    python = tmp_path / ".venv" / "bin" / "python"
    path = write_chapter(code("import book.data\nprint('new')", prints="old\n"))
    arguments = [*CHAPTER_OPTIONS, f"--rootdir={tmp_path}", str(path.relative_to(tmp_path))]
    folder = tmp_path if book == "copied" else ROOT
    output = run_checks(python, tmp_path, arguments, with_packages(folder)).output
    command = re.search("^Compare again: (.*)$", output, re.MULTILINE)[1]
    if book == "copied":
        assert command.startswith('PYTHONPATH="$PWD:$PWD/ci" .venv/bin/python -m pytest ')
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    again = subprocess.run(command, shell=True, cwd=tmp_path, env=plain, capture_output=True)
    assert again.returncode == 1
    assert b"stdout differs" in again.stdout


def test_pictures_are_kept_only_where_they_differ(outcome):
    folder, result = outcome
    kept = {path.name for path in (folder / DIFFERENCES).iterdir()}
    cells = nbformat.read(folder / "01-sample.ipynb", as_version=4).cells
    ids = dict(zip((*AGREE, *DIFFER), (cell.id for cell in cells[1:]), strict=True))
    difference = f"01-sample-{ids['a letter']}-1-now-failed-diff.png"
    assert difference in kept
    assert difference in result.output
    assert not any(ids["a figure that moves"] in name for name in kept)


# --- Progress bars -------------------------------------------------------------------------------

BARS = {
    "a description": {"desc": "에포크 1/3"},
    "a description with a colon": {"desc": "epoch: 2"},
    "a unit": {"unit": "batch"},
    "a unit with a space and a stroke": {"unit": " it/x"},
    "no total": {"iterable": iter(range(3))},
    "no total, and a scaled unit": {"iterable": iter(range(3)), "unit": "B", "unit_scale": True},
    "a scaled unit": {"total": 3_000_000, "unit": "B", "unit_scale": True},
    "a part of it": {"initial": 3, "total": 8},
    "letters for the bar": {"ascii": True},
    "a colour": {"colour": "green"},
    "no room for the bar": {"ncols": 0},
    "too narrow": {"ncols": 20},
    "too narrow for the description": {"desc": "a" * 30, "ncols": 60},
    "wiped away": {"leave": False},
}


@pytest.mark.parametrize("postfix", ["", "loss=0.5, acc=50%", "[a]"])
@pytest.mark.parametrize("options", BARS.values(), ids=BARS)
def test_each_form_that_tqdm_draws_is_a_progress_bar(options, postfix):
    drawn = StringIO()
    bar = tqdm(**{"iterable": range(3), "file": drawn, "mininterval": 0, **options})
    for _ in bar:
        bar.set_postfix_str(postfix)
    lines = re.split("[\r\n]+", TERMINAL_CODES.sub("", drawn.getvalue()))
    assert len(lines) > 3
    assert [line for line in lines if line and not PROGRESS_BAR.fullmatch(line)] == []


@pytest.mark.parametrize(
    "line",
    [
        "UserWarning: 3 of 5 [00:01, bad]",
        "Warning: something [x]",
        "40% done",
        "error: 3 [00:00, oops]",
        "  0%|          | 0/3 [00:00<?, ?it/s]/usr/lib: UserWarning: x",
        " 20%|2| 1/5 [00:00<0UserWarning",
        "12 files [00:01, 3 left]",
    ],
)
def test_other_lines_are_none(line):
    assert PROGRESS_BAR.fullmatch(line) is None
