"""Figures in a notebook: each language its picture, whatever the reader has set."""

import base64
import os
import subprocess
import sys
from functools import cache
from io import BytesIO

import numpy as np
import pytest
from conftest import code
from matplotlib.colors import to_rgb
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from PIL import Image
from publishing.chapter import figures as stored
from publishing.chapter.editions import LANGUAGES

from book import figures
from book.plots import STATE_COLORS, WEIGHT_COLORS

HEAT_MAP = """
import numpy as np
from book.plots import *
plot_attention(np.eye(3) * 0.9 + 0.03, ["4", "2", "EOS"], ["9", "7", "EOS"])
plt.show()
"""
WORDS = {
    "ko": ["x: 원문", "x ticks: 4 | 2 | EOS", "y: 번역", "y ticks: 9 | 7 | EOS", "y: 가중치"],
    "en": ["x: source", "x ticks: 4 | 2 | EOS", "y: target", "y ticks: 9 | 7 | EOS", "y: weight"],
}


def run(*sources: str, **variables: str) -> list[list[NotebookNode]]:
    """Return the outputs of each cell, run in a kernel with environment variables."""
    notebook = new_notebook(cells=[code(source) for source in sources])
    kept = {name: value for name, value in os.environ.items() if name != "BOOK_LANGUAGE"}
    client = NotebookClient(notebook, kernel_name="python3", allow_errors=True, timeout=120)
    client.execute(env={**kept, **variables})
    return [cell.outputs for cell in notebook.cells]


def pictures(outputs: list[NotebookNode]) -> list[NotebookNode]:
    return [output for output in outputs if "image/png" in output.get("data", {})]


def words(output: NotebookNode) -> list[str]:
    first, *rest = output.data["text/plain"].splitlines()
    assert first == stored.TITLE
    return rest


def languages(outputs: list[NotebookNode]) -> list[str | None]:
    return [picture.metadata.get("language") for picture in pictures(outputs)]


@cache
def heat_map() -> dict[str, NotebookNode]:
    """Return the two pictures of a heat map as they come out where nothing is set."""
    (outputs,) = run(HEAT_MAP)
    assert [output.output_type for output in outputs] == ["display_data"] * 2
    return {output.metadata["language"]: output for output in outputs}


def test_the_package_and_the_book_know_the_same_languages_and_names():
    assert figures.LANGUAGES == tuple(LANGUAGES)
    assert (figures.CHOICE, figures.SEPARATOR) == (stored.CHOICE, stored.SEPARATOR)


def test_a_figure_comes_out_in_each_language_with_its_words():
    assert {language: words(output) for language, output in heat_map().items()} == WORDS
    assert list(heat_map()) == list(LANGUAGES)


def test_a_picture_has_two_pixels_for_one_of_the_page():
    for output in heat_map().values():
        size = output.metadata["image/png"]
        with Image.open(BytesIO(base64.b64decode(output.data["image/png"]))) as picture:
            assert picture.size == (2 * size["width"], 2 * size["height"])
            assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notebook_of_one_language_draws_the_same_picture_alone(language):
    (outputs,) = run(HEAT_MAP, BOOK_LANGUAGE=language)
    (output,) = outputs
    assert output.data == heat_map()[language].data
    assert "language" not in output.metadata
    assert output.metadata["image/png"] == heat_map()[language].metadata["image/png"]


def test_an_unknown_language_is_named():
    (outputs,) = run(HEAT_MAP, BOOK_LANGUAGE="fr")
    assert "BOOK_LANGUAGE is 'fr': choose from ko, en, or unset it" in {
        output.get("evalue") for output in outputs
    }
    assert pictures(outputs) == []


STYLE = "import matplotlib.pyplot as plt; plt.style.use(['dark_background', 'ggplot'])\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "first"),
    [("agg", ""), ("module://matplotlib_inline.backend_inline", ""), ("agg", STYLE)],
)
def test_the_reader_s_own_settings_change_no_picture(tmp_path, backend, first):
    settings = "axes.labelcolor: red\nxtick.labelsize: 20\nytick.direction: in\nfigure.dpi: 50\n"
    (tmp_path / "matplotlibrc").write_text(f"{settings}font.family: serif\nsavefig.bbox: tight\n")
    (outputs,) = run(first + HEAT_MAP, MPLBACKEND=backend, MATPLOTLIBRC=str(tmp_path))
    assert [output.data for output in outputs] == [output.data for output in heat_map().values()]


