"""CONTRIBUTING's recipes for a new language and a new framework, done for real in a copy."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from babel.messages.pofile import read_po, write_po
from conftest import PHONE, ROOT, code, figure, markdown, watch
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from publishing.chapter.files import KERNEL
from publishing.notebooks.version import PACKED
from publishing.proof.build_run import build_with
from publishing.proof.pytest_run import with_packages

EDITIONS = Path("ci", "publishing", "chapter", "editions.py")
CATALOGUES = Path("ci", "publishing", "locale")
PAGE = "chapters/00-small.html"
DRAWING = "../resources/drawing.svg"
JAPANESE_DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">
<switch><text systemLanguage="ja">絵</text><text systemLanguage="ko">그림</text>
<text>drawing</text></switch>
</svg>"""

pytestmark = pytest.mark.slow


@pytest.fixture
def copy(tmp_path) -> Path:
    """Return a copy of the book that has no chapter yet."""
    for name in ("ci", *PACKED):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("_config.yml", "pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copy(ROOT / "resources" / "references.bib", tmp_path / "resources")
    shutil.copytree(ROOT / "resources" / "fonts", tmp_path / "resources" / "fonts")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: chapters/00-small\n", "utf-8")
    write_glossary(tmp_path, ko="어텐션", en="attention")
    return tmp_path


def write_glossary(root: Path, **terms: str) -> None:
    """Write a glossary of one term, given in each language."""
    lines = ["- term:", *(f"    {language}: {term}" for language, term in terms.items())]
    lines += ["  definition:", *(f"    {language}: {term}." for language, term in terms.items())]
    (root / "resources" / "glossary.yml").write_text("\n".join(lines) + "\n", "utf-8")


def write_chapter(root: Path, *cells: NotebookNode) -> None:
    notebook = new_notebook(cells=list(cells), metadata={"kernelspec": KERNEL})
    (root / "chapters").mkdir()
    nbformat.write(notebook, root / "chapters" / "00-small.ipynb")


def add_entry(root: Path, mapping: str, entry: str) -> None:
    """Add a line to one of the two lists of the book."""
    path = root / EDITIONS
    text = path.read_text("utf-8")
    changed = re.sub(
        rf"({mapping}: .*?\n)(    }}\n\))", rf"\1        {entry}\n\2", text, flags=re.DOTALL
    )
    assert changed != text
    path.write_text(changed, "utf-8")


def build(root: Path) -> Path:
    assert build_with(Path(sys.executable), root, root / "_build") == ""
    return root / "_build"


def add_japanese_catalogue(root: Path) -> None:
    """Translate every text, so that one sees it: the Japanese begins with a letter of its own."""
    with (root / CATALOGUES / "ko.po").open("rb") as file:
        catalogue = read_po(file, locale="ja")
    for message in catalogue:
        if message.id:
            is_plural = isinstance(message.id, tuple)
            message.string = (f"訳{message.id[1]}",) if is_plural else f"訳{message.id}"
    with (root / CATALOGUES / "ja.po").open("wb") as file:
        write_po(file, catalogue)


def test_a_third_language(copy, serve, browser):
    add_entry(
        copy,
        "LANGUAGES",
        '"ja": Language("Japanese", "日本語", "ja_JP", "[ぁ-ヶ一-龯]", "[ぁ-ヶ一-龯]", 400),',
    )
    add_japanese_catalogue(copy)
    write_glossary(copy, ko="어텐션", en="attention", ja="注意")
    write_chapter(
        copy,
        markdown("# 어텐션\n\n한 문장입니다.", "ko"),
        markdown("# Attention\n\nOne sentence.", "en"),
        markdown("# 注意\n\n一つの文です。", "ja"),
        markdown(f"![그림]({DRAWING})", "ko"),
        markdown(f"![a drawing]({DRAWING})", "en"),
        markdown(f"![絵]({DRAWING})", "ja"),
        code("x = 1", "tensorflow"),
        code("x = 1", "pytorch"),
        figure({"ko": "그림", "en": "a figure", "ja": "図"}, ko="원문", en="source", ja="原文"),
    )
    (copy / "resources" / "drawing.svg").write_text(JAPANESE_DRAWING, "utf-8")
    output = build(copy)
    notebook = output / "notebooks" / "ja" / "pytorch" / "00-small.ipynb"
    (drawn,) = nbformat.read(notebook, as_version=4).cells[-1].outputs
    assert drawn.data["text/plain"] == "Figure\nx: 原文"
    images = output / "html" / "ja" / "_images"
    assert "<text>絵</text>" in (images / "drawing.ja.svg").read_text("utf-8")

    address = serve(output / "html")
    page = browser.new_page(viewport=PHONE, locale="ja-JP")
    problems = watch(page, address)
    page.goto(f"{address}/")  # leads to the language of the browser
    page.wait_for_url(f"{address}/ja/index.html")
    page.locator(".start").click()
    page.wait_for_url(f"{address}/ja/{PAGE}")
    assert page.locator("html").get_attribute("lang") == "ja"
    assert page.title() == "注意 — 訳Attention, Side by Side"
    assert page.get_by_role("tablist", name="訳Framework").count() == 1
    assert "訳Download notebook (TensorFlow)" in page.locator(".run-links").inner_text()
    assert "訳Nothing found" in page.locator("#pst-search-dialog").get_attribute("data-texts")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.get_by_role("img", name="図").count() == 1
    for language in ("ko", "en", "ja"):
        others = [code for code in ("ko", "en", "ja") if code != language]
        page.goto(f"{address}/{language}/{PAGE}")
        links = page.locator("a.language-link").all()
        assert [link.get_attribute("lang") for link in links] == others
        links[-1].click()
        page.wait_for_url(f"{address}/{others[-1]}/{PAGE}")
    assert problems == []
    page.close()


def test_a_label_may_have_a_third_part(copy):
    add_entry(
        copy,
        "LANGUAGES",
        '"ja": Language("Japanese", "日本語", "ja_JP", "[ぁ-ん]", "[ぁ-ん]", 400),',
    )
    path = copy / "book" / "figures.py"
    text = path.read_text("utf-8").replace('("ko", "en")', '("ko", "en", "ja")')
    path.write_text(text, "utf-8")
    source = "from book.plots import plt\nplt.title('가 · a · か'); plt.show()"
    cell = code(source)
    cell.metadata["alt"] = {"ko": "가", "en": "a", "ja": "か"}
    write_chapter(copy, cell)
    chapter = copy / "chapters" / "00-small.ipynb"
    command = "import sys, pathlib; from publishing.authoring.execute import execute; "
    command += "execute(pathlib.Path(sys.argv[1]))"
    subprocess.run(
        [sys.executable, "-c", command, chapter],
        env={**os.environ, **with_packages(copy)},
        check=True,
    )
    outputs = nbformat.read(chapter, as_version=4).cells[0].outputs
    drawn = {output.metadata.language: output.data["text/plain"] for output in outputs}
    assert drawn == {
        language: f"Figure\ntitle: {label}"
        for language, label in (("ko", "가"), ("en", "a"), ("ja", "か"))
    }


def test_a_twin_that_lacks_the_third_language_is_named(copy):
    add_entry(
        copy,
        "LANGUAGES",
        '"ja": Language("Japanese", "日本語", "ja_JP", "[ぁ-ん]", "[ぁ-ん]", 400),',
    )
    write_chapter(copy, markdown("# 어텐션", "ko"), markdown("# Attention", "en"))
    message = build_with(Path(sys.executable), copy, copy / "_build")
    assert message == (
        "00-small.ipynb, cell 1 (# 어텐션): Korean without its Japanese twin; "
        "put a cell tagged 'ja' right after it"
    )


def test_a_third_framework(copy, serve, browser):
    add_entry(copy, "FRAMEWORKS", '"jax": Framework("JAX", "jax"),')
    project = copy / "pyproject.toml"
    extras = "[project.optional-dependencies]\n"
    text = project.read_text("utf-8").replace(extras, f'{extras}jax = ["jax>=0.7"]\n')
    project.write_text(text, "utf-8")
    write_chapter(
        copy,
        markdown("# 어텐션", "ko"),
        markdown("# Attention", "en"),
        code("x = 1", "tensorflow"),
        code("x = 2", "pytorch"),
        code("x = 3", "jax"),
        code("x = 4", "tensorflow"),
        code("x = 5", "pytorch"),
        code("x = 6", "jax"),
    )
    output = build(copy)
    notebook = nbformat.read(output / "notebooks" / "en" / "jax" / "00-small.ipynb", as_version=4)
    install, *cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert cells == ["x = 3", "x = 6"]
    assert '"jax": "jax>=0.7"}' in install

    address = serve(output / "html")
    page = browser.new_page()
    problems = watch(page, address)
    page.goto(f"{address}/en/{PAGE}")
    tab_sets = page.get_by_role("tablist").all()
    assert [tabs.get_by_role("tab").all_inner_texts() for tabs in tab_sets] == [
        ["TensorFlow", "PyTorch", "JAX"]
    ] * 2
    for name, sources in (("JAX", ["x = 3", "x = 6"]), ("PyTorch", ["x = 2", "x = 5"])):
        tab_sets[0].get_by_role("tab", name=name).click()
        shown = page.locator(".framework-panel:visible pre").all_inner_texts()
        assert [source.strip() for source in shown] == sources
        assert f"notebook ({name})" in page.locator(".run-links p:visible").first.inner_text()
        assert page.locator(".run-links p:visible").count() == 2
    assert problems == []
    page.close()
