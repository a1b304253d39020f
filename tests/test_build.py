"""What a build publishes, how often it reads a chapter, and that a failed one changes nothing."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, chapter_of, code, figure, markdown
from publishing import build as building
from publishing.build import BuildError, Workers, build, read_chapters
from publishing.chapter.editions import FRAMEWORKS
from publishing.chapter.files import read_chapter
from publishing.notebooks.wheel import WheelError

FOLDER = "책 한 권"  # Hangul and spaces, as on many a reader's machine
CELLS = [
    markdown("# 제목", "ko"),
    markdown("# Title", "en"),
    markdown("케라스", "ko", "tensorflow"),
    markdown("Keras", "en", "tensorflow"),
    code("a = 1", "tensorflow"),
    code("b = 2", "pytorch"),
    code("c = 3", "tensorflow", "pytorch"),
    figure({"ko": "점 하나", "en": "a dot"}),
    code("d = 4", "tensorflow", "solution"),
    code("e = 5", "pytorch", "solution"),
    markdown("```{book-glossary}\n```\n\n```{bibliography}\n```"),
]
# Sections and a table: theme.py finds out where the themes no longer write what frames them.
TABLE = "\n\n| a | b |\n| --- | --- |\n| 1 | 2 |"
SECOND = [
    markdown(f"# 다음\n\n## 표{TABLE}", "ko"),
    markdown(f"# What is next\n\n## A table{TABLE}", "en"),
    markdown("여기의 어텐션은 {cite:t}`bahdanau2015`의 것입니다.", "ko"),
    markdown("Here attention is that of {cite:t}`bahdanau2015`.", "en"),
    markdown("까닭", "ko", "solution"),
    markdown("a reason", "en", "solution"),
    markdown("## 스스로 점검하기", "ko"),
    markdown("## Test yourself", "en"),
    code("f = 6", "solution"),
]
NEW = [markdown("새 문장", "ko"), markdown("A new sentence.", "en")]
BROKEN = [markdown("[없음](no-such-page.md)", "ko"), markdown("fine", "en")]
# Builds for whoever asks, and says in a line what came of it.
BUILDER = """\
import json, sys
from pathlib import Path
from publishing.build import BuildError, build, workers

if __name__ == "__main__":
    root = Path(sys.argv[1])
    names = json.loads(sys.argv[2])

    def look(path):
        is_text = path.suffix != ".doctree"
        return path.read_text("utf-8") if is_text else str(path.stat().st_mtime_ns)

    def tell():
        paths = [root / "_build" / name for name in names]
        told.append({name: look(path) for name, path in zip(names, paths) if path.exists()})
        (root.parent / "told.json").write_text(json.dumps(told))

    with workers() as pool:
        for line in sys.stdin:
            output, fresh, opened = json.loads(line)
            told = []
            try:
                path = build(root, Path(output), pool, fresh=fresh, opened=opened, on_pages=tell)
                answer = str(path)
            except BuildError as error:
                answer = f"error: {error}"
            print(json.dumps(answer), flush=True)
"""
# Python runs this when it starts: each process that parses a notebook says so.
LOG_PARSING = """\
import os, sys

if not {"hatchling", "pagefind"} & {*sys.orig_argv}:
    import nbformat
    parse = nbformat.reads

    def reads(text, *arguments, **options):
        with open(os.environ["PARSED"], "a") as log:
            print(os.getpid(), hash(text), file=log)
        return parse(text, *arguments, **options)

    nbformat.reads = reads
