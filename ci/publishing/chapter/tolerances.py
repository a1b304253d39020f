"""How far a cell's outputs may be from the stored ones, as the cell's metadata declare it."""

import re
from dataclasses import dataclass

from nbformat import NotebookNode

# Root mean square over all pixels of the page and channels, of 255. In a heat map of 6 x 6 numbers,
# one digit that changes makes 1.7, a letter of a label 3.8, and rows for columns 16.
FIGURE_TOLERANCE = 0.5
LARGEST_FIGURE_TOLERANCE = 5.0
LARGEST_CLOSE = 0.05  # a share of 5 in 100: more would hide a number that is wrong

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Tolerances:
    """How far outputs may move."""

    close: float  # largest difference between two numbers, in the unit that is printed
    figure: float  # root mean square of the difference between two pictures, 0 to 255


def tolerances_of(cell: NotebookNode) -> Tolerances:
    """Return what a cell declares as `close` and `figure-tolerance`, or else the book's rule.

    Raises:
        ValueError: A value is out of its range; the message is one line.
    """
    close = cell.metadata.get("close", 0)
    figure = cell.metadata.get("figure-tolerance", FIGURE_TOLERANCE)
    if "close" in cell.metadata and not (_is_number(close) and 0 < close <= LARGEST_CLOSE):
        raise ValueError(
            f"close is {close!r}; give a number above 0 and at most {LARGEST_CLOSE}, or print "
            "fewer digits"
        )
    if not (_is_number(figure) and FIGURE_TOLERANCE <= figure <= LARGEST_FIGURE_TOLERANCE):
        raise ValueError(
            f"figure-tolerance is {figure!r}; give a number from {FIGURE_TOLERANCE} to "
            f"{LARGEST_FIGURE_TOLERANCE}, or draw what moves less"
        )
    return Tolerances(close, figure)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def are_close(stored: str, fresh: str, tolerance: float) -> bool:
    """Tell whether two texts are equal but for numbers at most `tolerance` apart.

    Blanks do not count, because a shorter number moves what stands in a column.
    """
    if _words_between(stored) != _words_between(fresh):
        return False
    pairs = zip(NUMBER.findall(stored), NUMBER.findall(fresh), strict=True)
    return all(abs(float(first) - float(second)) <= tolerance for first, second in pairs)


def _words_between(text: str) -> list[str]:
    return ["".join(part.split()) for part in NUMBER.split(text)]
