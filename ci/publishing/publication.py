"""Where the book is published: its site, its repository, and what is opened from them.

No address is written anywhere: it comes from the environment or from git, read once in a build and
handed on as one value.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from publishing.chapter.editions import Edition
from publishing.children import run_child

BRANCH = "notebooks"  # of the repository; holds what is in _build/notebooks
NOTEBOOKS = "notebooks"  # the site's folder that holds the same


@dataclass(frozen=True)
class Host:
    """Where a kind of host, known by its name, has the branch, under a repository's address."""

    file: str  # a file of the branch, as its bytes
    page: str  # the page that shows it


FORGEJO = Host(f"raw/branch/{BRANCH}", f"src/branch/{BRANCH}")
HOSTS = {
    "github": Host(f"raw/{BRANCH}", f"blob/{BRANCH}"),
    "gitlab": Host(f"-/raw/{BRANCH}", f"-/blob/{BRANCH}"),
    "bitbucket": Host(f"raw/{BRANCH}", f"src/{BRANCH}"),
    "codeberg": FORGEJO,
    "forgejo": FORGEJO,
    "gitea": FORGEJO,
}


@dataclass(frozen=True)
class Publication:
    """Where the book can be had."""

    site: str | None = None  # its address, with a slash at its end; None where it is not known
    repository: str | None = None  # its web address; None where there is none

    def page(self, language: str, page: str, anchor: str = "") -> str | None:
        """Return the address of a page, such as chapters/04-attention, or of a part of it."""
        if self.site is None:
            return None
        return f"{self.site}{language}/{page}.html{f'#{anchor}' if anchor else ''}"

    def colab(self, edition: Edition, name: str) -> str | None:
        """Return what opens a chapter's notebook in Colab; None where that is not on GitHub."""
        repository = self._github_repository
        blob = f"https://colab.research.google.com/github/{repository}/blob/{BRANCH}"
        return f"{blob}/{notebook_path(edition, name)}" if repository is not None else None

    def notebook(self, edition: Edition, name: str) -> str | None:
        """Return where a chapter's notebook can be had: in Colab, from the site or the repository.

        None where nothing of this is known.
        """
        path = notebook_path(edition, name)
        on_site = f"{self.site}{NOTEBOOKS}/{path}" if self.site else None
        on_host = f"{self.repository}/{self._host.page}/{path}" if self._host else None
        return self.colab(edition, name) or on_site or on_host

    def wheel(self, name: str) -> str | None:
        """Return where pip gets the package from, a file of this name; None where nobody knows."""
        name = quote(name)  # its version has a plus sign, which some servers take for a space
        if self._github_repository is not None:
            return f"https://raw.githubusercontent.com/{self._github_repository}/{BRANCH}/{name}"
        if self.site:
            return f"{self.site}{NOTEBOOKS}/{name}"
        return f"{self.repository}/{self._host.file}/{name}" if self._host else None

    @property
    def kind(self) -> str | None:
        """The kind of the repository's host, a key of HOSTS; None where its name tells nothing."""
        host = urlsplit(self.repository or "").hostname or ""
        return next((kind for kind in HOSTS if kind in host), None)

    @property
    def _host(self) -> Host | None:
        return HOSTS[self.kind] if self.kind is not None else None

    @property
    def _github_repository(self) -> str | None:
        """OWNER/NAME of the repository if it is on github.com."""
        parts = urlsplit(self.repository or "")
        return parts.path.strip("/") if parts.hostname == "github.com" else None


def notebook_path(edition: Edition, name: str) -> str:
    """Return where a chapter's notebook is in the folder of all of them, as addresses write it."""
    return f"{edition.folder}/{quote(name)}.ipynb"


def read_publication(root: Path) -> Publication:
    """Find out where the book is published.

    The site is at `BOOK_URL` where that is set; on GitHub, it is otherwise the address that GitHub
    Pages gives to the repository. The repository is `GITHUB_REPOSITORY`, or git's remote `origin`.
    """
    name = os.environ.get("GITHUB_REPOSITORY", "")
    server = os.environ.get("GITHUB_SERVER_URL", "")
    site = os.environ.get("BOOK_URL")
    owner, _, project = name.lower().partition("/")
    if not site and project and server.endswith("//github.com"):
        path = "" if project == f"{owner}.github.io" else name.partition("/")[2]
        site = f"https://{owner}.github.io/{path}"
    repository = f"{server or 'https://github.com'}/{name}" if name else web_address(_origin(root))
    return Publication(f"{site.rstrip('/')}/" if site else None, repository)


def web_address(remote: str) -> str | None:
    """Turn a git remote's address, in any of git's forms, into the web page's, if it has one."""
    if "://" not in remote:  # git's short form, user@host:owner/name
        remote = "ssh://" + remote.replace(":", "/", 1)
    parts = urlsplit(remote)
    host = parts.hostname or ""
    if not any(known in host for known in HOSTS):
        return None
    if parts.scheme in ("http", "https") and parts.port:  # that of ssh is none of the page
        host = f"{host}:{parts.port}"
    return f"https://{host}{parts.path.rstrip('/').removesuffix('.git')}"


def _origin(root: Path) -> str:
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    try:
        result = run_child(command)
    except FileNotFoundError:  # no git: the book was unpacked from an archive
        return ""
    return result.stdout.strip()
