"""Nothing that is published names the machine that has built it."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from conftest import NOTEBOOKS, ROOT, SITE
from test_build import write_small_book

# Made for the test, so that none of them is also a word of the book or of a theme's script.
HOST, USER, TOKEN = "builders-machine-7391", "builders-name-7391", "builders-token-7391"
BUILD = """\
import sys
from pathlib import Path
from publishing.build import build, workers

if __name__ == "__main__":
    root = Path(sys.argv[1])
    with workers() as pool:
        build(root, root / "_build", pool)
"""
# Python runs this when it starts, in each process of the build.
NAME_OF_THE_MACHINE = f"""\
import platform, socket
socket.gethostname = socket.getfqdn = platform.node = lambda *_: {HOST!r}
"""


def published(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Give each published file's name and content, and those of what a package holds."""
    files = [path for name in ("html", "notebooks") for path in sorted((folder / name).rglob("*"))]
    for path in filter(Path.is_file, [*files, folder / "checksums.txt"]):
        yield str(path.relative_to(folder)), path.read_bytes()
        if path.suffix == ".whl":
            for name in ZipFile(path).namelist():
                yield f"{path.name}: {name}", ZipFile(path).read(name)


def who_names(folder: Path, *names: str) -> list[str]:
    pattern = re.compile("|".join(map(re.escape, names)).encode(), re.IGNORECASE)
    return [
        f"{file}: {found[0].decode()}"
        for file, content in published(folder)
        if (found := pattern.search(content) or pattern.search(file.encode()))
    ]


def test_book_as_it_is_built_names_no_file_of_this_machine():
    assert SITE.parent == NOTEBOOKS.parent
    names = [str(ROOT), ROOT.as_uri(), "file:///", f"{Path.home()}/", str(Path(sys.prefix).parent)]
    host = socket.gethostname()
    if len(host) > 8:  # a shorter one may be a word
        names.append(host)
    assert who_names(SITE.parent, *names) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("origin", "address"),
    [
        (None, None),
        ("/srv/builders/name.git", None),
        (f"ssh://{USER}@{HOST}/srv/name.git", None),
        (
            f"https://{USER}:{TOKEN}@gitlab.com/group/part/name.git",
            "https://gitlab.com/group/part/name/-/raw/notebooks/attention",
        ),
        (
            "git@codeberg.org:owner/name.git",
            "https://codeberg.org/owner/name/raw/branch/notebooks/attention",
        ),
    ],
    ids=["no git", "a folder", "a machine", "GitLab", "Codeberg"],
)
def test_book_built_anywhere_names_neither_machine_nor_person(tmp_path, origin, address):
    root = tmp_path / "builders 폴더"
    home, tools = tmp_path / USER, tmp_path / "tools"
    write_small_book(root)
    for folder in (home, tools):
        folder.mkdir()
    (tools / "sitecustomize.py").write_text(NAME_OF_THE_MACHINE)
    (tools / "builder.py").write_text(BUILD)
    shutil.copy(ROOT / "_config.yml", root)
    shutil.copytree(ROOT / "resources", root / "resources")
    if origin is not None:
        for command in (["init", "--quiet"], ["remote", "add", "origin", origin]):
            subprocess.run(["git", *command], cwd=root, check=True)
    unset = ("BOOK_URL", "GITHUB_REPOSITORY", "GITHUB_SERVER_URL")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    names = {"USER": USER, "LOGNAME": USER, "USERNAME": USER, "HOSTNAME": HOST}
    environment |= {**names, "HOME": str(home)}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, (tools, ROOT, ROOT / "ci")))
    command = [sys.executable, str(tools / "builder.py"), str(root)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    places = [str(tmp_path), tmp_path.as_uri(), "builders", str(ROOT), "file:///", TOKEN]
    assert who_names(root / "_build", HOST, USER, *places) == []
    notebook = root / "_build" / "notebooks" / "ko" / "both" / "01-sample.ipynb"
    text = notebook.read_text("utf-8")
    assert ("isfile(file)), None)" in text) == (address is None)
    assert address is None or address in text