"""
# What the builder reads whenever open pages may load again.
PAGE, OPENED, OF_OTHERS = (
    f"html/{name}.html"
    for name in ("ko/chapters/01-sample", "en/chapters/02-next", "ko/chapters/02-next")
)
CHECKSUMS, STATIC = "checksums.txt", "html/en/_static"
READ = "working/ko/_build/.doctrees/chapters/02-next.doctree"  # Sphinx writes it then
SHEETS_AND_SCRIPT = ("book.css", "tabs.css", "reading.js")
TOLD = [OPENED, OF_OTHERS, READ, CHECKSUMS, *(f"{STATIC}/{name}" for name in SHEETS_AND_SCRIPT)]
LOG_GIT = """\
#!/bin/sh
echo "$@" >> "$GIT_CALLS"
exec {git} "$@"
"""


def write_small_book(root: Path) -> None:
    """Write two small chapters, and the contents that list them."""
    (root / "chapters").mkdir(parents=True)
    for name, cells in (("01-sample", CELLS), ("02-next", SECOND)):
        (root / "chapters" / f"{name}.ipynb").write_text(chapter_of(*cells).text, "utf-8")
    (root / "_toc.yml").write_text(
        "format: jb-book\nroot: chapters/01-sample\nchapters:\n  - file: chapters/02-next\n"
    )


class Builder:
    """A small book, and a process of its own that builds it as often as one asks.

    It has a clone of its own, too, in which files can be changed.
    """

    def __init__(self, folder: Path):
        self.root, self.clone = folder / FOLDER, folder / "clone"
        for name in ("book", "resources", "ci/publishing"):
            shutil.copytree(ROOT / name, self.clone / name)
        for name in ("pyproject.toml", "LICENSE", "README.md"):
            shutil.copy(ROOT / name, self.clone)
        self.parsed, self.git_calls = folder / "parsed.txt", folder / "git.txt"
        tools = folder / "tools"
        tools.mkdir()
        (tools / "sitecustomize.py").write_text(LOG_PARSING)
        (tools / "git").write_text(LOG_GIT.format(git=shutil.which("git")))
        (tools / "git").chmod(0o755)
        (tools / "builder.py").write_text(BUILDER)
        unset = ("BOOK_URL", "GITHUB_REPOSITORY", "GITHUB_SERVER_URL")
        environment = {name: value for name, value in os.environ.items() if name not in unset}
        environment |= {
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(map(str, (tools, self.clone, self.clone / "ci"))),
            "PARSED": str(self.parsed),
            "GIT_CALLS": str(self.git_calls),
        }
        self._process = subprocess.Popen(
            [sys.executable, str(tools / "builder.py"), str(self.root), json.dumps(TOLD)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def build(self, output: str, *, fresh: bool = True, opened: str = "") -> str:
        """Build into a folder; return the first page's place, or the error."""
        for log in (self.parsed, self.git_calls):
            log.write_text("")
        request = [str(self.root / output), fresh, [opened.removeprefix("html/")]]
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def write(self, name: str, *cells: object) -> None:
        path = self.root / "chapters" / f"{name}.ipynb"
        path.write_text(chapter_of(*cells).text, "utf-8")

    def begin_anew(self) -> None:
        """Build the book with its chapters as they were at first."""
        self.write("01-sample", *CELLS)
        self.write("02-next", *SECOND)
        assert not self.build("_build", fresh=False).startswith("error")

    def told(self) -> dict[str, str]:
        """Return what stood in TOLD when open pages could load again, in the last build."""
        return json.loads((self.root.parent / "told.json").read_text("utf-8"))[0]

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def builder(tmp_path_factory) -> Iterator[Builder]:
    """Return the builder of a book of two chapters, with the real book's configuration."""
    root = tmp_path_factory.mktemp("building") / FOLDER
    write_small_book(root)
    shutil.copy(ROOT / "_config.yml", root)
    shutil.copytree(ROOT / "resources", root / "resources")
    origin = "git@github.com:fork/name.git"
    for command in (["init", "--quiet"], ["remote", "add", "origin", origin]):
        subprocess.run(["git", *command], cwd=root, check=True)
    builder = Builder(root.parent)
    yield builder
    builder.close()


@pytest.fixture(scope="module")
def built(builder) -> Path:
    """Return the folder of the first build."""
    answer = builder.build("_build")
    assert answer == str(builder.root / "_build" / "html" / "index.html")
    # The next builds overwrite it.
    for log in (builder.parsed, builder.git_calls):
        shutil.copy(log, log.with_suffix(".first"))
    return builder.root / "_build"


# --- One build -----------------------------------------------------------------------------------


def test_a_build_parses_each_chapter_once_in_all_its_processes(builder, built):
    lines = builder.parsed.with_suffix(".first").read_text().splitlines()
    assert len(lines) == 2, lines


def test_a_build_asks_git_at_most_twice(builder, built):
    calls = builder.git_calls.with_suffix(".first").read_text().splitlines()
    assert 1 <= len(calls) <= 2, calls


