"""The cheat sheet of both frameworks, `{book-frameworks}`: made of resources/frameworks.yml.

tests/package/test_frameworks.py runs each of its lines.
"""

import re
from html import escape
from pathlib import Path

from docutils import nodes
from markupsafe import Markup
from sphinx.util.docutils import SphinxDirective

from publishing.chapter.editions import FRAMEWORKS
from publishing.chapter.sheet import SHEET, Group, SheetError, read_sheet
from publishing.site.rendering import environment
from publishing.texts import localized

CODE = re.compile("`([^`]*)`")


class BookFrameworks(SphinxDirective):
    """Renders the sheet in the page's language."""

    def run(self) -> list[nodes.Node]:
        """Return the table's node.

        Raises:
            docutils.utils.SystemMessagePropagation: The file is missing or malformed.
        """
        self.env.note_dependency(str(Path(self.env.srcdir, SHEET)))
        try:
            html = sheet(read_sheet(Path(self.env.srcdir)), self.config.language)
        except SheetError as error:
            raise self.error(str(error)) from error
        return [nodes.raw("", html, format="html")]


def sheet(groups: list[Group], language: str) -> str:
    """Return the HTML of the sheet in a language."""
    pages = environment()
    pages.filters["with_code"] = _with_code
    template = pages.get_template("frameworks.html")
    texts = {"language": language, "localized": localized}
    return template.render(groups=groups, frameworks=FRAMEWORKS, **texts)


def _with_code(text: str) -> Markup:
    """Write what stands between backticks as code."""
    return Markup(CODE.sub(r"<code>\1</code>", escape(text, quote=False)))
