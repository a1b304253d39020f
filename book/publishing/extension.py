"""The Sphinx extension of the book.

Everything that depends on the site's language follows from Sphinx's own setting `language`:
the view of the chapters, the titles, the link to the other language.
"""

from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util import logging

from book.publishing.glossary import setup_glossary
from book.publishing.reading import setup_reading
from book.publishing.repository import repository_url
from book.publishing.tabs import setup_tabs
from book.publishing.views import LANGUAGES

TITLES = {"ko": "나란히 보는 어텐션", "en": "Attention, Side by Side"}
LANGUAGE_NAMES = {"ko": "한국어", "en": "English"}
SEARCH_TEXTS = {"ko": "책에서 찾기", "en": "Search this book"}
SHOW_TEXTS = {"ko": "펼쳐 보기", "en": "Show"}  # of folded cells
HIDE_TEXTS = {"ko": "접기", "en": "Hide"}

FOLDER = Path(__file__).parent
LOGGER = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    # Set by ci/build: `jupyter-book build .` makes one language, so there is nothing to link to.
    app.add_config_value("book_links_languages", False, "html")
    setup_tabs(app)
    setup_glossary(app)
    setup_reading(app)
    app.add_css_file("book.css")
    app.add_css_file("print.css", priority=900)  # after all others
    app.connect("config-inited", configure)
    app.connect("html-page-context", link_languages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def configure(app: Sphinx, config: Config) -> None:
    """Set what follows from the language, and from where the repository is.

    Raises:
        sphinx.errors.ConfigError: The book does not exist in the language.
    """
    language = config.language
    if language not in LANGUAGES:
        raise ConfigError(f"no book in language {language!r}: choose from {', '.join(LANGUAGES)}")
    config.html_title = config.project = TITLES[language]
    config.html_theme_options["search_bar_text"] = SEARCH_TEXTS[language]
    config.nb_code_prompt_show = SHOW_TEXTS[language]
    config.nb_code_prompt_hide = HIDE_TEXTS[language]
    config.nb_custom_formats = {
        ".ipynb": ["book.publishing.views.read_for_sphinx", {"language": language}]
    }
    config.html_favicon = str(FOLDER / "static" / "favicon.svg")
    config.html_context["default_mode"] = "auto"  # unset, the theme logs an error on each page
    config.html_static_path.append(str(FOLDER / "static"))
    config.templates_path.append(str(FOLDER / "templates"))
    _configure_repository(Path(app.srcdir), config)


def _configure_repository(root: Path, config: Config) -> None:
    url = repository_url(root)
    if url is None:
        LOGGER.info("No repository is known: the site gets no links to it.")
        config.html_theme_options.pop("repository_url", None)
        return
    config.html_theme_options["repository_url"] = url
    config.html_theme_options["use_repository_button"] = True


def link_languages(
    app: Sphinx,
    page_name: str,
    template_name: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """Give each page the link to itself in the other language."""
    if not app.config.book_links_languages:
        return
    other = "en" if app.config.language == "ko" else "ko"
    to_root = "../" * (page_name.count("/") + 1)
    url = f"{to_root}{other}/{page_name}.html"
    context["other_language"] = {"code": other, "name": LANGUAGE_NAMES[other], "url": url}
    alternate = f'<link rel="alternate" hreflang="{other}" href="{escape(url)}">'
    context["metatags"] = context.get("metatags", "") + alternate
