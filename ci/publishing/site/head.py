"""What a page says of itself in its head: its other languages, and how it looks when shared.

sphinxext-opengraph would write the tags for sharing, but its descriptions hold a space wherever a
link ends, which Korean has not before its particles, and it escapes nothing but quotes.
"""

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from publishing.chapter.editions import INTERNATIONAL, LANGUAGES
from publishing.site.documents import shortened
from publishing.site.theme import replaced
from publishing.texts import title

SOCIAL_CARD = "_static/social-card.png"
DESCRIPTION_LENGTH = 160


def fill_head(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give each page the links to itself in all languages, and its description."""
    if doctree is not None:  # Sphinx's own layout has a size of the viewport
        context["metatags"] = replaced(context["metatags"], "docutils's viewport", "")
    if app.config.book_links_languages:
        _link_languages(app, page, context)
    if doctree is not None:
        _describe(app, page, context, doctree)


def _link_languages(app: Sphinx, page: str, context: dict[str, Any]) -> None:
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


def _describe(app: Sphinx, page: str, context: dict[str, Any], doctree: nodes.document) -> None:
    """Describe the page for search engines, and for links to it in messages (Open Graph)."""
    language, base = app.config.language, app.config.html_baseurl
    paragraph = next(iter(doctree.findall(nodes.paragraph)), None)
    description = shortened(paragraph.astext(), DESCRIPTION_LENGTH) if paragraph else ""
    _add(context, f'<meta name="description" content="{escape(description)}">')
    properties = [
        ("og:type", "article"),
        ("og:site_name", title(language)),
        ("og:title", app.env.titles[page].astext()),
        ("og:description", description),
        ("og:locale", LANGUAGES[language].locale),
    ]
    others = [other for code, other in LANGUAGES.items() if code != language]
    properties += [("og:locale:alternate", other.locale) for other in others]
    if base:  # these have to be whole addresses
        properties += [
            ("og:url", f"{base}{page}.html"),
            ("og:image", f"{base}{SOCIAL_CARD}"),
            ("og:image:alt", " · ".join(map(title, LANGUAGES))),
            ("twitter:card", "summary_large_image"),
        ]
    for name, content in properties:
        _add(context, f'<meta property="{name}" content="{escape(content)}">')


def _add(context: dict[str, Any], tag: str) -> None:
    context["metatags"] = f"{context.get('metatags', '')}\n{tag}"
