"""Notebooks to run: a chapter in one language and one framework, for Colab, Jupyter and VS Code.

They hold plain Markdown, install what is missing in their first code cell, and keep the stored
outputs, so that a reader sees the results before running anything. Those of one framework have
notes in place of the steps that need both.
"""

import json
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from book.publishing.address import site_address
from book.publishing.book_index import BookIndex, Place
from book.publishing.chapter_facts import read_chapter_facts
from book.publishing.chapters import ChapterError, read_chapter
from book.publishing.execute import KERNEL
from book.publishing.frameworks import FRAMEWORK_LABELS, FRAMEWORKS, needed_frameworks
from book.publishing.notebook_addresses import colab_address
from book.publishing.notes import with_notes
from book.publishing.plain_markdown import MarkdownError, PlainMarkdown, folded
from book.publishing.structure import ERROR_TAGS, Problem, problem_line
from book.publishing.tabs import SOLUTION_TITLES
from book.publishing.views import IGNORED, LANGUAGES, SOLUTION, tags_of, view

PYTHONS = "3.10–3.13"
PACKAGE = "attention-side-by-side"
MODULES = {"tensorflow": "tensorflow", "pytorch": "torch"}
AND = {"ko": "와 ", "en": " and "}

COLAB_TEXTS = {"ko": "Colab에서 열기", "en": "Open in Colab"}
PAGE_TEXTS = {"ko": "책에서 읽기", "en": "Read in the book"}
NEEDS = {
    "ko": "**실행하기** Python {pythons}과 {frameworks}를 씁니다. 첫 코드 셀이 없는 것을 "
    "설치하므로, **모두 실행**(Run all)만 누르면 됩니다. {gpu}",
    "en": "**To run it** you need Python {pythons} and {frameworks}. The first code cell installs "
    "what is missing: choose **Run all**. {gpu}",
}
GPU_NEEDS = {
    "ko": {False: "GPU는 필요 없습니다.", True: "GPU가 있으면 훨씬 빠릅니다."},
    "en": {False: "No GPU is needed.", True: "A GPU makes it much faster."},
}
INSTALL_COMMENTS = {
    "ko": "# 이 책의 패키지와 없는 것만 설치합니다. 이미 있는 것은 바꾸지 않습니다.",
    "en": "# Installs the book's package and what is missing; changes nothing that is there.",
}
INSTALL_FAILURES = {
    "ko": f"설치하지 못했습니다. 인터넷 연결과 Python 버전({PYTHONS})을 확인하고 다시 실행하세요.",
    "en": f"Installation failed: check the network and Python ({PYTHONS}), then run this again.",
}
INSTALL = """\
{comment}
from importlib.util import find_spec

needed = ({modules})
if not all(map(find_spec, needed)):
    %pip install --quiet "{package} @ {address}"
    if not all(map(find_spec, needed)):
        raise SystemExit("{failure}")"""

HIDDEN_INPUT = {"hide-input", "hide-cell", "remove-input", "remove-cell", SOLUTION}
HIDDEN_OUTPUT = {"hide-output", "hide-cell", "remove-output", "remove-cell", SOLUTION}
# Tools that run a notebook, and the book's own check, ask for these tags and tolerances.
DECLARED = ("close", "figure-tolerance")
KEPT_TAGS = {*ERROR_TAGS, IGNORED}


@dataclass(frozen=True)
class Edition:
    """Which of a chapter's notebooks: its language, its framework or `both`."""

    language: str
    framework: str

    @property
    def frameworks(self) -> tuple[str, ...]:
        """The frameworks that it needs."""
        return needed_frameworks(self.framework)


EDITIONS = [
    Edition(language, framework) for language in LANGUAGES for framework in (*FRAMEWORKS, "both")
]


def write_notebooks(
    root: Path, folder: Path, chapters: list[Path], indices: dict[str, BookIndex], wheel: str
) -> None:
    """Write all notebooks to run, as LANGUAGE/FRAMEWORK/NAME.ipynb.

    Args:
        root: The folder of the book.
        folder: The folder to write to.
        chapters: The chapters' files.
        indices: What the text may refer to, for each language.
        wheel: The address of the book's package.

    Raises:
        ChapterError: A chapter holds what cannot be said in plain Markdown.
        ChapterFactsError: resources/chapters.yml is malformed.
    """
    for path in chapters:
        for edition in EDITIONS:
            notebook = runnable(root, path, edition, indices[edition.language], wheel)
            target = folder / edition.language / edition.framework / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, target)


