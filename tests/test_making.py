"""What a language's process makes again, and what it leaves as it is."""

from pathlib import Path

import pytest
from conftest import chapter_of, code
from publishing import making
from publishing.chapter.files import Chapter, ChapterError
from publishing.making import Maker, Place
from publishing.notebooks.wheel import Wheel
from publishing.publication import Publication

WHEEL, OTHER = (Wheel(f"book-{version}-none.whl", None, "3.11") for version in "12")


class Standing:
    """Stands for the pages, which other tests look at."""

    environment = "what Sphinx knows"

    def __init__(self, *arguments: object) -> None:
        pass

    def make_again(self, changed: list[str], same: list[str], opened: list[str]) -> list[str]:
        return [*changed, *opened]

    def finish(self) -> None:
        pass


class Writer:
    """Writes nothing, but keeps the names of the chapters."""

    written: list[str]
    refused = ""

    def __init__(self, *arguments: object) -> None:
        pass

    def write(self, chapter: Chapter, folder: Path) -> None:
        if chapter.name == self.refused:
            raise ChapterError("refused")
        self.written.append(chapter.name)


@pytest.fixture
def maker(tmp_path, monkeypatch) -> Maker:
    """Return the maker of a book of two chapters, whose notebooks are written."""
    Writer.written, Writer.refused = [], ""
    monkeypatch.setattr(making, "Standing", Standing)
    monkeypatch.setattr(making, "Writer", Writer)
    monkeypatch.setattr(making, "book_index", lambda environment: environment)
    chapters = [named("01-first"), named("02-second")]
    maker = Maker(Place(tmp_path, tmp_path / "ko", "ko", Publication()), chapters)
    maker.complete(WHEEL, anew=True)
    assert written() == ["01-first", "02-second"]
    return maker


def named(name: str, source: str = "x = 1") -> Chapter:
    chapter = chapter_of(code(source))
    return Chapter(Path("chapters", f"{name}.ipynb"), chapter.text, chapter.notebook)


def written() -> list[str]:
    """Return whose notebooks have been written since this was asked."""
    names, Writer.written = Writer.written, []
    return names


def test_notebooks_of_a_changed_chapter_alone_are_written(maker):
    changed = named("02-second", "x = 2")
    assert maker.make_again([changed], [], ["open"]) == ["chapters/02-second", "open"]
    maker.complete(WHEEL, anew=False)
    assert written() == ["02-second"]
    maker.make_again([], [named("01-first", "x = 3")], [])
    maker.complete(WHEEL, anew=False)
    assert written() == []


def test_all_notebooks_are_written_where_the_package_or_what_they_share_is_another(maker):
    maker.complete(OTHER, anew=False)
    assert written() == ["01-first", "02-second"]
    maker.complete(OTHER, anew=True)
    assert written() == ["01-first", "02-second"]


def test_all_notebooks_are_written_where_links_lead_elsewhere(maker, monkeypatch):
    monkeypatch.setattr(Standing, "environment", "another title")
    maker.complete(WHEEL, anew=False)
    assert written() == ["01-first", "02-second"]


def test_notebook_that_could_not_be_written_is_tried_again(maker):
    Writer.refused = "02-second"
    maker.make_again([named("02-second", "x = 2")], [], [])
    with pytest.raises(ChapterError):
        maker.complete(WHEEL, anew=False)
    Writer.refused = ""
    maker.complete(WHEEL, anew=False)
    assert written() == ["02-second"]
