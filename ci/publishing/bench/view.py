"""How long a new reader with a slow phone waits for the first view of a page."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from publishing.bench.browser import chromium, first_view, serving
from publishing.bench.measure import Competitor
from publishing.bench.programs import BenchError
from publishing.chapter.editions import INTERNATIONAL, LANGUAGES


@contextmanager
def competitors(root: Path, folder: Path) -> Iterator[Sequence[Competitor]]:
    """Yield the heaviest chapter in each language, as `ci/build` has left it."""
    site = root / "_build" / "html"
    pages = sorted(
        site.glob(f"{INTERNATIONAL}/chapters/*.html"), key=lambda one: one.stat().st_size
    )
    if not pages:
        raise BenchError("There is no site to look at: run ci/build first.")
    page = f"chapters/{pages[-1].name}"
    with serving(site) as address, chromium() as browser:
        yield [
            Competitor(
                f"{language}/{page}",
                "s",
                partial(first_view, browser, f"{address}/{language}/{page}"),
                against="" if language == INTERNATIONAL else f"{INTERNATIONAL}/{page}",
            )
            for language in LANGUAGES
        ]
