"""A real browser, a server for it, and a first view as a phone in a slow network has it.

The tests of the site take these, too.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from playwright.sync_api import Browser, Error, sync_playwright

from publishing.bench.programs import BenchError

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# A slow 4G network and a phone of some years, as Lighthouse takes them.
NETWORK = {
    "offline": False,
    "latency": 150,  # milliseconds
    "downloadThroughput": 1_600_000 / 8,  # bytes in a second
    "uploadThroughput": 750_000 / 8,
}
SLOWER = 4  # times, than this processor
FIRST_PAINT = """() => new Promise(resolve => new PerformanceObserver(list => {
    for (const entry of list.getEntriesByName('first-contentful-paint')) resolve(entry.startTime);
}).observe({type: 'paint', buffered: true}))"""


class Handler(SimpleHTTPRequestHandler):
    """Serves files, and says nothing."""

    protocol_version = "HTTP/1.1"  # one connection for many files

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def end_headers(self) -> None:
        """Let a browser keep what pages share."""
        if "/_static/" in self.path:
            self.send_header("Cache-Control", "max-age=3600")
        super().end_headers()


class Server(ThreadingHTTPServer):
    """Serves pages that may go away before they have all."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a page that went away before it had all: it was closed early."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; yield the address."""
    server = Server(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def installed_browser() -> str | None:
    """Return the machine's own browser, if it has one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the machine's browser, or else Playwright's own.

    Raises:
        BenchError: There is none.
    """
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=installed_browser(), args=BROWSER_ARGUMENTS
            )
        except Error as error:
            raise BenchError(
                f"No browser: install chromium ({error.message.splitlines()[0]})."
            ) from error
        try:
            yield browser
        finally:
            browser.close()


def first_view(browser: Browser, address: str) -> float:
    """Return after how many seconds a new reader with a slow phone sees something of a page."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    try:
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.send("Network.emulateNetworkConditions", NETWORK)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.goto(address, wait_until="load", timeout=120_000)
        return float(page.evaluate(FIRST_PAINT)) / 1000
    finally:
        context.close()
