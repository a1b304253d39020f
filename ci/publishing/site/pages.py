"""Runs Jupyter Book for one language, in this process, and keeps Sphinx ready for changes.

Sphinx writes to one folder, and there only pages are written again; what follows from all pages
together, style sheets and fonts, is made in a copy of it, the same way each time. So the copy has
the same bytes after any number of changes as after one build.
"""

import io
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from types import SimpleNamespace

from jupyter_book.config import get_final_config
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.cmd.build import handle_exception
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.build_phase import BuildPhase
from sphinx.util.docutils import docutils_namespace, patch_docutils

from publishing.publication import Publication
from publishing.site.references import put_bibliography, read_bibliography
from publishing.site.stylesheets import with_addresses
from publishing.site.theme import STATIC, STATIC_FILES
from publishing.states import state

PICTURE = re.compile(r"_images/([^\"?#]+)")  # where a page names one


class PagesError(Exception):
    """Sphinx warned of something, or failed; the message is what it wrote."""


class Standing:
    """The pages of one language, and Sphinx, which can make some of them again."""

    def __init__(self, root: Path, folder: Path, language: str, publication: Publication) -> None:
        self.site = folder / "html"  # what is published, once `finish` has made it
        self._raw = folder / "_build" / "html"  # what Sphinx writes
        self._unread: set[str] = set()  # pages to be read again, whether or not they change
        self._others: set[str] = set()  # pages to be written again, for they show these
        self._static = state(STATIC, [STATIC_FILES])  # of the style sheets and scripts
        self._copied: set[str] = set()  # those of them that have changed since the last `finish`
        self._written = io.StringIO()
        self._kept = ExitStack()  # what Sphinx changes in docutils while it stands
        self._sphinx: Sphinx | None = None
        shutil.rmtree(self._raw, ignore_errors=True)  # or what was removed would stay there
        with self._listening():
            self._sphinx = self._start(root, language, publication)
            registry = self._app.registry
            self._css, self._js = list(registry.css_files), list(registry.js_files)
            self._app.builder.build_all()

    @property
    def _app(self) -> Sphinx:
        assert self._sphinx is not None, "it has not started"
        return self._sphinx

    @property
    def environment(self) -> BuildEnvironment:
        """What Sphinx knows of the whole book."""
        return self._app.env

    def make_again(
        self, changed: Iterable[str], same: Iterable[str], opened: Iterable[str]
    ) -> list[str]:
        """Read changed pages and write them; others, which show something of them, can wait.

        Args:
            changed: Their names, such as chapters/04-attention.
            same: Pages whose files are newer, and say the same in this language.
            opened: Pages that somebody looks at. Where something has changed that many pages show,
                such as the glossary, the others wait for `finish`.

        Returns:
            The names of the pages that were written, or that ask for other style sheets or scripts.

        Raises:
            PagesError: Sphinx warned of something; these pages are read again the next time.
        """
        self._take_as_read(same)
        wanted = {*changed, *self._unread}
        opened = self.environment.found_docs.intersection(opened)
        self._unread |= wanted
        with self._listening():
            bibliography = read_bibliography(self.environment)
        citing = put_bibliography(bibliography, self.environment)
        with self._listening():
            stale = (self._stale() | citing) - wanted
            later = stale - opened - _shown_by_others(self.environment)
            self._unread |= stale
            self._take_as_read(later)
            self._read_anew(wanted | (stale - later))
            outdated = self._read()
            pages = outdated & (wanted | opened)
            self._others |= outdated - pages
            self._unread |= pages
            self._write(pages)
            self._copy_static()
        self._unread = later
        return sorted(pages | opened if self._copied else pages)

    def put(self, pages: Iterable[str], site: Path) -> None:
        """Put pages as Sphinx wrote them into the folder of a site, with the style sheets there.

        Style sheets and scripts that have changed come first; the former still hold all rules.
        """
        for name in self._copied:
            shutil.copy(self._raw / "_static" / name, site / "_static" / name)
        for page in pages:
            html = (self._raw / f"{page}.html").read_text("utf-8")
            for name in set(PICTURE.findall(html)):
                _put(self._raw / "_images" / name, site / "_images" / name)
            passing = self._raw / "page.html"
            passing.write_text(with_addresses(html, site / "_static"), "utf-8")
            passing.replace(site / f"{page}.html")

    def finish(self) -> None:
        """Make what is published of what Sphinx has written.

        Raises:
            PagesError: Something that the book builds on is no longer as it was.
        """
        app, raw = self._app, self._app.outdir
        with self._listening():
            if self._unread:
                self._read_anew(self._unread)
                self._others |= self._read()
            if self._others:
                self._write(self._others)
            assert isinstance(app.builder, StandaloneHTMLBuilder)
            app.builder.handle_finish()  # writes the inventory: it has the titles
            shutil.rmtree(self.site, ignore_errors=True)
            shutil.copytree(self._raw, self.site)
            _drop_pictures_of_earlier_pages(self.site)
            try:
                app.outdir = app.builder.outdir = type(raw)(self.site)
                app.emit("build-finished", None)
            finally:
                app.outdir = app.builder.outdir = raw
        self._unread, self._others, self._copied = set(), set(), set()

    def close(self) -> None:
        """Give docutils back as it was, for another Sphinx."""
        self._kept.close()

    def _start(self, root: Path, language: str, publication: Publication) -> Sphinx:
        """Start Sphinx as `jupyter-book build` does."""
        configuration, _ = get_final_config(
            user_yaml=root / "_config.yml",
            sourcedir=root,
            cli_config={
                "external_toc_path": (root / "_toc.yml").as_posix(),
                "latex_individualpages": False,  # Jupyter Book asks for it
                "language": language,
                "book_publication": publication,
                "book_links_languages": True,
                "book_has_notebooks": True,
            },
        )
        self._kept.enter_context(patch_docutils(None))
        self._kept.enter_context(docutils_namespace())
        return Sphinx(
            srcdir=root,
            confdir=None,
            outdir=self._raw,
            doctreedir=self._raw.with_name(".doctrees"),
            buildername="html",
            confoverrides=configuration,
            status=None,
            warning=self._written,
            freshenv=True,
        )

    def _stale(self) -> set[str]:
        """Return the pages of which Sphinx sees by itself that they are to be read again."""
        added, changed, _ = self.environment.get_outdated_files(False)
        return added | changed

    def _read_anew(self, pages: Iterable[str]) -> None:
        for page in pages:
            self.environment.all_docs.pop(page, None)  # for Sphinx it is new

    def _take_as_read(self, pages: Iterable[str]) -> None:
        for page in pages:
            self.environment.all_docs[page] = time.time_ns() // 1_000  # as Sphinx counts

    def _copy_static(self) -> None:
        """Have Sphinx copy the book's style sheets and scripts again, if one has changed."""
        files = state(STATIC, [STATIC_FILES])
        changed = {path.name for path, now in files.items() if self._static.get(path) != now}
        if changed:
            assert isinstance(self._app.builder, StandaloneHTMLBuilder)
            self._app.builder.copy_html_static_files(self._app.builder.globalcontext)
        self._static = files
        self._copied |= {name.removesuffix(".jinja") for name in changed}

    def _read(self) -> set[str]:
        app, builder = self._app, self._app.builder
        app.phase = BuildPhase.READING
        with logging.pending_warnings():
            pages = set(builder.read())
        pages.update(app.env.check_dependents(app, pages))
        app.phase = BuildPhase.CONSISTENCY_CHECK
        app.env.check_consistency()
        return pages

    def _write(self, pages: set[str]) -> None:
        app, builder = self._app, self._app.builder
        assert isinstance(builder, StandaloneHTMLBuilder)
        # Pages that were written have added theirs.
        app.registry.css_files[:], app.registry.js_files[:] = self._css, self._js
        builder.init_css_files()
        builder.init_js_files()
        app.phase = BuildPhase.RESOLVING
        builder.prepare_writing(pages)
        with logging.pending_warnings():
            for page in sorted(pages):
                app.phase = BuildPhase.RESOLVING
                document = app.env.get_and_resolve_doctree(page, builder)
                app.phase = BuildPhase.WRITING
                builder.write_doc_serialized(page, document)
                builder.write_doc(page, document)
        builder.copy_image_files()

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """Hear what Sphinx and its extensions write, and raise it as an error if it is one."""
        self._written.seek(0)
        self._written.truncate()
        talk = io.StringIO()
        try:
            with redirect_stdout(talk), redirect_stderr(talk):
                yield
        except Exception as error:
            options = SimpleNamespace(pdb=False, verbosity=0, traceback=False)
            handle_exception(self._sphinx, options, error, self._written)
            raise PagesError(self._written.getvalue()) from error
        if self._written.getvalue():
            raise PagesError(self._written.getvalue())


def _shown_by_others(environment: BuildEnvironment) -> set[str]:
    """Return the pages that define what others show: the terms of the glossary, references."""
    domains = environment.domaindata
    objects = domains["std"]["objects"].items()
    terms = {page for (kind, _), (page, _) in objects if kind == "term"}
    return terms | {key.docname for key in domains["cite"]["bibliographies"]}


def _put(source: Path, target: Path) -> None:
    if not target.exists():  # its name says what it holds
        target.parent.mkdir(exist_ok=True)
        shutil.copy(source, target)


def _drop_pictures_of_earlier_pages(site: Path) -> None:
    pages = [page.read_text("utf-8") for page in site.rglob("*.html")]
    shown = {name for page in pages for name in PICTURE.findall(page)}
    for path in site.glob("_images/*"):
        if path.name not in shown:
            path.unlink()
