"""Notebooks to run: a chapter in one language and one framework, for Colab, Jupyter and VS Code.

They hold plain Markdown, install what is missing in their first code cell, and keep the stored
outputs, so that a reader sees the results before running anything. Those of one framework have
notes in place of the steps that need both.
"""

import json
import re
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from publishing.chapter import editions
from publishing.chapter.editions import BOTH, EDITIONS, FRAMEWORKS, IGNORED, SOLUTION, Edition
from publishing.chapter.figures import CHOICE, PICTURE
from publishing.chapter.files import KERNEL, Chapter, ChapterError, facts_of
from publishing.chapter.format import Problem, problem_line
from publishing.chapter.markdown import headings
from publishing.chapter.sections import fold_title
from publishing.chapter.view import tags_of, view
from publishing.notebooks.book_index import BookIndex, Place
from publishing.notebooks.both_only import with_notes
from publishing.notebooks.plain_markdown import MarkdownError, PlainMarkdown, folded
from publishing.notebooks.wheel import PACKAGE, VERSION_FILE, Wheel, framework_requirement
from publishing.publication import Publication
from publishing.texts import localized

INDENTATION = re.compile("^ +", re.MULTILINE)  # of JSON, which writes a text's own lines as \n

# What is in single braces is filled in when a notebook is written; in double ones, when it is run.
INSTALL = """\
{comment}
import os, sys
from importlib import invalidate_caches, metadata
from importlib.util import find_spec
from pathlib import Path
from runpy import run_path

os.environ["{variable}"] = "{language}"  # {purpose}
version, wheel = "{version}", "{wheel}"
near = [folder / wheel for folder in (Path.cwd(), *Path.cwd().parents)]
address = next((file.as_uri() for file in near if os.path.isfile(file)), {address})
needed = {{"book": f"{package}[{extras}] @ {{address}}", {frameworks}}}

def version_of(file):  # of the book's package that a file is from
    clone = file.parent.parent  # where it is one, its notebooks go with the package as it is there
    if (script := clone / "{script}").exists():
        if Path.cwd().is_relative_to(clone) or run_path(str(script))["VERSION"] == version:
            return version
    for package in metadata.distributions(name="{package}"):
        if Path(package.locate_file("book/__init__.py")).resolve() == file:
            return package.version
    raise SystemExit(f"{obstacle}")

def is_there(module):
    invalidate_caches()
    file = getattr(find_spec(module), "origin", None)  # a mere folder has none
    return bool(file) and (module != "book" or version_of(Path(file).resolve()) == version)

if missing := [needed[module] for module in needed if not is_there(module)]:
{check}\
    missing = " ".join(f'"{{requirement}}"' for requirement in missing)
    %pip install --quiet {{missing}}
    loaded = [module for module in sys.modules if module.split(".")[0] == "book"]
    for module in loaded:
        del sys.modules[module]
    if not all(map(is_there, needed)):
        raise SystemExit("{failure}")
    if loaded:
        raise SystemExit("{restart}")"""
# Where nobody knows an address.
CHECK = """\
    if not address and needed["book"] in missing:
        raise SystemExit(f"{absent}")
"""

HIDDEN_INPUT = {"hide-input", "hide-cell", "remove-input", "remove-cell", SOLUTION}
HIDDEN_OUTPUT = {"hide-output", "hide-cell", "remove-output", "remove-cell", SOLUTION}
# Tools that run a notebook, and the book's own check, ask for these tags and tolerances.
DECLARED = ("close", "figure-tolerance")
KEPT_TAGS = {*editions.ERROR_TAGS, IGNORED}


@dataclass(frozen=True)
class Writer:
    """Writes the notebooks of one language."""

    root: Path
    language: str
    index: BookIndex
    publication: Publication
    wheel: Wheel

    def write(self, chapter: Chapter, folder: Path) -> None:
        """Write a chapter's notebooks in all frameworks, as LANGUAGE/FRAMEWORK/NAME.ipynb.

        Raises:
            ChapterError: The chapter holds what cannot be said in plain Markdown.
        """
        markdown = self._markdown(chapter)
        for edition in EDITIONS:
            if edition.language == self.language:
                target = folder / edition.folder / chapter.path.name
                target.parent.mkdir(parents=True, exist_ok=True)
                text = nbformat.writes(self._notebook(chapter, edition, markdown))
                # Nobody reads the JSON, and its indentation weighs half a megabyte in the site.
                target.write_text(f"{INDENTATION.sub('', text)}\n", "utf-8")

    def notebook(self, chapter: Chapter, framework: str) -> NotebookNode:
        """Return a chapter's notebook for a framework.

        Raises:
            ChapterError: The chapter holds what cannot be said in plain Markdown.
        """
        edition = Edition(self.language, framework)
        return self._notebook(chapter, edition, self._markdown(chapter))

    def _markdown(self, chapter: Chapter) -> PlainMarkdown:
        return PlainMarkdown(self.root, self.language, self.index, self.publication, chapter.page)

    def _notebook(
        self, chapter: Chapter, edition: Edition, markdown: PlainMarkdown
    ) -> NotebookNode:
        language, framework = edition.language, edition.framework
        markdown.begin()
        has_all = framework == BOTH
        source = chapter.notebook if has_all else with_notes(chapter, language, self.publication)
        result = view(source, language, framework)
        section = ""
        for cell in result.cells:
            if cell.cell_type == "code":
                _prepare_code(cell, fold_title(section, language))
                continue
            if SOLUTION not in tags_of(cell):
                section = [section, *(title for _, title in headings(cell.source))][-1]
            _prepare_markdown(cell, fold_title(section, language), markdown, chapter)
        needs_gpu = facts_of(chapter.notebook).gpu
        if any(cell.cell_type == "code" for cell in result.cells):
            # Under the title, with which the first cell begins.
            title, _, rest = result.cells[0].source.partition("\n\n")
            links = self._links(chapter, edition, markdown)
            needs = _needs(edition, needs_gpu, self.wheel.pythons)
            result.cells[0].source = "\n\n".join(filter(None, [title, links, needs, rest]))
            result.cells.insert(1, install_cell(edition, self.wheel))
        result.metadata = NotebookNode(
            colab={"provenance": [], "toc_visible": True},
            kernelspec=deepcopy(KERNEL),
            language_info={"name": "python"},
        )
        if needs_gpu:
            result.metadata.accelerator = "GPU"
            result.metadata.colab["gpuType"] = "T4"  # the one that Colab lends for nothing
        return result

    def _links(self, chapter: Chapter, edition: Edition, markdown: PlainMarkdown) -> str:
        links = []
        if colab := self.publication.colab(edition, chapter.name):
            links.append(f"[{localized('Open in Colab', self.language)}]({colab})")
        if self.publication.site:
            page = markdown.page_address(Place(chapter.page, "", ""))
            links.append(f"[{localized('Read in the book', self.language)}]({page})")
        return " · ".join(links)


