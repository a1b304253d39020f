"""The rules of the format: each broken alone, and all of them kept by the real chapters."""

import pytest
from conftest import ROOT, chapter_of, code, figure, markdown
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output, new_raw_cell
from publishing.chapter import format as rules
from publishing.chapter import view as views
from publishing.chapter.editions import FRAMEWORKS, LANGUAGES, Framework, Language
from publishing.chapter.files import chapters_of, read_chapter
from publishing.chapter.format import problems_of


def with_metadata(cell, **metadata):
    cell.metadata.update({name.replace("_", "-"): value for name, value in metadata.items()})
    return cell


ALT = {"ko": "그림", "en": "a figure"}


def with_output(cell: NotebookNode, mime: str, content: str) -> NotebookNode:
    """Change what a figure's cell has put out."""
    cell.outputs[0].data[mime] = content
    return cell


def labelled(label: str) -> NotebookNode:
    """Return a cell with a figure of one picture, which says something."""
    return with_output(figure(ALT), "text/plain", f"Figure\ntitle: {label}")


GOOD = [
    markdown("# 제목", "ko"),
    markdown("# Title", "en"),
    code("x = 1"),
    markdown("케라스", "ko", "tensorflow"),
    markdown("Keras", "en", "tensorflow"),
    code("print(1)", "tensorflow", "book", prints="1\n"),
    code("print(1)", "pytorch", "book", prints="1\n"),
    code("print(2)", "tensorflow", prints="2\n"),
    code("print(2)", "pytorch", prints="2\n"),
    code("print(a == b)", "tensorflow", "pytorch", prints="True\n"),
    figure(ALT),
    figure(ALT, ko="원문 encoder_states $softmax$", en="source encoder_states $softmax$"),
    labelled("TensorFlow | PyTorch | EOS | Adam | float32 | h_j | tanh | 0.5 | A"),
    with_metadata(figure(ALT), figure_tolerance=2, why="a reason"),
    with_metadata(code("print(0.5)", prints="0.5 of 3/4\n"), close=0.01, why="a reason"),
    with_metadata(
        code("print(seconds)", "nbval-ignore-output", prints="2.5 s, 39.4it/s\n"), why="timings"
    ),
    code("print(3)", "tensorflow", "solution", prints="3\n"),
    code("print(3)", "pytorch", "solution", prints="3\n"),
    with_metadata(
        with_output(figure(ALT), "text/plain", "Figure\nx ticks: three | 삼\ny: EOS"),
        tick_labels="tokens",
    ),
]


def error_output(*tags):
    cell = code("1 / 0", *tags)
    cell.outputs = [new_output("error", ename="ZeroDivisionError", evalue="", traceback=[])]
    return cell


def warning_output(*tags):
    cell = code("import x", *tags)
    cell.outputs = [new_output("stream", name="stderr", text="a warning\nfrom a path\n")]
    return cell


