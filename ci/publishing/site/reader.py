"""Reads chapters for Sphinx: MyST-NB gets one language's view, in words that it knows."""

from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from publishing.chapter.editions import FRAMEWORKS, SOLUTION
from publishing.chapter.files import parse
from publishing.chapter.markdown import fence_for
from publishing.chapter.view import tags_of, view

CHAPTER = "book_chapter"  # what is kept of it while Sphinx reads the page


def setup_reader(app: Sphinx) -> None:
    """Register what the transforms ask with Sphinx."""
    app.connect("source-read", keep_chapter)


def keep_chapter(app: Sphinx, page: str, source: list[str]) -> None:
    """Keep the chapter of the page that Sphinx begins to read."""
    if app.env.doc2path(page).endswith(".ipynb"):
        app.env.temp_data[CHAPTER] = parse(source[0])


def chapter_of(env: BuildEnvironment) -> NotebookNode | None:
    """Return the chapter that Sphinx is reading, in all its languages; None for another page."""
    chapter: NotebookNode | None = env.temp_data.get(CHAPTER)
    return chapter


def read(text: str, language: str) -> NotebookNode:
    """Read a chapter for the site: MyST-NB calls this for every `.ipynb` file.

    Args:
        text: The notebook file's content.
        language: The language of the site.

    Returns:
        The view in the language, with all frameworks. MyST-NB marks the HTML of a code cell with
        its tags, but not that of Markdown: cells of Markdown that the site's layout treats apart
        become containers with the same marks.
    """
    notebook = view(parse(text), language)
    notebook.metadata.pop("book", None)  # MyST-NB would make a field of it
    for cell in notebook.cells:
        if alternative_text := cell.metadata.pop("alt", None):
            cell.metadata["mystnb"] = {"image": {"alt": alternative_text}}
        tags = [tag for tag in (*FRAMEWORKS, SOLUTION) if tag in tags_of(cell)]
        if cell.cell_type == "markdown" and tags:
            cell.source = _in_container(cell.source, tags)
    return notebook


def _in_container(markdown: str, tags: list[str]) -> str:
    """Wrap Markdown in a directive."""
    fence = fence_for(markdown)
    classes = " ".join(f"tag_{tag}" for tag in tags)
    return f"{fence}{{container}} {classes}\n\n{markdown}\n{fence}"
