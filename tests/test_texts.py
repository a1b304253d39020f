"""The texts around the chapters: each in every language, and whole."""

import ast
import re
from gettext import translation
from pathlib import Path

import pytest
from babel.messages import Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from conftest import ROOT
from publishing import texts
from publishing.chapter.editions import LANGUAGES
from publishing.texts import CATALOGUES, SOURCE_LANGUAGE, localized, localized_plurals
from sphinx import locale as sphinx_locale

PUBLISHING = ROOT / "ci" / "publishing"
TEMPLATES = [*PUBLISHING.glob("site/templates/*"), *PUBLISHING.glob("site/front_pages/*")]
KEYWORDS = {"localized": (1,), "localized_plurals": (1, 2), "title": None, "_": (1,)}
TRANSLATED = [language for language in LANGUAGES if language != SOURCE_LANGUAGE]
BRACES = re.compile(r"\{(\w*)\}")


def marked() -> set[str | tuple[str, ...]]:
    """Return all texts that the sources mark, with Babel's own extractors."""
    found = set()
    for path in PUBLISHING.rglob("*.py"):
        found |= {text for _, text, *_ in extract_from_file("python", path, KEYWORDS)}
    jinja = {"silent": "false"}
    for path in TEMPLATES:
        method = "jinja2.ext:babel_extract"
        found |= {text for _, text, *_ in extract_from_file(method, path, KEYWORDS, options=jinja)}
    return found


MARKED = marked()


def catalogue_of(language: str) -> dict[str | tuple[str, ...], Message]:
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        return {message.id: message for message in read_po(file, locale=language) if message.id}


def test_texts_are_found_in_python_and_in_both_kinds_of_templates():
    assert {"Solution", "On this page", "Page not found"} < MARKED
    assert ("Found on {count} page", "Found on {count} pages") in MARKED
    assert len(MARKED) > 40


def test_what_is_marked_in_python_is_a_literal():
    """Babel would pass over anything else."""
    for path in PUBLISHING.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if name in ("localized", "localized_plurals"):
                assert isinstance(node.args[0], ast.Constant), f"{path.name}, line {node.lineno}"


def test_every_language_but_the_source_s_has_a_catalogue():
    assert {path.stem for path in CATALOGUES.glob("*.po")} == set(TRANSLATED)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_in_every_catalogue(language):
    catalogue = catalogue_of(language)
    # Templates of the theme also find texts in the catalogue that comes with Sphinx.
    sphinx = translation("sphinx", Path(sphinx_locale.__file__).parent, [language])
    missing = {text for text in MARKED - set(catalogue) if sphinx.gettext(str(text)) == text}
    assert missing == set()
    for message in catalogue.values():
        strings = message.string if message.pluralizable else [message.string]
        assert all(strings), message.id
        assert not message.fuzzy, message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_same_places_for_values(language):
    for message in catalogue_of(language).values():
        ids = message.id if message.pluralizable else [message.id]
        strings = message.string if message.pluralizable else [message.string]
        for string in strings:
            assert sorted(BRACES.findall(string)) == sorted(BRACES.findall(ids[-1])), message.id


def test_values_go_into_the_text_of_the_language():
    assert localized("{minutes} min read", "en", minutes=5) == "5 min read"
    assert localized("{minutes} min read", "ko", minutes=5) == "읽는 데 약 5분"


# --- Plurals -------------------------------------------------------------------------------------

ONE, MANY = "Found on {count} page", "Found on {count} pages"


def test_english_tells_one_from_others_and_korean_does_not():
    assert localized_plurals(ONE, MANY, "en") == {"one": ONE, "other": MANY}
    (korean,) = localized_plurals(ONE, MANY, "ko").items()
    assert korean[0] == "other"
    assert "{count}" in korean[1]


POLISH = f"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && "
"(n%100<10 || n%100>=20) ? 1 : 2);\\n"

msgid "{ONE}"
msgid_plural "{MANY}"
msgstr[0] "Znaleziono na {{count}} stronie"
msgstr[1] "Znaleziono na {{count}} stronach (few)"
msgstr[2] "Znaleziono na {{count}} stronach (many)"
"""


@pytest.fixture
def polish(tmp_path, monkeypatch):
    """Add a language with more kinds of numbers."""
    Path(tmp_path, "pl.po").write_text(POLISH, "utf-8")
    monkeypatch.setattr(texts, "CATALOGUES", tmp_path)
    texts._catalogue.cache_clear()
    yield
    texts._catalogue.cache_clear()


def test_language_with_more_kinds_of_numbers_has_a_text_for_each(polish):
    found = localized_plurals(ONE, MANY, "pl")
    assert found["one"] == "Znaleziono na {count} stronie"
    assert found["few"].endswith("(few)")
    assert found["many"].endswith("(many)")
    assert set(found) <= {"one", "few", "many", "other"}