def test_pages_hold_their_language_their_tabs_and_their_solutions(built):
    korean = (built / PAGE).read_text("utf-8")
    assert '<html lang="ko"' in korean
    assert 'alt="점 하나"' in korean
    assert 'href="../../en/chapters/01-sample.html"' in korean
    assert "어텐션 가중치" in korean
    article = korean.partition("<article")[2]
    tabs, solution = article.split('<details class="sd-sphinx-override')
    assert tabs.count('class="framework-tabs') == 1
    assert solution.count('class="framework-tabs') == 1
    tensorflow, pytorch = map(tabs.index, ("TensorFlow</div>", "PyTorch</div>"))
    assert tensorflow < tabs.index("케라스") < pytorch
    assert "Keras" not in article.partition("glossary")[0]
    english = (built / "html" / "en" / "chapters" / "01-sample.html").read_text("utf-8")
    assert 'alt="a dot"' in english


@pytest.mark.parametrize(
    ("language", "titles"),
    [("ko", ["풀이", "답과 까닭"]), ("en", ["Solution", "Answers and reasons"])],
)
def test_fold_of_the_self_test_has_a_title_of_its_own(built, language, titles):
    page = (built / "html" / language / "chapters" / "02-next.html").read_text("utf-8")
    folds = page.partition("<article")[2].split('<details class="sd-sphinx-override')[1:]
    assert len(folds) == 2
    for fold, title in zip(folds, titles, strict=True):
        assert title in fold.partition("</summary>")[0]


def test_each_edition_has_a_notebook_and_its_buttons(built):
    sizes = {
        path.parent.name: len(read_chapter(path).cells)
        for path in (built / "notebooks" / "en").glob("*/01-sample.ipynb")
    }
    assert sizes == {"tensorflow": 8, "pytorch": 7, "both": 10}  # one more: it installs the book
    page = (built / PAGE).read_text("utf-8")
    colab = "https://colab.research.google.com/github/fork/name/blob/notebooks/ko"
    for framework in (*FRAMEWORKS, "both"):
        name = f"{framework}/01-sample.ipynb"
        assert f'href="{colab}/{name}"' in page
        assert f'href="../../notebooks/ko/{name}" download' in page


def test_notebooks_are_also_on_the_site(built):
    published = built / "html" / "notebooks"
    files = [path.relative_to(published) for path in published.rglob("*") if path.is_file()]
    assert len(files) == 13  # two chapters in six editions, and the wheel
    for file in files:
        assert (published / file).read_bytes() == (built / "notebooks" / file).read_bytes()


def test_checksums_list_every_file_that_is_published(built):
    lines = (built / CHECKSUMS).read_text("utf-8").splitlines()
    listed = {name: checksum for checksum, name in (line.split("  ", 1) for line in lines)}
    files = [path for name in ("html", "notebooks") for path in (built / name).rglob("*")]
    assert listed == {
        path.relative_to(built).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_file()
    }


# --- Further builds ------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_rebuild_takes_up_what_has_changed(builder, built):
    builder.write("02-next", *SECOND, *NEW)
    kept = built / "notebooks" / "ko" / "both" / "01-sample.ipynb"
    before = kept.stat().st_mtime_ns
    assert not builder.build("_build", fresh=False).startswith("error")
    assert len(builder.parsed.read_text().splitlines()) == 1
    html = (built / "html" / "en" / "chapters" / "02-next.html").read_text("utf-8")
    assert "A new sentence." in html
    notebook = nbformat.read(built / "notebooks" / "en" / "both" / "02-next.ipynb", as_version=4)
    assert notebook.cells[-1].source == "A new sentence."
    assert kept.stat().st_mtime_ns == before


@pytest.mark.slow
@pytest.mark.parametrize("fresh", [True, False], ids=["built", "served"])
def test_chapter_that_was_removed_is_not_published_any_more(builder, built, fresh):
    builder.begin_anew()
    before = (built / CHECKSUMS).read_text()
    builder.write("03-last", *SECOND)
    last = "  - file: chapters/02-next\n"
    with exchanged(builder.root / "_toc.yml", last, f"{last}{last.replace('02-next', '03-last')}"):
        assert not builder.build("_build", fresh=fresh).startswith("error")
        assert (built / "html" / "ko" / "chapters" / "03-last.html").exists()
    (builder.root / "chapters" / "03-last.ipynb").unlink()
    assert not builder.build("_build", fresh=fresh).startswith("error")
    assert (built / CHECKSUMS).read_text() == before


