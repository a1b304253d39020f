"""Runs Jupyter Book for one language, in this process."""

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from jupyter_book.sphinx import build_sphinx

from publishing.publication import Publication


def build_pages(root: Path, output: Path, language: str, publication: Publication) -> str | None:
    """Build a language's pages as `jupyter-book build` does; return its warnings and errors."""
    written = io.StringIO()
    with redirect_stdout(written), redirect_stderr(written):
        result = build_sphinx(
            root,
            output,
            noconfig=True,
            path_config=root / "_config.yml",
            confoverrides={
                "external_toc_path": (root / "_toc.yml").as_posix(),
                "latex_individualpages": False,  # Jupyter Book asks for it
                "language": language,
                "book_publication": publication,
                "book_links_languages": True,
                "book_has_notebooks": True,
            },
            quiet=True,
            warningiserror=True,
            keep_going=True,
        )
    return written.getvalue() or repr(result) if result else None
