"""The notebooks to run: plain Markdown, one language, one framework's code, a first cell."""

import os
import re
import subprocess
import sys
import venv
from base64 import b64decode
from itertools import groupby, takewhile
from pathlib import Path
from zipfile import ZipFile

import nbformat
import pytest
from book.publishing.book_index import BookIndex, Place, Reference
from book.publishing.build import BuildError
from book.publishing.chapter_facts import ChapterFactsError, read_chapter_facts
from book.publishing.chapters import ChapterError, chapters_of, read_chapter
from book.publishing.execute import KERNEL
from book.publishing.notebook_addresses import colab_address, wheel_address
from book.publishing.plain_markdown import MarkdownError, PlainMarkdown
from book.publishing.runnable import (
    EDITIONS,
    INSTALL_COMMENTS,
    INSTALL_FAILURES,
    PYTHONS,
    Edition,
    install_cell,
    runnable,
)
from book.publishing.views import (
    FRAMEWORKS,
    SOLUTION,
    frameworks_of,
    needs_both,
    tags_of,
    view,
)
from book.publishing.wheel import build_wheel
from conftest import ROOT, code, figure, markdown
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from pybtex.database import parse_file

NOTEBOOKS = ROOT / "_build" / "notebooks"  # what ci/build has left
BUILT = sorted(path.relative_to(NOTEBOOKS) for path in NOTEBOOKS.glob("*/*/*.ipynb"))

# What MyST writes and nobody else: roles, directives, targets, comments, block breaks, attributes.
MYST = re.compile(
    r"\{[\w:+-]+\}`|^\s*(?:>\s*)*(?:`{3,}|~{3,}|:{3,})\s*\{|^\s*:{3,}|^\([\w:-]+\)=\s*$"
    r"|^%|^\+\+\+|[)`]\{[#.][\w-]+",
    re.MULTILINE,
)
CODE_SPANS = re.compile(r"^```(?!\{).*?^```|(?<![}`])`[^`\n]+`", re.MULTILINE | re.DOTALL)
IMAGES = re.compile(r"!\[(?P<alt>.*?)\]\((?P<address>[^)]*)\)", re.DOTALL)

TERM = {"ko": "attention", "en": "attention"}
INDEX = BookIndex(
    pages={
        "chapters/01-sample": Place("chapters/01-sample", "", "Sample"),
        "chapters/02-next": Place("chapters/02-next", "", "What is next"),
    },
    labels={"part": Place("chapters/02-next", "a-part", "A part")},
    equations={"sum": Place("chapters/01-sample", "equation-sum", "(5)")},
    glossary=[{"term": TERM, "definition": TERM}],
    terms={"attention": Place("chapters/appendix-glossary", "term-attention", "attention")},
    references={
        "both2015": Reference(
            "A and B", "2015", "https://doi.org/10.1/x", "A and B. *Title*. 2015."
        )
    },
)
ADDRESS = "https://book.example/"
PART = f"{ADDRESS}en/chapters/02-next.html#a-part"
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 4"><text y="4">α한</text></svg>'


@pytest.fixture
def root(tmp_path, write_chapter) -> Path:
    """Return the folder of a book of a drawing and a chapter."""
    resources = tmp_path / "resources"
    resources.mkdir()
    (resources / "drawing.svg").write_text(DRAWING, "utf-8")
    (tmp_path / "_config.yml").write_bytes((ROOT / "_config.yml").read_bytes())
    write_chapter(markdown("# 제목\n\n글", "ko"), markdown("# Title\n\ntext", "en"), code("x = 1"))
    return tmp_path


def rendered(root: Path, source: str, address: str | None = ADDRESS, language: str = "en") -> str:
    return PlainMarkdown(root, "chapters/01-sample", language, INDEX, address).render(source)


