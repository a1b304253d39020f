"""The Sphinx extension of the book: puts its parts together, in the order that they need.

Everything that depends on the site's language follows from Sphinx's own setting `language`:
the view of the chapters, the titles, the texts around them, the links to the other languages.
"""

import json
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util import logging

from publishing.chapter.editions import FRAMEWORKS, LANGUAGES
from publishing.publication import Publication, read_publication
from publishing.site.anchors import PermanentIds
from publishing.site.assets import setup_assets
from publishing.site.glossary import BookGlossary, LinkTerms
from publishing.site.head import setup_head
from publishing.site.opening import AddFacts, AddRunLinks
from publishing.site.previews import setup_previews
from publishing.site.reader import setup_reader
from publishing.site.references import ListReferences, setup_references
from publishing.site.tabs import GatherCells, setup_tabs
from publishing.site.theme import setup_theme
from publishing.site.typesetting import KeepTogether, setup_typesetting
from publishing.texts import compiled, localized, localized_plurals, title

# What happens to a page after MyST-NB has read it, by Sphinx's priorities: smaller ones are first.
TRANSFORMS = {
    GatherCells: 500,  # cells become tabs and folds
    PermanentIds: 510,
    LinkTerms: 600,  # after GatherCells: what is folded is no first use
    AddRunLinks: 690,  # before AddFacts, which puts its line between title and buttons
    AddFacts: 700,  # after GatherCells: only one framework's code is read
    KeepTogether: 750,  # after LinkTerms, which replaces text
}
POST_TRANSFORMS = {
    ListReferences: 900,  # after sphinxcontrib-bibtex has made them, and links lead to them
}

FOLDER = Path(__file__).parent
LOGGER = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    # Both are set by ci/build, which makes the notebooks; a stock build finds out by itself.
    app.add_config_value("book_publication", None, "env", types=[Publication])
    app.add_config_value("book_has_notebooks", False, "env")
    for transform, priority in TRANSFORMS.items():
        transform.default_priority = priority
        app.add_transform(transform)
    for post_transform, priority in POST_TRANSFORMS.items():
        post_transform.default_priority = priority
        app.add_post_transform(post_transform)
    app.add_directive("book-glossary", BookGlossary)
    app.connect("config-inited", configure, priority=400)  # before what follows from it
    app.connect("builder-inited", leave_out_search)
    add_files(app)
    setup_reader(app)
    setup_tabs(app)
    setup_previews(app)
    setup_references(app)
    setup_typesetting(app)
    setup_assets(app)
    setup_head(app)
    setup_theme(app)
    add_texts(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_files(app: Sphinx) -> None:
    """Have every page load the book's style sheets and scripts, which are in static/."""
    app.add_css_file("tabs.css")
    # Not deferred: it must run before the page is drawn.
    app.add_js_file("framework.js", **{"data-frameworks": " ".join(FRAMEWORKS)})
    app.add_css_file("reading.css")
    app.add_js_file("reading.js", loading_method="defer")
    app.add_css_file("run-links.css")
    app.add_css_file("book.css")
    app.add_css_file("search.css")
    app.add_js_file("language.js")
    app.add_js_file("search.js")
    app.add_css_file("print.css", priority=900)  # after all others


def add_texts(app: Sphinx) -> None:
    """Add the book's texts, some of which are the theme's, to those that Sphinx has."""
    folder = Path(app.doctreedir).with_name("locale")
    for language in LANGUAGES:
        if catalogue := compiled(language):
            target = folder / language / "LC_MESSAGES" / "sphinx.mo"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(catalogue)
    app.add_message_catalog("sphinx", str(folder))


def configure(app: Sphinx, config: Config) -> None:
    """Set what follows from the language, and from where the book is published.

    Raises:
        sphinx.errors.ConfigError: The book does not exist in the language.
    """
    language = config.language
    if language not in LANGUAGES:
        raise ConfigError(f"no book in language {language!r}: choose from {', '.join(LANGUAGES)}")
    config.html_title = config.project = title(language)
    config.html_theme_options["search_bar_text"] = localized("Search this book", language)
    config.nb_code_prompt_show = localized("Show", language)  # a folded cell
    config.nb_code_prompt_hide = localized("Hide", language)
    config.nb_custom_formats = {".ipynb": ["publishing.site.reader.read", {"language": language}]}
    config.html_favicon = str(FOLDER / "static" / "favicon.svg")
    config.html_context["default_mode"] = "light"  # without JavaScript; see templates/layout.html
    config.html_context["search_texts"] = _search_texts(language)
    config.html_context["frameworks"] = list(FRAMEWORKS)  # for tabs.css
    config.html_static_path.append(str(FOLDER / "static"))
    config.templates_path.insert(0, str(FOLDER / "templates"))  # before the theme's
    config.html_secnumber_suffix = " "
    config.html_use_index = False  # the glossary is the book's index
    if config.book_publication is None:
        config.book_publication = read_publication(Path(app.srcdir))
    _link_repository(config.book_publication.repository, config)


def leave_out_search(app: Sphinx) -> None:
    """Make neither Sphinx's search page nor its index: the book has its own search."""
    app.builder.search = False


def _search_texts(language: str) -> str:
    """Return what search.js says, as JSON."""
    texts = {
        "common": localized("attention", language),
        "found": localized_plurals("Found on {count} page", "Found on {count} pages", language),
        "none": localized("Nothing found. Try a shorter word.", language),
        "failed": localized(
            "Search works when a web server shows the site. On this machine, use ci/build --serve.",
            language,
        ),
    }
    return json.dumps(texts, ensure_ascii=False)


def _link_repository(url: str | None, config: Config) -> None:
    if url is None:
        LOGGER.info("No repository is known: the site gets no links to it.")
        config.html_theme_options.pop("repository_url", None)
        return
    config.html_theme_options["repository_url"] = url
    config.html_theme_options["use_repository_button"] = True
