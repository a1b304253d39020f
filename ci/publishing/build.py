"""Builds what is published: the site in all languages, and the notebooks to run."""

import hashlib
import shutil
import signal
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import cycle, pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from sphinx_external_toc.parsing import parse_toc_yaml

from publishing import making
from publishing.chapter.editions import LANGUAGES
from publishing.chapter.files import (
    MODELS,
    Chapter,
    ChapterError,
    chapters_of,
    hand_on,
    parse,
    read_chapter,
)
from publishing.chapter.format import problems_of
from publishing.chapter.section_ids import section_ids
from publishing.chapter.terms import GlossaryError
from publishing.chapter.view import is_for_language
from publishing.making import Place
from publishing.notebooks.wheel import Wheel, WheelError, build_wheel, supported_pythons
from publishing.publication import NOTEBOOKS, Publication, read_publication
from publishing.site.front import write_front_pages
from publishing.site.landing import LandingError, read_landing, read_map
from publishing.site.pages import PagesError
from publishing.site.search import SearchError, index_site
from publishing.site.theme import STATIC, STATIC_FILES
from publishing.states import State, state

Made = TypeVar("Made")

CHECKSUMS = "checksums.txt"  # of every file that is published
# What all pages depend on without Sphinx's noticing: where it has changed, all are made anew.
OF_ALL_PAGES = ("_config.yml", "_toc.yml", f"{MODELS}/**/*")
OF_ALL_NOTEBOOKS = ("_config.yml", "resources/**/*")
RAISED = (ChapterError, GlossaryError, LandingError, PagesError, SearchError, WheelError)

# Does something with each chapter, here or elsewhere; gives what comes of it, in order.
Spread = Callable[[Callable[[Chapter], list[str]], Iterable[Chapter]], Iterable[list[str]]]


class BuildError(Exception):
    """The book cannot be built; the message says why, for whoever runs the build."""


@dataclass(frozen=True)
class Sources:
    """What a build is made of."""

    root: Path
    output: Path
    publication: Publication
    of_all_pages: State
    of_all_notebooks: State
    static: frozenset[str]  # names: what is in these files, the processes look at
    chapters: Mapping[str, Chapter] = field(repr=False)

    def share_with(self, earlier: "Sources") -> bool:
        """Tell whether nothing but chapters, and what Sphinx notices, has changed since."""
        return self._shared == earlier._shared

    @property
    def _shared(self) -> tuple[object, ...]:
        names = sorted(self.chapters)
        return self.root, self.output, self.publication, self.of_all_pages, self.static, names


class Workers:
    """A process for each language: Sphinx keeps texts. Each keeps what it has made for changes."""

    def __init__(self, pools: Mapping[str, ProcessPoolExecutor]) -> None:
        self._pools = pools
        self.made: Sources | None = None  # what their pages were made of

    def spread(
        self, task: Callable[[Chapter], Made], chapters: Iterable[Chapter]
    ) -> Iterator[Made]:
        """Let the processes do something with each chapter, in turn; return what they return."""
        pools = cycle(self._pools.values())
        running = [pool.submit(task, one) for pool, one in zip(pools, chapters, strict=False)]
        return (future.result() for future in running)

    def each(self, task: Callable[..., Made], *arguments: Mapping[str, object]) -> dict[str, Made]:
        """Let each process do something, with its language's arguments; return what they return.

        Raises:
            BuildError: It cannot be done; the message has what each process says.
        """
        running = {
            language: pool.submit(task, *(values[language] for values in arguments))
            for language, pool in self._pools.items()
        }
        wait(running.values())
        errors = [error for future in running.values() if (error := future.exception())]
        if unforeseen := [error for error in errors if not isinstance(error, RAISED)]:
            raise unforeseen[0]
        if errors:
            raise BuildError("\n".join(dict.fromkeys(map(_told, errors))))
        return {language: future.result() for language, future in running.items()}


def _told(error: BaseException) -> str:
    if isinstance(error, PagesError):
        return f"{error}\nSphinx warned of something, or failed (see above)."
    return str(error)


@contextmanager
def workers() -> Iterator[Workers]:
    """Start a process for each language, and end them."""
    spawn = get_context("spawn")  # not forked: this process may hold threads, such as the server's
    with ExitStack() as stack:
        pools = {
            language: stack.enter_context(
                ProcessPoolExecutor(1, spawn, initializer=_end_when_interrupted)
            )
            for language in LANGUAGES
        }
        for pool in pools.values():
            pool.submit(making.get_ready)
        yield Workers(pools)


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
    opened: Collection[str] = (),
    on_pages: Callable[[], None] = lambda: None,
) -> Path:
    """Build everything that is published, in the folder `output`; return the site's first page.

    Unless it is to be fresh, only what has changed is made again, and no words are checked: an
    author sees a sentence before its translation. Where the book is published is read here, if it
    is not given. Of pages that change together, those that are `opened`, such as
    en/chapters/04-attention.html, are made before others. `on_pages` is called when the pages of
    changed chapters are in the site: what follows from them, such as the search index and the
    notebooks to run, takes longer.

    Raises:
        BuildError: A chapter breaks the format, Sphinx warned of something, or the search index or
            a notebook to run cannot be made. What an earlier build left is still there, as it was;
            apart from the pages of changed chapters, where `on_pages` has been called.
    """
    chapters = read_chapters(root, words=fresh, spread=pool.spread)
    for name in ("html", NOTEBOOKS):
        _bring_back(output / name)
    sources = Sources(
        root,
        output,
        publication or read_publication(root),
        state(root, OF_ALL_PAGES),
        state(root, OF_ALL_NOTEBOOKS),
        frozenset(path.name for path in STATIC.glob(STATIC_FILES)),
        {chapter.name: chapter for chapter in chapters},
    )
    earlier, pool.made = pool.made, None
    if not fresh and earlier is not None and sources.share_with(earlier):
        pool.made = sources  # whatever happens: the processes know these chapters then
        shown = _make_again(sources, earlier, pool, opened)
        on_pages()
        anew = sources.of_all_notebooks != earlier.of_all_notebooks
    else:
        _make_all(sources, pool)
        pool.made, shown, anew = sources, {}, True
    _complete(sources, pool, anew=anew)
    if not shown or any(path.read_bytes() != page for path, page in shown.items()):
        on_pages()
    return output / "html" / "index.html"