@pytest.mark.slow
def test_failed_build_says_why_each_time_and_leaves_what_was_there(builder, built):
    before = (built / PAGE).read_bytes()
    builder.write(
        "01-sample", markdown("[없음](no-such-page.md)", "ko"), markdown("x", "en"), *CELLS
    )
    for _ in range(2):  # and not only the first time
        answer = builder.build("_build", fresh=False)
        assert answer.startswith("error")
        assert "no-such-page" in answer
    assert (built / PAGE).read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    "changed",
    [
        [*SECOND, *NEW],
        [markdown("# 새 제목\n\n## 표", "ko"), markdown("# Other title\n\n## A table", "en")],
        [*SECOND, markdown("쀍 낱자", "ko"), markdown("a letter", "en")],
        [*SECOND, figure({"ko": "점", "en": "a dot"}), *NEW],
    ],
    ids=["sentence", "title", "letter", "figure"],
)
def test_site_after_changes_has_the_bytes_of_a_fresh_one(builder, built, changed):
    builder.write("01-sample", *CELLS)
    assert not builder.build("_build", fresh=False).startswith("error")
    builder.write("02-next", *changed)
    assert not builder.build("_build", fresh=False).startswith("error")
    again = (built / CHECKSUMS).read_text()
    assert not builder.build("_build").startswith("error")
    assert (built / CHECKSUMS).read_text() == again


@pytest.mark.slow
def test_pages_are_there_before_all_that_follows_from_them(builder, built):
    builder.begin_anew()
    before = (built / CHECKSUMS).read_text()
    builder.write("02-next", *SECOND, *NEW)
    assert not builder.build("_build", fresh=False).startswith("error")
    assert "A new sentence." in builder.told()[OPENED]
    assert builder.told()[CHECKSUMS] == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new", "shown"),
    [
        ("glossary.yml", "A way for the decoder", "One way for the decoder", True),
        ("glossary.yml", "ko: 어텐션, en: attention}", "ko: 주목, en: attention}", False),
        ("references.bib", "Jointly Learning", "jointly reading", True),
    ],
    ids=["definition", "term", "bibliography"],
)
def test_open_page_comes_before_others_that_show_the_same(builder, built, name, old, new, shown):
    builder.begin_anew()
    before = (built / OF_OTHERS).read_text("utf-8")
    read = str((built / READ).stat().st_mtime_ns)
    with exchanged(builder.root / "resources" / name, old, new):
        assert not builder.build("_build", fresh=False, opened=OPENED).startswith("error")
        told = builder.told()
        assert (new in told[OPENED]) is shown
        assert (told[OF_OTHERS], told[READ]) == (before, read)
        assert str((built / READ).stat().st_mtime_ns) > read
        again = (built / CHECKSUMS).read_text()
        assert not builder.build("_build").startswith("error")
    assert (built / CHECKSUMS).read_text() == again


@pytest.mark.slow
def test_page_shows_what_is_shared_where_its_chapter_has_changed_in_another_language(
    builder, built
):
    builder.begin_anew()
    assert "glossary-term" in (built / OPENED).read_text("utf-8").partition("<article")[2]
    title, *others = SECOND
    glossary = builder.root / "resources" / "glossary.yml"
    with exchanged(glossary, "ko: 어텐션, en: attention}", "ko: 어텐션, en: attending}"):
        builder.write("02-next", markdown(f"{title.source}\n\n새 문장", "ko"), *others)
        assert not builder.build("_build", fresh=False).startswith("error")
        assert "glossary-term" not in (built / OPENED).read_text("utf-8").partition("<article")[2]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["book.css", "tabs.css.jinja", "reading.js"])
def test_open_page_asks_for_changed_style_sheets_and_scripts(builder, built, name):
    builder.begin_anew()
    before = (built / CHECKSUMS).read_text()
    source = builder.clone / "ci" / "publishing" / "site" / "static" / name
    published = name.removesuffix(".jinja")
    with exchanged(source, "", "/* new */ html { --new: 1; }\n"), kept_by_editors(source):
        assert not builder.build("_build", fresh=False, opened=OPENED).startswith("error")
        text = builder.told()[f"{STATIC}/{published}"]
        assert text.startswith("/* new */")
        assert f"{published}?v={sha256(text.encode()).hexdigest()[:8]}" in builder.told()[OPENED]
        assert builder.told()[CHECKSUMS] == before
        again = (built / CHECKSUMS).read_text()
        assert again != before
        assert not builder.build("_build").startswith("error")
    assert (built / CHECKSUMS).read_text() == again
    files = [line.rpartition("/")[2] for line in again.splitlines()]
    assert not [file for file in files if file.startswith((".", "#")) or file.endswith("~")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            "glossary.yml",
            "ko: 어텐션, en: attention}",
            "ko: 주목, en: attending}",
            "not in glossary: 'attention'",
        ),
        ("references.bib", "{bahdanau2015,", "{another2015,", "bahdanau2015"),
    ],
    ids=["glossary", "bibliography"],
)
def test_page_that_waited_says_each_time_what_is_wrong(builder, built, name, old, new, said):
    builder.begin_anew()
    named = [markdown("{term}`어텐션`입니다.", "ko"), markdown("It is {term}`attention`.", "en")]
    builder.write("02-next", *SECOND, *named)
    assert not builder.build("_build", fresh=False).startswith("error")
    before = (built / CHECKSUMS).read_text()
    with exchanged(builder.root / "resources" / name, old, new):
        for _ in range(2):
            answer = builder.build("_build", fresh=False, opened=PAGE)
            assert answer.startswith("error")
            assert said in answer
    assert not builder.build("_build", fresh=False).startswith("error")
    assert (built / CHECKSUMS).read_text() == before


