import shutil

import pytest
from book.publishing.build import BuildError, build, check_chapters
from book.publishing.chapters import read_chapter
from book.publishing.repository import repository_url, web_address
from conftest import ROOT, code, figure, markdown

CELLS = [
    markdown("# 제목", "ko"),
    markdown("# Title", "en"),
    markdown("케라스", "ko", "tensorflow"),
    markdown("Keras", "en", "tensorflow"),
    code("a = 1", "tensorflow"),
    code("b = 2", "pytorch"),
    code("c = 3", "tensorflow", "pytorch"),
    figure({"ko": "점 하나", "en": "a dot"}),
    code("d = 4", "tensorflow", "solution"),
    code("e = 5", "pytorch", "solution"),
    markdown("```{book-glossary}\n```"),
]


@pytest.fixture
def root(tmp_path, write_chapter):
    """Return the folder of a book of one chapter, with the real book's configuration."""
    shutil.copy(ROOT / "_config.yml", tmp_path)
    shutil.copytree(ROOT / "resources", tmp_path / "resources")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: chapters/01-sample\n")
    write_chapter(*CELLS)
    return tmp_path


def test_build_publishes_everything_and_a_failed_build_leaves_it(root, write_chapter, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "fork/name")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    output = root / "_build"
    assert build(root, output) == output / "html" / "index.html"

    korean = (output / "html" / "ko" / "chapters" / "01-sample.html").read_text("utf-8")
    assert '<html lang="ko"' in korean
    assert 'alt="점 하나"' in korean
    assert 'href="../../en/chapters/01-sample.html"' in korean
    article = korean.partition("<article")[2]
    tabs, solution = article.split('<details class="sd-sphinx-override')
    assert tabs.count('class="framework-tabs') == 1
    assert solution.count('class="framework-tabs') == 1
    tensorflow, pytorch = map(tabs.index, ("TensorFlow</div>", "PyTorch</div>"))
    assert tensorflow < tabs.index("케라스") < pytorch
    assert "Keras" not in article.partition("glossary")[0]
    assert "어텐션 가중치" in korean
    english = (output / "html" / "en" / "chapters" / "01-sample.html").read_text("utf-8")
    assert 'alt="a dot"' in english

    sizes = {
        path.parent.name: len(read_chapter(path).cells)
        for path in (output / "notebooks" / "en").glob("*/01-sample.ipynb")
    }
    assert sizes == {"tensorflow": 8, "pytorch": 7, "both": 10}  # one more: it installs the book
    colab = "https://colab.research.google.com/github/fork/name/blob/notebooks/ko"
    for framework in ("tensorflow", "pytorch", "both"):
        name = f"{framework}/01-sample.ipynb"
        assert f'href="{colab}/{name}"' in article
        assert f'href="../../notebooks/ko/{name}" download' in article
    published = output / "html" / "notebooks"
    files = [path.relative_to(published) for path in published.rglob("*") if path.is_file()]
    assert len(files) == 7
    for file in files:
        assert (published / file).read_bytes() == (output / "notebooks" / file).read_bytes()

    write_chapter(markdown("[없음](no-such-page.md)", "ko"), markdown("fine", "en"), *CELLS)
    with pytest.raises(BuildError, match="no-such-page"):
        build(root, output, fresh=False)
    with pytest.raises(BuildError, match="no-such-page"):  # and not only the first time
        build(root, output, fresh=False)
    page = output / "html" / "ko" / "chapters" / "01-sample.html"
    assert page.read_text("utf-8") == korean


def test_broken_chapter_and_incomplete_contents_are_refused(root, write_chapter):
    write_chapter(markdown("안녕", "ko"))
    write_chapter(code("x = 1"), name="02-unlisted")
    (root / "_toc.yml").write_text(
        "format: jb-book\nroot: chapters/01-sample\nchapters:\n  - file: chapters/03-absent\n"
    )
    with pytest.raises(BuildError) as caught:
        check_chapters(root)
    first, second, third = str(caught.value).splitlines()
    assert first.startswith("01-sample.ipynb, cell 1 (안녕): Korean without its English twin")
    assert second.startswith("_toc.yml: lists chapters/03-absent")
    assert third.startswith("_toc.yml: chapters/02-unlisted is missing")


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("git@github.example:owner/name.git", "https://github.example/owner/name"),
        ("https://user@gitlab.example/owner/name.git/", "https://gitlab.example/owner/name"),
        ("ssh://git@github.example:22/owner/name", "https://github.example/owner/name"),
        ("/srv/git/name.git", None),
        ("", None),
    ],
)
def test_web_address_of_a_remote(remote, address):
    assert web_address(remote) == address


def test_repository_of_a_workflow_comes_from_its_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "owner/name")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example")
    assert repository_url(tmp_path) == "https://github.example/owner/name"
    monkeypatch.delenv("GITHUB_REPOSITORY")
    assert repository_url(tmp_path) is None
