"""Serves the site on this machine, rebuilds it when a source changes and reloads the open page.

Of the libraries for this, sphinx-autobuild is a command without a public interface, and livereload
answers no request while it builds; starlette, uvicorn and watchfiles are what both could be.
"""

import asyncio
import gc
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from watchfiles import DefaultFilter, awatch

from publishing.build import BuildError, Workers, build, read_chapters
from publishing.chapter.editions import LANGUAGES

HOST = "127.0.0.1"
WATCHED = ("chapters", "resources", "ci/publishing/site/static", "_config.yml", "_toc.yml")
UNFINISHED = (r"^\.",)  # names of editors' and ci/execute's temporary files
EVENTS = "/newer-than"  # where an open page, which says how new it is, hears that it is old
LISTENER = f"""<script>
new EventSource("{EVENTS}/{{count}}" + location.pathname).onmessage = () => location.reload();
</script>"""
# Is given what has changed, and the pages that are open; calls the third when these may load again.
OnChange = Callable[[list[Path], list[str], Callable[[], None]], None]


def serve(
    root: Path, output: Path, pool: Workers, claimed: Callable[[], AbstractContextManager[None]]
) -> None:
    """Serve the site until Ctrl+C; what is entered while it builds keeps other commands out."""
    with suppress(BuildError):  # the first change is then as fast as others
        read_chapters(root, words=False)
    gc.collect()
    gc.freeze()
    with socket.create_server((HOST, 0)) as listening:  # a free port, ours from here on
        address = f"http://{HOST}:{listening.getsockname()[1]}"
        pages = ", ".join(f"{address}/{language}/" for language in LANGUAGES)
        print(f"The site is at {pages}; stop with Ctrl+C.", flush=True)
        paths = [root / name for name in WATCHED if (root / name).exists()]
        site = application(output / "html", paths, partial(rebuild, root, output, pool, claimed))
        # An open page listens for ever: there is nothing to wait for at the end.
        configuration = uvicorn.Config(site, log_level="warning", timeout_graceful_shutdown=1)
        uvicorn.Server(configuration).run(sockets=[listening])


def application(html: Path, watched: list[Path], on_change: OnChange) -> Starlette:
    """Return the server's application."""
    changes_of_pages = Changes()
    listening: Counter[str] = Counter()  # how often each page is open

    async def watch() -> None:
        loop = asyncio.get_running_loop()
        only = DefaultFilter(ignore_entity_patterns=UNFINISHED)

        def on_pages() -> None:
            asyncio.run_coroutine_threadsafe(changes_of_pages.add(), loop)

        async for changes in awatch(*watched, watch_filter=only):
            paths = [Path(path) for _, path in changes]
            await asyncio.to_thread(on_change, paths, list(+listening), on_pages)

    async def events(request: Request) -> Response:
        async def listen() -> AsyncIterator[str]:
            count, page = request.path_params["count"], request.path_params["page"]
            listening[page] += 1
            try:
                while True:
                    count = await changes_of_pages.after(count)
                    yield f"data: {count}\n\n"
            finally:
                listening[page] -= 1

        return StreamingResponse(listen(), media_type="text/event-stream")

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        watching = asyncio.create_task(watch())
        yield
        watching.cancel()

    pages = ListeningPages(changes_of_pages, directory=html, html=True)
    routes = [Route(f"{EVENTS}/{{count:int}}/{{page:path}}", events), Mount("/", pages)]
    return Starlette(routes=routes, lifespan=lifespan)


class Changes:
    """How often pages have changed: one that was loaded in between hears of it, too."""

    def __init__(self) -> None:
        self.count = 0
        self._added = asyncio.Condition()

    async def add(self) -> None:
        """Count a change, and tell all who wait."""
        async with self._added:
            self.count += 1
            self._added.notify_all()

    async def after(self, count: int) -> int:
        """Wait until there are more; return how many there are."""
        async with self._added:
            await self._added.wait_for(lambda: self.count > count)
        return self.count


class ListeningPages(StaticFiles):
    """The files of the site; each page hears of the next build."""

    def __init__(self, changes: Changes, *, directory: Path, html: bool) -> None:
        super().__init__(directory=directory, html=html)
        self._changes = changes

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file; to a page, add the script that loads it again."""
        count = self._changes.count  # before the page is read: it is as new as this, or newer
        response = await super().get_response(path, scope)
        if not isinstance(response, FileResponse) or response.media_type != "text/html":
            return response
        page = Path(response.path).read_text("utf-8")
        return HTMLResponse(page + LISTENER.format(count=count), response.status_code)


def rebuild(
    root: Path,
    output: Path,
    pool: Workers,
    claimed: Callable[[], AbstractContextManager[None]],
    changed: list[Path],
    opened: list[str],
    on_pages: Callable[[], None],
) -> None:
    """Build the pages that have changed; on an error, say so and keep the earlier site."""
    print(f"Changed: {', '.join(sorted({path.name for path in changed}))}", flush=True)
    try:
        with claimed():
            build(root, output, pool, fresh=False, opened=opened, on_pages=on_pages)
    except BuildError as error:
        print(error, file=sys.stderr, flush=True)
