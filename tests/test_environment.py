"""What the commands share: an environment that is theirs, one at a time, and one line for a person.

A stand-in for the clone: a folder with ci/environment.py, empty lock files, and a command.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT

COMMAND = """\
import sys, time
from environment import ROOT, claim, enter, run

def main():
    enter("build")
    claim()
    with open(ROOT / "said", "a") as file:
        print("begins", file=file, flush=True)
        time.sleep(float(sys.argv[1]))
        print("ends", file=file)
    print(sys.executable)

run(main)
"""
# An installation that takes a moment and leaves a half behind when it is broken off.
PIP = """\
import pathlib, sys, time
half = pathlib.Path(sys.prefix, "half")
half.touch()
time.sleep(0.3)
half.rename(half.with_name("whole"))
"""
FAST_PIP = f"import subprocess\nsubprocess.run([{sys.executable!r}])"
# Asks another Python, and has closed the place where the answer should go.
ASK_UNHEARD = """\
import environment, os, sys

reader, writer = os.pipe()
os.close(reader)
run_apart = environment.run_apart
environment.run_apart = lambda command, **_: run_apart(command, stdout=writer)
environment._ask(sys.executable, "print('said')")
"""


@pytest.fixture
def clone(tmp_path) -> Path:
    """Return a clone of nothing but what makes the environment; its pip installs one file."""
    folder = tmp_path / "책 한 권"
    (folder / "ci" / "requirements").mkdir(parents=True)
    for name in ("environment.py", "locks.py"):
        shutil.copy(ROOT / "ci" / name, folder / "ci")
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "ci" / "requirements" / "build.txt").write_text("")
    (folder / "ci" / "command").write_text(COMMAND)
    module = folder / "ci" / "environment.py"
    text = module.read_text("utf-8")
    pip = folder / "pip.py"
    pip.write_text(PIP)
    for old, new in (
        ('"-m", "pip", "install", *options', "str(ROOT / 'pip.py')"),
        ('"--clear"', '"--clear", "--without-pip"'),  # ensurepip takes seconds
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    module.write_text(text, "utf-8")
    return folder


def hear_later() -> None:
    """Keep an interruption until the command listens: Python's own start shows a traceback."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])


def start(clone: Path, seconds: float = 0, python: str = sys.executable) -> subprocess.Popen:
    return subprocess.Popen(
        [python, str(clone / "ci" / "command"), str(seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        preexec_fn=hear_later,
    )


def finish(process: subprocess.Popen) -> tuple[int, str, str]:
    out, error = process.communicate(timeout=60)
    return process.returncode, out, error


def python_of(clone: Path) -> str:
    return f"{clone / '.venv' / 'bin' / 'python'}\n"


def test_first_command_makes_the_environment_and_the_next_ones_use_it(clone):
    code, out, error = finish(start(clone))
    assert (code, out) == (0, python_of(clone))
    assert error.splitlines() == ["Making .venv ...", "Installing build.txt ..."]
    assert (clone / ".venv" / "whole").exists()
    assert finish(start(clone)) == (0, python_of(clone), "")


def test_changed_lock_file_is_installed_into_what_is_there(clone):
    finish(start(clone))
    (clone / "ci" / "requirements" / "build.txt").write_text("# changed")
    code, _, error = finish(start(clone))
    assert (code, error) == (0, "Installing build.txt ...\n")


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGINT])
def test_what_was_broken_off_is_never_taken_for_finished(clone, kill):
    for moment in (0.1, 0.2, 0.3, 0.4, 0.5, 0.7):  # seconds: in the making, in the installation
        process = start(clone)
        time.sleep(moment)
        os.killpg(process.pid, kill)
        code, _, error = finish(process)
        assert "Traceback" not in error
        assert code in (0, -kill, 130)
        code, out, error = finish(start(clone))
        assert (code, out) == (0, python_of(clone)), error
        assert (clone / ".venv" / "whole").exists()
        assert not (clone / ".venv" / "half").exists()
        shutil.rmtree(clone / ".venv")


def test_question_to_another_python_ends_in_silence_where_nobody_hears_the_answer(clone):
    done = subprocess.run(
        [sys.executable, "-c", ASK_UNHEARD], cwd=clone / "ci", capture_output=True, text=True
    )
    assert done.stderr == f"{sys.executable} cannot be run (see above).\n"


def test_failed_installation_is_said_in_a_line_and_made_anew(clone):
    (clone / "pip.py").write_text("import sys; sys.exit(1)")
    code, out, error = finish(start(clone))
    assert (code, out) == (1, "")
    assert error.splitlines()[-1].startswith("pip could not install the requirements")
    (clone / "pip.py").write_text(PIP)
    code, out, error = finish(start(clone))
    assert (code, out) == (0, python_of(clone))
    assert "anew, for an earlier run did not finish it" in error


