import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.sync_api import Browser, Error, sync_playwright

from book.publishing.execute import KERNEL

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def markdown(source: str, *tags: str) -> NotebookNode:
    return new_markdown_cell(source, metadata={"tags": list(tags)})


def code(source: str, *tags: str, prints: str | None = None) -> NotebookNode:
    """Return a code cell that was executed."""
    outputs = [] if prints is None else [new_output("stream", name="stdout", text=prints)]
    metadata = {"tags": list(tags)}
    return new_code_cell(source, metadata=metadata, execution_count=1, outputs=outputs)


def figure(alt: dict[str, str] | None = None) -> NotebookNode:
    """Return a code cell that has drawn one transparent pixel."""
    pixel = (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
        "rkJggg=="
    )
    cell = code("plt.show()")
    cell.outputs = [new_output("display_data", {"image/png": pixel, "text/plain": "<Figure>"})]
    if alt:
        cell.metadata["alt"] = alt
    return cell


@pytest.fixture
def write_chapter(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes cells as tmp_path/chapters/NAME.ipynb."""

    def write(*cells: NotebookNode, name: str = "01-sample") -> Path:
        path = tmp_path / "chapters" / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
        nbformat.write(new_notebook(cells=list(cells), metadata=metadata), path)
        return path

    return write


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """Return a function that serves a folder on loopback and returns its address."""
    servers = []

    def start(folder: Path) -> str:
        handler = partial(_QuietHandler, directory=str(folder))
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a real browser: the machine's, or else Playwright's own."""
    installed = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        if installed is None and not Path(playwright.chromium.executable_path).exists():
            command = [sys.executable, "-m", "playwright", "install", "chromium"]
            subprocess.run(command, check=False)
        try:
            browser = playwright.chromium.launch(executable_path=installed, args=BROWSER_ARGUMENTS)
        except Error as error:
            message = f"no browser: install chromium ({str(error).splitlines()[0]})"
            if os.environ.get("CI"):
                pytest.fail(message)
            pytest.skip(message)
        yield browser
        browser.close()
