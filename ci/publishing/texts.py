"""The texts around the chapters, in each language: gettext's catalogues in `locale/`.

The English text is the key. Python says `localized("Solution", language)`; templates say `_(…)`, as
the theme's own do, and scripts find their texts in what a template has written.
"""

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUES = Path(__file__).with_name("locale")
SOURCE_LANGUAGE = "en"  # of the texts in the code: the one language without a catalogue


def title(language: str) -> str:
    """Return the title of the book in a language."""
    return localized("Attention, Side by Side", language)


def localized(text: str, language: str, **values: object) -> str:
    """Return an English text of the catalogues in a language, values put into its {braces}."""
    translated = _catalogue(language).gettext(text)
    return translated.format(**values) if values else translated


def localized_plurals(one: str, many: str, language: str) -> dict[str, str]:
    """Return a text for each plural category of a language, as `Intl.PluralRules` names them."""
    rule = Locale(language).plural_form
    examples = {rule(number): number for number in range(200, -1, -1)}
    texts = _catalogue(language)
    return {kind: texts.ngettext(one, many, number) for kind, number in examples.items()}


def texts_of(language: str) -> list[str]:
    """Return all texts of a language, as they stand in its catalogue or in the code."""
    sources = sorted(CATALOGUES.glob("*.po"))
    own = CATALOGUES / f"{language}.po"
    with (own if own.exists() else sources[0]).open("rb") as texts:
        messages = [message for message in read_po(texts) if message.id]
    values = [message.string if own.exists() else message.id for message in messages]
    return [
        text for value in values for text in ([value] if isinstance(value, str) else value or [])
    ]


def compiled(language: str) -> bytes | None:
    """Return a language's catalogue as gettext reads it; None for a language without one."""
    source = CATALOGUES / f"{language}.po"
    if not source.exists():
        return None
    content = io.BytesIO()
    with source.open("rb") as texts:
        write_mo(content, read_po(texts, locale=language))
    return content.getvalue()


@cache
def _catalogue(language: str) -> NullTranslations:
    content = compiled(language)
    return NullTranslations() if content is None else GNUTranslations(io.BytesIO(content))
