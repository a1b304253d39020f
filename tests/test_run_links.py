"""The buttons of a chapter in a real browser: for its language and the chosen framework."""

import json
from pathlib import Path

import pytest
from book.publishing.chapters import chapters_of, read_chapter
from book.publishing.run_links import BOTH_LABELS, GROUP_LABELS
from book.publishing.views import FRAMEWORKS, LANGUAGES
from conftest import PHONE, ROOT, SITE, pages

CHAPTER = "chapters/04-attention.html"
GROUP = ".run-links"


def shown(page) -> list[str]:
    """Return the frameworks whose buttons show."""
    sets = page.locator(f"{GROUP} p").all()
    return [links.get_attribute("data-framework") for links in sets if links.is_visible()]


def downloads(page) -> list[str]:
    links = page.locator(f"{GROUP} a[download]").all()
    return [link.get_attribute("href") for link in links if link.is_visible()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_buttons_follow_the_tab_and_the_language(page, address, language):
    page.goto(f"{address}/{language}/{CHAPTER}")
    assert page.get_by_role("group", name=GROUP_LABELS[language]).is_visible()
    assert shown(page) == ["tensorflow", "both"]
    page.locator(".framework-tablist [role=tab][data-framework=pytorch]").first.click()
    assert shown(page) == ["pytorch", "both"]
    folder = f"../../notebooks/{language}"
    assert downloads(page) == [
        f"{folder}/{framework}/04-attention.ipynb" for framework in ("pytorch", "both")
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("framework", "packages"), [("pytorch", "[pytorch]"), ("both", "[tensorflow,pytorch]")]
)
def test_download_gives_the_notebook_under_its_name(page, address, language, framework, packages):
    page.goto(f"{address}/{language}/{CHAPTER}?framework=pytorch")
    with page.expect_download() as download:
        page.locator(f"{GROUP} [data-framework={framework}] a[download]").click()
    assert download.value.suggested_filename == "04-attention.ipynb"
    notebook = json.loads(Path(download.value.path()).read_text("utf-8"))
    title, install = notebook["cells"][:2]
    has_hangul = any("가" <= letter <= "힣" for letter in "".join(title["source"]))
    assert has_hangul == (language == "ko")
    assert packages in "".join(install["source"])


def test_without_javascript_all_frameworks_have_buttons_that_say_which(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/en/{CHAPTER}")
    names = page.locator(f"{GROUP} a[download]").all_inner_texts()
    visible = shown(page)
    context.close()
    assert visible == [*FRAMEWORKS, "both"]
    assert names == [
        "Download notebook (TensorFlow)",
        "Download notebook (PyTorch)",
        "Download notebook (both frameworks)",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_to_the_notebook_for_both_say_so_and_can_be_hit(page, address, language):
    page.set_viewport_size(PHONE)
    page.goto(f"{address}/{language}/{CHAPTER}")
    links = page.locator(f"{GROUP} [data-framework=both] a").all()
    assert links
    for link in links:
        assert BOTH_LABELS[language] in link.inner_text()
        box = link.bounding_box()
        assert box["height"] >= 24  # WCAG 2.5.8
        assert box["x"] + box["width"] <= PHONE["width"]


def test_buttons_are_not_printed(page, address):
    page.goto(f"{address}/ko/{CHAPTER}")
    page.emulate_media(media="print")
    assert shown(page) == []


def test_only_chapters_with_code_have_buttons():
    with_buttons = {
        path for path in pages("ko") if 'class="run-links"' in (SITE / path).read_text()
    }
    with_code = {
        f"ko/chapters/{path.stem}.html"
        for path in chapters_of(ROOT)
        if any(cell.cell_type == "code" for cell in read_chapter(path).cells)
    }
    assert with_buttons == with_code
