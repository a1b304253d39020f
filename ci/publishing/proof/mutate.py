"""Plants mistakes, one at a time, in a copy of the book: the checks must find each of them."""

import shutil
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
from publishing.children import run_child
from publishing.proof.build_run import build_with
from publishing.proof.pytest_run import (
    CHAPTER_OPTIONS,
    run_checks,
    with_packages,
    with_second_device,
)

HEADER = "| mistake | in | check | result | seconds |\n| --- | --- | --- | --- | --- |"
OF_THE_SITE = "tests/site/"  # these tests look at what a build leaves
AT_ONCE = 2  # checks; each keeps about one core busy
ACTIONS = (
    "replace",
    "empty the output",
    "change the output",
    "swap the languages",
    "take the tag away",
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
    if path.suffix != ".ipynb":
        text = path.read_text("utf-8")
        _check_count(text.count(mutation.old), mutation)
        return text.replace(mutation.old, mutation.new)
    notebook = deepcopy(read_chapter(path).notebook)
    _check_count(sum(cell.source.count(mutation.old) for cell in notebook.cells), mutation)
    place = next(at for at, cell in enumerate(notebook.cells) if mutation.old in cell.source)
    cell = notebook.cells[place]
    if mutation.action == "empty the output":
        cell.outputs = []
    elif mutation.action == "change the output":
        _change_output(cell, mutation)
    elif mutation.action == "take the tag away":
        cell.metadata.tags.remove(mutation.new)
    elif mutation.action == "swap the languages":
        twin = notebook.cells[place + 1]
        cell.source, twin.source = twin.source, cell.source
    else:
        cell.source = cell.source.replace(mutation.old, mutation.new)
    return str(nbformat.writes(notebook))


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
    """Plant each mistake in a copy of the book, `sync` its package and run its check there.

    Yields:
        A row of the table below `HEADER`, and whether it is as it should be. First come the
        checks themselves, which must pass where there is no mistake.

    Raises:
        MutationError: An old text does not occur exactly once.
    """
    for mutation in mutations:  # all of them, before the first check takes its time
        changed(root, mutation)
    checks = list(dict.fromkeys(mutation.check for mutation in mutations))
    with TemporaryDirectory() as temporary, ThreadPoolExecutor(AT_ONCE) as pool:
        built = Path(temporary)  # without a mistake, once for all that looks at the site
        unbuilt = ""
        if any(check.startswith(OF_THE_SITE) for check in checks):
            copy_book(root, built)
            unbuilt = build_with(python, built, built / "_build", address=None)

        def run(check: str) -> tuple[list[str], float]:
            if unbuilt and check.startswith(OF_THE_SITE):
                return [_end_of_build(unbuilt)], 0
            with TemporaryDirectory() as folder:
                place = built if check.startswith(OF_THE_SITE) else Path(folder)
                if place is not built:
                    copy_book(root, place)
                return _run(python, place, check)

        def plant(mutation: Mutation) -> tuple[list[str], float]:
            with TemporaryDirectory() as folder:
                place = Path(folder)
                copy_book(root, place)
                (place / mutation.file).write_text(changed(place, mutation), "utf-8")
                if mutation.action != "leave the package as it is":
                    sync(place)
                if mutation.check.startswith(OF_THE_SITE):
                    if written := build_with(python, place, place / "_build", address=None):
                        return [_end_of_build(written)], 0
                return _run(python, place, mutation.check)

        for check, (failures, seconds) in zip(checks, pool.map(run, checks), strict=True):
            verdict = f"**fails: {failures[0]}**" if failures else "passes"
            yield f"| none | | {check} | {verdict} | {seconds:.0f} |", not failures
        planted = pool.map(plant, mutations)
        for mutation, (failures, seconds) in zip(mutations, planted, strict=True):
            verdict = f"caught: {failures[0]}" if failures else "**survives**"
            cells = (mutation.name, mutation.chapter, mutation.check, verdict)
            yield f"| {' | '.join(cells)} | {seconds:.0f} |", bool(failures)


def _run(python: Path, folder: Path, check: str) -> tuple[list[str], float]:
    """Return the names of what fails of a check in a copy of the book, and its seconds."""
    arguments = ["--exitfirst", "-p", "no:cacheprovider", *_arguments(folder, check)]
    variables = with_packages(folder)
    if check.endswith(" pytorch"):  # else a mistake that only a GPU shows would survive
        variables |= with_second_device(folder)
    result = run_checks(python, folder, arguments, variables)
    return result.failures, result.seconds


def _end_of_build(written: str) -> str:
    return f"the build: {written.splitlines()[-1]}"


def _arguments(folder: Path, check: str) -> Sequence[str]:
    """Return pytest's arguments for a check; a chapter becomes its view, where one is named."""
    if check.startswith("tests/"):
        return check.split(" ", maxsplit=2)  # a file, and perhaps -k and an expression
    name, _, framework = check.partition(" ")
    path = folder / "chapters" / f"{name}.ipynb"
    if framework:
        nbformat.write(view(read_chapter(path).notebook, framework=framework), path)
    return [*CHAPTER_OPTIONS, str(path)]


def copy_book(root: Path, folder: Path) -> None:
    """Copy what git tracks or would track, as it is now."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = run_child(command, root)
    listed.check_returncode()
    for name in filter(None, listed.stdout.split("\0")):
        if (root / name).is_file():  # a file that was removed is still listed
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, folder / name)
