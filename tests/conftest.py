import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from zipfile import ZipFile

import nbformat
import pytest
from book.publishing.execute import KERNEL
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.sync_api import Browser, Error, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"  # what ci/build has left
NOTEBOOKS = ROOT / "_build" / "notebooks"  # this, too
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
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


@pytest.fixture(scope="session")
def unpacked_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds what the notebooks' first cell installs of the book."""
    (wheel,) = NOTEBOOKS.glob("*.whl")
    folder = tmp_path_factory.mktemp("wheel")
    ZipFile(wheel).extractall(folder)
    return folder


# The kernel reads it when it starts, and nothing else does: the plugin needs the clone's `book`.
KERNEL_CONFIGURATION = """\
import sys
sys.path[:] = [*{first}, *(path for path in sys.path if path != {root})]
"""


def kernel_with(folder: Path, *first: Path) -> dict[str, str]:
    """Return variables for kernels that import from given folders first, and not from the clone.

    Args:
        folder: A folder for the kernels' configuration.
        first: The folders.
    """
    configuration = folder / "profile_default" / "ipython_kernel_config.py"
    configuration.parent.mkdir(parents=True)
    paths = {"first": list(map(str, first)), "root": repr(str(ROOT))}
    configuration.write_text(KERNEL_CONFIGURATION.format(**paths), "utf-8")
    return {"IPYTHONDIR": str(folder)}


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


@pytest.fixture(scope="session")
def address(serve) -> str:
    """Return where the built site is served."""
    assert (SITE / "index.html").exists(), "run ci/build first"
    return serve(SITE)


@pytest.fixture
def page(browser, address) -> Iterator[Page]:
    """Return a page that looks at its own console and network while a test uses it."""
    page = browser.new_page(viewport=DESKTOP)
    problems = watch(page, address)
    yield page
    page.close()
    assert problems == []


def watch(page: Page, address: str) -> list[str]:
    """Return the list in which the page's errors and its requests to other hosts will be."""
    problems: list[str] = []

    def on_console(message):
        if message.type in ("error", "warning"):
            problems.append(f"console {message.type} on {page.url}: {message.text}")

    def on_request(request):
        if not request.url.startswith((address, "data:", "blob:")):
            problems.append(f"{page.url} asks another host: {request.url}")

    def on_response(response):
        if response.status >= 400:
            problems.append(f"{page.url}: {response.status} for {response.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: problems.append(f"error on {page.url}: {error}"))
    page.on("request", on_request)
    page.on("response", on_response)
    return problems


def pages(language: str) -> list[str]:
    return sorted(f"{language}/chapters/{path.name}" for path in SITE.glob("ko/chapters/*.html"))


def first_page_with(selector: str, language: str = "ko") -> str:
    for path in pages(language):
        if selector in (SITE / path).read_text("utf-8"):
            return path
    raise AssertionError(f"no page of the site has {selector}")
