"""How long it takes from saving a file to the open page that shows the change."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import nbformat
import yaml
from playwright.sync_api import Page, TimeoutError

from publishing.bench.browser import chromium
from publishing.bench.measure import Competitor, timed
from publishing.bench.programs import BenchError, copy_book, python, started
from publishing.chapter.editions import INTERNATIONAL
from publishing.chapter.files import find_chapter
from publishing.chapter.terms import GLOSSARY
from publishing.chapter.view import tags_of

CHAPTER = "04-attention"
PATIENCE = 120  # seconds
SERVE = """\
import sys
from contextlib import nullcontext
from pathlib import Path
from publishing.build import build, workers
from publishing.serve import serve

if __name__ == "__main__":
    root = Path(sys.argv[1])
    with workers() as pool:
        build(root, root / "_build", pool)
        serve(root, root / "_build", pool, nullcontext)
"""
# A definition is in the previews of links.
SHOWS = """text => document.readyState === "complete" && (document.body.textContent.includes(text)
    || document.querySelector(`[data-preview*="${text}"]`))"""


@contextmanager
def competitors(root: Path, folder: Path) -> Iterator[Sequence[Competitor]]:
    """Yield changes to the book; their limits are what an author waits for gladly."""
    book = copy_book(root, folder / "book")
    with started(python(SERVE, book), folder / "log.txt") as program, chromium() as browser:
        assert program.stdout is not None
        address = re.search(r"http://[\d.:]+", program.stdout.readline())
        if address is None:
            raise BenchError((folder / "log.txt").read_text("utf-8"))
        page = browser.new_page()
        with page.expect_request(lambda request: request.resource_type == "eventsource"):
            page.goto(f"{address[0]}/{INTERNATIONAL}/chapters/{CHAPTER}.html")
        editor = Editor(book, page, folder / "log.txt")
        chapter, glossary = find_chapter(book, CHAPTER), book / GLOSSARY
        yield [
            Competitor("a sentence", "s", partial(editor.save, chapter, add_sentence), limit=1.5),
            Competitor("a code cell", "s", partial(editor.save, chapter, add_to_code), limit=3),
            Competitor("the glossary", "s", partial(editor.save, glossary, define), limit=3),
        ]


class Editor:
    """Changes files while the page of a chapter is open."""

    def __init__(self, book: Path, page: Page, log: Path) -> None:
        self._log = log  # of the program that serves
        self._sums = book / "_build" / "checksums.txt"  # the last thing that a build writes
        self._page = page
        self._marks = count()

    def save(self, path: Path, change: Callable[[str, str], str]) -> float:
        """Save a change; return after how many seconds the page shows it, once all is built.

        `change` is given what stands in the file and a word, and returns that with the word in it.
        """
        mark = f"mark{next(self._marks)}end"
        text = change(path.read_text("utf-8"), mark)
        before = self._sums.stat().st_mtime_ns

        def until_shown() -> None:
            path.write_text(text, "utf-8")
            try:
                self._page.wait_for_function(SHOWS, arg=mark, timeout=PATIENCE * 1000)
            except TimeoutError as error:
                said = self._log.read_text("utf-8")
                message = f"{said}The open page does not show a change to {path.name}."
                raise BenchError(message) from error

        seconds = timed(until_shown)
        self._wait_until_built(before)
        return seconds

    def _wait_until_built(self, before: int) -> None:
        """Wait until the search index and the rest are there: they are not to slow the next one."""
        deadline = time.monotonic() + PATIENCE
        while self._sums.stat().st_mtime_ns == before:
            if time.monotonic() > deadline:
                raise BenchError("The build after a change has not ended.")
            time.sleep(0.1)
        time.sleep(1)  # the server watches again, and the page listens again


def add_sentence(text: str, mark: str) -> str:
    """Add a sentence to a text of the page."""
    notebook = nbformat.reads(text, as_version=4)
    cell = [cell for cell in notebook.cells if INTERNATIONAL in tags_of(cell)][-2]
    cell.source += f"\n\nWritten {mark} now."
    return str(nbformat.writes(notebook))


def add_to_code(text: str, mark: str) -> str:
    """Add a comment to a code cell."""
    notebook = nbformat.reads(text, as_version=4)
    cell = [cell for cell in notebook.cells if cell.cell_type == "code"][3]
    cell.source += f"\n# {mark}"
    return str(nbformat.writes(notebook))


def define(text: str, mark: str) -> str:
    """Begin each definition of the glossary with the word."""
    entries = yaml.safe_load(text)
    for entry in entries:
        entry["definition"][INTERNATIONAL] = f"{mark} {entry['definition'][INTERNATIONAL]}"
    return str(yaml.safe_dump(entries, allow_unicode=True))
