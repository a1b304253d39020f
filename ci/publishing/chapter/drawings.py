"""The numbers in a drawing, which its description has to name."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"
# A number by itself, or what a formula is equal to; h1 and (4) are names.
ALONE = re.compile(r"(?:^|=)\s*[−-]?(\d+(?:\.\d+)?)\s*$")


def numbers_drawn(path: Path) -> set[Decimal]:
    """Return the numbers that stand by themselves in a drawing.

    Args:
        path: The SVG file.
    """
    texts = _texts(ElementTree.parse(path).getroot())
    return {Decimal(found[1]) for found in map(ALONE.search, texts) if found}


def _texts(element: ElementTree.Element) -> Iterator[str]:
    """Yield each piece of text, but for subscripts and superscripts."""
    is_script = element.tag == f"{SVG}tspan" and element.get("dy") is not None
    has_script = any(child.get("dy") for child in element)  # h₁: a name
    if element.tag in (f"{SVG}text", f"{SVG}tspan") and not is_script and not has_script:
        text = (element.text or "").strip()
        each_at_its_place = " " in element.get("x", "")  # one letter of the text for each x
        yield from text if each_at_its_place else [text]
    for child in element:
        if not has_script or element.tag not in (f"{SVG}text", f"{SVG}tspan"):
            yield from _texts(child)