# Each chapter breaks one rule: the cells, the number of the cell to be named, what is said of it.
BROKEN = {
    "no English": ([markdown("안녕", "ko"), markdown("x")], 1, "without its English twin"),
    "no English at the end": ([markdown("안녕", "ko")], 1, "without its English twin"),
    "no Korean": ([markdown("x"), markdown("Hi", "en")], 2, "without its Korean twin"),
    "English first": (
        [markdown("Hi", "en"), markdown("안녕", "ko"), markdown("Hi", "en")],
        1,
        "without its Korean twin",
    ),
    "both languages": ([markdown("안녕", "ko", "en")], 1, "tagged with two languages"),
    "twins of two kinds": (
        [markdown("안녕", "ko", "pytorch"), markdown("Hi", "en")],
        1,
        "other tags",
    ),
    "other heading level": (
        [markdown("## 제목", "ko"), markdown("# Title", "en")],
        1,
        "other headings",
    ),
    "heading in a tab": ([markdown("# Title", "pytorch")], 1, "a heading inside a tab"),
    "no PyTorch": ([code("x = 1", "tensorflow")], 1, "unpaired"),
    "no TensorFlow": ([code("y = 1"), code("x = 1", "pytorch")], 2, "unpaired"),
    "PyTorch first": ([code("x", "pytorch"), code("x", "tensorflow")], 1, "unpaired"),
    "two against one": (
        [code("x = 1", "tensorflow"), code("y = 1", "tensorflow"), code("x = 1", "pytorch")],
        1,
        "2 TensorFlow and 1 PyTorch",
    ),
    "a pair torn by a solution": (
        [code("x = 1", "tensorflow"), code("x = 1", "pytorch", "solution")],
        1,
        "unpaired",
    ),
    "the other framework's value": (
        [
            *(code("x = 1.0", "tensorflow"), code("x = 2.0", "pytorch")),
            *(code("y = x", "tensorflow"), code("y = x", "pytorch")),
        ],
        3,
        "reads x, which a PyTorch cell has set last",
    ),
    "the other framework's value in a function": (
        [
            *(code("for x in a:\n    pass", "tensorflow"), code("x, y = b", "pytorch")),
            *(code("def f():\n    return [x]", "tensorflow"), code("x = 1", "pytorch")),
        ],
        3,
        "reads x, which a PyTorch cell has set last",
    ),
    "unknown tag": ([code("x = 1", "pytroch")], 1, "unknown tag 'pytroch'"),
    "skipped by nbval": ([code("x = 1", "nbval-skip")], 1, "unknown tag 'nbval-skip'"),
    "code tag on Markdown": ([markdown("x", "book")], 1, "unknown tag 'book'"),
    "language on code": ([code("x = 1", "ko")], 1, "code is for both languages"),
    "never executed": ([new_code_cell("x = 1")], 1, "never executed"),
    "no output of print": ([code("print(1)")], 1, "no output is stored"),
    "no output in a loop": ([code("for i in x:\n    print(i)")], 1, "no output is stored"),
    "no output in branches": (
        [code("if x:\n    print(1)\nelse:\n    print(2)")],
        1,
        "no output is stored",
    ),
    "no output of show": ([code("plt.show()")], 1, "no output is stored"),
    "no output of a value": ([code("%matplotlib inline\nx.shape")], 1, "no output is stored"),
    "stored error": ([error_output()], 1, "ZeroDivisionError"),
    "stored warning": ([warning_output()], 1, "its output is a warning (a warning)"),
    "no alternative text": ([figure()], 1, "alternative text (ko and en)"),
    "English text only": ([figure({"en": "a figure"})], 1, "alternative text (ko)"),
    "no Korean in Korean": ([markdown("Hi", "ko"), markdown("Hi", "en")], 1, "no Korean letter"),
    "Korean in English": ([markdown("안", "ko"), markdown("안녕", "en")], 2, "is in Korean"),
    "second ignored cell": (
        [code("x", "nbval-ignore-output"), code("y", "nbval-ignore-output")],
        2,
        "a chapter has at most one step so",
    ),
    "ignored in one framework twice": (
        [code("x", "nbval-ignore-output", "pytorch"), code("y", "nbval-ignore-output", "pytorch")],
        2,
        "a chapter has at most one step so",
    ),
    "ignored figure": (
        [with_metadata(figure(ALT), tags=["nbval-ignore-output"])],
        1,
        "a figure that nothing checks",
    ),
    "close, but 0": ([with_metadata(code("1", prints="1"), close=0)], 1, "close is 0; give"),
    "close, but text": (
        [with_metadata(code("1", prints="1"), close="a bit")],
        1,
        "close is 'a bit'; give",
    ),
    "close, but no number": (
        [with_metadata(code("x", prints="a"), close=0.1)],
        1,
        "prints no number",
    ),
    "too far": (
        [with_metadata(figure(ALT), figure_tolerance=50)],
        1,
        "figure-tolerance is 50; give a number from",
    ),
    "tolerance, but no figure": (
        [with_metadata(code("x"), figure_tolerance=2)],
        1,
        "draws no figure",
    ),
    "figure of one language": (
        [figure(ALT, ko="원문")],
        1,
        "its figures are stored in ko; run ci/execute",
    ),
    "figures in another order": ([figure(ALT, en="source", ko="원문")], 1, "are stored in en, ko"),
    "label without English": (
        [figure(ALT, ko="원문", en="원문")],
        1,
        "the label '원문' says 원문 in the English picture",
    ),
    "label without Korean": (
        [figure(ALT, ko="training step of PyTorch", en="training step of PyTorch")],
        1,
        "says training in the Korean picture",
    ),
    "label in one language, alone": ([labelled("loss")], 1, "says loss in the Korean picture"),
    "Korean label, alone": ([labelled("손실")], 1, "says 손실 in the English picture"),
    "label in one language where ticks are tokens": (
        [with_metadata(labelled("loss"), tick_labels="tokens")],
        1,
        "says loss in the Korean picture",
    ),
    "ticks that are something else": (
        [with_metadata(labelled("EOS"), tick_labels="words")],
        1,
        "'tick-labels' is 'words'; write 'tokens'",
    ),
    "ticks in one language": (
        [with_output(figure(ALT), "text/plain", "Figure\nx ticks: three | EOS")],
        1,
        "says three in the Korean picture",
    ),
    "label of three parts": ([labelled("가 · a · ア")], 1, "has not one part for each of ko, en"),
    "figure of another backend": (
        [with_output(figure(ALT), "text/plain", "<Figure size 640x480 with 1 Axes>")],
        1,
        "a figure whose words nobody can compare; import book.plots",
    ),
    "path": ([code("x", prints="in /home/me/book")], 1, "holds a path (/home/me/book)"),
    "path on Windows": ([code("x", prints=r"C:\book\a.txt")], 1, "holds a path"),
    "address": ([code("x", prints="<A at 0x7f3a2b1c>")], 1, "holds the address of an object"),
    "host": ([code("x", prints="at http://localhost:8888")], 1, "holds a host"),
    "warning": ([code("x", prints="UserWarning: old")], 1, "holds a warning"),
    "timing": ([code("x", prints="took 3.2 s")], 1, "holds a timing (3.2 s)"),
    "path in an ignored cell": (
        [code("x", "nbval-ignore-output", prints="/tmp/a/b")],
        1,
        "holds a path",
    ),
    "raw cell": ([new_raw_cell("x")], 1, "a raw cell"),
}


