import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from zipfile import ZipFile

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.sync_api import Browser, Error, Page, sync_playwright
from publishing.bench.browser import BROWSER_ARGUMENTS, installed_browser, serving
from publishing.chapter.editions import LANGUAGES
from publishing.chapter.files import KERNEL, Chapter, parse

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"  # what ci/build has left
NOTEBOOKS = ROOT / "_build" / "notebooks"  # this, too
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
# The quick tests look at the first language alone, where a browser takes its time for each.
EACH_LANGUAGE = pytest.mark.parametrize(
    "language",
    [
        pytest.param(language, marks=[pytest.mark.slow] if number else [])
        for number, language in enumerate(LANGUAGES)
    ],
)
# Let a pytest that a test starts load no plugin that is only installed: it starts much faster.
NO_PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
ONLY_NBVAL = {**NO_PLUGINS, "PYTEST_PLUGINS": "nbval.plugin"}


def markdown(source: str, *tags: str) -> NotebookNode:
    return new_markdown_cell(source, metadata={"tags": list(tags)})


def code(source: str, *tags: str, prints: str | None = None) -> NotebookNode:
    """Return a code cell that was executed."""
    outputs = [] if prints is None else [new_output("stream", name="stdout", text=prints)]
    metadata = {"tags": list(tags)}
    return new_code_cell(source, metadata=metadata, execution_count=1, outputs=outputs)


def figure(alt: dict[str, str] | None = None, **labels: str) -> NotebookNode:
    """Return a code cell that has drawn one transparent pixel, or one for each labelled language.

    Each has the size 1 on the page, and under a language's code what its horizontal axis says.
    """
    pixel = (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
        "rkJggg=="
    )
    cell = code("plt.show()")
    size = {"image/png": {"width": 1, "height": 1}}
    cell.outputs = [
        new_output(
            "display_data",
            {"image/png": pixel, "text/plain": f"Figure\nx: {label}"},
            metadata={**size, "language": language},
        )
        for language, label in labels.items()
    ]
    if not labels:
        data = {"image/png": pixel, "text/plain": "Figure"}
        cell.outputs = [new_output("display_data", data, metadata=size)]
    if alt:
        cell.metadata["alt"] = alt
    return cell


def chapter_of(*cells: NotebookNode, **metadata: object) -> Chapter:
    """Return a chapter of cells as it would be read from chapters/01-sample.ipynb."""
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}, **metadata}
    text = nbformat.writes(new_notebook(cells=list(cells), metadata=metadata))
    return Chapter(Path("chapters", "01-sample.ipynb"), text, parse(text))


@pytest.fixture
def write_chapter(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes cells as tmp_path/chapters/NAME.ipynb."""

    def write(*cells: NotebookNode, name: str = "01-sample", **metadata: object) -> Path:
        path = tmp_path / "chapters" / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(chapter_of(*cells, **metadata).text + "\n", "utf-8")
        return path

    return write


@pytest.fixture
def only_nbval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each pytest that the test starts load nbval, and no other plugin."""
    for name, value in ONLY_NBVAL.items():
        monkeypatch.setenv(name, value)


@cache
def built_notebook(path: Path) -> NotebookNode:
    """Return a notebook that ci/build has made, read once; nobody changes it."""
    return nbformat.read(NOTEBOOKS / path, as_version=4)


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
sys.path[:] = [*{first}, *(path for path in sys.path if path not in {clone})]
"""


def kernel_with(folder: Path, *first: Path) -> dict[str, str]:
    """Return variables for kernels that import from given folders first, and not from the clone.

    Args:
        folder: A folder for the kernels' configuration.
        first: The folders.
    """
    configuration = folder / "profile_default" / "ipython_kernel_config.py"
    configuration.parent.mkdir(parents=True)
    paths = {"first": list(map(str, first)), "clone": [str(ROOT), str(ROOT / "ci")]}
    configuration.write_text(KERNEL_CONFIGURATION.format(**paths), "utf-8")
    return {"IPYTHONDIR": str(folder)}


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """Return a function that serves a folder on loopback and returns its address."""
    with ExitStack() as stack:
        yield lambda folder: stack.enter_context(serving(folder))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a real browser: the machine's, or else Playwright's own."""
    installed = installed_browser()
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


# What the page is like when there is a body to draw, and nothing of it is drawn yet.
KEEP_FIRST_LOOK = """new MutationObserver((_, observer) => {
    if (!document.body) return;
    window.firstLook = {...document.documentElement.dataset};
    observer.disconnect();
}).observe(document, {childList: true, subtree: true});"""


@pytest.fixture(scope="session")
def _open_page(browser, address) -> Iterator[tuple[Page, list[str]]]:
    """Return one page for most tests, and its problems: opening one takes more than all else."""
    context = browser.new_context(base_url=address, viewport=DESKTOP)
    page = context.new_page()
    page.add_init_script(KEEP_FIRST_LOOK)
    yield page, watch(page, address)
    context.close()


@pytest.fixture
def page(_open_page) -> Iterator[Page]:
    """Return a page of a new reader that looks at its console and network while a test uses it.

    The test may resize it, emulate media and set routes; whoever adds a script takes `new_page`.
    """
    page, problems = _open_page
    problems.clear()
    yield page
    found = list(problems)
    page.unroute_all(behavior="ignoreErrors")
    page.goto("/404.html", wait_until="commit")  # leads nowhere, and loads nothing
    page.evaluate("localStorage.clear(); sessionStorage.clear()")
    page.emulate_media(media="null", color_scheme="null", reduced_motion="null")
    page.set_viewport_size(DESKTOP)
    page.mouse.move(0, 0)
    assert found == []


@pytest.fixture(scope="session")
def scriptless_page(browser, address) -> Iterator[Page]:
    """Return a page in which no script runs."""
    context = browser.new_context(base_url=address, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def new_page(browser, address) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page as `page`, for a reader with a browser set otherwise."""
    opened = []

    def open_page(**options: object) -> Page:
        page = browser.new_context(base_url=address, **options).new_page()
        opened.append((page, watch(page, address)))
        return page

    yield open_page
    for page, _ in opened:
        page.context.close()
    assert [problem for _, problems in opened for problem in problems] == []


def visit(page: Page, path: str) -> None:
    """Open a page of the site; its scripts have run, fonts and figures may not be there yet."""
    page.goto(f"/{path}", wait_until="domcontentloaded")


def visit_fully(page: Page, path: str) -> None:
    """Open a page without scripts: nothing else makes the browser wait for style sheets."""
    page.goto(f"/{path}", wait_until="load")


def arrive(page: Page, path: str) -> None:
    """Wait until a page that something else has asked for is there, as `visit` opens it."""
    page.wait_for_url(f"/{path}", wait_until="domcontentloaded")


def wait_for_fonts(page: Page) -> None:
    """Wait until the page has all that it asks for: nothing moves any more on it."""
    page.wait_for_load_state("load")
    page.evaluate("() => document.fonts.ready.then(() => undefined)")


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