# --- What becomes of MyST ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{cite:t}`both2015` say", r"[A and B \[2015\]](https://doi.org/10.1/x) say"),
        ("known {cite:p}`both2015`", r"known \[[A and B, 2015](https://doi.org/10.1/x)\]"),
        ("{ref}`part` and {ref}`here <part>`", f"[A part]({PART}) and [here]({PART})"),
        ("[](#part)", f"[A part]({PART})"),
        ("{doc}`02-next`", f"[What is next]({ADDRESS}en/chapters/02-next.html)"),
        ("[next](02-next.ipynb#x)", f"[next]({ADDRESS}en/chapters/02-next.html#x)"),
        ("[out](https://x.example/a_b)", "[out](https://x.example/a_b)"),
        ("by {eq}`sum`", f"by [(5)]({ADDRESS}en/chapters/01-sample.html#equation-sum)"),
        ("$$a = b$$ (sum)", "$$\na = b \\tag{5}\n$$"),
        ("```{math}\n:label: sum\na = b\n```", "$$\na = b \\tag{5}\n$$"),
        ("$$a \\tag{1}$$", "$$\na \\tag{1}\n$$"),
        ("{math}`x^2` is $x^2$", "$x^2$ is $x^2$"),
        ("```{note}\nBe *quick*.\n```", "> **Note**\n>\n> Be *quick*."),
        (":::{admonition} Mine\nA\n\nB\n:::", "> **Mine**\n>\n> A\n>\n> B"),
        ("(part)=\n## A part\n\n% a comment", "## A part"),
        (r"\$5 and \$6", r"\$5 and \$6"),
        ("```sh\nls {x}`y`\n```", "```sh\nls {x}`y`\n```"),
        (
            ":::{dropdown} More\nText\n:::",
            "<details><summary>More</summary>\n\nText\n\n</details>",
        ),
        (
            "```{image} data:image/png;base64,AA+/==\n:alt: a [b]\n```",
            r"![a \[b\]](data:image/png;base64,AA+/==)",
        ),
    ],
)
def test_myst_becomes_plain_markdown(root, source, expected):
    assert rendered(root, source) == expected


def test_admonitions_are_titled_in_the_language_of_the_notebook(root):
    assert rendered(root, "```{warning}\n조심\n```", language="ko").startswith("> **경고**")


@pytest.mark.parametrize(
    "source", ["# A *b*\n\n1. x\n2. `y`\n\n> z", "| a | $\\alpha$ |\n| --- | --- |\n| 1 | `2` |"]
)
def test_plain_markdown_says_the_same_as_before(root, source):
    plain = PlainMarkdown(root, "chapters/01-sample", "en", INDEX, ADDRESS)
    html = plain._parser.render
    assert html(plain.render(source)) == html(source)


def test_without_an_address_links_lead_to_the_notebook_beside(root):
    assert rendered(root, "[next](02-next.ipynb#x)", address=None) == "[next](02-next.ipynb)"
    assert rendered(root, "attention", address=None) == "attention"


def test_first_use_of_a_term_leads_to_the_published_glossary(root):
    link = f"[attention]({ADDRESS}en/chapters/appendix-glossary.html#term-attention)"
    source = "# attention\n\n**attention**, attention and attention"
    expected = f"# attention\n\n**attention**, {link} and attention"
    assert rendered(root, source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "![a [b]](../resources/drawing.svg)",
        "```{figure} ../resources/drawing.svg\n:alt: a [b]\n```",
    ],
)
def test_drawings_are_embedded_as_png_with_their_text(root, source):
    alt, address = IMAGES.search(rendered(root, source)).groups()
    assert alt == r"a \[b\]"
    kind, _, data = address.partition(",")
    assert (kind, b64decode(data)[1:4]) == ("data:image/png;base64", b"PNG")


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("{numref}`part`", "role {numref}"),
        ("```{tableofcontents}\n```", "directive {tableofcontents}"),
        ("term\n: definition", "dl"),
        ("{ref}`absent`", "'absent' is not a label"),
        ("{cite:t}`absent`", "'absent' is not a key"),
        ("[x](absent.ipynb)", "absent' is not a page"),
        ("![x](../resources/absent.svg)", "absent.svg cannot be used"),
        ("![x](https://x.example/a.png)", "would not show offline"),
        ("> ```{glue} x\n> ```", "directive {glue}"),
    ],
)
def test_what_would_show_as_raw_text_is_refused(root, source, named):
    with pytest.raises(MarkdownError, match=re.escape(named)):
        rendered(root, source)


def test_refusal_names_the_file_the_cell_and_the_construct(root, write_chapter):
    path = write_chapter(markdown("# 제목", "ko"), markdown("# A {kbd}`x`", "en"), code("x = 1"))
    with pytest.raises(ChapterError) as caught:
        runnable(root, path, Edition("en", "both"), INDEX, "wheel")
    message = "01-sample.ipynb, cell 2 (# A {kbd}`x`): the role {kbd} is only known to the site"
    assert str(caught.value).startswith(message)