@pytest.mark.parametrize(("cells", "number", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_chapter_is_refused(cells, number, message):
    problems = problems_of(chapter_of(*cells))
    first_line = cells[number - 1].source.splitlines()[0]
    start = f"01-sample.ipynb, cell {number} ({first_line}): "
    assert any(line.startswith(start) and message in line for line in problems), problems
    assert not any("\n" in line for line in problems)


def test_good_chapter_passes():
    assert problems_of(chapter_of(*GOOD)) == []


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        "optimizer.zero_grad()",  # returns None, for all that can be seen
        "x.shape;",
        "def f():\n    print(1)",
        "if on_gpu:\n    print(1)",
        "print(1, file=log)",
        "",
    ],
)
def test_quiet_code_needs_no_output(source):
    assert problems_of(chapter_of(code(source))) == []


@pytest.mark.parametrize("tag", ["raises-exception", "nbval-raises-exception"])
def test_expected_error_passes(tag):
    assert problems_of(chapter_of(error_output(tag))) == []


def test_ignored_warning_passes():
    assert (
        problems_of(chapter_of(with_metadata(warning_output("nbval-ignore-output"), why="a path")))
        == []
    )


@pytest.mark.parametrize("path", chapters_of(ROOT), ids=lambda path: path.stem)
def test_chapter_keeps_the_format(path):
    assert problems_of(read_chapter(path)) == []


# --- More languages and frameworks than the book has ---------------------------------------------

JAPANESE = Language("Japanese", "日本語", "ja_JP", "[ぁ-ん]", "[ぁ-ん]", 400)
KO, EN, JA = (markdown(text, tag) for text, tag in (("안녕", "ko"), ("Hi", "en"), ("こん", "ja")))
NOTHING_TAGGED = markdown("x")
TWINS = {
    "all three": ([KO, EN, JA], []),
    "twice": ([KO, EN, JA, KO, EN, JA], []),
    "no third": ([KO, EN, NOTHING_TAGGED], [(1, "Korean without its Japanese twin")]),
    "no second": ([KO, JA], [(1, "without its English twin"), (1, "without its Japanese twin")]),
    "other order": (
        [KO, JA, EN],
        [(1, "without its English twin"), (1, "without its Japanese twin")],
    ),
    "third alone": ([NOTHING_TAGGED, JA], [(2, "Japanese without its Korean twin")]),
    "first alone": ([KO], [(1, "without its English twin"), (1, "without its Japanese twin")]),
    "other headings": (
        [markdown("# 제목", "ko"), markdown("# Title", "en"), markdown("ああ", "ja")],
        [(1, "its Japanese twin has other headings")],
    ),
}


@pytest.mark.parametrize(("cells", "expected"), TWINS.values(), ids=TWINS)
def test_each_language_follows_the_first_in_the_book_s_order(monkeypatch, cells, expected):
    monkeypatch.setattr(rules, "LANGUAGES", {**LANGUAGES, "ja": JAPANESE})
    problems = list(rules._check_twins(cells))
    assert bool(problems) == bool(expected)
    for number, message in expected:  # a twin that is missing may be missed by another, too
        assert any(one.number == number and message in one.message for one in problems), problems


STEP = [code(f"x = {number}", framework) for number, framework in enumerate((*FRAMEWORKS, "jax"))]
TENSORFLOW, PYTORCH, JAX = STEP
GROUPS = {
    "one step": (STEP, None),
    "two steps": ([*STEP, *STEP], None),
    "two cells each": ([one for cell in STEP for one in (cell, cell)], None),
    "no third": ([TENSORFLOW, PYTORCH], "1 TensorFlow and 1 PyTorch and 0 JAX code cells"),
    "other order": ([PYTORCH, TENSORFLOW, JAX], "0 TensorFlow and 1 PyTorch and 0 JAX"),
    "one too many": ([*STEP, JAX], "1 TensorFlow and 1 PyTorch and 2 JAX"),
}


@pytest.mark.parametrize(("cells", "message"), GROUPS.values(), ids=GROUPS)
def test_a_step_has_as_many_code_cells_of_each_framework(monkeypatch, cells, message):
    three = {**FRAMEWORKS, "jax": Framework("JAX", "jax")}
    for module in (rules, views):
        monkeypatch.setattr(module, "FRAMEWORKS", three)
    problems = [problem.message for problem in rules._check_pairs(cells)]
    assert bool(problems) == (message is not None), problems
    if problems:
        assert message in problems[0]
        assert problems[0].endswith("TensorFlow, then PyTorch, then JAX")
