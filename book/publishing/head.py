"""What a page says of itself in its head: its other language, and how it looks when shared."""

import re
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from book.publishing.address import site_address
from book.publishing.documents import shortened
from book.publishing.languages import LANGUAGE_NAMES, LOCALES, OTHER, TITLES
from book.publishing.views import LANGUAGES

SOCIAL_CARD = "_static/social-card.png"
DESCRIPTION_LENGTH = 160
VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>\n?')


def setup_head(app: Sphinx) -> None:
    """Register what fills the head of each page."""
    # Set by ci/build: `jupyter-book build .` makes one language, so there is nothing to link to.
    app.add_config_value("book_links_languages", False, "html")
    app.connect("config-inited", configure_address)
    app.connect("html-page-context", leave_out_viewport)
    app.connect("html-page-context", link_languages)
    app.connect("html-page-context", describe_page)


def configure_address(app: Sphinx, config: Config) -> None:
    """Let Sphinx give each page its canonical address, where the site's address is known."""
    address = site_address()
    if address:
        config.html_baseurl = f"{address}{config.language}/"


def leave_out_viewport(
    app: Sphinx, page_name: str, template_name: str, context: dict, doctree: nodes.document | None
) -> None:
    """Take docutils's size of the viewport away: Sphinx's own layout has one."""
    context["metatags"] = VIEWPORT.sub("", context.get("metatags", ""))


def link_languages(
    app: Sphinx, page_name: str, template_name: str, context: dict, doctree: nodes.document | None
) -> None:
    """Give each page the links to itself in all languages."""
    if not app.config.book_links_languages:
        return
    to_site = "../" * (page_name.count("/") + 1)
    # Search engines want whole addresses; the switch also has to work on another host.
    base = site_address() or to_site
    for code, language in [*((code, code) for code in LANGUAGES), ("x-default", "en")]:
        url = f"{base}{language}/{page_name}.html"
        _add(context, f'<link rel="alternate" hreflang="{code}" href="{escape(url)}">')
    other = OTHER[app.config.language]
    context["other_language"] = {
        "code": other,
        "name": LANGUAGE_NAMES[other],
        "url": f"{to_site}{other}/{page_name}.html",
    }


def describe_page(
    app: Sphinx, page_name: str, template_name: str, context: dict, doctree: nodes.document | None
) -> None:
    """Describe the page for search engines, and for links to it in messages (Open Graph)."""
    if doctree is None:
        return
    language = app.config.language
    description = _description(doctree)
    _add(context, f'<meta name="description" content="{escape(description)}">')
    properties = {
        "og:type": "article",
        "og:site_name": TITLES[language],
        "og:title": app.env.titles[page_name].astext(),
        "og:description": description,
        "og:locale": LOCALES[language],
        "og:locale:alternate": LOCALES[OTHER[language]],
        **_with_address(app, page_name),
    }
    for name, content in properties.items():
        _add(context, f'<meta property="{name}" content="{escape(content)}">')


def _with_address(app: Sphinx, page_name: str) -> dict[str, str]:
    """Return the properties that have to be whole addresses: none where the site has none."""
    base = app.config.html_baseurl
    if not base:
        return {}
    return {
        "og:url": f"{base}{page_name}.html",
        "og:image": f"{base}{SOCIAL_CARD}",
        "og:image:alt": " · ".join(TITLES.values()),
        "twitter:card": "summary_large_image",
    }


def _description(doctree: nodes.document) -> str:
    """Return the beginning of the page's first paragraph."""
    paragraph = next(iter(doctree.findall(nodes.paragraph)), None)
    return shortened(paragraph.astext(), DESCRIPTION_LENGTH) if paragraph else ""


def _add(context: dict, tag: str) -> None:
    context["metatags"] = f"{context.get('metatags', '')}\n{tag}"