def install_cell(edition: Edition, wheel: Wheel) -> NotebookNode:
    """Return the cell that makes a runtime ready; where all is there, it does nothing.

    It proves that the package is this book's, in the version that the notebook was made with: by
    what is installed, or by the clone that it is in.
    """
    language = edition.language
    absent = localized(
        "{wheel} is missing: take it from the folder notebooks of the site, or from "
        "_build/notebooks, put it beside this notebook, then run this again.",
        language,
    )
    needed = {FRAMEWORKS[name].module: framework_requirement(name) for name in edition.frameworks}
    source = INSTALL.format(
        comment=localized(
            "# @title Install this book's package, in the version of this notebook, and what is "
            "missing",
            language,
        ),
        variable=CHOICE,
        language=language,
        purpose=localized("the language of the figures", language),
        version=wheel.version,
        wheel=wheel.name,
        address=json.dumps(wheel.address) if wheel.address else None,
        package=PACKAGE,
        extras=",".join(edition.frameworks),
        frameworks=json.dumps(needed).strip("{}"),
        script=VERSION_FILE,
        obstacle=localized(
            "{file} stands in the way: it is not this book's package, or not in this version. "
            "Rename or uninstall it, restart the kernel, then run this again.",
            language,
        ),
        check="" if wheel.address else CHECK.format(absent=absent),
        failure=localized(
            "Installation failed: check the network and Python ({pythons}), restart the kernel, "
            "then run this again.",
            language,
            pythons=wheel.pythons,
        ),
        restart=localized(
            "The book's package is new now, and an older one was in use: restart the kernel, then "
            "run this again.",
            language,
        ),
    )
    # Folded: it proves much that no reader has to read.
    shown = {"tags": [IGNORED], "cellView": "form", "jupyter": {"source_hidden": True}}
    cell: NotebookNode = new_code_cell(source, id="install", metadata=shown)
    return cell


def _prepare_code(cell: NotebookNode, title: str) -> None:
    tags = tags_of(cell)
    alternative_text = cell.metadata.pop("alt", None)
    cell.metadata = {name: cell.metadata[name] for name in DECLARED if name in cell.metadata}
    if kept := sorted(tags & KEPT_TAGS):
        cell.metadata["tags"] = kept
    hidden = {"source_hidden": HIDDEN_INPUT, "outputs_hidden": HIDDEN_OUTPUT}
    if jupyter := {name: True for name, hiding in hidden.items() if tags & hiding}:
        cell.metadata["jupyter"] = jupyter
    if SOLUTION in tags:
        # Colab shows a form's title in place of its code; Jupyter shows a hidden cell's first line.
        cell.metadata["cellView"] = "form"
        cell.source = f"# @title {title}\n{cell.source}"
    for output in cell.outputs:
        if alternative_text and PICTURE in output.get("data", {}):
            output.metadata.setdefault(PICTURE, NotebookNode())["alt"] = alternative_text


def _prepare_markdown(
    cell: NotebookNode, title: str, markdown: PlainMarkdown, chapter: Chapter
) -> None:
    try:
        source = markdown.render(cell.source)
    except MarkdownError as error:
        number = next(n for n, other in enumerate(chapter.cells, 1) if other.id == cell.id)
        advice = "write it otherwise, or teach it to ci/publishing/notebooks/plain_markdown.py"
        problem = Problem(number, f"{error}; {advice}")
        raise ChapterError(problem_line(chapter, problem)) from error
    cell.source = folded(title, source) if SOLUTION in tags_of(cell) else source
    cell.metadata = {}


def _needs(edition: Edition, needs_gpu: bool, pythons: str) -> str:
    language = edition.language
    labels = [FRAMEWORKS[framework].label for framework in edition.frameworks]
    gpu = localized("No GPU is needed.", language)
    if needs_gpu:
        gpu = localized("A GPU makes it much faster.", language)
    return localized(
        "**To run it** you need Python {pythons} and {frameworks}. The first code cell installs "
        "what is missing: choose **Run all**. {gpu}",
        language,
        pythons=pythons,
        frameworks=localized(" and ", language).join(labels),
        gpu=gpu,
    )
