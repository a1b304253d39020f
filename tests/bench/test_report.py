"""What a report of figures says, where it goes, and what a group leaves behind."""

import json
import os
import sys
import time
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, code, markdown
from publishing.bench import report as module
from publishing.bench.build import stock_book
from publishing.bench.measure import Competitor, Measured
from publishing.bench.programs import BOOK, BenchError, python, run_whole, started
from publishing.bench.report import (
    HEADER,
    Machine,
    ReportError,
    as_data,
    demand_writable,
    described,
    machine,
    rows,
    write_json,
)
from publishing.chapter.files import read_chapter

MACHINE = Machine("Linux", "Processor", 2, "3.11.1", {}, {"sphinx": "7.4"})
PAIR = [
    Measured(Competitor("stock", "s", lambda: 0), (2.0, 2.1, 2.3)),
    Measured(Competitor("book", "s", lambda: 0, against="stock", limit=1.5), (1.0, 1.2, 1.1)),
]


def test_row_has_a_cell_for_each_title_and_what_was_found():
    first, second = rows("build", PAIR)
    assert first == "| build | stock | 2.10 s | 2.00 | 2.30 | 3 |  | compared with nothing |"
    assert second == (
        "| build | book | 1.10 s | 1.00 | 1.20 | 3 | 1.5 × stock | within the limit |"
    )
    assert {line.count("|") for line in (*HEADER.splitlines(), first, second)} == {9}


def test_report_names_machine_threads_and_versions(monkeypatch):
    for name in module.THREADS:
        monkeypatch.delenv(name, raising=False)
    assert "as each library chooses" in described(machine([]))
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    said = described(machine(["pytest"]))
    assert f"pytest {pytest.__version__}" in said
    assert "OMP_NUM_THREADS=3" in said
    assert f"{len(os.sched_getaffinity(0))} processors" in said


def test_file_holds_every_figure_and_the_load(tmp_path):
    path = tmp_path / "figures.json"
    write_json(path, MACHINE, [as_data("build", PAIR, (0.5, 1.5))])
    stored = json.loads(path.read_text("utf-8"))
    assert stored["machine"]["versions"] == {"sphinx": "7.4"}
    (group,) = stored["groups"]
    assert (group["group"], group["load"]) == ("build", [0.5, 1.5])
    assert [one["figures"] for one in group["competitors"]] == [[2.0, 2.1, 2.3], [1.0, 1.2, 1.1]]
    assert group["competitors"][1]["verdict"] == "within the limit"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["absent/figures.json", "file/figures.json", "."])
def test_file_that_cannot_be_written_is_refused_before_anything_is_measured(tmp_path, name):
    (tmp_path / "file").touch()
    with pytest.raises(ReportError, match=r"cannot be written: it has to be a file") as caught:
        demand_writable(tmp_path / name)
    assert "\n" not in str(caught.value)
    demand_writable(tmp_path / "figures.json")
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_file_that_can_no_longer_be_written_is_told_in_one_line(tmp_path):
    with pytest.raises(ReportError, match=r"^\S+ cannot be written: No such file or directory\.$"):
        write_json(tmp_path / "gone" / "figures.json", MACHINE, [])


# --- Programs that are measured ------------------------------------------------------------------

STARTS_ANOTHER = """\
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
child.wait()
"""


def is_running(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def has_ended(process: int) -> bool:
    """Tell whether a process ends soon: one that was killed may take a moment."""
    for _ in range(100):
        if not is_running(process):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_interruption_ends_a_program_and_all_that_it_has_started(tmp_path):
    command, log, children = python(STARTS_ANOTHER), tmp_path / "log.txt", []

    def interrupt() -> None:
        children.append(int(program.stdout.readline()))
        assert is_running(*children)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), started(command, log) as program:
        interrupt()
    assert program.returncode == -9
    assert has_ended(*children)


def test_program_that_fails_says_why(tmp_path):
    with pytest.raises(BenchError, match=r"no such book(.|\n)*This has failed"):
        run_whole(python("import sys; sys.exit('no such book')"), tmp_path / "log.txt")


def test_stock_book_has_one_language_and_nothing_of_the_book_s_own(tmp_path, write_chapter):
    path = write_chapter(markdown("# 제목", "ko"), markdown("# Title", "en"), code("x = 1"))
    for name in BOOK[1:]:
        if not (ROOT / name).is_dir():
            (tmp_path / name).write_text((ROOT / name).read_text("utf-8"), "utf-8")
    (tmp_path / "resources").mkdir()
    stock = stock_book(tmp_path, tmp_path / "stock")
    notebook = nbformat.read(stock / "chapters" / "01-sample.ipynb", as_version=4)
    assert [cell.source for cell in notebook.cells] == ["# Title", "x = 1"]
    assert "publishing" not in (stock / "_config.yml").read_text("utf-8")
    # A chapter is parsed once for all who read it, the groups that are measured next among them.
    assert [cell.source for cell in read_chapter(path).cells] == ["# 제목", "# Title", "x = 1"]
