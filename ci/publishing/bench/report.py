"""What was measured, and where: a Markdown table for people, JSON for programs."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from publishing.bench.measure import Competitor, Measured, verdict

HEADER = "| group | what | median | from | to | runs | limit | |\n" + "| --- " * 8 + "|"
# What says how many threads a library takes.
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
INFORMATION = Path("/proc/cpuinfo")


class ReportError(Exception):
    """The report cannot be written; the message says why."""


@dataclass(frozen=True)
class Machine:
    """Where figures come from."""

    system: str
    processor: str
    processors: int  # that this process may use
    python: str
    threads: Mapping[str, str]  # as the environment sets them
    versions: Mapping[str, str]


def machine(packages: Sequence[str]) -> Machine:
    """Describe this machine, with the versions of packages."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Machine(
        platform.platform(),
        _processor(),
        usable or 1,
        platform.python_version(),
        {name: os.environ[name] for name in THREADS if name in os.environ},
        {name: version(name) for name in packages},
    )


def _processor() -> str:
    lines = INFORMATION.read_text("utf-8").splitlines() if INFORMATION.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def load() -> float:
    """Return how many processes have wanted to run in the last minute, on average."""
    return os.getloadavg()[0]


def described(where: Machine) -> str:
    """Return a machine in words, as a line for each thing."""
    threads = [f"{name}={value}" for name, value in where.threads.items()]
    versions = [f"{name} {number}" for name, number in where.versions.items()]
    return "\n".join(
        [
            f"- Machine: {where.system}, {where.processor}, {where.processors} processors",
            f"- Threads: {', '.join(threads) or 'as each library chooses'}",
            f"- Versions: {', '.join([f'Python {where.python}', *versions])}",
        ]
    )


def rows(group: str, measured: Sequence[Measured]) -> list[str]:
    """Return the table's row of each competitor of a group."""
    return [_row(group, one, measured) for one in measured]


def _row(group: str, one: Measured, measured: Sequence[Measured]) -> str:
    competitor = one.competitor
    figures = [_figure(number) for number in (one.median, min(one.figures), max(one.figures))]
    figures[0] += f" {competitor.unit}"
    said = verdict(one, measured).value
    parts = [group, competitor.name, *figures, str(len(one.figures)), _limit(competitor), said]
    return f"| {' | '.join(parts)} |"


def _figure(number: float) -> str:
    return f"{number:.2f}" if number >= 0.1 else f"{number:.4f}"


def _limit(competitor: Competitor) -> str:
    if competitor.limit is None:
        return competitor.against
    if competitor.against:
        return f"{competitor.limit:g} × {competitor.against}"
    return f"{competitor.limit:g} {competitor.unit}"


def table(records: Sequence[Mapping[str, Any]]) -> str:
    """Return a table of records, which all have the titles of the first."""
    lines = [list(records[0]), ["---"] * len(records[0])]
    for record in records:
        values = record.values()
        lines.append([f"{one:.2f}" if isinstance(one, float) else str(one) for one in values])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def as_data(
    group: str,
    measured: Sequence[Measured],
    loads: tuple[float, float],
    summary: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return a group as JSON has it, with the load before and after it, and what follows."""
    return {
        "group": group,
        "load": loads,
        "summary": list(summary),
        "competitors": [
            {
                "name": one.competitor.name,
                "unit": one.competitor.unit,
                "figures": list(one.figures),
                "median": one.median,
                "spread": one.spread,
                "against": one.competitor.against,
                "limit": one.competitor.limit,
                "verdict": verdict(one, measured).value,
            }
            for one in measured
        ],
    }


def demand_writable(path: Path, endings: Sequence[str] = ()) -> None:
    """Find out that a file cannot be written before anything is measured for it.

    Raises:
        ReportError: It cannot, or has none of the endings, if there are any.
    """
    if endings and path.suffix not in endings:
        raise ReportError(
            f"{path} cannot be written: its name has to end in {' or '.join(endings)}."
        )
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise ReportError(f"{path} cannot be written: it has to be a file in a folder that exists.")


def write_json(path: Path, where: Machine, groups: Sequence[dict[str, Any]]) -> None:
    """Write all figures to a file, as a whole or not at all.

    Raises:
        ReportError: It cannot be written.
    """
    text = json.dumps({"machine": vars(where), "groups": groups}, indent=2, ensure_ascii=False)
    write_whole(path, f"{text}\n".encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all.

    Raises:
        ReportError: It cannot be written.
    """
    passing = path.with_name(f".{path.name}-new")
    try:
        passing.write_bytes(content)
        passing.replace(path)
    except OSError as error:
        raise ReportError(f"{path} cannot be written: {error.strerror}.") from error
