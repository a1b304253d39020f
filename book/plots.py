"""The book's figures: one style, readable in print, on a phone and in dark mode.

A figure is drawn once for both languages, so its labels stand in both: "원문 · source".
"""

from collections.abc import Mapping, Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import fontManager

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
    Raises ValueError when the words do not fit the shape of the weights.
    """
    weights = np.asarray(weights)
    if weights.shape != (len(target), len(source)):
        raise ValueError(
            f"weights have shape {weights.shape}, but there are "
            f"{len(target)} target and {len(source)} source words"
        )
    figure = None
    if axes is None:
        figure, axes = plt.subplots(figsize=(1.6 + 0.55 * len(source), 1.3 + 0.5 * len(target)))
    image = axes.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(source)), source)
    axes.set_yticks(range(len(target)), target)
    axes.set_xlabel("원문 · source")
    axes.set_ylabel("번역 · target")
    for row, column in np.ndindex(weights.shape):
        weight = weights[row, column]
        color = "white" if weight > 0.6 else "black" if weight >= 0.005 else "gray"
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
    axes.set_xlabel("걸음 · training step")
    axes.set_ylabel("손실 · loss (nat)")
    axes.legend(frameon=False)
    return axes
