"""What the process of one language makes: its pages, and its notebooks to run.

It keeps what it has made, so that a changed chapter costs no more than that chapter.
"""

import gc
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from publishing.chapter.files import Chapter, hand_on
from publishing.notebooks.book_index import BookIndex, book_index
from publishing.notebooks.wheel import Wheel
from publishing.notebooks.write import Writer
from publishing.publication import NOTEBOOKS, Publication
from publishing.site.formulas import start_mathjax
from publishing.site.pages import Standing


@dataclass(frozen=True)
class Place:
    """What a language is made of, apart from the chapters, and where it goes."""

    root: Path
    folder: Path
    language: str
    publication: Publication

    @property
    def pages(self) -> Path:
        """Where its pages are when they are finished."""
        return self.folder / "html"

    @property
    def notebooks(self) -> Path:
        """Where its notebooks are."""
        return self.folder / NOTEBOOKS


class Maker:
    """Makes what a language has, and makes again what has changed."""

    def __init__(self, place: Place, chapters: Sequence[Chapter]) -> None:
        self._place = place
        self._chapters = {chapter.name: chapter for chapter in chapters}
        self._old = set(self._chapters)  # those whose notebooks are to be written
        self._written_with: tuple[BookIndex, Wheel] | None = None
        for made in (place.pages, place.notebooks):
            shutil.rmtree(made, ignore_errors=True)
        hand_on(list(chapters))
        self._standing = Standing(place.root, place.folder, place.language, place.publication)

    def make_again(
        self, changed: Sequence[Chapter], same: Sequence[Chapter], opened: Sequence[str]
    ) -> list[str]:
        """Make the pages of changed chapters again; return the names of those that were made.

        Args:
            changed: The chapters.
            same: Those that have changed in other languages only.
            opened: The names of pages that come before others.

        Raises:
            PagesError: Sphinx warned of something, or failed.
        """
        self._chapters.update({chapter.name: chapter for chapter in (*changed, *same)})
        self._old.update(chapter.name for chapter in changed)
        hand_on(list(self._chapters.values()))
        pages = [chapter.page for chapter in changed]
        return self._standing.make_again(pages, [chapter.page for chapter in same], opened)

    def put(self, pages: Sequence[str], site: Path) -> None:
        """Put pages that were made into the site as it is."""
        self._standing.put(pages, site)

    def complete(self, wheel: Wheel, *, anew: bool) -> None:
        """Finish the pages, and write the notebooks of changed chapters, or all anew.

        Raises:
            PagesError: Something that the pages build on is no longer as it was.
            ChapterError: A chapter holds what a notebook to run cannot say.
            GlossaryError: The glossary is missing or malformed.
        """
        self._standing.finish()
        place, index = self._place, book_index(self._standing.environment)
        if anew or self._written_with != (index, wheel):
            self._old = set(self._chapters)
        self._written_with = index, wheel
        writer = Writer(place.root, place.language, index, place.publication, wheel)
        for name in sorted(self._old):
            writer.write(self._chapters[name], place.notebooks)
        self._old.clear()

    def close(self) -> None:
        """Give back what it has taken from this process."""
        self._standing.close()


_maker: Maker | None = None  # of this process


def get_ready() -> None:
    """Load what takes a while: until there is something to make, this process has time."""
    start_mathjax()


def make_pages(place: Place, chapters: Sequence[Chapter]) -> None:
    """Make all pages of a language from nothing.

    Raises:
        PagesError: Sphinx warned of something, or failed.
    """
    global _maker
    if _maker is not None:
        _maker.close()
        _maker = None
    _maker = Maker(place, chapters)
    gc.collect()
    gc.freeze()  # it stays: to look through it again and again would take a third of the time


def make_pages_again(
    changed: Sequence[Chapter], same: Sequence[Chapter], opened: Sequence[str]
) -> list[str]:
    """Do as `Maker.make_again`."""
    return _made().make_again(changed, same, opened)


def put_pages(pages: Sequence[str], site: Path) -> None:
    """Do as `Maker.put`."""
    _made().put(pages, site)


def complete(wheel: Wheel, *, anew: bool) -> None:
    """Do as `Maker.complete`."""
    _made().complete(wheel, anew=anew)


def _made() -> Maker:
    assert _maker is not None, "make_pages comes first"
    return _maker