def runnable(
    root: Path, path: Path, edition: Edition, index: BookIndex, wheel: str
) -> NotebookNode:
    """Return one notebook to run.

    Args:
        root: The folder of the book.
        path: The chapter's file.
        edition: The language and the framework.
        index: What the text may refer to.
        wheel: The address of the book's package.

    Raises:
        ChapterError: The chapter holds what cannot be said in plain Markdown.
        ChapterFactsError: resources/chapters.yml is malformed.
    """
    chapter = read_chapter(path)
    page = f"{path.parent.name}/{path.stem}"
    markdown = PlainMarkdown(root, page, edition.language, index, site_address())
    facts = read_chapter_facts(root).get(path.stem)
    needs_gpu = facts is not None and facts.gpu
    is_whole = edition.framework == "both"
    source = chapter if is_whole else with_notes(root, path, chapter, edition.language)
    result = view(source, edition.language, edition.framework)
    for cell in result.cells:
        if cell.cell_type == "code":
            _prepare_code(cell, edition.language)
        else:
            _prepare_markdown(cell, edition.language, markdown, path, chapter)
    if any(cell.cell_type == "code" for cell in result.cells):
        links = _links(root, path, edition, markdown)
        _open(result.cells[0], [*links, _needs(edition, needs_gpu)])
        result.cells.insert(1, install_cell(edition, wheel))
    result.metadata = _metadata(needs_gpu)
    return result


def install_cell(edition: Edition, wheel: str) -> NotebookNode:
    """Return the cell that makes a runtime ready; where all is there, it does nothing.

    Args:
        edition: The language and the framework of the notebook.
        wheel: The address of the book's package.
    """
    modules = ["book", *(MODULES[framework] for framework in edition.frameworks)]
    source = INSTALL.format(
        comment=INSTALL_COMMENTS[edition.language],
        modules=", ".join(map(json.dumps, modules)),
        package=f"{PACKAGE}[{','.join(edition.frameworks)}]",
        address=wheel,
        failure=INSTALL_FAILURES[edition.language],
    )
    return new_code_cell(source, id="install", metadata={"tags": [IGNORED]})


def _prepare_code(cell: NotebookNode, language: str) -> None:
    """Replace what only the site understands by what notebook programs do."""
    tags = tags_of(cell)
    alternative_text = cell.metadata.pop("mystnb", {}).get("image", {}).get("alt")
    cell.metadata = {name: cell.metadata[name] for name in DECLARED if name in cell.metadata}
    kept = sorted(tags & KEPT_TAGS)
    if kept:
        cell.metadata["tags"] = kept
    hidden = {
        "source_hidden": bool(tags & HIDDEN_INPUT),
        "outputs_hidden": bool(tags & HIDDEN_OUTPUT),
    }
    if any(hidden.values()):
        cell.metadata["jupyter"] = {name: True for name, value in hidden.items() if value}
    if SOLUTION in tags:
        # Colab shows a form's title in place of its code; Jupyter shows a hidden cell's first line.
        cell.metadata["cellView"] = "form"
        cell.source = f"# @title {SOLUTION_TITLES[language]}\n{cell.source}"
    for output in cell.outputs:
        if alternative_text and "image/png" in output.get("data", {}):
            output.metadata["image/png"] = {"alt": alternative_text}


def _prepare_markdown(
    cell: NotebookNode, language: str, markdown: PlainMarkdown, path: Path, chapter: NotebookNode
) -> None:
    try:
        source = markdown.render(cell.source)
    except MarkdownError as error:
        number = next(n for n, other in enumerate(chapter.cells, 1) if other.id == cell.id)
        advice = "write it otherwise, or teach it to book/publishing/plain_markdown.py"
        problem = Problem(number, f"{error}; {advice}")
        raise ChapterError(problem_line(path, chapter.cells, problem)) from error
    is_solution = SOLUTION in tags_of(cell)
    cell.source = folded(SOLUTION_TITLES[language], source) if is_solution else source
    cell.metadata = {}


def _links(root: Path, path: Path, edition: Edition, markdown: PlainMarkdown) -> list[str]:
    """Return the line of links, where there is anything to link to."""
    links = []
    colab = colab_address(root, edition.language, edition.framework, path.name)
    if colab:
        links.append(f"[{COLAB_TEXTS[edition.language]}]({colab})")
    if site_address():
        page = markdown.page_address(Place(f"{path.parent.name}/{path.stem}", "", ""))
        links.append(f"[{PAGE_TEXTS[edition.language]}]({page})")
    return [" · ".join(links)] if links else []


def _needs(edition: Edition, needs_gpu: bool) -> str:
    frameworks = [FRAMEWORK_LABELS[framework] for framework in edition.frameworks]
    return NEEDS[edition.language].format(
        pythons=PYTHONS,
        frameworks=AND[edition.language].join(frameworks),
        gpu=GPU_NEEDS[edition.language][needs_gpu],
    )


def _open(cell: NotebookNode, paragraphs: list[str]) -> None:
    """Put paragraphs under the title, with which the first cell begins."""
    title, _, rest = cell.source.partition("\n\n")
    cell.source = "\n\n".join(filter(None, [title, *paragraphs, rest]))


def _metadata(needs_gpu: bool) -> NotebookNode:
    metadata = {
        "colab": {"provenance": [], "toc_visible": True},
        "kernelspec": deepcopy(KERNEL),
        "language_info": {"name": "python"},
    }
    if needs_gpu:
        metadata["accelerator"] = "GPU"
        metadata["colab"]["gpuType"] = "T4"  # the one that Colab lends for nothing
    return nbformat.from_dict(metadata)