# --- One notebook --------------------------------------------------------------------------------


def notebook_of(root: Path, write_chapter, *cells: NotebookNode, framework: str = "pytorch"):
    title = [markdown("# 제목\n\n글", "ko"), markdown("# Title\n\ntext", "en")]
    return runnable(root, write_chapter(*title, *cells), Edition("en", framework), INDEX, "wheel")


def test_notebook_opens_with_title_links_and_needs_then_installs(root, write_chapter, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "Owner/name")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.delenv("BOOK_URL", raising=False)
    opening, install, _ = notebook_of(root, write_chapter, code("x = 1")).cells
    title, links, needs, text = opening.source.split("\n\n")
    colab = "https://colab.research.google.com/github/Owner/name/blob/notebooks/en/pytorch"
    page = "https://owner.github.io/name/en/chapters/01-sample.html"
    assert (title, text) == ("# Title", "text")
    assert links == f"[Open in Colab]({colab}/01-sample.ipynb) · [Read in the book]({page})"
    assert "PyTorch" in needs
    assert "TensorFlow" not in needs
    assert '"attention-side-by-side[pytorch] @ wheel"' in install.source


def test_solutions_are_folded(root, write_chapter):
    cells = [markdown("because", SOLUTION), code("x = 1", "pytorch", SOLUTION)]
    prose, program = notebook_of(root, write_chapter, *cells).cells[2:]
    assert prose.source == "<details><summary>Solution</summary>\n\nbecause\n\n</details>"
    assert program.source == "# @title Solution\nx = 1"
    assert program.metadata == {
        "cellView": "form",
        "jupyter": {"source_hidden": True, "outputs_hidden": True},
    }


def test_tags_of_the_book_go_and_those_of_tools_stay(root, write_chapter):
    cells = [code("x", "pytorch", "book"), code("y", "nbval-ignore-output", "raises-exception")]
    prepared = notebook_of(root, write_chapter, *cells).cells[2:]
    assert [tags_of(cell) for cell in prepared] == [
        set(),
        {"nbval-ignore-output", "raises-exception"},
    ]


def test_output_keeps_its_alternative_text(root, write_chapter):
    cell = figure({"ko": "점", "en": "a dot"})
    (output,) = notebook_of(root, write_chapter, cell).cells[-1].outputs
    assert output.metadata["image/png"] == {"alt": "a dot"}


def test_notebook_is_the_same_each_time(root):
    path = root / "chapters" / "01-sample.ipynb"
    first, second = (
        nbformat.writes(runnable(root, path, Edition("ko", "both"), INDEX, "wheel")) for _ in "12"
    )
    assert first == second


@pytest.mark.parametrize("gpu", [True, False])
def test_only_a_chapter_that_gains_from_a_gpu_asks_colab_for_one(root, write_chapter, gpu):
    facts = f"01-sample: {{difficulty: 1, gpu: {str(gpu).lower()}}}\n"
    (root / "resources" / "chapters.yml").write_text(facts)
    notebook = notebook_of(root, write_chapter, code("x = 1"))
    assert notebook.metadata.get("accelerator") == ("GPU" if gpu else None)
    assert ("gpuType" in notebook.metadata.colab) == gpu
    assert ("makes it much faster" in notebook.cells[0].source) == gpu


@pytest.mark.parametrize("line", ["2", "{difficulty: 4}", "{difficulty: 1, gpu: maybe}", "["])
def test_malformed_facts_are_refused_with_an_example(root, line):
    (root / "resources" / "chapters.yml").write_text(f"01-sample: {line}\n")
    with pytest.raises(ChapterFactsError, match="write each line as 04-attention") as caught:
        read_chapter_facts(root)
    assert "\n" not in str(caught.value)


# --- All notebooks, as built ---------------------------------------------------------------------


def test_every_chapter_has_a_notebook_of_each_edition():
    names = [path.name for path in chapters_of(ROOT)]
    expected = {
        Path(edition.language, edition.framework, name) for edition in EDITIONS for name in names
    }
    assert set(BUILT) == expected


def test_citations_and_references_are_those_of_the_bibliography():
    entries = parse_file(ROOT / "resources" / "references.bib").entries
    page = NOTEBOOKS / "en" / "both" / "appendix-references.ipynb"
    *_, references = nbformat.read(page, as_version=4).cells
    assert len(references.source.splitlines()) == len(entries)
    bahdanau = r"[Bahdanau et al. \[2015\]](https://doi.org/10.48550/arXiv.1409.0473)"
    chapter = nbformat.read(NOTEBOOKS / "en" / "both" / "04-attention.ipynb", as_version=4)
    assert any(bahdanau in cell.source for cell in chapter.cells)


