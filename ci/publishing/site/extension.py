"""The Sphinx extension of the book: puts its parts together, in the order that they need.

Everything that depends on the site's language follows from Sphinx's own setting `language`:
the view of the chapters, the titles, the texts around them, the links to the other languages.
"""

import json
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util import logging

from publishing.chapter.editions import FRAMEWORKS, LANGUAGES
from publishing.publication import Publication, read_publication
from publishing.site.anchors import PermanentIds
from publishing.site.assets import finish_assets, leave_out_scripts
from publishing.site.code import setup_code
from publishing.site.explorer import AddExplorers
from publishing.site.fonts import write_fonts
from publishing.site.formulas import RENDERER, setup_formulas
from publishing.site.glossary import BookGlossary, LinkTerms
from publishing.site.head import fill_head
from publishing.site.languages import MarkLanguages, words_of_others
from publishing.site.lines import mark_long_lines
from publishing.site.margin import fill_margin
from publishing.site.models import write_models
from publishing.site.opening import AddFacts, AddRunLinks
from publishing.site.outline import Outline
from publishing.site.pictures import setup_pictures
from publishing.site.previews import Previews
from publishing.site.reader import keep_chapter
from publishing.site.references import ListReferences, find_plugin_once
from publishing.site.sheet import BookFrameworks
from publishing.site.stylesheets import digest, reduce_style_sheets
from publishing.site.tables import NameRows, setup_tables
from publishing.site.tabs import GatherCells, setup_tabs
from publishing.site.theme import (
    LEFT_BY_EDITORS,
    REPOSITORY_BUTTONS,
    check_names,
    replaced,
)
from publishing.site.typesetting import KeepTogether, number_chapter
from publishing.texts import compiled, localized, localized_plurals, title

