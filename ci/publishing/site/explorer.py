"""The explorer: below a trained heat map the reader translates, and interferes.

A cell's metadata name the models, `explorer: [digits]`, and may give the sentence to begin with,
`explorer-sentence: 1 1 1`; templates/explorer.html is the panel, and
static/explorer.js works it. Without JavaScript, and in a notebook, the cell's figure stands alone.
"""

import gzip
import json
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from babel import Locale
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform

from publishing.chapter.editions import FRAMEWORKS
from publishing.chapter.files import MODELS
from publishing.site.documents import ancestors
from publishing.site.rendering import environment
from publishing.site.stylesheets import digest
from publishing.site.tabs import FrameworkTabs
from publishing.texts import localized

# A cell's metadata: the models that the reader may try below its figure, and the first sentence.
EXPLORER, SENTENCE = "explorer", "explorer-sentence"
FOLDER = Path(__file__).parent
FILES = (
    "explorer.css",
    "numerals.js",
    "dates.js",
    "translator.js",
    "explorer.js",
)  # in the order of loading


class ExplorerError(ExtensionError):
    """A cell asks for an explorer that cannot be; the message names it."""


class AddExplorers(SphinxTransform):
    """Puts an explorer below each step whose cells name models."""

    def apply(self) -> None:
        """Insert the panels."""
        below: dict[nodes.Element, dict[str, Any]] = {}
        for cell in self.document.findall(nodes.container):
            metadata = cell.attributes.get("cell_metadata", {})
            if EXPLORER in metadata:
                below[_step(cell)] = metadata
        for number, (step, metadata) in enumerate(below.items(), 1):
            html = explorer(
                Path(self.app.srcdir),
                metadata[EXPLORER],
                self.config.language,
                number,
                metadata.get(SENTENCE, ""),
            )
            step.parent.insert(step.parent.index(step) + 1, nodes.raw("", html, format="html"))
        title = next(self.document.findall(nodes.title), None)
        if below and title is not None:
            text = localized("Try the trained model", self.config.language)
            html = f'<p class="explorer-link"><a href="#explorer-1">{escape(text)}</a></p>'
            title.parent.insert(title.parent.index(title) + 1, nodes.raw("", html, format="html"))


def explorer(
    root: Path, models: Sequence[str], language: str, number: int = 1, sentence: str = ""
) -> str:
    """Return the HTML of a page's explorer.

    Args:
        root: The folder of the book.
        models: The names of its models, of which the reader chooses one.
        language: The language's code.
        number: Which one of the page it is.
        sentence: What the reader finds in its field; the model's own sample if empty.

    Raises:
        ExplorerError: There is no such model.
    """
    names = [f"{model}.{framework}" for model in models for framework in FRAMEWORKS]
    read_and_written = _languages(root / MODELS, models)
    words = Locale(language).languages
    return (
        environment()
        .get_template("explorer.html")
        .render(
            # At first, the model that reads the language of the page.
            chosen=min(models, key=lambda name: read_and_written[name][:1] != [language]),
            directions={
                name: " → ".join(words[code] for code in codes)
                for name, codes in read_and_written.items()
            },
            frameworks=FRAMEWORKS,
            files=[f"{name}?v={digest(FOLDER / 'static' / name)}" for name in FILES],
            size=max(_size(root / MODELS, name) for name in names),
            language=language,
            localized=localized,
            number=number,
            sentence=sentence,
        )
    )


def _step(cell: nodes.Element) -> nodes.Element:
    """Return what a reader sees as one with a cell: its step's tabs, or the cell itself."""
    return next((one for one in ancestors(cell) if isinstance(one, FrameworkTabs)), cell)


def _languages(folder: Path, models: Sequence[str]) -> dict[str, list[str]]:
    """Return the languages that each model reads and writes; none where it has none."""
    framework = next(iter(FRAMEWORKS))
    texts = {name: _path(folder, f"{name}.{framework}").read_text("utf-8") for name in models}
    return {name: json.loads(text).get("languages", []) for name, text in texts.items()}


@cache
def _size(folder: Path, name: str) -> int:
    """Return the size of a model in KB, as it comes over the wire."""
    return round(len(gzip.compress(_path(folder, name).read_bytes())) / 1000)


def _path(folder: Path, name: str) -> Path:
    path = folder / f"{name}.json"
    if not path.is_file():
        raise ExplorerError(
            f"a cell's metadata {EXPLORER!r} ask for {MODELS / path.name}, which does not exist: "
            "name the model in the metadata of the chapter that trains it, and run ci/execute"
        )
    return path
