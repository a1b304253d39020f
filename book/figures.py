"""A matplotlib backend for notebooks: `plt.show()` puts a figure out in each language of the book.

A label that has words stands in the code in all languages, as "원문 · source". Where the figure is
shown, each picture keeps its own part of every label: a chapter stores one picture for each
language, from which the site and the notebooks to run take theirs; such a notebook, whose first
cell sets BOOK_LANGUAGE, draws one. A picture is sharp on fine screens. Its words stand beside it
as text, so that whoever compares outputs compares them, letter by letter.
"""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from struct import unpack
from typing import Literal

import matplotlib
import numpy as np
from IPython.core.getipython import get_ipython
from IPython.display import publish_display_data
from matplotlib._pylab_helpers import Gcf
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.category import StrCategoryFormatter
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter, FixedLocator
from matplotlib.transforms import Bbox
from PIL import Image
from PIL.Image import Dither, Quantize

LANGUAGES = ("ko", "en")  # in the order of a label's parts; a test compares them with the book's
SEPARATOR = " · "
CHOICE = "BOOK_LANGUAGE"  # the environment variable that names the only language to draw
SHARPNESS = 2  # pixels of the picture for one of the page
COLORS = 256
MARGIN = 0.1  # inches of white around what is drawn
PLACES: tuple[Literal["left", "center", "right"], ...] = ("left", "center", "right")
WORDS, DECIMALS = re.compile(r"[^\W\d_]"), re.compile(r"\d\.\d")


class FigureManager(FigureManagerBase):
    """Shows figures as outputs of the cell that runs."""

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:  # noqa: ARG003  others wait
        """Put out all open figures, and close them: `plt.show()` calls this."""
        try:
            for manager in Gcf.get_all_fig_managers():
                show(manager.canvas.figure)
        finally:
            Gcf.destroy_all()

    def show(self) -> None:
        """Put out this figure: `figure.show()` calls this."""
        show(self.canvas.figure)


class FigureCanvas(FigureCanvasAgg):
    """What matplotlib asks of a backend."""

    manager_class = FigureManager


