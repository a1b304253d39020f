"""Serves the site on this machine, rebuilds it when a chapter changes and reloads the open page."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import uvicorn
from sphinx_autobuild.filter import IgnoreFilter
from sphinx_autobuild.middleware import JavascriptInjectorMiddleware
from sphinx_autobuild.server import RebuildServer
from sphinx_autobuild.utils import find_free_port
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles

from book.publishing.build import BuildError, build

HOST = "127.0.0.1"
WATCHED = ("chapters", "resources", "book/publishing/static", "_config.yml", "_toc.yml")


def serve(root: Path, output: Path) -> None:
    """Serve the site until Ctrl+C.

    Args:
        root: The folder of the book.
        output: The folder that the site was built in.
    """
    address = f"{HOST}:{find_free_port()}"
    watcher = RebuildServer(
        [root / name for name in WATCHED if (root / name).exists()],
        IgnoreFilter([], [r"/\.", "__pycache__"]),  # editors' and ci/execute's temporary files
        change_callback=partial(rebuild, root, output),
    )
    application = Starlette(
        routes=[
            WebSocketRoute("/websocket-reload", watcher),
            Mount("/", app=StaticFiles(directory=output / "html", html=True)),
        ],
        middleware=[Middleware(JavascriptInjectorMiddleware, ws_url=address)],
        lifespan=watcher.lifespan,
    )
    print(f"The site is at http://{address}/ko/ and /en/; stop with Ctrl+C.", flush=True)
    uvicorn.run(application, host=HOST, port=int(address.split(":")[1]), log_level="warning")


def rebuild(root: Path, output: Path, changed_paths: Sequence[Path]) -> None:
    """Build the pages that have changed; on an error, say so and keep the earlier site."""
    print(f"Changed: {', '.join(sorted(path.name for path in changed_paths))}", flush=True)
    try:
        build(root, output, fresh=False)
    except BuildError as error:
        print(error, file=sys.stderr, flush=True)
