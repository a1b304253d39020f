"""Long lines of code, each in an element: on a phone they are broken, and go on under their start.

Else a line would go on at the margin, where in Python it would mean something else.
"""

import re
from html import unescape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

PHONE_COLUMNS = 32  # fit beside each other on a phone of 320 px
# What Sphinx writes for code. An output, which stays as it was printed, has another class before.
CODE = re.compile(
    r'(<div class="highlight-[^>]*><div class="highlight"><pre>(?:<span></span>)?)(.*?)(?=</pre>)',
    re.DOTALL,
)
LINE = re.compile("[^\n]*\n|[^\n]+")
TAG = re.compile("<[^>]*>")


def mark_long_lines(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put each long line of a page's code into an element that knows how far it is indented."""
    if "body" in context:
        context["body"] = in_code(context["body"])


def in_code(html: str) -> str:
    """Return HTML with the long lines of code marked."""
    return CODE.sub(lambda code: code[1] + "".join(map(_marked, LINE.findall(code[2]))), html)


def _marked(line: str) -> str:
    text = unescape(TAG.sub("", line)).rstrip("\n")
    if len(text) <= PHONE_COLUMNS:
        return line
    indent = len(text) - len(text.lstrip(" "))
    style = f' style="--indent: {indent}ch"' if indent else ""
    return f'<span class="line"{style}>{line}</span>'