def show(figure: Figure) -> None:
    """Put a figure out, once in each language where its labels have words; nothing in a script.

    Raises:
        ValueError: BOOK_LANGUAGE names no language of the book.
    """
    if get_ipython() is None:
        return
    for language in languages_of(figure):
        with in_language(figure, language):
            picture = drawn(figure)
            words = words_of(figure)
        width, height = (size // SHARPNESS for size in unpack(">II", picture[16:24]))
        metadata: dict[str, object] = {"image/png": {"width": width, "height": height}}
        if language is not None and not os.environ.get(CHOICE):
            metadata["language"] = language
        text = "\n".join(["Figure", *words])
        publish_display_data({"image/png": picture, "text/plain": text}, metadata)


def languages_of(figure: Figure) -> list[str | None]:
    """Return the languages in which to draw a figure; None alone where it has no words."""
    chosen = os.environ.get(CHOICE)
    if chosen and chosen not in LANGUAGES:
        raise ValueError(f"{CHOICE} is {chosen!r}: choose from {', '.join(LANGUAGES)}, or unset it")
    if chosen:
        return [chosen]
    figure.draw_without_rendering()  # only then do ticks have their labels
    has_words = any(SEPARATOR in text.get_text() for text in figure.findobj(Text))
    return list(LANGUAGES) if has_words else [None]


@contextmanager
def in_language(figure: Figure, language: str | None) -> Iterator[None]:
    """Let the labels of a figure be in one language for a while."""
    if language is None:
        yield
        return
    place = LANGUAGES.index(language)

    def part(label: str) -> str:
        parts = str(label).split(SEPARATOR)  # a tick may be labelled with a number
        return parts[place] if len(parts) == len(LANGUAGES) else label

    with ExitStack() as restoring:
        for text in figure.findobj(Text):
            restoring.callback(text.set_text, text.get_text())
            text.set_text(part(text.get_text()))
        for axis in figure.findobj(Axis):  # labels of ticks are made anew at every drawing
            formatter = axis.get_major_formatter()
            labels_of = formatter.format_ticks
            restoring.callback(setattr, formatter, "format_ticks", labels_of)
            formatter.format_ticks = lambda places, labels_of=labels_of: [  # type: ignore[method-assign,misc]
                part(label) for label in labels_of(places)
            ]
        yield


def drawn(figure: Figure) -> bytes:
    """Return a figure as PNG: what is drawn and a margin, an even number of pixels wide and high.

    An odd one could not be shown sharp: it is half as many pixels of the page. A palette makes the
    file less than half as large, and moves no colour by more than the eye can see.
    """
    file = BytesIO()
    dpi = figure.get_dpi()
    figure.draw_without_rendering()
    low, high = figure.get_tightbbox().padded(MARGIN).get_points() * dpi  # pixels of the page
    # A little more at the end, for what is not quite a whole number of pixels is cut.
    box = Bbox(np.array([np.floor(low), np.ceil(high) + 0.1]) / dpi)
    figure.canvas.print_figure(file, dpi=dpi * SHARPNESS, bbox_inches=box, format="png")
    smaller = BytesIO()
    with Image.open(file) as picture:
        few = picture.convert("RGB").quantize(COLORS, Quantize.MEDIANCUT, dither=Dither.NONE)
        few.save(smaller, "PNG", optimize=True)
    return smaller.getvalue()


def words_of(figure: Figure) -> list[str]:
    """Return what is written around the panels of a figure, a line for each kind and panel.

    Titles, names of axes, legends, the labels of ticks that the author has set, and annotations in
    words: what does not move with the last digit of a number, as other ticks and the numbers in the
    cells of a heat map do.
    """
    lines = list(_lines({"figure": _annotations(figure.texts)}))  # its title is among them
    lines += [line for legend in figure.legends for line in _entries(legend)]
    return [*lines, *(line for axes in figure.axes for line in _words_around(axes))]


def _words_around(axes: Axes) -> Iterator[str]:
    if not axes.get_visible():
        return
    around = {"title": [axes.get_title(place) for place in PLACES]}
    if axes.axison:
        around["x"] = [axes.get_xlabel()]
        around["x ticks"] = _tick_labels(axes.xaxis)
        around["y"] = [axes.get_ylabel()]
        around["y ticks"] = _tick_labels(axes.yaxis)
    yield from _lines(around)
    legend = axes.get_legend()
    if legend is not None:
        yield from _entries(legend)
    yield from _lines({"annotation": _annotations(axes.texts)})


def _tick_labels(axis: Axis) -> list[str]:
    """Return the labels of ticks whose places or names were given; others follow from the data."""
    is_given = isinstance(axis.get_major_locator(), FixedLocator) or isinstance(
        axis.get_major_formatter(), FixedFormatter | StrCategoryFormatter
    )
    labels = axis.get_majorticklabels() if is_given and axis.get_visible() else []
    return [label.get_text() for label in labels if label.get_visible()]


def _entries(legend: Legend) -> Iterator[str]:
    texts = [legend.get_title(), *legend.get_texts()]
    yield from _lines({"legend": [text.get_text() for text in texts]})


def _annotations(texts: Iterable[Text]) -> list[str]:
    written = [text.get_text() for text in texts if text.get_visible()]
    return [text for text in written if WORDS.search(text) and not DECIMALS.search(text)]


def _lines(around: dict[str, list[str]]) -> Iterator[str]:
    for kind, texts in around.items():
        if written := [" ".join(text.split()) for text in texts if text.strip()]:
            yield f"{kind}: {' | '.join(written)}"


def _flush() -> None:
    """Put out what a cell has left open, as notebooks' own backend does."""
    if not Gcf.get_all_fig_managers() or not matplotlib.get_backend().endswith(__name__):
        return
    try:
        FigureManager.pyplot_show()
    except Exception:  # the cell is over: nobody else would show it
        if (shell := get_ipython()) is not None:
            shell.showtraceback()


def _register() -> None:
    shell = get_ipython()
    if shell is not None and shell.display_formatter is not None:
        shell.events.register("post_execute", _flush)
        # For a figure that is a cell's value, and for notebooks' own backend.
        shell.display_formatter.ipython_display_formatter.for_type(Figure, show)


_register()
