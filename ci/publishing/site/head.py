"""What a page says of itself in its head: its other languages, and how it looks when shared.

sphinxext-opengraph would write the tags for sharing, but its descriptions hold a space wherever a
link ends, which Korean has not before its particles, and it escapes nothing but quotes.
"""

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from publishing.chapter.editions import INTERNATIONAL, LANGUAGES
from publishing.site.documents import shortened
from publishing.site.theme import replaced
from publishing.texts import title

SOCIAL_CARD = "_static/social-card.png"
DESCRIPTION_LENGTH = 160


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
    if config.book_publication.site:
        config.html_baseurl = f"{config.book_publication.site}{config.language}/"


def leave_out_viewport(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Take docutils's size of the viewport away: Sphinx's own layout has one."""
    if doctree is not None:
        context["metatags"] = replaced(context["metatags"], "docutils's viewport", "")


def link_languages(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give each page the links to itself in all languages."""
    if not app.config.book_links_languages:
        return
    to_site = "../" * (page.count("/") + 1)
    # Search engines want whole addresses; the switch also has to work on another host.
    base = app.config.book_publication.site or to_site
    for code, language in [*((code, code) for code in LANGUAGES), ("x-default", INTERNATIONAL)]:
        url = f"{base}{language}/{page}.html"
        _add(context, f'<link rel="alternate" hreflang="{code}" href="{escape(url)}">')
    context["other_languages"] = [
        {"code": code, "name": language.own_name, "url": f"{to_site}{code}/{page}.html"}
        for code, language in LANGUAGES.items()
        if code != app.config.language
    ]


def describe_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Describe the page for search engines, and for links to it in messages (Open Graph)."""
    if doctree is None:
        return
    language = app.config.language
    description = _description(doctree)
    _add(context, f'<meta name="description" content="{escape(description)}">')
    properties = [
        ("og:type", "article"),
        ("og:site_name", title(language)),
        ("og:title", app.env.titles[page].astext()),
        ("og:description", description),
        ("og:locale", LANGUAGES[language].locale),
        *(
            ("og:locale:alternate", other.locale)
            for code, other in LANGUAGES.items()
            if code != language
        ),
        *_with_address(app.config.html_baseurl, page),
    ]
    for name, content in properties:
        _add(context, f'<meta property="{name}" content="{escape(content)}">')


def _with_address(base: str, page: str) -> list[tuple[str, str]]:
    """Return the properties that have to be whole addresses: none where the site has none."""
    if not base:
        return []
    return [
        ("og:url", f"{base}{page}.html"),
        ("og:image", f"{base}{SOCIAL_CARD}"),
        ("og:image:alt", " · ".join(map(title, LANGUAGES))),
        ("twitter:card", "summary_large_image"),
    ]


def _description(doctree: nodes.document) -> str:
    """Return the beginning of the page's first paragraph."""
    paragraph = next(iter(doctree.findall(nodes.paragraph)), None)
    return shortened(paragraph.astext(), DESCRIPTION_LENGTH) if paragraph else ""


def _add(context: dict[str, Any], tag: str) -> None:
    context["metatags"] = f"{context.get('metatags', '')}\n{tag}"
