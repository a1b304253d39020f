"""How long a fresh build of the book takes for a page, beside what Jupyter Book itself takes."""

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import nbformat
import yaml

from publishing.bench.measure import Competitor, timed
from publishing.bench.programs import copy_book, python, run_whole
from publishing.chapter.editions import INTERNATIONAL, LANGUAGES
from publishing.chapter.files import chapters_of
from publishing.chapter.view import is_for_language

TIMES = 1.5  # as long as Jupyter Book: for two languages, tabs, notebooks, the search, the fonts
STOCK = "Jupyter Book, one language"
BUILD = """\
import sys
from pathlib import Path
from publishing.build import build, workers

if __name__ == "__main__":
    root = Path(sys.argv[1])
    with workers() as pool:
        build(root, root / "_build", pool)
"""
# Nothing of the book's own: Jupyter Book as it is when it has been installed.
STOCK_CONFIGURATION = {
    "title": "Stock",
    "only_build_toc_files": True,
    "execute": {"execute_notebooks": "off"},
    "parse": {"myst_enable_extensions": ["amsmath", "dollarmath", "colon_fence", "deflist"]},
    "bibtex_bibfiles": ["resources/references.bib"],
}


@contextmanager
def competitors(root: Path, folder: Path) -> Iterator[Sequence[Competitor]]:
    """Yield the book's build and Jupyter Book's; figures are seconds for a page."""
    book = copy_book(root, folder / "book")
    stock = stock_book(root, folder / "stock")
    pages = len(chapters_of(root))
    jupyter_book = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(stock)]

    def build_book() -> float:
        shutil.rmtree(book / "_build", ignore_errors=True)
        log = folder / "book.log"
        return timed(lambda: run_whole(python(BUILD, book), log)) / (pages * len(LANGUAGES))

    def build_stock() -> float:
        shutil.rmtree(stock / "_build", ignore_errors=True)
        return timed(lambda: run_whole(jupyter_book, folder / "stock.log")) / pages

    yield [
        Competitor(STOCK, "s/page", build_stock),
        Competitor("the book, fresh", "s/page", build_book, against=STOCK, limit=TIMES),
    ]


def stock_book(root: Path, folder: Path) -> Path:
    """Write the book as Jupyter Book alone can build it: the cells of one language."""
    copy_book(root, folder)
    for path in chapters_of(folder):
        notebook = nbformat.read(path, as_version=4)  # of its own: it is changed
        notebook.cells = [cell for cell in notebook.cells if is_for_language(cell, INTERNATIONAL)]
        nbformat.write(notebook, path)
    configuration = yaml.safe_dump(STOCK_CONFIGURATION)
    (folder / "_config.yml").write_text(configuration, "utf-8")
    return folder
