"""What stands under a chapter's title: reading time, difficulty, and the buttons that run it."""

import json
import re
from pathlib import Path

import pytest
from conftest import EACH_LANGUAGE, PHONE, ROOT, SITE, pages, visit
from docutils import nodes
from docutils.utils import new_document
from publishing.chapter.editions import FRAMEWORKS, LANGUAGES
from publishing.chapter.files import chapters_of, read_chapter
from publishing.site.opening import reading_minutes
from publishing.site.tabs import FrameworkPanel

CHAPTER = "chapters/04-attention.html"
GROUP = ".run-links"
GROUP_NAMES = {"ko": "이 장 실행하기", "en": "Run this chapter"}
BOTH_NAMES = {"ko": "두 프레임워크", "en": "both frameworks"}

# --- Reading time and difficulty ----------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chapter_says_how_long_and_how_difficult_it_is(language):
    patterns = {
        "ko": r"읽는 데 약 \d+분</span> <span>난이도 (기초|보통|심화)",
        "en": r"\d+ min read</span> <span>Difficulty: (basic|intermediate|advanced)",
    }
    chapters = [path.stem for path in chapters_of(ROOT) if "appendix" not in path.stem]
    for name in chapters:
        html = (SITE / language / "chapters" / f"{name}.html").read_text("utf-8")
        assert re.search(patterns[language], html), name


def page_of(*children: nodes.Node) -> nodes.document:
    document = new_document("page")
    document.extend(children)
    return document


def cell(lines: int) -> nodes.container:
    code = "\n".join(["x = 1"] * lines)
    return nodes.container("", nodes.literal_block(code, code), classes=["cell_input"])


def test_reading_time_counts_prose_and_the_code_of_one_framework():
    assert reading_minutes(page_of(nodes.paragraph("", "가나 다라 " * 380)), "ko") == 4
    assert reading_minutes(page_of(nodes.paragraph("", "two words " * 180)), "en") == 2
    panels = [
        FrameworkPanel("", cell(30), framework=name, level=2) for name in ("tensorflow", "pytorch")
    ]
    assert reading_minutes(page_of(*panels), "en") == 2
    assert reading_minutes(page_of(), "en") == 1


# --- Buttons --------------------------------------------------------------------------------------


def shown(page) -> list[str]:
    """Return the frameworks whose buttons show."""
    sets = page.locator(f"{GROUP} p").all()
    return [links.get_attribute("data-framework") for links in sets if links.is_visible()]


def downloads(page) -> list[str]:
    links = page.locator(f"{GROUP} a[download]").all()
    return [link.get_attribute("href") for link in links if link.is_visible()]


@EACH_LANGUAGE
def test_buttons_follow_the_tab_and_the_language(page, language):
    visit(page, f"{language}/{CHAPTER}")
    assert page.get_by_role("group", name=GROUP_NAMES[language]).is_visible()
    assert shown(page) == ["tensorflow", "both"]
    page.locator(".framework-tablist [role=tab][data-framework=pytorch]").first.click()
    assert shown(page) == ["pytorch", "both"]
    folder = f"../../notebooks/{language}"
    assert downloads(page) == [
        f"{folder}/{framework}/04-attention.ipynb" for framework in ("pytorch", "both")
    ]


@EACH_LANGUAGE
@pytest.mark.parametrize(
    ("framework", "modules"), [("pytorch", ["torch"]), ("both", ["tensorflow", "torch"])]
)
def test_download_gives_the_notebook_under_its_name(page, language, framework, modules):
    visit(page, f"{language}/{CHAPTER}?framework=pytorch")
    with page.expect_download() as download:
        page.locator(f"{GROUP} [data-framework={framework}] a[download]").click()
    assert download.value.suggested_filename == "04-attention.ipynb"
    notebook = json.loads(Path(download.value.path()).read_text("utf-8"))
    title, install = notebook["cells"][:2]
    has_hangul = any("가" <= letter <= "힣" for letter in "".join(title["source"]))
    assert has_hangul == (language == "ko")
    needed = re.search(r"^needed = .*", "".join(install["source"]), re.MULTILINE)[0]
    assert re.findall(r'"(\w+)": "', needed) == modules


def test_without_javascript_all_frameworks_have_buttons_that_say_which(scriptless_page):
    page = scriptless_page
    visit(page, f"en/{CHAPTER}")
    names = page.locator(f"{GROUP} a[download]").all_inner_texts()
    assert shown(page) == [*FRAMEWORKS, "both"]
    assert names == [
        "Download notebook (TensorFlow)",
        "Download notebook (PyTorch)",
        "Download notebook (both frameworks)",
    ]


@EACH_LANGUAGE
def test_links_to_the_notebook_for_both_say_so_and_can_be_hit(page, language):
    page.set_viewport_size(PHONE)
    visit(page, f"{language}/{CHAPTER}")
    links = page.locator(f"{GROUP} [data-framework=both] a").all()
    assert links
    for link in links:
        assert BOTH_NAMES[language] in link.inner_text()
        box = link.bounding_box()
        assert box["height"] >= 24  # WCAG 2.5.8
        assert box["x"] + box["width"] <= PHONE["width"]


def test_buttons_are_not_printed(page):
    visit(page, f"ko/{CHAPTER}")
    page.emulate_media(media="print")
    assert shown(page) == []


def test_only_chapters_with_code_have_buttons():
    with_buttons = {
        path for path in pages("ko") if 'class="run-links"' in (SITE / path).read_text()
    }
    with_code = {
        f"ko/{chapter.page}.html"
        for chapter in map(read_chapter, chapters_of(ROOT))
        if chapter.has_code
    }
    assert with_buttons == with_code