@pytest.mark.parametrize("path", BUILT, ids=str)
def test_no_myst_is_left(path):
    for cell in nbformat.read(NOTEBOOKS / path, as_version=4).cells:
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
    kept = {cell.id for cell in view(chapter, language, framework).cells}
    if framework != "both":
        runs = groupby(chapter.cells, key=needs_both)
        kept |= {next(run).id for is_dropped, run in runs if is_dropped}
    notebook = nbformat.read(NOTEBOOKS / path, as_version=4)
    nbformat.validate(notebook)
    by_id = {cell.id: cell for cell in notebook.cells}
    assert len(by_id) == len(notebook.cells)
    in_order = [cell.id for cell in chapter.cells if cell.id in kept]
    assert [name for name in by_id if name != "install"] == in_order
    for cell in chapter.cells:
        other = {*FRAMEWORKS, "ko", "en"} - {framework, language}
        if framework != "both" and tags_of(cell) & other:
            # A note has the id of the first step that it stands for.
            assert cell.id not in by_id or by_id[cell.id].cell_type == "markdown"
        elif cell.cell_type == "code" and (framework == "both" or not frameworks_of(cell)):
            stored = [output.get("data", output.get("text")) for output in cell.outputs]
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
    cells = nbformat.read(NOTEBOOKS / path, as_version=4).cells
    if not any(cell.cell_type == "code" for cell in cells):
        return
    before = takewhile(lambda cell: cell.cell_type == "markdown", cells)
    assert re.search(TIMES[path.parts[0]], " ".join(cell.source for cell in before))


@pytest.mark.parametrize("path", [path for path in BUILT if path.stem != SPEAKS_OF_TABS], ids=str)
def test_notebook_does_not_speak_of_tabs_which_it_has_not(path):
    for cell in nbformat.read(NOTEBOOKS / path, as_version=4).cells:
        text = IMAGES.sub(r"\g<alt>", cell.source)
        assert not TABS.search(text), text


# --- The first cell and what it installs ---------------------------------------------------------


@pytest.mark.parametrize("edition", EDITIONS, ids=str)
def test_first_cell_compiles_and_its_texts_stand_as_they_are_written(edition):
    source = install_cell(edition, "wheel").source
    comment, *_, failure = source.splitlines()
    assert comment == INSTALL_COMMENTS[edition.language]
    assert failure == f'        raise SystemExit("{INSTALL_FAILURES[edition.language]}")'
    compile(TransformerManager().transform_cell(source), "first cell", "exec")


def test_wheel_is_the_same_each_time_and_holds_what_is_taught(tmp_path):
    first, second = build_wheel(tmp_path / "first"), build_wheel(tmp_path / "second")
    assert first.read_bytes() == second.read_bytes()
    names = ZipFile(first).namelist()
    assert {"book/data.py", "book/pytorch/attention.py"} < set(names)
    assert not [name for name in names if name.startswith("book/publishing")]


def test_wheel_and_message_name_the_same_pythons(tmp_path):
    (name,) = [n for n in ZipFile(build_wheel(tmp_path)).namelist() if n.endswith("METADATA")]
    metadata = ZipFile(next(tmp_path.glob("*.whl"))).read(name).decode()
    lowest, highest = PYTHONS.split("–")
    after = f"3.{int(highest.partition('.')[2]) + 1}"
    assert f"Requires-Python: <{after},>={lowest}" in metadata


def test_wheel_comes_from_the_fork_that_builds_the_site_or_the_clone(tmp_path, monkeypatch):
    wheel = tmp_path / "book-1-py3-none-any.whl"
    for name in ("BOOK_URL", "GITHUB_REPOSITORY", "GITHUB_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    assert wheel_address(tmp_path, wheel) == wheel.as_uri()
    assert colab_address(tmp_path, "ko", "both", "01.ipynb") is None
    monkeypatch.setenv("BOOK_URL", "https://book.example")
    assert wheel_address(tmp_path, wheel) == f"https://book.example/notebooks/{wheel.name}"
    monkeypatch.setenv("GITHUB_REPOSITORY", "fork/name")
    assert wheel_address(tmp_path, wheel) == (
        f"https://raw.githubusercontent.com/fork/name/notebooks/{wheel.name}"
    )


def fake_package(folder: Path, name: str, version: str, needs: str = "") -> str:
    """Write a tiny package that pip can install; return its folder."""
    project = folder / name
    (project / name).mkdir(parents=True)
    (project / name / "__init__.py").write_text(f"__version__ = {version!r}\n")
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        f'[project]\nname = "{name}"\nversion = "{version}"\ndependencies = [{needs}]\n'
        f'[tool.hatch.build.targets.wheel]\npackages = ["{name}"]\n'
    )
    return str(project)