def _make_all(sources: Sources, pool: Workers) -> None:
    working = sources.output / "working"
    places = {
        language: Place(sources.root, working / language, language, sources.publication)
        for language in LANGUAGES
    }
    chapters = {language: list(sources.chapters.values()) for language in LANGUAGES}
    pool.each(making.make_pages, places, chapters)


def _make_again(
    sources: Sources, earlier: Sources, pool: Workers, opened: Collection[str]
) -> dict[Path, bytes]:
    """Make the pages of changed chapters again, and put them into the site as it is.

    Returns:
        What stands in these pages.
    """
    pairs = [(chapter, earlier.chapters[name]) for name, chapter in sources.chapters.items()]
    newer = [(chapter, before) for chapter, before in pairs if chapter.text != before.text]
    # Of pages that say the same, Sphinx is told that they were read: they may show resources, too.
    resources_changed = sources.of_all_notebooks != earlier.of_all_notebooks
    changed, same = {}, {}
    for language in LANGUAGES:
        changed[language] = [
            chapter
            for chapter, before in newer
            if resources_changed or _made_of(chapter, language) != _made_of(before, language)
        ]
        names = {chapter.name for chapter in changed[language]}
        same[language] = [chapter for chapter, _ in newer if chapter.name not in names]
    first = {language: _pages_in(language, opened) for language in LANGUAGES}
    pages = pool.each(making.make_pages_again, changed, same, first)
    folders = {language: sources.output / "html" / language for language in LANGUAGES}
    pool.each(making.put_pages, pages, folders)
    paths = [
        folders[language] / f"{page}.html" for language in LANGUAGES for page in pages[language]
    ]
    return {path: path.read_bytes() for path in paths}


def _pages_in(language: str, files: Iterable[str]) -> list[str]:
    """Return the names of the pages that are a language's among files of the site."""
    own = [file for file in files if file.startswith(f"{language}/")]
    return [file.removeprefix(f"{language}/").removesuffix(".html") for file in own]


def _made_of(chapter: Chapter, language: str) -> list[object]:
    """Return all of a chapter that its page and its notebooks in a language depend on."""
    cells = [cell for cell in chapter.cells if is_for_language(cell, language)]
    return [chapter.notebook.metadata, section_ids(chapter.cells), *cells]


def _complete(sources: Sources, pool: Workers, *, anew: bool) -> None:
    """Make what follows from the pages, and put everything in place."""
    output, working = sources.output, sources.output / "working"
    new = working / "new"
    shutil.rmtree(new, ignore_errors=True)
    chapters = list(sources.chapters.values())
    try:
        wheel = build_wheel(working / "wheel")
        package = Wheel(wheel.name, sources.publication.wheel(wheel.name), supported_pythons())
        pool.each(partial(making.complete, anew=anew), dict.fromkeys(LANGUAGES, package))
        own = shutil.ignore_patterns(".buildinfo")  # Sphinx's, other with each Python
        for language in LANGUAGES:
            shutil.copytree(working / language / "html", new / "html" / language, ignore=own)
            shutil.copytree(working / language / NOTEBOOKS, new / NOTEBOOKS, dirs_exist_ok=True)
        shutil.copy2(wheel, new / NOTEBOOKS)
        maps = {language: read_map(new / "html", language, chapters) for language in LANGUAGES}
        landing = read_landing(sources.root, chapters)
        write_front_pages(new / "html", sources.publication, landing, maps)
        index_site(new / "html", sources.root)
    except RAISED as error:
        raise BuildError(str(error)) from error
    shutil.copytree(new / NOTEBOOKS, new / "html" / NOTEBOOKS)
    write_checksums(new, new / CHECKSUMS)
    for name in ("html", NOTEBOOKS):
        _swap(new / name, output / name)
    (new / CHECKSUMS).replace(output / CHECKSUMS)


def read_chapters(root: Path, *, words: bool = True, spread: Spread = map) -> list[Chapter]:
    """Read all chapters, and check that they keep the format and that the contents list them.

    Without `words`, a text may differ from its twin; see `problems_of`. The rules of words look at
    much, drawings among it: `spread` may have each chapter checked elsewhere, as `map` does here.

    Raises:
        BuildError: There are problems; the message has one line for each.
    """
    chapters = []
    problems_in: dict[Path, list[str]] = {path: [] for path in chapters_of(root)}
    for path, found in problems_in.items():
        try:
            chapters.append(read_chapter(path))
        except ChapterError as error:
            found.append(str(error))
    checked: Iterable[list[str]]
    if words:
        checked = spread(problems_of, chapters)
    else:
        checked = [_problems_of_form(chapter.path, chapter.text) for chapter in chapters]
    for chapter, found in zip(chapters, checked, strict=True):
        problems_in[chapter.path] += found
    problems = [problem for found in problems_in.values() for problem in found]
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
    hand_on(chapters)  # earlier versions are of no more use
    return chapters


@lru_cache(maxsize=100)  # for these rules, nothing but the text of a chapter counts
def _problems_of_form(path: Path, text: str) -> list[str]:
    return problems_of(Chapter(path, text, parse(text)), words=False)


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
