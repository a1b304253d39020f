"""The drawings in the chapters: large enough to read on a phone, and no giants on a wide page.

On a phone a drawing is as wide as the column, so text of the size N shows at N · COLUMN / width of
the viewBox pixels. Sizes are read where the drawings set them: `font-size` as an attribute, in a
`style`, or in the rule of a class. A subscript or superscript may be smaller: it is a `tspan` that
is both shifted (`dy`) and smaller than what it stands in, or a character of Unicode such as ₁ or ⁸,
which fonts draw at about 0.6 of the size.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from conftest import PHONE, ROOT
from publishing.chapter.drawings import drawing_in, drawing_problems, numbers_drawn
from publishing.chapter.editions import LANGUAGES

COLUMN = PHONE["width"] - 2 * 16  # CSS pixels
SMALLEST, SMALLEST_SCRIPT = 9, 7  # CSS pixels
LINE = 34 * 16  # the narrower of the languages' lines on a wide page, in CSS pixels
UNICODE_SCRIPT = re.compile("[\u00b2\u00b3\u00b9\u2070-\u209f]")
SVG = "{http://www.w3.org/2000/svg}"


def drawings() -> list[Path]:
    """Return the drawings that chapters show."""
    names = {
        name
        for path in (ROOT / "chapters").glob("*.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
        for name in re.findall(r"\.\./resources/([\w-]+\.svg)", cell.source)
    }
    return [ROOT / "resources" / name for name in sorted(names)]


def texts(svg: ElementTree.Element) -> Iterator[tuple[str, float, bool]]:
    """Yield each text, its size in units of the drawing, and whether it is a script."""
    rules = "".join(style.text or "" for style in svg.iter(f"{SVG}style"))
    classes = dict(re.findall(r"\.([\w-]+)\s*\{[^}]*font-size:\s*([^;}]+)", rules))

    def size_of(element: ElementTree.Element, inherited: float) -> float:
        styled = re.search(r"font-size:\s*([^;]+)", element.get("style", ""))
        by_class = [classes[name] for name in element.get("class", "").split() if name in classes]
        value = styled[1] if styled else (by_class or [element.get("font-size", "1em")])[-1]
        number, unit = re.fullmatch(r"([\d.]+)(px|em|)", value.strip()).groups()
        return float(number) * (inherited if unit == "em" else 1)

    def walk(
        element: ElementTree.Element, inherited: float, script: bool
    ) -> Iterator[tuple[str, float, bool]]:
        size = size_of(element, inherited)
        if element.tag == f"{SVG}tspan":
            script = script or (element.get("dy") is not None and size < inherited)
        if element.tag in (f"{SVG}text", f"{SVG}tspan") and (element.text or "").strip():
            yield element.text, size, script
        for child in element:
            yield from walk(child, size, script)
            if (child.tail or "").strip():
                yield child.tail, size, script

    yield from walk(svg, 16, False)


def too_small(svg: ElementTree.Element) -> list[str]:
    assert not [element for element in svg.iter() if "scale" in element.get("transform", "")]
    scale = COLUMN / float(svg.get("viewBox").split()[2])
    found = []
    for text, size, script in texts(svg):
        shown = size * scale
        small = shown < (SMALLEST_SCRIPT if script else SMALLEST)
        if small or (UNICODE_SCRIPT.search(text) and 0.6 * shown < SMALLEST_SCRIPT):
            found.append(f"{text}: {shown:.1f} px")
    return found


@pytest.mark.parametrize("path", drawings(), ids=lambda path: path.stem)
def test_text_can_be_read_on_a_phone(path):
    assert too_small(ElementTree.parse(path).getroot()) == []


@pytest.mark.parametrize("path", drawings(), ids=lambda path: path.stem)
def test_words_are_in_each_language(path):
    assert list(drawing_problems(path)) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", drawings(), ids=lambda path: path.stem)
def test_a_drawing_in_one_language_holds_no_other(path, language):
    drawing = drawing_in(path, language)
    assert "systemLanguage" not in drawing
    assert "<switch" not in drawing
    assert bool(re.search("[가-힣]", drawing)) == (language == "ko")
    assert drawing.count("<title") == 1


@pytest.mark.parametrize("path", drawings(), ids=lambda path: path.stem)
def test_text_has_contrast_with_white(path):
    fills = re.findall(r'<(?:text|switch)\b[^>]*\bfill="(#\w+)"', path.read_text("utf-8"))
    assert not [fill for fill in fills if 1.05 / (_luminance(fill) + 0.05) < 4.5]


def _luminance(color: str) -> float:
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(part * one for part, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


LABEL = '<switch transform="translate(1 2)"><text systemLanguage="ko">{}</text>{}</switch>'


@pytest.mark.parametrize(
    ("drawing", "message"),
    [
        (LABEL.format("점수", "<text>score</text>"), None),
        ("<text>LSTM <tspan>tanh</tspan> h_1</text>", None),
        ('<text font-family="ui-monospace, monospace">decoder</text>', None),
        ('<style>.code{font-family:monospace}</style><text class="code">decoder</text>', None),
        ("<text>decoder</text>", "a.svg says decoder in Korean; give the label in each language"),
        ("<text>디코더</text>", "a.svg says 디코더 in English; give the label in each language"),
        ("<title>a tree</title>", "a.svg says tree in Korean"),
        (LABEL.format("점수", ""), "a.svg has a label in ko; give it in ko, en"),
        (LABEL.format("score", "<text>score</text>"), "a.svg says score in Korean"),
        (LABEL.format("점수", '<text x="1">score</text>'), "once, on the <switch>"),
    ],
)
def test_words_that_are_not_in_each_language_are_named(tmp_path, drawing, message):
    path = tmp_path / "a.svg"
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">{drawing}</svg>', "utf-8")
    found = list(drawing_problems(path))
    assert found == [] if message is None else any(message in one for one in found), found


def test_a_number_that_is_wrong_in_one_language_is_seen(tmp_path):
    path = tmp_path / "a.svg"
    label = LABEL.format("0.36", "<text>0.63</text>")
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">{label}</svg>', "utf-8")
    numbers = {language: numbers_drawn(path, language) for language in LANGUAGES}
    assert numbers == {"ko": {Decimal("0.36")}, "en": {Decimal("0.63")}}


@pytest.mark.parametrize("path", drawings(), ids=lambda path: path.stem)
def test_drawing_has_its_own_size_on_a_wide_page(path):
    svg = ElementTree.parse(path).getroot()
    _, _, width, height = map(float, svg.get("viewBox").split())
    assert float(svg.get("width", "inf")) <= LINE  # without a width, it fills the line
    assert float(svg.get("height")) == pytest.approx(float(svg.get("width")) * height / width)


def test_sizes_are_read_wherever_they_are_set():
    svg = ElementTree.fromstring(
        """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 656 9" font-size="18">
        <style>.code{fill:#333;font-size:17px}</style>
        <text>a<tspan dy="4" font-size="0.75em">b</tspan><tspan dy="-4">c</tspan></text>
        <text class="code">d</text><g font-size="20"><text style="font-size:16px">e</text>
        <text>f₁<tspan dy="4" font-size="14">g</tspan><tspan font-size="14">h</tspan>i</text></g>
        </svg>"""
    )
    assert too_small(svg) == [
        *("b: 6.8 px", "d: 8.5 px", "e: 8.0 px", "f₁: 10.0 px", "h: 7.0 px"),
    ]


def test_all_drawings_are_checked():
    kept = {path.name for path in (ROOT / "resources").glob("*.svg")} - {"social-card.svg"}
    assert {path.name for path in drawings()} == kept


def test_an_equation_has_one_number_in_all_drawings():
    texts = "\n".join(path.read_text("utf-8") for path in drawings())
    named = set(re.findall(r">(\w+) \((\d)\)<", texts))  # such as scores (1)
    assert len(named) == len({name for name, _ in named}) == len({number for _, number in named})
    assert {"scores", "weights", "context"} == {name for name, _ in named}


def test_sizes_that_contributors_are_told_are_large_enough():
    text = " ".join((ROOT / "CONTRIBUTING.md").read_text("utf-8").split())
    pattern = r"`viewBox` is about (\d+) wide .* its type (\d+) or larger, subscripts (\d+),"
    width, size, script = map(int, re.search(pattern, text).groups())
    assert width <= LINE
    for told, smallest in ((size, SMALLEST), (script, SMALLEST_SCRIPT)):
        assert smallest <= told * COLUMN / width < 1.25 * smallest
