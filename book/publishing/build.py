"""Builds the site in both languages, and the notebooks to run."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml
from sphinx_external_toc.parsing import parse_toc_yaml

from book.publishing.book_index import read_book_index
from book.publishing.chapter_facts import ChapterFactsError
from book.publishing.chapters import ChapterError, chapters_of
from book.publishing.glossary import GlossaryError
from book.publishing.notebook_addresses import SITE_FOLDER, wheel_address
from book.publishing.runnable import write_notebooks
from book.publishing.search import SearchError, index_site
from book.publishing.site_pages import write_site_pages
from book.publishing.structure import check
from book.publishing.views import LANGUAGES
from book.publishing.wheel import WheelError, build_wheel

FOLDER = Path(__file__).parent


class BuildError(Exception):
    """The book cannot be built; the message says why, for whoever runs the build."""


def build(root: Path, output: Path, *, fresh: bool = True) -> Path:
    """Build everything that is published.

    Args:
        root: The folder of the book.
        output: The folder to build in; the site goes to `html`, the notebooks to `notebooks`.
        fresh: Build every page. Otherwise pages stay whose chapters have not changed.

    Returns:
        The site's first page.

    Raises:
        BuildError: A chapter breaks the format, Sphinx warned of something, or the search index or
            a notebook to run cannot be made. What an earlier build left is still there, as it was.
    """
    check_chapters(root)
    working = output / "working"
    if fresh:
        shutil.rmtree(working, ignore_errors=True)
    try:
        pages = _build_languages(root, working)
    except BuildError:
        # Sphinx would not repeat the warnings of pages that it has already read.
        shutil.rmtree(working, ignore_errors=True)
        raise
    new = working / "new"
    shutil.rmtree(new, ignore_errors=True)
    for language, folder in pages.items():
        shutil.copytree(folder, new / "html" / language)
    write_site_pages(new / "html")
    _add_search(new / "html")
    _add_notebooks(root, working, output, fresh)
    for name in ("html", "notebooks"):
        _swap(new / name, output / name)
    return output / "html" / "index.html"


def check_chapters(root: Path) -> None:
    """Check the structure of all chapters, and that the table of contents lists them.

    Raises:
        BuildError: There are problems; the message has one line for each.
    """
    problems = [line for path in chapters_of(root) for line in check(path)]
    listed = set(parse_toc_yaml(root / "_toc.yml"))
    existing = {f"chapters/{path.stem}" for path in chapters_of(root)}
    for page in sorted(listed - existing):
        problems.append(f"_toc.yml: lists {page}, which does not exist; remove it, or add the file")
    for page in sorted(existing - listed):
        problems.append(f"_toc.yml: {page} is missing; add it, or the site has no such page")
    if problems:
        raise BuildError("\n".join(problems))


def _build_languages(root: Path, working: Path) -> dict[str, Path]:
    """Run Jupyter Book for both languages at once and return the folders of their pages."""
    working.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as executor:
        commands = [_jupyter_book(root, working, language) for language in LANGUAGES]
        results = list(executor.map(_run, commands))
    # One language after the other, so that the lines do not mix.
    failures = [result.stdout for result in results if result.returncode != 0]
    if failures:
        raise BuildError(
            "\n".join([*failures, "Sphinx warned of something, or failed (see above)."])
        )
    return {language: working / language / "_build" / "html" for language in LANGUAGES}


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )


def _jupyter_book(root: Path, working: Path, language: str) -> list[str]:
    """Write the configuration of one language; return the command that builds with it."""
    configuration = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
    configuration["sphinx"]["config"].update(
        language=language, book_links_languages=True, book_has_notebooks=True
    )
    # Jupyter Book takes this path relative to the configuration file, which is elsewhere now.
    configuration["sphinx"]["local_extensions"] = {
        "book.publishing.extension": str(FOLDER.parents[1])
    }
    path = working / f"config-{language}.yml"
    path.write_text(yaml.safe_dump(configuration, allow_unicode=True), "utf-8")
    return [
        str(Path(sys.executable).with_name("jupyter-book")),
        "build",
        str(root),
        f"--config={path}",
        f"--path-output={working / language}",
        "-q",
        "--warningiserror",
        "--keep-going",
    ]


def _add_search(site: Path) -> None:
    try:
        index_site(site)
    except SearchError as error:
        raise BuildError(str(error)) from error


def _add_notebooks(root: Path, working: Path, output: Path, fresh: bool) -> None:
    """Make the notebooks to run and what they install, for themselves and for the site."""
    folder = working / "new" / "notebooks"
    chapters = chapters_of(root)
    earlier = output / "notebooks"
    if not fresh and earlier.exists():
        shutil.copytree(earlier, folder)
        chapters = _changed_since(earlier, root, chapters)
    try:
        wheel = build_wheel(folder)
        address = wheel_address(root, output / "notebooks" / wheel.name)
        indices = {
            language: read_book_index(working / language / "_build" / ".doctrees")
            for language in LANGUAGES
        }
        write_notebooks(root, folder, chapters, indices, address)
    except (ChapterError, ChapterFactsError, GlossaryError, WheelError) as error:
        raise BuildError(str(error)) from error
    shutil.copytree(folder, working / "new" / "html" / SITE_FOLDER)


def _changed_since(earlier: Path, root: Path, chapters: list[Path]) -> list[Path]:
    """Return the chapters that are newer than their notebooks; all, if what they share is newer."""
    shared = [root / "_config.yml", *(root / "resources").rglob("*")]
    newest = max(path.stat().st_mtime for path in shared)
    # A chapter's notebooks are written together: one of them tells when.
    made = {
        path.name: path.stat().st_mtime for path in earlier.glob(f"{LANGUAGES[0]}/both/*.ipynb")
    }
    return [
        chapter
        for chapter in chapters
        if made.get(chapter.name, 0) <= max(newest, chapter.stat().st_mtime)
    ]


def _swap(new: Path, place: Path) -> None:
    """Put a finished folder in the place of an earlier one."""
    earlier = place.with_name(f"{place.name}-earlier")
    shutil.rmtree(earlier, ignore_errors=True)
    if place.exists():
        place.rename(earlier)
    if new.exists():
        new.rename(place)
    shutil.rmtree(earlier, ignore_errors=True)