CELLS = {
    "ticks": "plt.bar([0, 1], [1, 2]); plt.xticks([0, 1], ['가 · a', '나 · b'])",
    "left open": "_, axes = plt.subplots(); axes.set_title('가 · a'); kept = axes.figure;",
    "shown again": "kept.show(); kept",
    "two": "plt.figure(); plt.plot([1]); plt.figure(); plt.plot([1]); plt.show()",
    "closed": "plt.plot([1]); plt.close()",
    "saved": (
        "import io; file = io.BytesIO(); plt.title('가 · a'); plt.savefig(file); "
        "print(plt.gca().get_title()); plt.close()"
    ),
    "broken": (
        "class Broken(plt.Line2D):\n    def draw(self, renderer):\n"
        "        1 / (broken.get_xlabel() != 'a')\n"  # when it is drawn in English
        "_, broken = plt.subplots(); broken.set_xlabel('가 · a')\n"
        "broken.add_artist(Broken([0], [0])); plt.show()"
    ),
    "after it": "print(broken.get_xlabel(), plt.get_fignums())",
    "broken, left open": (
        "class Worse(plt.Line2D):\n    def draw(self, renderer): 1 / 0\n"
        "plt.figure().add_artist(Worse([0], [0]));"
    ),
    "words": (
        "_, axes = plt.subplots(); axes.plot([0, 1], label='곡선 · curve'); axes.legend()\n"
        "axes.annotate('여기 · here', (0, 0)); axes.text(0, 0, 'p = 0.5')\n"
        "axes.figure.suptitle('위 · above'); axes.set_title('왼쪽 · left', loc='left'); plt.show()"
    ),
    "three parts": "plt.title('가 · a · ア'); plt.show()",
    "inline": "%matplotlib inline\nplt.title('가 · a'); plt.show()",
}


@cache
def cells() -> dict[str, list[NotebookNode]]:
    _, *outputs = run("from book.plots import plt", *CELLS.values())
    return dict(zip(CELLS, outputs, strict=True))


def test_labels_of_ticks_are_in_the_language():
    assert [words(output) for output in pictures(cells()["ticks"])] == [
        ["x ticks: 가 | 나"],
        ["x ticks: a | b"],
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("left open", ["ko", "en"]),
        ("shown again", ["ko", "en"] * 2),
        ("two", [None, None]),
        ("closed", []),
        ("three parts", ["ko", "en"]),
        ("inline", ["ko", "en"]),
    ],
)
def test_every_figure_comes_out_and_none_twice(name, expected):
    assert languages(cells()[name]) == expected


def test_saving_keeps_the_label_whole():
    (output,) = cells()["saved"]
    assert output.text == "가 · a\n"


def test_an_error_while_drawing_is_seen_and_leaves_labels_and_figures_in_order():
    assert cells()["broken"][-1].ename == "ZeroDivisionError"
    assert cells()["after it"][0].text == "가 · a []\n"
    assert cells()["broken, left open"][-1].ename == "ZeroDivisionError"


def test_words_around_the_panels_are_told_and_numbers_that_move_are_not():
    korean, english = pictures(cells()["words"])
    assert words(korean) == [
        *("figure: 위", "title: 왼쪽", "legend: 곡선", "annotation: 여기"),
    ]
    assert words(english) == [
        *("figure: above", "title: left", "legend: curve", "annotation: here"),
    ]


def test_a_script_draws_as_it_always_does():
    script = f"{HEAT_MAP}\nprint(plt.get_backend(), plt.get_fignums())"
    for variables, shown in (
        ({"MPLBACKEND": "agg"}, "agg [1]"),
        ({"MPLBACKEND": "module://book.figures"}, "module://book.figures []"),
    ):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", script],
            capture_output=True,
            text=True,
            env={**os.environ, **variables},
        )
        assert (done.stdout.strip(), done.returncode) == (shown, 0), done.stderr


# What a browser makes of a colour on a dark page: invert(1) hue-rotate(180deg), then screen.
TURNED = np.array([[-0.574, 1.430, 0.144], [0.426, 0.430, 0.144], [0.426, 1.430, -0.856]])
DARK_PAGE = np.array(to_rgb("#121212"))


def on_dark_page(color: np.ndarray) -> np.ndarray:
    turned = np.clip(TURNED @ (1 - color), 0, 1)
    return 1 - (1 - turned) * (1 - DARK_PAGE)


def contrast(first: np.ndarray, second: np.ndarray) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG defines it."""
    colors = np.array([first, second])  # (color, channel)
    linear = np.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4)
    low, high = sorted(linear @ [0.2126, 0.7152, 0.0722])
    return float((high + 0.05) / (low + 0.05))


@pytest.mark.parametrize("colors", [WEIGHT_COLORS, STATE_COLORS], ids=lambda one: one.name)
def test_numbers_can_be_read_on_every_cell_on_white_and_on_dark_pages(colors):
    black = np.zeros(3)
    for value in np.linspace(0, 1, 101):
        cell = np.array(colors(value)[:3])
        assert contrast(cell, black) >= 4.5
        assert contrast(on_dark_page(cell), on_dark_page(black)) >= 4.5
