"""Writes down in Markdown what came of running the notebooks."""

import shlex
from collections.abc import Iterator
from textwrap import indent

from publishing.chapter.editions import FRAMEWORKS
from publishing.proof.pytest_run import COMPARE_AGAIN
from publishing.proof.rerun import Machine, Outcome

HEADER = ("chapter", "view", "device", "versions", "seconds", "cells compared", "cells that differ")
LONGEST = 40  # lines of one difference


def report(outcomes: list[Outcome], machine: Machine, python: str = "") -> str:
    """Return a table with a row for each notebook and, below it, how cells differ.

    `python` is what ci/run-notebooks was told to run them with; empty where it chose by itself.
    """
    rows = [HEADER, ["---"] * len(HEADER), *(_row(outcome, machine) for outcome in outcomes)]
    lines = [f"Python {machine.python}", "", *(f"| {' | '.join(row)} |" for row in rows)]
    for outcome in outcomes:
        lines.extend(_differences(outcome))
        if outcome.differences:
            notebook = outcome.notebook
            command = ["ci/run-notebooks", *(["--python", python] if python else [])]
            command += ["--language", notebook.language, "--framework", notebook.framework]
            lines += ["", f"{COMPARE_AGAIN}`{shlex.join([*command, notebook.chapter])}`"]
    return "\n".join(lines) + "\n"


def summary(outcome: Outcome) -> str:
    """Say in a few words what came of one notebook."""
    if outcome.missing:
        names = " and ".join(FRAMEWORKS[name].label for name in outcome.missing)
        return f"not run: {names} is not installed"
    if outcome.differences:
        return ", ".join(difference.cell for difference in outcome.differences)
    return "none"


def _row(outcome: Outcome, machine: Machine) -> list[str]:
    notebook = outcome.notebook
    view = f"{notebook.language}/{notebook.framework}"
    if outcome.missing:
        return [notebook.chapter, view, "", "", "", "", summary(outcome)]
    used = [machine.frameworks[name] for name in notebook.needs]
    return [
        notebook.chapter,
        view,
        # Both frameworks mostly name the same one.
        ", ".join(dict.fromkeys(framework["device"] for framework in used)),
        ", ".join(framework["versions"] for framework in used),
        f"{outcome.seconds:.0f}",
        str(outcome.compared),
        summary(outcome),
    ]


def _differences(outcome: Outcome) -> Iterator[str]:
    notebook = outcome.notebook
    for difference in outcome.differences:
        view = f"{notebook.language}/{notebook.framework}"
        cell = f"{notebook.chapter}, {view}, cell {difference.cell}"
        yield f"\n{cell}: `{difference.first_line}`\n"
        lines = difference.how.splitlines()
        if len(lines) > LONGEST:
            lines = [*lines[:LONGEST], f"... and {len(lines) - LONGEST} more lines"]
        yield indent("\n".join(lines), "    ")  # a code block that nothing inside can end
