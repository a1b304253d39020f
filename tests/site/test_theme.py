"""What is assumed of the themes: each assumption that no longer holds is named in one line."""

import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import ROOT, SITE
from publishing.proof.build_run import build_with
from publishing.proof.mutate import copy_book
from publishing.publication import Publication
from publishing.site import assets, theme
from publishing.site.extension import _link
from publishing.site.theme import (
    ICON_FONTS,
    ICON_SHEET,
    PLACES,
    SEARCH_DIALOG,
    THEIR_NAMES,
    THEME_SCRIPT,
    ThemeError,
    check_names,
    files_at,
    replaced,
)
from sphinx_book_theme import header_buttons
from test_build import write_small_book

BUILT = SITE / "ko"
OURS = [path for path in Path(theme.__file__).with_name("static").iterdir()]
NAMES = sorted(
    {
        name
        for path in OURS
        if path.suffix not in (".png", ".svg")
        for name in THEIR_NAMES.findall(path.read_text("utf-8"))
    }
)


def app_for(site: Path) -> SimpleNamespace:
    """Stand in for Sphinx after it has built a site."""
    return SimpleNamespace(outdir=str(site), builder=SimpleNamespace(format="html"))


@pytest.fixture(scope="module")
def words() -> str:
    """Return each name and word once of all that the themes have written in one language."""
    pages = [page.read_text("utf-8") for page in BUILT.glob("**/*.html")]
    return "\n".join(sorted({word for page in pages for word in re.findall(r"[\w-]+", page)}))


@pytest.fixture
def site(tmp_path, words):
    """Return a site of one page that has the names of all pages."""
    (tmp_path / "page.html").write_text(words, "utf-8")
    script = tmp_path / "_static" / THEME_SCRIPT
    script.parent.mkdir(parents=True)
    shutil.copy(BUILT / "_static" / THEME_SCRIPT, script)
    return tmp_path


@pytest.mark.parametrize("place", PLACES)
def test_place_that_is_gone_is_named(place):
    with pytest.raises(ThemeError, match=rf"^{re.escape(place)} is not found") as caught:
        replaced("<p>nothing of the kind</p>", place, "")
    assert "\n" not in str(caught.value)


def test_what_stands_in_a_place_is_replaced_as_it_is_said():
    html = '<nav aria-label="Main">'
    place = "the name of the list of chapters"
    assert replaced(html, place, r"\1") == r"<nav \1>"
    assert replaced(html, place, lambda match: match[0].lower()) == '<nav aria-label="main">'


@pytest.mark.parametrize("pattern", [ICON_SHEET, ICON_FONTS])
def test_file_that_is_gone_is_named(tmp_path, pattern):
    with pytest.raises(ThemeError, match=re.escape(f"there is no {pattern} in _static")):
        files_at(tmp_path, [pattern])


def test_files_are_found_by_patterns(tmp_path):
    for name in ("b.map", "a.map", "c.js"):
        (tmp_path / name).touch()
    assert files_at(tmp_path, ["**/*.map", "c.js"]) == [
        tmp_path / name for name in ("a.map", "b.map", "c.js")
    ]


def test_icons_that_have_no_rules_any_more_are_named(tmp_path):
    sheet = tmp_path / "_static" / ICON_SHEET
    sheet.parent.mkdir(parents=True)
    sheet.write_text("a { color: red }")
    with pytest.raises(ThemeError, match="rules for icons"):
        assets._reduce_icons(tmp_path, tmp_path / "fonts")


def test_site_as_it_is_built_has_all_names(site):
    check_names(app_for(site), None)
    assert len(NAMES) > 20


@pytest.mark.parametrize("name", NAMES)
def test_name_that_the_theme_has_no_more_is_named(site, name):
    for path in (site / "page.html", site / "_static" / THEME_SCRIPT):
        text = path.read_text("utf-8")
        path.write_text(re.sub(rf"(?<![\w-]){name}(?![\w-])", "renamed", text), "utf-8")
    with pytest.raises(ThemeError, match=rf"\.(css|js|jinja) looks for {name}, which the theme"):
        check_names(app_for(site), None)


def test_dialog_that_the_theme_s_script_does_not_open_is_named(site):
    script = site / "_static" / THEME_SCRIPT
    script.write_text(script.read_text("utf-8").replace(SEARCH_DIALOG, "another"), "utf-8")
    with pytest.raises(ThemeError, match=f"opens no {SEARCH_DIALOG} any more"):
        check_names(app_for(site), None)


def test_nothing_is_checked_where_the_build_has_failed_or_makes_no_pages(tmp_path):
    check_names(app_for(tmp_path), ValueError("an earlier error"))
    other = app_for(tmp_path)
    other.builder.format = "linkcheck"
    check_names(other, None)


def copy_with_two_chapters(folder: Path) -> None:
    """Copy all that a build needs, with chapters that take it no time."""
    copy_book(ROOT, folder)
    shutil.rmtree(folder / "chapters")
    write_small_book(folder)


@pytest.mark.slow
def test_small_copy_is_built_where_nothing_is_wrong(tmp_path):
    copy_with_two_chapters(tmp_path)
    assert build_with(Path(sys.executable), tmp_path, tmp_path / "_build") == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"Toggle primary sidebar"', '"Another title"', "the title of the primary toggle is not"),
        ('"styles/pydata', '"styles/another', "there is no styles/another-sphinx-theme.css in"),
        (
            "navbar|cell",
            "navbar|another|cell",
            "print.css looks for another-thing, which",
        ),
    ],
    ids=["a place", "a file", "a name"],
)
def test_build_stops_with_the_line_that_names_it(tmp_path, old, new, message):
    copy_with_two_chapters(tmp_path)
    source = tmp_path / "ci" / "publishing" / "site" / "theme.py"
    text = source.read_text("utf-8")
    assert text.count(old) == 1
    source.write_text(text.replace(old, new), "utf-8")
    sheet = source.with_name("static") / "print.css"
    sheet.write_text(f"{sheet.read_text('utf-8')}\n.another-thing {{ color: red }}\n", "utf-8")
    written = build_with(Path(sys.executable), tmp_path, tmp_path / "_build")
    assert message in written


@pytest.mark.parametrize(
    ("repository", "has_button"),
    [
        ("https://github.com/owner/name", True),
        ("https://gitlab.com/group/part/name", True),
        ("https://bitbucket.org/owner/name", True),
        ("https://codeberg.org/owner/name", False),
        ("https://git.example/owner/name", False),
        (None, False),
    ],
)
def test_repository_has_a_button_where_the_theme_has_one_and_stops_no_build(repository, has_button):
    """The theme stops at a repository whose host it does not know."""
    config = SimpleNamespace(
        language="ko", html_theme_options={"repository_url": "another"}, html_context={}
    )
    _link(Publication(None, repository), config)
    assert ("repository_url" in config.html_theme_options) == has_button
    sphinx = SimpleNamespace(config=config)
    header_buttons.update_context_with_repository_info(sphinx)
    assert any(name.endswith("_repo") for name in config.html_context) == has_button