@pytest.mark.parametrize("act", [shutil.copytree, shutil.move])
def test_moved_or_copied_clone_runs_its_own_code(clone, act):
    finish(start(clone))
    other = clone.with_name("another")
    act(clone, other)
    code, out, error = finish(start(other))
    assert (code, out) == (0, python_of(other))
    assert "anew, for it was made in another place or by another Python" in error
    (path,) = (other / ".venv").glob("lib/python*/site-packages/book.pth")
    assert path.read_text() == f"{other}\n{other / 'ci'}\n"


def test_environment_of_another_python_is_made_anew(clone):
    finish(start(clone))
    made = clone / ".venv" / "made-by"
    made.write_text(made.read_text("utf-8").replace("3.", "2.", 1), "utf-8")
    code, _, error = finish(start(clone))
    assert code == 0
    assert "by another Python" in error


def test_second_command_waits_and_says_for_what(clone):
    finish(start(clone))
    first = start(clone, seconds=1.5)
    while "begins" not in (clone / "said").read_text().split("\n")[2:]:
        time.sleep(0.02)
    second = start(clone)
    code, _, error = finish(second)
    assert code == 0
    assert error == f"Waiting for ci/command (process {first.pid}) to end ...\n"
    assert finish(first)[0] == 0
    assert (clone / "said").read_text().split() == ["begins", "ends"] * 3


def test_two_first_commands_at_once_make_one_environment(clone):
    processes = [start(clone) for _ in range(3)]
    results = [finish(process) for process in processes]
    assert [(code, out) for code, out, _ in results] == [(0, python_of(clone))] * 3
    assert sum("Making .venv" in error for *_, error in results) == 1
    assert (clone / "said").read_text().split() == ["begins", "ends"] * 3


def test_killed_command_keeps_nobody_waiting(clone):
    finish(start(clone))
    process = start(clone, seconds=60)
    time.sleep(1)
    process.kill()
    process.wait()
    assert finish(start(clone))[2] == ""


def test_command_of_a_command_does_not_wait_for_it(clone):
    (clone / "ci" / "outer").write_text(
        "import subprocess, sys\n"
        "from environment import ROOT, claim, enter, run\n"
        "def main():\n"
        "    enter('build')\n"
        "    claim()\n"
        "    sys.exit(subprocess.run([sys.executable, ROOT / 'ci' / 'command', '0']).returncode)\n"
        "run(main)\n"
    )
    command = [sys.executable, str(clone / "ci" / "outer")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "Waiting" not in done.stderr


@pytest.mark.parametrize("wait", [0, 0.1, 0.3, 1.0])
def test_interrupted_command_says_so_in_one_line(clone, wait):
    finish(start(clone))
    process = start(clone, seconds=60)
    time.sleep(wait)
    os.killpg(process.pid, signal.SIGINT)
    assert finish(process) == (130, "", "Interrupted.\n")


def test_what_a_command_runs_ends_with_it_and_says_nothing_more(clone):
    (clone / "ci" / "outer").write_text(
        "import sys\n"
        "from environment import enter, run, run_apart\n"
        "def main():\n"
        "    enter('build')\n"
        "    wait = 'import time; print(1, flush=True); time.sleep(60)'\n"
        "    run_apart([sys.executable, '-c', wait])\n"
        "run(main)\n"
    )
    finish(start(clone))
    process = subprocess.Popen(
        [sys.executable, str(clone / "ci" / "outer")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
        preexec_fn=hear_later,
    )
    assert process.stdout.readline() == "1\n"
    os.killpg(process.pid, signal.SIGINT)
    assert finish(process) == (130, "", "Interrupted.\n")


def test_folder_that_cannot_be_written_is_named(clone):
    finish(start(clone))
    (clone / "_build.lock").unlink()
    (clone / "_build.lock").mkdir()  # root may write everywhere else
    code, out, error = finish(start(clone))
    assert (code, out) == (1, "")
    assert error == f"{clone / '_build.lock'} cannot be used: Is a directory.\n"


def test_each_command_is_run_so_and_keeps_the_others_out():
    writing = "bench build execute lock mutate perturb run-notebooks sync test"
    for name in writing.split():
        text = (ROOT / "ci" / name).read_text("utf-8")
        assert text.endswith("    run(main)\n"), name
        assert "claim()" in text or "with claimed():" in text, name
        # None of its own functions takes the place of those.
        assert not {"run", "enter", "claim", "claimed"} & set(re.findall(r"def (\w+)", text)), name


@pytest.mark.parametrize("encoding", ["cp949", "ascii"])
def test_environment_is_made_where_python_writes_in_another_encoding(clone, monkeypatch, encoding):
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    code, _, error = finish(start(clone))  # in a folder with Hangul
    assert (code, error) == (0, "Making .venv ...\nInstalling build.txt ...\n")


def test_letters_that_a_terminal_lacks_are_written_in_another_way(clone):
    (clone / "ci" / "command").write_text("from environment import run\nrun(lambda: print('책 …'))")
    for encoding in ("ascii", "cp949", "euc-kr", "latin-1"):
        variables = {**os.environ, "PYTHONIOENCODING": encoding}
        command = [sys.executable, str(clone / "ci" / "command")]
        done = subprocess.run(command, env=variables, capture_output=True)
        assert done.returncode == 0, encoding
