"""Builds what is published: the site in all languages, and the notebooks to run."""

import hashlib
import shutil
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from sphinx_external_toc.parsing import parse_toc_yaml

from publishing.chapter.editions import BOTH, LANGUAGES, Edition
from publishing.chapter.files import Chapter, ChapterError, chapters_of, hand_on, read_chapter
from publishing.chapter.format import problems_of
from publishing.chapter.terms import GLOSSARY, GlossaryError
from publishing.notebooks.book_index import read_book_index
from publishing.notebooks.wheel import Wheel, WheelError, build_wheel, supported_pythons
from publishing.notebooks.write import Writer
from publishing.publication import NOTEBOOKS, Publication, read_publication
from publishing.site.front import write_front_pages
from publishing.site.landing import LandingError, read_landing, read_map
from publishing.site.pages import build_pages
from publishing.site.search import SearchError, index_site

CHECKSUMS = "checksums.txt"  # of every file that is published
Workers = Mapping[str, ProcessPoolExecutor]  # by language


class BuildError(Exception):
    """The book cannot be built; the message says why, for whoever runs the build."""


@dataclass(frozen=True)
class Task:
    """What one language's process is to make."""

    root: Path
    language: str
    working: Path
    chapters: list[Chapter] = field(repr=False)
    changed: list[Chapter] = field(repr=False)  # those that need new notebooks
    publication: Publication
    wheel: Wheel

    @property
    def pages(self) -> Path:
        """Where its pages go."""
        return self.working / self.language / "_build" / "html"


@contextmanager
def workers() -> Iterator[Workers]:
    """Give each language a process of its own: Sphinx keeps texts. Kept, they start faster."""
    spawn = get_context("spawn")  # not forked: this process may hold threads, such as the server's
    with ExitStack() as stack:
        pools = {
            language: ProcessPoolExecutor(1, spawn, initializer=_end_when_interrupted)
            for language in LANGUAGES
        }
        yield {language: stack.enter_context(pool) for language, pool in pools.items()}


