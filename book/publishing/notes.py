"""Notes: what a notebook of one framework has where the chapter has steps that need both.

The prose around such a step speaks of its output and its figure. A note in the step's place says
where the step runs, and shows what it gave.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from book.publishing.address import site_address
from book.publishing.headings import section_ids
from book.publishing.notebook_addresses import notebook_address
from book.publishing.plain_markdown import EMBEDDED
from book.publishing.views import SOLUTION, fence_for, needs_both, tags_of

STEPS = {"ko": "이 단계", "en": "This step"}
SENTENCES = {
    "ko": "{step}에는 두 프레임워크가 모두 필요하므로, {notebook}에서 실행합니다.",
    "en": "{step} needs both frameworks: it runs in {notebook}.",
}
NOTEBOOKS = {"ko": "두 프레임워크용 노트북", "en": "the notebook for both"}
FILES = {"ko": "노트북 `both/{name}`", "en": "the notebook `both/{name}`"}
OUTPUTS = {"ko": "출력은 다음과 같습니다.", "en": "Its output:"}


def with_notes(root: Path, path: Path, chapter: NotebookNode, language: str) -> NotebookNode:
    """Return a chapter that has a note in place of each run of steps that need both frameworks.

    Args:
        root: The folder of the book.
        path: The chapter's file.
        chapter: Its content, which is left as it is.
        language: The language of the notes.

    Returns:
        A new notebook of the chapter's own cells and the notes: MyST Markdown, as an author writes
        it, under the id of the first cell that a note stands for.
    """
    cells: list[NotebookNode] = []
    for (is_dropped, _), run in groupby(chapter.cells, key=_run_key):
        if is_dropped:
            cells.append(_note(root, path, list(run), _section(cells), language))
        else:
            cells.extend(run)
    return new_notebook(cells=cells)


def _run_key(cell: NotebookNode) -> tuple[bool, bool]:
    return needs_both(cell), SOLUTION in tags_of(cell)


def _section(cells: list[NotebookNode]) -> str:
    """Return the id of the section that comes after these cells of a chapter."""
    return section_ids(new_notebook(cells=cells))[-1]


def _note(
    root: Path, path: Path, run: list[NotebookNode], section: str, language: str
) -> NotebookNode:
    sentence = SENTENCES[language].format(
        step=_step(path, section, language), notebook=_notebook(root, path, language)
    )
    outputs = [shown for cell in run for shown in _outputs(cell, language)]
    if outputs:
        sentence = f"{sentence} {OUTPUTS[language]}"
    tags = [language, *tags_of(run[0]).intersection({SOLUTION})]
    source = "\n\n".join([sentence, *outputs])
    return new_markdown_cell(source, id=run[0].id, metadata={"tags": tags})


def _step(path: Path, section: str, language: str) -> str:
    """Return what the step is called: a link to it, where the site has an address."""
    step = STEPS[language]
    return f"[{step}]({path.name}#{section})" if site_address() else step


def _notebook(root: Path, path: Path, language: str) -> str:
    """Return what the notebook for both frameworks is called."""
    address = notebook_address(root, language, "both", path.name)
    if address is None:
        return FILES[language].format(name=path.name)
    return f"[{NOTEBOOKS[language]}]({address})"


def _outputs(cell: NotebookNode, language: str) -> Iterator[str]:
    """Yield what a cell has printed and drawn."""
    for output in cell.outputs:
        data = output.get("data", {})
        text = output.get("text") or data.get("text/plain", "")
        if "image/png" in data:
            yield _figure(data["image/png"], cell.metadata.get("alt", {}).get(language, ""))
        elif text.strip():
            fence = fence_for(text)
            yield f"{fence}text\n{text.rstrip()}\n{fence}"


def _figure(image: str, alternative_text: str) -> str:
    address = f"{EMBEDDED}{''.join(image.split())}"
    return f"```{{image}} {address}\n:alt: {' '.join(alternative_text.split())}\n```"
