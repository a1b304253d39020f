"""Where the book is published: addresses, from the environment or from git."""

import subprocess

import pytest
from publishing.chapter.editions import Edition
from publishing.publication import Publication, notebook_path, read_publication, web_address

ON_GITHUB = {"GITHUB_SERVER_URL": "https://github.com"}
KOREAN = Edition("ko", "both")
WHEEL = "book-1+2-py3-none-any.whl"
IN_ADDRESSES = "book-1%2B2-py3-none-any.whl"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in ("BOOK_URL", "GITHUB_REPOSITORY", "GITHUB_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("environment", "site", "repository"),
    [
        ({"BOOK_URL": "https://book.example/path"}, "https://book.example/path/", None),
        (
            {"GITHUB_REPOSITORY": "Owner/name", **ON_GITHUB},
            "https://owner.github.io/name/",
            "https://github.com/Owner/name",
        ),
        (
            {"GITHUB_REPOSITORY": "o/o.github.io", **ON_GITHUB},
            "https://o.github.io/",
            "https://github.com/o/o.github.io",
        ),
        (
            {"GITHUB_REPOSITORY": "o/n", "BOOK_URL": "https://b.example/", **ON_GITHUB},
            "https://b.example/",
            "https://github.com/o/n",
        ),
        (
            {"GITHUB_REPOSITORY": "o/n", "GITHUB_SERVER_URL": "https://git.example"},
            None,
            "https://git.example/o/n",
        ),
        ({}, None, None),
    ],
)
def test_publication_comes_from_the_environment(
    tmp_path, monkeypatch, environment, site, repository
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert read_publication(tmp_path) == Publication(site, repository)


def test_repository_is_else_the_one_that_git_knows(tmp_path):
    origin = "git@github.com:owner/name.git"
    for command in (["init", "--quiet"], ["remote", "add", "origin", origin]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    assert read_publication(tmp_path) == Publication(None, "https://github.com/owner/name")


def test_without_git_there_is_no_repository(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read_publication(tmp_path) == Publication(None, None)


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("git@github.example:owner/name.git", "https://github.example/owner/name"),
        ("https://user@gitlab.example/owner/name.git/", "https://gitlab.example/owner/name"),
        ("ssh://git@github.example:22/owner/name", "https://github.example/owner/name"),
        (
            "https://token@gitlab.example:8443/group/part/name",
            "https://gitlab.example:8443/group/part/name",
        ),
        ("git@codeberg.org:owner/name.git", "https://codeberg.org/owner/name"),
        ("https://git.forgejo.example/owner/name", "https://git.forgejo.example/owner/name"),
        ("https://git.example/owner/name", None),
        ("/srv/git/name.git", None),
        ("file:///srv/git/name.git", None),
        ("../name", None),
        ("", None),
    ],
)
def test_web_address_of_a_remote(remote, address):
    assert web_address(remote) == address


COLAB = "https://colab.research.google.com/github/fork/name/blob/notebooks/ko/both/01.ipynb"
GITHUB = "https://github.com/fork/name"


def on(host: str, site: str | None = None) -> Publication:
    return Publication(site, f"https://{host}/fork/name")


@pytest.mark.parametrize(
    ("publication", "colab", "notebook", "wheel"),
    [
        (Publication(), None, None, None),
        (
            Publication("https://book.example/"),
            None,
            "https://book.example/notebooks/ko/both/01.ipynb",
            f"https://book.example/notebooks/{IN_ADDRESSES}",
        ),
        (
            Publication("https://book.example/", GITHUB),
            COLAB,
            COLAB,
            f"https://raw.githubusercontent.com/fork/name/notebooks/{IN_ADDRESSES}",
        ),
        (
            on("gitlab.com", "https://book.example/"),
            None,
            "https://book.example/notebooks/ko/both/01.ipynb",
            f"https://book.example/notebooks/{IN_ADDRESSES}",
        ),
        *(
            (
                on(host),
                None,
                f"https://{host}/fork/name/{page}/ko/both/01.ipynb",
                f"https://{host}/fork/name/{file}/{IN_ADDRESSES}",
            )
            for host, page, file in [
                ("gitlab.com", "-/blob/notebooks", "-/raw/notebooks"),
                ("gitlab.example", "-/blob/notebooks", "-/raw/notebooks"),
                ("github.example", "blob/notebooks", "raw/notebooks"),
                ("bitbucket.org", "src/notebooks", "raw/notebooks"),
                ("codeberg.org", "src/branch/notebooks", "raw/branch/notebooks"),
                ("forgejo.example", "src/branch/notebooks", "raw/branch/notebooks"),
            ]
        ),
        (on("git.example"), None, None, None),
    ],
    ids=lambda value: (
        (value.site or value.repository or "nowhere") if isinstance(value, Publication) else ""
    ),
)
def test_notebook_and_wheel_come_from_the_fork_that_builds_or_from_the_site(
    publication, colab, notebook, wheel
):
    assert publication.colab(KOREAN, "01") == colab
    assert publication.notebook(KOREAN, "01") == notebook
    assert publication.wheel(WHEEL) == wheel


def test_page_has_an_address_where_the_site_has_one():
    site = Publication("https://book.example/")
    assert site.page("en", "chapters/01", "part") == "https://book.example/en/chapters/01.html#part"
    assert site.page("en", "chapters/01") == "https://book.example/en/chapters/01.html"
    assert Publication().page("en", "chapters/01") is None


def test_path_of_a_notebook_is_written_as_addresses_are():
    assert notebook_path(KOREAN, "01 sample") == "ko/both/01%20sample.ipynb"
