"""What pages show of other pages: titles, numbers, and what their links can lead to.

Sphinx writes again the pages that it has read again. Where they have changed what others show, it
is told to write these, too: all of them, for each has the list of all.
"""

from collections.abc import Iterator

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


class Outline:
    """Notices when what pages show of others has changed; previews notice by themselves."""

    def __init__(self) -> None:
        self._earlier: list[str] = []

    def changed(self, app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Return all pages where something has changed since Sphinx asked the last time."""
        earlier, self._earlier = self._earlier, list(_shown_elsewhere(env))
        return sorted(env.found_docs) if earlier not in ([], self._earlier) else []

    def forget_document(self, app: Sphinx, env: BuildEnvironment, page_name: str) -> None:
        """Let Sphinx load a page's document anew after it has read the page again."""
        # Sphinx itself reads and loads in different processes, or once.
        env._pickled_doctree_cache.pop(page_name, None)


def _shown_elsewhere(env: BuildEnvironment) -> Iterator[str]:
    for titles in (env.titles, env.longtitles):
        yield from (f"{page} {title.pformat()}" for page, title in sorted(titles.items()))
    for numbers in (env.toc_secnumbers, env.toctree_includes):
        yield repr(sorted(numbers.items()))
    domains = env.domaindata
    for places in ("labels", "anonlabels", "objects"):
        yield repr(sorted(domains["std"][places].items()))
    yield repr(sorted(domains["math"]["objects"].items()))
    for citation in domains["cite"]["citations"]:
        yield f"{citation.citation_id} {citation.key} {citation.formatted_entry.text}"