# What happens to a page after MyST-NB has read it, by Sphinx's priorities: smaller ones are first.
TRANSFORMS = {
    GatherCells: 500,  # cells become tabs and folds
    PermanentIds: 510,
    AddExplorers: 520,  # after GatherCells: below the tabs
    LinkTerms: 600,  # after GatherCells: what is folded is no first use
    AddRunLinks: 690,  # before AddFacts, which puts its line between title and buttons
    AddFacts: 700,  # after GatherCells: only one framework's code is read
    KeepTogether: 750,  # after LinkTerms, which replaces text
    MarkLanguages: 760,  # after both, which look at whole texts
    NameRows: 770,
}
STYLE_SHEETS = (
    "fonts.css",
    "tabs.css",
    "reading.css",
    "margin.css",
    "run-links.css",
    "book.css",
    "search.css",
    "touch.css",
)
FOLDER = Path(__file__).parent
FINDING = FOLDER / "static" / "finding.js"  # loaded on the first search
LOGGER = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    # ci/build sets all three: it makes the notebooks and all languages. A stock build finds the
    # first out by itself, and makes one language: there is nothing to link to.
    app.add_config_value("book_publication", None, "env", types=[Publication])
    app.add_config_value("book_has_notebooks", False, "env")
    app.add_config_value("book_links_languages", False, "html")
    for transform, priority in TRANSFORMS.items():
        transform.default_priority = priority
        app.add_transform(transform)
    # After sphinxcontrib-bibtex has made them, and links lead to them.
    ListReferences.default_priority = 900
    find_plugin_once()
    app.add_post_transform(ListReferences)
    app.add_directive("book-glossary", BookGlossary)
    app.add_directive("book-frameworks", BookFrameworks)
    setup_tabs(app)
    setup_code()
    setup_formulas(app)
    setup_tables(app)
    setup_pictures(app)
    app.connect("config-inited", configure, priority=400)  # before what follows from it
    app.connect("builder-inited", prepare_builder)
    app.connect("builder-inited", write_models)
    app.connect("source-read", keep_chapter)
    app.connect("doctree-read", number_chapter)
    previews, outline = Previews(), Outline()
    app.connect("doctree-resolved", previews.add)
    app.connect("doctree-resolved", fill_margin, priority=600)  # with these
    app.connect("env-purge-doc", previews.forget)
    app.connect("env-purge-doc", outline.forget_document)
    app.connect("env-updated", previews.changed)
    app.connect("env-updated", outline.changed, priority=900)  # when citations have their places
    app.connect("html-page-context", fill_head)
    app.connect("html-page-context", leave_out_scripts, priority=900)  # when all have added theirs
    app.connect("html-page-context", mark_long_lines)
    app.connect("build-finished", finish_assets)
    app.connect("build-finished", check_names, priority=900)  # when all files are there
    app.connect("build-finished", write_fonts, priority=940)
    app.connect("build-finished", reduce_style_sheets, priority=950)
    add_files(app)
    add_texts(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_files(app: Sphinx) -> None:
    """Have every page load the book's style sheets and scripts, which are in static/."""
    for name in STYLE_SHEETS:
        app.add_css_file(name)
    app.add_css_file("print.css", priority=900)  # after all others
    # Not deferred: it must run before the page is drawn.
    attributes: dict[str, Any] = {"data-frameworks": " ".join(FRAMEWORKS)}
    app.add_js_file("framework.js", **attributes)
    app.add_js_file("reading.js", loading_method="defer")
    app.add_js_file("language.js")
    app.add_js_file("search.js")


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
    # From a chapter, the title in its sidebar leads to the landing page above.
    config.html_theme_options.setdefault("logo", {})["link"] = "../index.html"
    config.html_favicon = str(FOLDER / "static" / "favicon.svg")
    config.html_context["default_mode"] = "light"  # without JavaScript; see templates/layout.html
    config.html_context["words_of_others"] = json.dumps(words_of_others(language))
    config.html_context["search_texts"] = _search_texts(language)
    config.html_context["frameworks"] = list(FRAMEWORKS)  # for tabs.css
    config.html_context["bold_font"] = LANGUAGES[language].bold_font  # for fonts.css
    config.html_static_path.append(str(FOLDER / "static"))
    config.exclude_patterns += LEFT_BY_EDITORS
    # Before the theme's, which adds its own to Sphinx's default in each build of this process.
    templates = [str(FOLDER / "templates"), *config.templates_path]
    config.templates_path = list(dict.fromkeys(templates))
    config.html_secnumber_suffix = " "
    config.html_use_index = False  # the glossary is the book's index
    config.html_math_renderer = RENDERER
    config.myst_update_mathjax = False  # no page has it
    config.bibtex_cite_id = "ref-{key}"  # anchors that last
    if config.book_publication is None:
        config.book_publication = read_publication(Path(app.srcdir))
    _link(config.book_publication, config)


def prepare_builder(app: Sphinx) -> None:
    """Leave out Sphinx's search, for the book has its own; let templates use `replaced`."""
    builder = app.builder
    if isinstance(builder, StandaloneHTMLBuilder):
        builder.search = False
        builder.templates.environment.filters["replace_in_theme"] = replaced


def _search_texts(language: str) -> str:
    texts = {
        "common": localized("attention", language),
        "found": localized_plurals("Found on {count} page", "Found on {count} pages", language),
        "instead": localized("Showing results for “{words}”.", language),
        "unmark": localized("Remove marks", language),
        "module": f"{FINDING.name}?v={digest(FINDING)}",
        "none": localized("Nothing found. Try a shorter word.", language),
        "failed": localized(
            "Search works when a web server shows the site. On this machine, use ci/build --serve.",
            language,
        ),
    }
    return json.dumps(texts, ensure_ascii=False)


def _link(publication: Publication, config: Config) -> None:
    if publication.site:  # Sphinx gives each page its canonical address
        config.html_baseurl = f"{publication.site}{config.language}/"
    options = config.html_theme_options
    options.pop("repository_url", None)
    if publication.repository is None:
        LOGGER.info("No repository is known: the site gets no links to it.")
    elif publication.kind in REPOSITORY_BUTTONS:
        options.update(repository_url=publication.repository, use_repository_button=True)
