"""What several parts of the site ask of a page's document."""

from collections.abc import Iterator

from docutils import nodes

# Of how many texts, such as pages, a process keeps what it has found in them: those of all pages
# in all languages, and some earlier ones.
KEPT_PAGES = 200


def ancestors(node: nodes.Node) -> Iterator[nodes.Element]:
    """Yield what a node stands in, from its parent to the document."""
    while node.parent is not None:
        node = node.parent
        yield node


def shortened(text: str, length: int) -> str:
    """Return a text on one line, cut at a word where it has more than `length` letters."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    return f"{text[:length].rpartition(' ')[0]} …"
