"""The Sphinx extension of the book.

Everything that depends on the site's language follows from Sphinx's own setting `language`:
the view of the chapters, the titles, the link to the other language.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util import logging

from book.publishing.assets import setup_assets
from book.publishing.glossary import setup_glossary
from book.publishing.head import setup_head
from book.publishing.headings import setup_headings
from book.publishing.languages import TITLES, setup_texts
from book.publishing.reading import setup_reading
from book.publishing.references import setup_references
from book.publishing.repository import repository_url
from book.publishing.run_links import setup_run_links
from book.publishing.tabs import setup_tabs
from book.publishing.typesetting import setup_typesetting
from book.publishing.views import LANGUAGES

SEARCH_TEXTS = {"ko": "책에서 찾기", "en": "Search this book"}
SHOW_TEXTS = {"ko": "펼쳐 보기", "en": "Show"}  # of folded cells
HIDE_TEXTS = {"ko": "접기", "en": "Hide"}

FOLDER = Path(__file__).parent
LOGGER = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    setup_tabs(app)
    setup_glossary(app)
    setup_reading(app)
    setup_run_links(app)
    setup_references(app)
    setup_typesetting(app)
    app.add_css_file("book.css")
    app.add_css_file("search.css")
    app.add_js_file("language.js")
    app.add_js_file("search.js")
    app.add_css_file("print.css", priority=900)  # after all others
    app.connect("config-inited", configure)
    app.connect("builder-inited", leave_out_search)
    setup_assets(app)
    setup_head(app)
    setup_headings(app)
    setup_texts(app)
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
    config.copybutton_prompt_text = r">>> |\.\.\. |\$ |In \[\d*\]: "  # not copied
    config.copybutton_prompt_is_regexp = True
    config.html_favicon = str(FOLDER / "static" / "favicon.svg")
    config.html_context["default_mode"] = "light"  # without JavaScript; see templates/layout.html
    config.html_static_path.append(str(FOLDER / "static"))
    config.templates_path.insert(0, str(FOLDER / "templates"))  # before the theme's
    config.html_secnumber_suffix = " "
    config.html_use_index = False  # the glossary is the book's index
    _configure_repository(Path(app.srcdir), config)


def leave_out_search(app: Sphinx) -> None:
    """Make neither Sphinx's search page nor its index: the book has its own search."""
    app.builder.search = False


def _configure_repository(root: Path, config: Config) -> None:
    url = repository_url(root)
    if url is None:
        LOGGER.info("No repository is known: the site gets no links to it.")
        config.html_theme_options.pop("repository_url", None)
        return
    config.html_theme_options["repository_url"] = url
    config.html_theme_options["use_repository_button"] = True
