"""Finds out where the repository is hosted: no address of it is written anywhere."""

import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

HOSTS = ("github", "gitlab", "bitbucket")  # those that the theme has buttons for


def repository_url(root: Path) -> str | None:
    """Return the web address of the repository, or None where it has none.

    Args:
        root: The folder of the book.
    """
    name = os.environ.get("GITHUB_REPOSITORY")
    if name:
        return f"{os.environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{name}"
    return web_address(_origin(root))


def web_address(remote: str) -> str | None:
    """Turn the address that git uses into the one of the web page.

    Args:
        remote: The address of a git remote, in any of git's forms.

    Returns:
        The address of the web page; None if the remote is on none of the known hosts.
    """
    if "://" not in remote:  # git's short form, user@host:owner/name
        remote = "ssh://" + remote.replace(":", "/", 1)
    parts = urlsplit(remote)
    host = parts.hostname or ""
    if not any(known in host for known in HOSTS):
        return None
    return f"https://{host}{parts.path.rstrip('/').removesuffix('.git')}"


def _origin(root: Path) -> str:
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:  # no git: the book was unpacked from an archive
        return ""
    return result.stdout.strip()
