"""Where the notebooks to run, and the package that they install, can be had.

On GitHub, they are on a branch of the repository that builds the book, so that those of a fork are
its own. Otherwise they are on the site; and where nothing is published, in the folder of the build.
"""

from pathlib import Path
from urllib.parse import quote, urlsplit

from book.publishing.address import site_address
from book.publishing.repository import repository_url

BRANCH = "notebooks"
SITE_FOLDER = "notebooks"


def colab_address(root: Path, language: str, framework: str, name: str) -> str | None:
    """Return the address that opens a chapter's notebook in Colab, which takes it from GitHub.

    Args:
        root: The folder of the book.
        language: The notebook's language.
        framework: The notebook's framework, or `both`.
        name: The chapter's file name.

    Returns:
        None if the repository is not on GitHub.
    """
    repository = _github_repository(root)
    if repository is None:
        return None
    colab = "https://colab.research.google.com/github"
    return f"{colab}/{repository}/blob/{BRANCH}/{notebook_path(language, framework, name)}"


def notebook_address(root: Path, language: str, framework: str, name: str) -> str | None:
    """Return where a notebook that is published can be had: in Colab, or else from the site.

    Takes what `colab_address` takes. Returns None if nothing is published, as far as is known.
    """
    address = site_address()
    path = notebook_path(language, framework, name)
    on_site = f"{address}{SITE_FOLDER}/{path}" if address else None
    return colab_address(root, language, framework, name) or on_site


def notebook_path(language: str, framework: str, name: str) -> str:
    """Return where a notebook is in the folder of all of them, as addresses write it."""
    return f"{language}/{framework}/{quote(name)}"


def wheel_address(root: Path, wheel: Path) -> str:
    """Return where pip gets the package from.

    Args:
        root: The folder of the book.
        wheel: The file where it will be after the build.
    """
    repository = _github_repository(root)
    if repository is not None:
        return f"https://raw.githubusercontent.com/{repository}/{BRANCH}/{wheel.name}"
    address = site_address()
    return f"{address}{SITE_FOLDER}/{wheel.name}" if address else wheel.resolve().as_uri()


def _github_repository(root: Path) -> str | None:
    """Return OWNER/NAME of the repository if it is on github.com."""
    parts = urlsplit(repository_url(root) or "")
    return parts.path.strip("/") if parts.hostname == "github.com" else None
