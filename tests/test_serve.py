"""`ci/build --serve`: the open page follows the chapter that somebody edits."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from book.publishing.build import build
from book.publishing.chapters import chapters_of, read_chapter
from book.publishing.views import tags_of
from conftest import ROOT
from playwright.sync_api import Error, Page, expect

SERVE = """\
import sys
from pathlib import Path
from book.publishing.serve import serve
serve(Path(sys.argv[1]), Path(sys.argv[2]))
"""
PATIENCE = 120_000  # milliseconds; alone on a machine it takes some ten seconds


@pytest.fixture
def book(tmp_path) -> Path:
    """Return a copy of the book, built in `_build`."""
    for name in ("chapters", "resources"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, tmp_path)
    build(tmp_path, tmp_path / "_build")
    return tmp_path


@pytest.fixture
def served(book) -> Iterator[str]:
    """Return the address at which the copy is served."""
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(book), str(book / "_build")],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        start_new_session=True,  # a group of its own, with the builds that it starts
    )
    try:
        yield re.search(r"http://[\d.:]+", server.stdout.readline())[0]
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        server.stdout.close()


@pytest.mark.slow
def test_open_page_shows_by_itself_what_an_author_writes(book, served, browser):
    chapter = chapters_of(book)[0]
    page = browser.new_page()
    wait_until_served(page, served)
    # The script that reloads the page listens.
    with page.expect_websocket():
        page.goto(f"{served}/en/chapters/{chapter.stem}.html")
    sentence = "An author has just written this sentence."
    expect(page.get_by_text(sentence)).to_have_count(0)
    add_sentence(chapter, sentence)
    expect(page.get_by_text(sentence)).to_be_visible(timeout=PATIENCE)
    page.close()


def wait_until_served(page: Page, address: str) -> None:
    """Wait for the server, which says where it will be before it is there."""
    for _ in range(100):
        try:
            page.request.get(address)
            return
        except Error:
            page.wait_for_timeout(200)
    pytest.fail(f"nothing is served at {address}")


def add_sentence(path: Path, sentence: str) -> None:
    chapter = read_chapter(path)
    prose = next(cell for cell in chapter.cells if "en" in tags_of(cell))
    prose.source += f"\n\n{sentence}"
    nbformat.write(chapter, path)
