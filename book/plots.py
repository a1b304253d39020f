"""The book's figures: one style, readable in print, on a phone and in dark mode.

A label that has words stands in both languages, "원문 · source"; `book.figures` draws the figure
once in each. The reader's own settings of matplotlib change nothing.
"""

import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.font_manager import fontManager

from book.data import check_texts

matplotlib.rcdefaults()  # a matplotlibrc or a style of one's own is for one's own figures
# In a notebook's kernel, whatever MPLBACKEND says; a script draws as it always does.
if "IPython" in sys.modules and hasattr(sys.modules["IPython"].get_ipython(), "kernel"):
    plt.switch_backend("module://book.figures")

# A font with Hangul. Its package is not imported: that needs distutils, which left Python in 3.12.
_PACKAGE = distribution("koreanize-matplotlib")
HANGUL_FONTS = Path(str(_PACKAGE.locate_file("koreanize_matplotlib/fonts")))
for path in sorted(HANGUL_FONTS.glob("*.ttf")):
    fontManager.addfont(path)
plt.rc("font", family="NanumGothic")
plt.rc("axes", unicode_minus=False)

# Distinct for colour-blind readers; the line styles keep them apart without colour.
TENSORFLOW_STYLE = {"color": "#D55E00", "linestyle": "-", "label": "TensorFlow"}
PYTORCH_STYLE = {"color": "#0072B2", "linestyle": "--", "label": "PyTorch"}

# From white to what black numbers can still be read on, in print and inverted on a dark page.
WEIGHT_COLORS = LinearSegmentedColormap.from_list("weights", ["#FFFFFF", "#B9D8EC", "#64A9D3"])
STATE_COLORS = LinearSegmentedColormap.from_list("states", ["#ED9A6C", "#FFFFFF", "#64A9D3"])

plt.rcParams.update(
    {
        "figure.figsize": (5.6, 3.4),  # inches: legible at the width of a phone
        "figure.dpi": 110,
        "figure.constrained_layout.use": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": False,
        "font.size": 11,
        "lines.linewidth": 2,
    }
)


def plot_attention(
    weights: np.ndarray, source: Sequence[str], target: Sequence[str], axes: Axes | None = None
) -> Axes:
    """Draw attention weights (target, source) as a heat map, one row for each target word.

    A figure of its own gets a colour bar; a panel of a larger one, given as `axes`, does not.
    Raises ValueError when the words do not fit the shape of the weights, and TypeError for words in
    one text, and for what is no text.
    """
    source, target = check_texts(source, "source"), check_texts(target, "target")
    weights = np.asarray(weights)
    if weights.shape != (len(target), len(source)):
        raise ValueError(
            f"weights have shape {weights.shape}, but there are "
            f"{len(target)} target and {len(source)} source words"
        )
    figure = None
    if axes is None:
        figure, axes = plt.subplots(figsize=(1.6 + 0.55 * len(source), 1.3 + 0.5 * len(target)))
    image = axes.imshow(weights, cmap=WEIGHT_COLORS, vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(source)), source)
    axes.set_yticks(range(len(target)), target)
    axes.set_xlabel("원문 · source")
    axes.set_ylabel("번역 · target")
    for row, column in np.ndindex(weights.shape):
        weight = weights[row, column]
        color = "black" if weight >= 0.005 else "dimgray"
        axes.text(column, row, f"{weight:.2f}", ha="center", va="center", color=color)
    if figure is not None:
        colorbar = figure.colorbar(image, ax=axes)
        colorbar.set_label("가중치 · weight", labelpad=12)
    return axes


def plot_losses(
    curves: Sequence[tuple[Sequence[float], Mapping[str, Any]]], axes: Axes | None = None
) -> Axes:
    """Draw loss curves, each given as (losses, style), against the training step."""
    if axes is None:
        _, axes = plt.subplots()
    for losses, style in curves:
        # A curve by itself needs no dashes: they move along it with the last digits of a loss.
        linestyle = style["linestyle"] if len(curves) > 1 else "-"
        axes.plot(range(1, len(losses) + 1), losses, **{**style, "linestyle": linestyle})
    axes.set_xlabel("스텝 · training step")
    axes.set_ylabel("손실(내트) · loss (nats)")
    axes.legend(frameon=False)
    return axes
