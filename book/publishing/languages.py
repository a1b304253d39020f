"""What the languages of the book are called, and the theme's texts that have no translation."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from sphinx.application import Sphinx

TITLES = {"ko": "나란히 보는 어텐션", "en": "Attention, Side by Side"}
LANGUAGE_NAMES = {"ko": "한국어", "en": "English"}
LOCALES = {"ko": "ko_KR", "en": "en_US"}
OTHER = {"ko": "en", "en": "ko"}

CATALOGS = Path(__file__).with_name("locale")


def setup_texts(app: Sphinx) -> None:
    """Add the texts of locale/*.po to those that Sphinx has; its own come first."""
    compiled = Path(app.doctreedir).with_name("locale")
    for source in CATALOGS.rglob("*.po"):
        target = (compiled / source.relative_to(CATALOGS)).with_suffix(".mo")
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as texts, target.open("wb") as catalog:
            write_mo(catalog, read_po(texts))
    app.add_message_catalog("sphinx", str(compiled))
