"""Plants mistakes, one at a time, in a copy of the book: the checks must find each of them."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import yaml
from nbformat import NotebookNode

from publishing.chapter.files import read_chapter
from publishing.chapter.view import view
from publishing.proof.pytest_run import CHAPTER_OPTIONS, Result, run_checks, with_packages

HEADER = "| mistake | in | check | result | seconds |\n| --- | --- | --- | --- | --- |"
AT_ONCE = 2  # checks; each keeps about one core busy
ACTIONS = (
    "replace",
    "empty the output",
    "change the output",
    "swap the languages",
    "leave the package as it is",
)


class MutationError(Exception):
    """The list of mistakes is not in order; the message is one line."""


@dataclass(frozen=True)
class Mutation:
    """One mistake."""

    name: str
    file: str  # relative to the folder of the book
    check: str  # tests for pytest, or a chapter and, to be quick, one of its frameworks
    old: str  # occurs exactly once
    new: str = ""
    action: str = "replace"
    output: str = ""  # "change the output": what `new` replaces there; occurs exactly once

    @property
    def chapter(self) -> str:
        """The name of the chapter that it is planted in, or else of the file."""
        return Path(self.file).stem if self.file.endswith(".ipynb") else self.file


def read_mutations(path: Path) -> list[Mutation]:
    """Read the list of mistakes.

    Raises:
        MutationError: An entry has unknown fields, or two have one name.
    """
    try:
        mutations = [Mutation(**entry) for entry in yaml.safe_load(path.read_text("utf-8"))]
    except (TypeError, yaml.YAMLError) as error:
        raise MutationError(f"{path.name}: {str(error).splitlines()[0]}") from error
    names = [mutation.name for mutation in mutations]
    for mutation in mutations:
        if names.count(mutation.name) > 1:
            raise MutationError(f"{mutation.name}: two mistakes have this name; change one")
        if mutation.action not in ACTIONS:
            raise MutationError(f"{mutation.name}: the action is none of {', '.join(ACTIONS)}")
    return mutations


def changed(root: Path, mutation: Mutation) -> str:
    """Return the text of the file with the mistake in it.

    Raises:
        MutationError: The old text does not occur exactly once in the file, or the one in the
            output not once there.
    """
    path = root / mutation.file
    if path.suffix == ".ipynb":
        notebook = deepcopy(read_chapter(path).notebook)
        _check_count(sum(cell.source.count(mutation.old) for cell in notebook.cells), mutation)
        _change(notebook.cells, mutation)
        return nbformat.writes(notebook)
    text = path.read_text("utf-8")
    _check_count(text.count(mutation.old), mutation)
    return text.replace(mutation.old, mutation.new)


def _change(cells: list[NotebookNode], mutation: Mutation) -> None:
    place = next(index for index, cell in enumerate(cells) if mutation.old in cell.source)
    cell = cells[place]
    if mutation.action == "empty the output":
        cell.outputs = []
    elif mutation.action == "change the output":
        _change_output(cell, mutation)
    elif mutation.action == "swap the languages":
        twin = cells[place + 1]
        cell.source, twin.source = twin.source, cell.source
    else:
        cell.source = cell.source.replace(mutation.old, mutation.new)


def _change_output(cell: NotebookNode, mutation: Mutation) -> None:
    """Make what is printed stale, as if the code had changed and the outputs had not."""
    streams = [output for output in cell.outputs if output.output_type == "stream"]
    found = [stream.text.count(mutation.output) for stream in streams]
    _check_count(sum(found), mutation, "the output")
    stream = streams[found.index(1)]
    stream.text = stream.text.replace(mutation.output, mutation.new)


def _check_count(count: int, mutation: Mutation, place: str = "") -> None:
    if count != 1:
        raise MutationError(
            f"{mutation.name}: the old text occurs {count} times in {place or mutation.file}; "
            "give a text that occurs once"
        )


def mutate(
    root: Path, python: Path, mutations: Sequence[Mutation], sync: Callable[[Path], object]
) -> Iterator[tuple[str, bool]]:
    """Plant each mistake in a copy of the book and run its check there.

    Args:
        root: The folder of the book.
        python: The interpreter of the checks.
        mutations: The mistakes.
        sync: Brings a book's package in line with its chapters.

    Yields:
        A row of the table below `HEADER`, and whether it is as it should be. First come the
        checks themselves, which must pass where there is no mistake.

    Raises:
        MutationError: An old text does not occur exactly once.
    """
    for mutation in mutations:  # all of them, before the first check takes its time
        changed(root, mutation)
    checks = list(dict.fromkeys(mutation.check for mutation in mutations))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        untouched = pool.map(lambda check: _run(root, python, sync, check), checks)
        for check, result in zip(checks, untouched, strict=True):
            verdict = f"**fails: {result.failures[0]}**" if result.failures else "passes"
            row = f"| none | | {check} | {verdict} | {result.seconds:.0f} |"
            yield row, not result.failures
        planted = pool.map(lambda one: _run(root, python, sync, one.check, one), mutations)
        for mutation, result in zip(mutations, planted, strict=True):
            verdict = f"caught: {result.failures[0]}" if result.failures else "**survives**"
            row = (
                f"| {mutation.name} | {mutation.chapter} | {mutation.check} | {verdict} "
                f"| {result.seconds:.0f} |"
            )
            yield row, bool(result.failures)


def _run(
    root: Path,
    python: Path,
    sync: Callable[[Path], object],
    check: str,
    mutation: Mutation | None = None,
) -> Result:
    """Run a check on a copy of the book, with one mistake or none, up to the first failure."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        copy_book(root, folder)
        if mutation is not None:
            (folder / mutation.file).write_text(changed(folder, mutation), "utf-8")
            if mutation.action != "leave the package as it is":
                sync(folder)
        if check.startswith("tests/"):
            arguments = check.split(" ", maxsplit=2)  # a file, and perhaps -k and an expression
        else:
            arguments = [*CHAPTER_OPTIONS, str(_write_view(folder, check))]
        quick = ["--exitfirst", "-p", "no:cacheprovider"]
        return run_checks(python, folder, [*quick, *arguments], with_packages(folder))


def copy_book(root: Path, folder: Path) -> None:
    """Copy what git tracks or would track, as it is now."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (root / name).is_file():  # a file that was removed is still listed
            os.makedirs((folder / name).parent, exist_ok=True)
            shutil.copyfile(root / name, folder / name)


def _write_view(folder: Path, check: str) -> Path:
    """Replace a chapter by its view for one framework, where the check names one."""
    name, _, framework = check.partition(" ")
    path = folder / "chapters" / f"{name}.ipynb"
    if framework:
        nbformat.write(view(read_chapter(path).notebook, framework=framework), path)
    return path
