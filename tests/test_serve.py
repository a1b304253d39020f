"""`ci/build --serve`: the open page follows the chapter that somebody edits."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from copy import deepcopy
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError
from urllib.request import urlopen

import nbformat
import pytest
import uvicorn
from conftest import ROOT
from playwright.sync_api import expect
from publishing import serve as module
from publishing.bench.serve import SERVE
from publishing.build import BuildError
from publishing.chapter.files import chapters_of, read_chapter
from publishing.chapter.view import tags_of
from publishing.serve import EVENTS, LISTENER, WATCHED, application, rebuild

PATIENCE = 120_000  # milliseconds; alone on a machine it takes some ten seconds


# --- The server alone ----------------------------------------------------------------------------


@pytest.fixture
def site(tmp_path) -> Path:
    """Return the folder of a site of a few files."""
    html = tmp_path / "html"
    (html / "ko").mkdir(parents=True)
    for name in ("index.html", "404.html", "ko/index.html"):
        (html / name).write_text(f"<p>{name}</p>")
    (html / "a.css").write_text("p {}")
    return html


@pytest.fixture
def served(tmp_path, site) -> Iterator[tuple[str, list]]:
    """Return the address of the server, and the changes that it notices, with the open pages."""
    (tmp_path / "chapters").mkdir()
    changes = []
    listening = socket.create_server(("127.0.0.1", 0))

    def on_change(paths: list[Path], opened: list[str], on_pages: Callable[[], None]) -> None:
        changes.append((paths, opened))
        on_pages()

    app = application(site, [tmp_path / "chapters"], on_change)
    options = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(options)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}", changes
    server.should_exit = True
    thread.join()


def test_pages_listen_and_other_files_are_as_they_are(served):
    address, _ = served
    for path in ("/", "/ko/", "/ko/index.html"):
        assert urlopen(address + path).read().decode().endswith(LISTENER.format(count=0)), path
    assert urlopen(f"{address}/a.css").read() == b"p {}"
    with pytest.raises(HTTPError, match="404") as caught:
        urlopen(f"{address}/absent.html")
    assert caught.value.read().decode() == f"<p>404.html</p>{LISTENER.format(count=0)}"


def test_open_page_hears_of_a_change_and_not_of_a_temporary_file(served, tmp_path):
    address, changes = served
    events = urlopen(f"{address}{EVENTS}/0/", timeout=20)
    written = tmp_path / "chapters" / "01-sample.ipynb"
    (tmp_path / "chapters" / ".01-sample.ipynb-abcd").touch()
    written.write_text("changed")
    assert events.readline() == b"data: 1\n"
    events.close()
    assert {path for paths, _ in changes for path in paths} == {written}


def test_who_builds_is_told_which_pages_are_open(served, tmp_path):
    address, changes = served
    pages = ["en/chapters/01-first.html", "ko/index.html"]
    first, *others = [urlopen(f"{address}{EVENTS}/0/{pages[at]}", timeout=20) for at in (0, 0, 1)]
    written = tmp_path / "chapters" / "01-sample.ipynb"
    written.write_text("changed")
    assert first.readline() == b"data: 1\n"
    assert sorted(changes[-1][1]) == pages
    for events in others:
        events.close()
    first.readline()
    for count in (2, 3, 4):  # that a page was closed, its server sees when it tells it something
        written.write_text(f"changed {count}")
        assert first.readline() == f"data: {count}\n".encode()
        first.readline()
    assert changes[-1][1] == pages[:1]
    first.close()


def test_page_hears_of_a_change_between_its_loading_and_its_listening(served, tmp_path):
    address, _ = served
    first = urlopen(f"{address}{EVENTS}/0/", timeout=20)
    (tmp_path / "chapters" / "01-sample.ipynb").write_text("changed")
    assert first.readline() == b"data: 1\n"
    late = urlopen(f"{address}{EVENTS}/0/", timeout=20)
    assert late.readline() == b"data: 1\n"
    assert urlopen(address).read().decode().endswith(LISTENER.format(count=1))
    first.close()
    late.close()


def test_asking_for_what_is_no_count_is_refused(served):
    address, _ = served
    with pytest.raises(HTTPError, match="404"):
        urlopen(f"{address}{EVENTS}/some/")


def test_failed_rebuild_is_told_and_does_not_end_the_server(monkeypatch, capsys):
    def fail(root, output, pool, *, fresh, opened, on_pages):
        assert not fresh
        assert opened == ["ko/"]
        raise BuildError("01-sample.ipynb, cell 1: wrong")

    monkeypatch.setattr(module, "build", fail)
    changed, told_pages = [Path("a", "01.ipynb"), Path("b", "_toc.yml")], []
    arguments = Path("book"), Path("book", "_build"), None, nullcontext, changed, ["ko/"]
    rebuild(*arguments, told_pages.append)
    told = capsys.readouterr()
    assert told.out == "Changed: 01.ipynb, _toc.yml\n"
    assert told.err == "01-sample.ipynb, cell 1: wrong\n"
    assert told_pages == []


def test_what_is_watched_exists():
    assert [name for name in WATCHED if not (ROOT / name).exists()] == []


# --- With the book -------------------------------------------------------------------------------


@pytest.fixture
def book(tmp_path) -> Path:
    """Return a copy of the book."""
    for name in ("chapters", "resources"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def served_book(book) -> Iterator[str]:
    """Return the address at which the copy is built and served."""
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(book)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a group of its own, with the processes that build
    )
    try:
        yield re.search(r"http://[\d.:]+", server.stdout.readline())[0]
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        server.stdout.close()


@pytest.mark.slow
def test_open_page_shows_by_itself_what_an_author_writes(book, served_book, browser):
    chapter = chapters_of(book)[0]
    page = browser.new_page()
    with page.expect_request(f"**{EVENTS}/**"):  # the script that reloads the page listens
        page.goto(f"{served_book}/en/chapters/{chapter.stem}.html")
    sentence = "An author has just written this sentence."
    expect(page.get_by_text(sentence)).to_have_count(0)
    add_sentence(chapter, sentence)
    expect(page.get_by_text(sentence)).to_be_visible(timeout=PATIENCE)
    page.close()


def add_sentence(path: Path, sentence: str) -> None:
    notebook = deepcopy(read_chapter(path).notebook)
    prose = next(cell for cell in notebook.cells if "en" in tags_of(cell))
    prose.source += f"\n\n{sentence}"
    nbformat.write(notebook, path)
