"""Drawings: SVG with their words in all languages, of which a page shows its own.

One file holds the lines once and each label in every language, in SVG's own way, so that a browser
can show it by itself, as where somebody looks at the repository's files:

    <switch transform="translate(200 337)">
      <text systemLanguage="ko">…</text><text>attention</text>
    </switch>

What has no `systemLanguage` is for the international language, and for whoever has no own. From
this file follow those of the site and the pictures in the notebooks to run.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

from publishing.chapter.editions import INTERNATIONAL, LANGUAGES
from publishing.chapter.words import foreign_words

NAMESPACE = "http://www.w3.org/2000/svg"
SVG = f"{{{NAMESPACE}}}"
# A number by itself, or what a formula is equal to; h1 and (4) are names.
ALONE = re.compile(r"(?:^|=)\s*[−-]?(\d+(?:\.\d+)?)\s*$")
CODE_FONT = "monospace"
DRAWN_WORD = re.compile(r"[A-Za-z]{2,}|[^\W\d_A-Za-zα-ω]+")  # one Latin or Greek letter is a symbol

ElementTree.register_namespace("", NAMESPACE)


def has_words(path: Path) -> bool:
    """Tell whether a drawing is another one in each language."""
    return any(True for _ in ElementTree.parse(path).iter(f"{SVG}switch"))


def drawing_in(path: Path, language: str) -> str:
    """Return a drawing as it is in one language, as SVG."""
    return ElementTree.tostring(_in_language(path, language), encoding="unicode")


def numbers_drawn(path: Path, language: str) -> set[Decimal]:
    """Return the numbers that stand by themselves in a drawing, as it is in one language."""
    texts = _texts(_in_language(path, language))
    return {Decimal(found[1]) for found in map(ALONE.search, texts) if found}


def words_drawn(path: Path, language: str) -> set[str]:
    """Return the words in one language of the labels that a drawing has in each."""
    switches = ElementTree.parse(path).iter(f"{SVG}switch")
    labels = [_own(list(switch), "systemLanguage", language) for switch in switches]
    texts = [" ".join(label.itertext()) for label in labels if label is not None]
    return {word for text in texts for word in DRAWN_WORD.findall(text)}


def drawing_problems(path: Path) -> Iterator[str]:
    """Yield what is wrong with the words of a drawing."""
    for switch in ElementTree.parse(path).iter(f"{SVG}switch"):
        languages = [child.get("systemLanguage", INTERNATIONAL) for child in switch]
        if sorted(languages) != sorted(LANGUAGES) or languages[-1] != INTERNATIONAL:
            wanted = ", ".join(LANGUAGES)
            yield f"{path.name} has a label in {', '.join(languages)}; give it in {wanted}"
        if any(set(child.attrib) - {"systemLanguage"} for child in switch):
            yield f"{path.name}: give a label its place and its look once, on the <switch>"
    for language in LANGUAGES:
        root = _in_language(path, language)
        code = {text for element in _code(root) for text in element.itertext()}
        for text in _labels(root):
            if text not in code and (word := next(foreign_words(text, language), None)):
                name = LANGUAGES[language].name
                yield f"{path.name} says {word} in {name}; give the label in each language"


def _in_language(path: Path, language: str) -> ElementTree.Element:
    root = ElementTree.parse(path).getroot()
    for switch in list(root.iter(f"{SVG}switch")):
        switch.tag = f"{SVG}g"
        _keep(switch, list(switch), "systemLanguage", language)
        for child in switch:
            child.attrib.pop("systemLanguage", None)
    _keep(root, root.findall(f"{SVG}title"), "lang", language)
    return root


def _keep(
    parent: ElementTree.Element, children: list[ElementTree.Element], attribute: str, language: str
) -> None:
    """Remove all children but the one in a language."""
    own = _own(children, attribute, language)
    for child in children:
        if child is not own:
            parent.remove(child)


def _own(
    elements: list[ElementTree.Element], attribute: str, language: str
) -> ElementTree.Element | None:
    """Return the element in a language, or else the international one."""
    by_language = {element.get(attribute, INTERNATIONAL): element for element in elements}
    return by_language.get(language, by_language.get(INTERNATIONAL))


def _code(root: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """Yield what is written in the letters of code: names of variables."""
    styles = "".join(style.text or "" for style in root.iter(f"{SVG}style"))
    classes = {
        name for name, rule in re.findall(r"\.([\w-]+)\s*\{([^}]*)\}", styles) if CODE_FONT in rule
    }
    for element in root.iter():
        if CODE_FONT in element.get("font-family", "") or element.get("class") in classes:
            yield element


def _labels(root: ElementTree.Element) -> Iterator[str]:
    for element in root.iter():
        if element.tag in (f"{SVG}title", f"{SVG}text", f"{SVG}tspan"):
            yield from (text for text in (element.text, element.tail) if text and text.strip())


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
