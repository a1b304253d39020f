"""What a notebook of one framework has where the chapter has steps that need both: notes.

The prose around such a step speaks of its output and its figure. A note in the step's place says
where the step runs, and shows what it gave.
"""

from collections.abc import Iterator
from itertools import groupby

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from publishing.chapter.editions import BOTH, SOLUTION, Edition
from publishing.chapter.figures import PICTURE
from publishing.chapter.files import Chapter
from publishing.chapter.markdown import fence_for
from publishing.chapter.section_ids import section_ids
from publishing.chapter.view import needs_both, outputs_of, tags_of
from publishing.notebooks.plain_markdown import EMBEDDED
from publishing.publication import Publication
from publishing.texts import localized


def with_notes(chapter: Chapter, language: str, publication: Publication) -> NotebookNode:
    """Return a chapter that has a note in place of each run of steps that need both frameworks.

    It is a new notebook of the chapter's own cells and the notes: MyST Markdown, as an author
    writes it, under the id of the first cell that a note stands for.
    """
    cells: list[NotebookNode] = []

    def kind(cell: NotebookNode) -> tuple[bool, bool]:
        return needs_both(cell), SOLUTION in tags_of(cell)

    for (is_dropped, _), run in groupby(chapter.cells, kind):
        if is_dropped:
            sentence = _sentence(chapter, section_ids(cells)[-1], language, publication)
            cells.append(_note(list(run), sentence, language))
        else:
            cells.extend(run)
    result: NotebookNode = new_notebook(cells=cells)
    return result


def _note(run: list[NotebookNode], sentence: str, language: str) -> NotebookNode:
    outputs = [shown for cell in run for shown in _outputs(cell, language)]
    if outputs:
        sentence = f"{sentence} {localized('Its output:', language)}"
    tags = [language, *tags_of(run[0]).intersection({SOLUTION})]
    source = "\n\n".join([sentence, *outputs])
    note: NotebookNode = new_markdown_cell(source, id=run[0].id, metadata={"tags": tags})
    return note


def _sentence(chapter: Chapter, section: str, language: str, publication: Publication) -> str:
    """Say where the step runs, with links to it and to the notebook where both are published."""
    step = localized("This step", language)
    if publication.site:
        step = f"[{step}]({chapter.path.name}#{section})"
    address = publication.notebook(Edition(language, BOTH), chapter.name)
    notebook = localized("the notebook `both/{name}`", language, name=chapter.path.name)
    if address is not None:
        notebook = f"[{localized('the notebook for both', language)}]({address})"
    return localized(
        "{step} needs both frameworks: it runs in {notebook}.",
        language,
        step=step,
        notebook=notebook,
    )


def _outputs(cell: NotebookNode, language: str) -> Iterator[str]:
    for output in outputs_of(cell, language):
        data = output.get("data", {})
        text = output.get("text") or data.get("text/plain", "")
        if PICTURE in data:
            address = f"{EMBEDDED}{''.join(data[PICTURE].split())}"
            alternative_text = cell.metadata.get("alt", {}).get(language, "")
            yield f"```{{image}} {address}\n:alt: {' '.join(alternative_text.split())}\n```"
        elif text.strip():
            fence = fence_for(text)
            yield f"{fence}text\n{text.rstrip()}\n{fence}"
