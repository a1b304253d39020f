"""Reads chapters for Sphinx: MyST-NB gets one language's view, in words that it knows."""

from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from publishing.chapter.editions import FRAMEWORKS, SOLUTION
from publishing.chapter.files import parse
from publishing.chapter.markdown import fence_for
from publishing.chapter.view import tags_of, view

CHAPTER = "book_chapter"  # what is kept of it while Sphinx reads the page


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

    MyST-NB marks the HTML of a code cell with its tags, but not that of Markdown: cells of Markdown
    that the site's layout treats apart become containers with the same marks.
    """
    notebook = view(parse(text), language)
    notebook.metadata.pop("book", None)  # MyST-NB would make a field of it
    for cell in notebook.cells:
        if alternative_text := cell.metadata.pop("alt", None):
            cell.metadata["mystnb"] = {"image": {"alt": alternative_text}}
        tags = [tag for tag in (*FRAMEWORKS, SOLUTION) if tag in tags_of(cell)]
        if cell.cell_type == "markdown" and tags:
            fence = fence_for(cell.source)
            classes = " ".join(f"tag_{tag}" for tag in tags)
            cell.source = f"{fence}{{container}} {classes}\n\n{cell.source}\n{fence}"
    return notebook