def _end_when_interrupted() -> None:
    """Let Ctrl+C end this process: the one that it works for hears it, too, and says so."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def build(
    root: Path,
    output: Path,
    pool: Workers,
    *,
    fresh: bool = True,
    publication: Publication | None = None,
) -> Path:
    """Build everything that is published, in the folder `output`; return the site's first page.

    Unless it is to be fresh, pages and notebooks stay whose chapters have not changed, and no words
    are checked: an author sees a sentence before its translation. Where the book is published is
    read here, if it is not given.

    Raises:
        BuildError: A chapter breaks the format, Sphinx warned of something, or the search index or
            a notebook to run cannot be made. What an earlier build left is still there, as it was.
    """
    chapters = read_chapters(root, words=fresh)
    publication = publication or read_publication(root)
    for name in ("html", NOTEBOOKS):
        _bring_back(output / name)
    working = output / "working"
    new = working / "new"
    shutil.rmtree(new if not fresh else working, ignore_errors=True)
    notebooks = new / NOTEBOOKS
    changed = chapters
    if not fresh and (output / NOTEBOOKS).exists():
        shutil.copytree(output / NOTEBOOKS, notebooks)
        changed = _changed_since(output / NOTEBOOKS, root, chapters)
    try:
        wheel = build_wheel(notebooks)
        if not (output / NOTEBOOKS / wheel.name).exists():  # each notebook names it
            changed = chapters
        package = Wheel(wheel.name, publication.wheel(wheel.name), supported_pythons())
        tasks = [
            Task(root, language, working, chapters, changed, publication, package)
            for language in LANGUAGES
        ]
        making = [pool[task.language].submit(make_language, task) for task in tasks]
        wait(making)
        if failures := [written for future in making if (written := future.result())]:
            failures.append("Sphinx warned of something, or failed (see above).")
            raise BuildError("\n".join(failures))
        own = shutil.ignore_patterns(".buildinfo")  # Sphinx's, other with each Python
        for task in tasks:
            shutil.copytree(task.pages, new / "html" / task.language, ignore=own)
        maps = {language: read_map(new / "html", language, chapters) for language in LANGUAGES}
        write_front_pages(new / "html", publication, read_landing(root, chapters), maps)
        index_site(new / "html", root)
    except BuildError:
        # Sphinx would not repeat the warnings of pages that it has already read.
        shutil.rmtree(working, ignore_errors=True)
        raise
    except (ChapterError, GlossaryError, LandingError, WheelError, SearchError) as error:
        raise BuildError(str(error)) from error
    shutil.copytree(notebooks, new / "html" / NOTEBOOKS)
    write_checksums(new, new / CHECKSUMS)
    for name in ("html", NOTEBOOKS):
        _swap(new / name, output / name)
    (new / CHECKSUMS).replace(output / CHECKSUMS)
    return output / "html" / "index.html"


def read_chapters(root: Path, *, words: bool = True) -> list[Chapter]:
    """Read all chapters, and check that they keep the format and that the contents list them.

    Without `words`, a text may differ from its twin; see `problems_of`.

    Raises:
        BuildError: There are problems; the message has one line for each.
    """
    chapters, problems = [], []
    for path in chapters_of(root):
        try:
            chapter = read_chapter(path)
        except ChapterError as error:
            problems.append(str(error))
        else:
            chapters.append(chapter)
            problems += problems_of(chapter, words=words)
    contents = [str(page) for page in parse_toc_yaml(root / "_toc.yml")]
    listed = set(contents)
    existing = {f"chapters/{path.stem}" for path in chapters_of(root)}
    for page in sorted(listed - existing):
        problems.append(f"_toc.yml: lists {page}, which does not exist; remove it, or add the file")
    for page in sorted(existing - listed):
        problems.append(f"_toc.yml: {page} is missing; add it, or the site has no such page")
    numbered = [page for page in contents if page.rpartition("/")[2][0].isdigit()]
    for page, after in pairwise(numbered):
        if page > after:
            problems.append(f"_toc.yml: {page} stands before {after}; put them in order")
    if problems:
        raise BuildError("\n".join(problems))
    return chapters


def make_language(task: Task) -> str | None:
    """Make the pages and the notebooks of one language; return what `build_pages` does.

    Raises:
        ChapterError: A chapter holds what a notebook to run cannot say.
        GlossaryError: The glossary is missing or malformed.
    """
    hand_on(task.chapters)
    written = build_pages(task.root, task.pages, task.language, task.publication)
    if written is not None:
        return written
    index = read_book_index(task.pages.parent / ".doctrees")
    writer = Writer(task.root, task.language, index, task.publication, task.wheel)
    for chapter in task.changed:
        writer.write(chapter, task.working / "new" / NOTEBOOKS)
    return None


def _changed_since(earlier: Path, root: Path, chapters: list[Chapter]) -> list[Chapter]:
    """Return the chapters that are newer than their notebooks; all, if what they share is newer."""
    shared = [root / "_config.yml", *(root / GLOSSARY.parent).rglob("*")]
    newest = max(path.stat().st_mtime for path in shared)
    # A chapter's notebooks are written together: one of them tells when.
    edition = Edition(next(iter(LANGUAGES)), BOTH)
    made = {path.name: path.stat().st_mtime for path in earlier.glob(f"{edition.folder}/*.ipynb")}
    return [
        chapter
        for chapter in chapters
        if made.get(chapter.path.name, 0) <= max(newest, chapter.path.stat().st_mtime)
    ]


def write_checksums(folder: Path, target: Path) -> None:
    """Write the checksum of every file of a folder, by which two builds can be compared."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    target.write_text("".join(lines), "utf-8")


def _swap(new: Path, place: Path) -> None:
    earlier = _earlier(place)
    if place.exists():
        shutil.rmtree(earlier, ignore_errors=True)
        place.rename(earlier)
    new.rename(place)
    shutil.rmtree(earlier, ignore_errors=True)


def _bring_back(place: Path) -> None:
    """Give back what was there, where a build was ended between its going and the new's coming."""
    if _earlier(place).exists() and not place.exists():
        _earlier(place).rename(place)


def _earlier(place: Path) -> Path:
    return place.with_name(f"{place.name}-earlier")
