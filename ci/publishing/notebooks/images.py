"""Images as data: addresses, so that a notebook shows them wherever it is opened, offline too.

Attachments would be shorter, but Colab does not show them. Of a data: address, VS Code shows PNG,
JPEG, GIF and WebP only, so a drawing (SVG) becomes a PNG.
"""

from base64 import b64encode
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import resvg_py

MIME_TYPES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif", ".webp": "webp"}
SCALE = 1.5  # sharp, and yet no wider than a cell: Markdown cannot make an image smaller
# The fonts of the book's figures: the same drawing on every machine, whatever fonts it has.
FONTS = {
    "matplotlib": (
        "mpl-data/fonts/ttf/DejaVuSans.ttf",
        "mpl-data/fonts/ttf/DejaVuSans-Bold.ttf",
        "mpl-data/fonts/ttf/DejaVuSansMono.ttf",
    ),
    "koreanize_matplotlib": ("fonts/NanumGothic.ttf", "fonts/NanumGothicBold.ttf"),
}


def data_address(path: Path) -> str:
    """Return an image as a data: address.

    Args:
        path: A drawing (SVG), or a file of one of MIME_TYPES.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is of another kind.
    """
    if path.suffix == ".svg":
        content, mime_type = _drawn(path.read_text("utf-8")), "png"
    elif path.suffix in MIME_TYPES:
        content, mime_type = path.read_bytes(), MIME_TYPES[path.suffix]
    else:
        raise ValueError(f"{path.suffix or 'a file without an ending'} is no image: use SVG or PNG")
    return f"data:image/{mime_type};base64,{b64encode(content).decode()}"


@cache  # the same drawing is in several notebooks
def _drawn(drawing: str) -> bytes:
    """Return a drawing as a PNG on white."""
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=drawing,
            zoom=SCALE,
            background="white",
            skip_system_fonts=True,
            font_files=[str(font) for font in _fonts()],
            font_family="DejaVu Sans",
            sans_serif_family="DejaVu Sans",
            monospace_family="DejaVu Sans Mono",
        )
    )


def _fonts() -> list[Path]:
    # Found without importing the packages, which would start matplotlib.
    return [
        Path(find_spec(package).submodule_search_locations[0], name)
        for package, names in FONTS.items()
        for name in names
    ]
