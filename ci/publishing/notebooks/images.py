"""Images as data: addresses, so that a notebook shows them wherever it is opened, offline too.

Attachments would be shorter, but Colab does not show them. Of a data: address, VS Code shows PNG,
JPEG, GIF and WebP only, so a drawing (SVG) becomes a PNG.
"""

from base64 import b64encode
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

import resvg_py

from publishing.chapter.drawings import drawing_in

MIME_TYPES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif", ".webp": "webp"}
SCALE = 1.5  # sharp, and yet no wider than a cell: Markdown cannot make an image smaller
# The fonts of the book's figures: the same drawing on every machine, whatever fonts it has.
# Found without importing the packages, which would start matplotlib.
DEJAVU = distribution("matplotlib").locate_file("matplotlib/mpl-data/fonts/ttf")
NANUM = distribution("koreanize-matplotlib").locate_file("koreanize_matplotlib/fonts")
FONTS = [f"{DEJAVU}/DejaVu{name}.ttf" for name in ("Sans", "Sans-Bold", "SansMono")]
FONTS += [f"{NANUM}/NanumGothic{name}.ttf" for name in ("", "Bold")]


def data_address(path: Path, language: str) -> str:
    """Return an image, a drawing (SVG) or one of MIME_TYPES, as a data: address.

    The words of a drawing are in the language.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is of another kind.
    """
    if path.suffix == ".svg":
        content, mime_type = _drawn(drawing_in(path, language)), "png"
    elif path.suffix in MIME_TYPES:
        content, mime_type = path.read_bytes(), MIME_TYPES[path.suffix]
    else:
        raise ValueError(f"{path.suffix or 'a file without an ending'} is no image: use SVG or PNG")
    return f"data:image/{mime_type};base64,{b64encode(content).decode()}"


@cache  # the same drawing is in several notebooks
def _drawn(drawing: str) -> bytes:
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=drawing,
            zoom=SCALE,
            background="white",
            skip_system_fonts=True,
            font_files=FONTS,
            font_family="DejaVu Sans",
            sans_serif_family="DejaVu Sans",
            monospace_family="DejaVu Sans Mono",
        )
    )