@contextmanager
def kept_by_editors(path: Path) -> Iterator[None]:
    """Put beside a file what editors put there while it is open."""
    names = f".{path.name}.swp", f"#{path.name}#", f"{path.name}~"
    beside = [path.with_name(name) for name in names]
    for each in beside:
        each.write_bytes(b"\xff of an editor's own")
    try:
        yield
    finally:
        for each in beside:
            each.unlink()


@contextmanager
def exchanged(path: Path, old: str, new: str) -> Iterator[None]:
    """Replace the first of a text in a file, for a while."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    try:
        yield
    finally:
        path.write_text(text, "utf-8")


@pytest.mark.slow
def test_another_build_of_the_same_sources_has_the_same_checksums(builder, built):
    other = builder.root.with_name("other")
    assert not builder.build(str(other)).startswith("error")
    sums = [(folder / CHECKSUMS).read_text() for folder in (built, other)]
    assert sums[0] == sums[1]


# --- What is refused -----------------------------------------------------------------------------


def test_broken_chapters_and_incomplete_contents_are_refused_all_at_once(tmp_path, write_chapter):
    write_chapter(markdown("안녕", "ko"))
    write_chapter(code("x = 1"), name="02-unlisted")
    (tmp_path / "chapters" / "04-none.ipynb").write_text("{")
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: chapters/01-sample\nchapters:\n  - file: chapters/03-absent\n"
        "  - file: chapters/04-none\n"
    )
    with pytest.raises(BuildError) as caught:
        read_chapters(tmp_path)
    first, none, absent, unlisted = str(caught.value).splitlines()
    assert first.startswith("01-sample.ipynb, cell 1 (안녕): Korean without its English twin")
    assert none.startswith("04-none.ipynb: cannot be read as a notebook")
    assert absent.startswith("_toc.yml: lists chapters/03-absent")
    assert unlisted.startswith("_toc.yml: chapters/02-unlisted is missing")


def test_a_sentence_is_seen_before_its_translation_and_not_published(tmp_path, write_chapter):
    write_chapter(markdown("하나", "ko"), markdown("One.\n\nTwo.", "en"))
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: chapters/01-sample\n")
    assert len(read_chapters(tmp_path, words=False)) == 1
    with pytest.raises(BuildError, match="its English twin has other blocks"):
        read_chapters(tmp_path)


def test_chapters_are_listed_in_the_order_of_their_numbers(tmp_path, write_chapter):
    for name in ("01-sample", "02-next", "appendix"):
        write_chapter(code("x = 1"), name=name)
    listed = "chapters:\n  - file: chapters/{}\n  - file: chapters/{}\n"
    toc = "format: jb-book\nroot: chapters/{}\n" + listed
    (tmp_path / "_toc.yml").write_text(toc.format("01-sample", "appendix", "02-next"))
    assert len(read_chapters(tmp_path)) == 3
    (tmp_path / "_toc.yml").write_text(toc.format("appendix", "02-next", "01-sample"))
    with pytest.raises(BuildError, match="02-next stands before chapters/01-sample"):
        read_chapters(tmp_path)


def test_failed_wheel_stops_the_build(tmp_path, monkeypatch):
    def fail(folder: Path) -> Path:
        raise WheelError("no wheel")

    monkeypatch.setattr(building, "build_wheel", fail)
    monkeypatch.setattr(building, "read_chapters", lambda root, words, spread: [])
    monkeypatch.setattr(building, "_make_all", lambda sources, pool: None)
    with pytest.raises(BuildError, match="no wheel"):
        build(tmp_path, tmp_path / "_build", Workers({}))
