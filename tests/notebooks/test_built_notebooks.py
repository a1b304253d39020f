"""All notebooks to run, as ci/build has made them."""

import re
import subprocess
import sys
from itertools import groupby, takewhile
from pathlib import Path

import nbformat
import pytest
from conftest import NOTEBOOKS, ROOT, built_notebook, chapter_of, code
from publishing.chapter.editions import EDITIONS, FRAMEWORKS, LANGUAGES
from publishing.chapter.files import KERNEL, chapters_of, read_chapter
from publishing.chapter.view import frameworks_of, needs_both, outputs_of, tags_of, view
from pybtex.database import parse_file

BUILT = sorted(path.relative_to(NOTEBOOKS) for path in NOTEBOOKS.glob("*/*/*.ipynb"))

# What MyST writes and nobody else: roles, directives, targets, comments, block breaks, attributes.
MYST = re.compile(
    r"\{[\w:+-]+\}`|^\s*(?:>\s*)*(?:`{3,}|~{3,}|:{3,})\s*\{|^\s*:{3,}|^\([\w:-]+\)=\s*$"
    r"|^%|^\+\+\+|[)`]\{[#.][\w-]+",
    re.MULTILINE,
)
CODE_SPANS = re.compile(r"^```(?!\{).*?^```|(?<![}`])`[^`\n]+`", re.MULTILINE | re.DOTALL)
IMAGES = re.compile(r"!\[(?P<alt>.*?)\]\((?P<address>[^)]*)\)", re.DOTALL)


def test_every_chapter_has_a_notebook_of_each_edition():
    names = [path.name for path in chapters_of(ROOT)]
    expected = {
        Path(edition.language, edition.framework, name) for edition in EDITIONS for name in names
    }
    assert set(BUILT) == expected


def test_citations_and_references_are_those_of_the_bibliography():
    entries = parse_file(ROOT / "resources" / "references.bib").entries
    *_, references = built_notebook(Path("en", "both", "appendix-references.ipynb")).cells
    assert len(references.source.splitlines()) == len(entries)
    bahdanau = r"[Bahdanau et al. \[2015\]](https://doi.org/10.48550/arXiv.1409.0473)"
    chapter = built_notebook(Path("en", "both", "04-attention.ipynb"))
    assert any(bahdanau in cell.source for cell in chapter.cells)


def undefined_names(folder: Path) -> list[str]:
    """Return what ruff says of each name that a notebook uses and no cell of it defines."""
    rules = ["--isolated", "--select=F821,F823", "--output-format=concise"]
    command = [sys.executable, "-m", "ruff", "check", "--quiet", *rules, folder]
    return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()


def test_every_notebook_defines_all_that_it_uses():
    """Where a framework is left out, so are the names that its cells define."""
    assert undefined_names(NOTEBOOKS) == []


def test_name_that_only_the_other_framework_defines_is_found(tmp_path):
    cells = [code("a = 1", "tensorflow"), code("b = 2", "pytorch"), code("print(b)", "pytorch")]
    notebook = chapter_of(*cells).notebook
    notebook.cells[2].source = "print(a, b)"
    nbformat.write(view(notebook, "en", "both"), tmp_path / "both.ipynb")
    assert undefined_names(tmp_path) == []
    nbformat.write(view(notebook, "en", "pytorch"), tmp_path / "pytorch.ipynb")
    (line,) = undefined_names(tmp_path)
    assert "pytorch.ipynb" in line
    assert "Undefined name `a`" in line


@pytest.mark.parametrize("path", BUILT, ids=str)
def test_no_myst_is_left(path):
    for cell in built_notebook(path).cells:
        if cell.cell_type == "markdown":
            prose = CODE_SPANS.sub("", IMAGES.sub("", cell.source))
            assert MYST.findall(prose) == [], cell.source[:200]
            assert all(image["alt"].strip() for image in IMAGES.finditer(cell.source))
            addresses = [image["address"] for image in IMAGES.finditer(cell.source)]
            assert all(address.startswith("data:image/png;base64,") for address in addresses)


@pytest.mark.parametrize("path", BUILT, ids=str)
def test_notebook_holds_its_language_its_frameworks_and_their_outputs(path):
    language, framework = path.parts[:2]
    chapter = read_chapter(ROOT / "chapters" / path.name)
    kept = {cell.id for cell in view(chapter.notebook, language, framework).cells}
    if framework != "both":
        runs = groupby(chapter.cells, key=needs_both)
        kept |= {next(run).id for is_dropped, run in runs if is_dropped}
    notebook = built_notebook(path)
    nbformat.validate(notebook)
    by_id = {cell.id: cell for cell in notebook.cells}
    assert len(by_id) == len(notebook.cells)
    in_order = [cell.id for cell in chapter.cells if cell.id in kept]
    assert [name for name in by_id if name != "install"] == in_order
    for cell in chapter.cells:
        other = {*FRAMEWORKS, *LANGUAGES} - {framework, language}
        if framework != "both" and tags_of(cell) & other:
            # A note has the id of the first step that it stands for.
            assert cell.id not in by_id or by_id[cell.id].cell_type == "markdown"
        elif cell.cell_type == "code" and (framework == "both" or not frameworks_of(cell)):
            outputs = outputs_of(cell, language)
            stored = [output.get("data", output.get("text")) for output in outputs]
            written = by_id[cell.id].outputs
            assert [output.get("data", output.get("text")) for output in written] == stored
    assert (notebook.metadata.kernelspec, notebook.metadata.colab.provenance) == (KERNEL, [])
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not codes or codes[0].id == "install" == notebook.cells[1].id


TIMES = {"ko": r"CPU에서 약 \d+초", "en": r"about \d+ seconds on a CPU"}
TABS = re.compile(r"\btabs?\b|탭", re.IGNORECASE)
# It says how to choose a notebook, on the site, where there are tabs.
SPEAKS_OF_TABS = "appendix-running"


@pytest.mark.parametrize("path", BUILT, ids=str)
def test_notebook_says_its_time_before_any_code(path):
    cells = built_notebook(path).cells
    if not any(cell.cell_type == "code" for cell in cells):
        return
    before = takewhile(lambda cell: cell.cell_type == "markdown", cells)
    assert re.search(TIMES[path.parts[0]], " ".join(cell.source for cell in before))


@pytest.mark.parametrize("path", [path for path in BUILT if path.stem != SPEAKS_OF_TABS], ids=str)
def test_notebook_does_not_speak_of_tabs_which_it_has_not(path):
    for cell in built_notebook(path).cells:
        text = IMAGES.sub(r"\g<alt>", cell.source)
        assert not TABS.search(text), text
