"""Finds out where the site will be on the web: no address of it is written anywhere."""

import os


def site_address() -> str | None:
    """Return the address of the published site, with a slash at its end.

    It is `BOOK_URL` where that is set. On GitHub it is otherwise the address that GitHub Pages
    gives to the repository. Elsewhere it is not known, and None: what needs it is left out then.
    """
    address = os.environ.get("BOOK_URL") or _github_pages()
    return f"{address.rstrip('/')}/" if address else None


def _github_pages() -> str | None:
    owner, _, name = os.environ.get("GITHUB_REPOSITORY", "").partition("/")
    if not name or not os.environ.get("GITHUB_SERVER_URL", "").endswith("//github.com"):
        return None
    host = f"{owner.lower()}.github.io"
    return f"https://{host}" if name.lower() == host else f"https://{host}/{name}"