@pytest.fixture(scope="module")
def like_colab(tmp_path_factory) -> Path:
    """Return an environment's Python where older versions of what the book needs are installed."""
    folder = tmp_path_factory.mktemp("like-colab")
    versions = {"numpy": "2.1.3", "matplotlib": "3.10.0", "tqdm": "4.67.1"}
    versions |= {"tensorflow": "2.20.0", "torch": "2.11.0"}
    projects = [fake_package(folder, name, version) for name, version in versions.items()]
    # The font is a package that Colab lacks; here it comes from the folder, not from the network.
    font = fake_package(folder, "koreanize_matplotlib", "0.1.1", '"matplotlib"')
    wheels = folder / "wheels"
    build = [sys.executable, "-m", "hatchling", "build", "--target=wheel", "--directory", wheels]
    for project in (*projects, font):
        subprocess.run(build, cwd=project, check=True, capture_output=True)
    environment = folder / "environment"
    venv.create(environment, with_pip=True, symlinks=True)
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip(python, wheels, "install", "--quiet", *versions)
    return python


def pip(python: Path, wheels: Path, *arguments: str) -> str:
    """Run pip with nothing but a folder of wheels to install from."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    environment |= {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    command = [str(python), "-m", "pip", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def requirement_of(edition: Edition, wheel: str) -> str:
    """Return what the first cell tells pip to install."""
    return re.search(r'%pip install --quiet "(.*)"', install_cell(edition, wheel).source)[1]


@pytest.mark.slow
@pytest.mark.parametrize("edition", [Edition("ko", "both"), Edition("en", "pytorch")])
def test_first_cell_changes_nothing_that_is_there(like_colab, tmp_path, edition):
    wheels = like_colab.parents[2] / "wheels"
    wheel = build_wheel(tmp_path).as_uri()
    before = pip(like_colab, wheels, "freeze").splitlines()
    pip(like_colab, wheels, "install", "--quiet", requirement_of(edition, wheel))
    after = pip(like_colab, wheels, "freeze").splitlines()
    assert set(before) < set(after)
    new = sorted(re.match(r"[\w-]+", line)[0] for line in set(after) - set(before))
    assert new == ["attention-side-by-side", "koreanize_matplotlib"]
    pip(like_colab, wheels, "uninstall", "--yes", "--quiet", *new)


def run_in_notebook(source: str) -> list[NotebookNode]:
    notebook = new_notebook(cells=[code(source)])
    client = NotebookClient(notebook, kernel_name="python3", allow_errors=True, timeout=120)
    client.execute()
    return notebook.cells[0].outputs


@pytest.mark.slow
def test_first_cell_is_silent_where_all_is_there():
    assert run_in_notebook(install_cell(Edition("en", "both"), "file:///absent.whl").source) == []


@pytest.mark.slow
@pytest.mark.parametrize(("language", "words"), [("ko", "설치하지 못했습니다"), ("en", "failed")])
def test_first_cell_says_what_to_do_where_it_fails(language, words):
    source = install_cell(Edition(language, "pytorch"), "file:///absent.whl").source
    outputs = run_in_notebook(source.replace('"book"', '"absent_book"'))
    (error,) = [output for output in outputs if output.output_type == "error"]
    assert error.ename == "SystemExit"
    assert words in error.evalue
    assert PYTHONS in error.evalue


def test_failed_wheel_stops_the_build(tmp_path, monkeypatch):
    from book.publishing import build as building
    from book.publishing.wheel import WheelError

    def fail(folder: Path) -> Path:
        raise WheelError("no wheel")

    monkeypatch.setattr(building, "build_wheel", fail)
    with pytest.raises(BuildError, match="no wheel"):
        building._add_notebooks(tmp_path, tmp_path, tmp_path, fresh=True)
