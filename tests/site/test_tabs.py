"""The framework tabs in a real browser: one choice for the whole book, as ARIA tabs."""

import pytest
from conftest import SITE, arrive, first_page_with, pages, visit, visit_fully, wait_for_fonts
from playwright.sync_api import Locator, Page, expect
from publishing.chapter.editions import FRAMEWORKS, LANGUAGES

TABS = ".framework-tabs"
PANELS = ".framework-panel"
LABELS = [framework.label for framework in FRAMEWORKS.values()]


@pytest.fixture
def chapter(page) -> Page:
    """Return a page that shows a chapter with tabs."""
    visit(page, first_page_with("framework-tabs"))
    return page


def chosen(page: Page) -> set[str]:
    """Return the frameworks of all selected tabs."""
    tabs = page.locator(f"{TABS} [role=tab][aria-selected=true]")
    return set(tabs.evaluate_all("tabs => tabs.map(tab => tab.dataset.framework)"))


def shown(page: Page) -> set[str]:
    """Return the frameworks of the panels that show, those in closed folds left out."""
    return set(
        page.locator(f".bd-article {PANELS}").evaluate_all(
            "panels => panels.filter(panel => panel.checkVisibility())"
            ".map(panel => panel.dataset.framework)"
        )
    )


def tab(page: Page, framework: str, index: int = 0) -> Locator:
    return page.locator(f"{TABS} [role=tab][data-framework={framework}]").nth(index)


def test_tabs_have_the_roles_and_states_of_the_aria_pattern(chapter):
    tab_lists = chapter.get_by_role("tablist", name="프레임워크")
    assert tab_lists.count() >= 3
    for tab_list in tab_lists.all():
        tabs = tab_list.get_by_role("tab")
        assert tabs.all_inner_texts() == LABELS
        assert [tab.get_attribute("tabindex") for tab in tabs.all()] == ["0", "-1"]
        for tab in tabs.all():
            panel = chapter.locator(f"#{tab.get_attribute('aria-controls')}")
            assert panel.get_attribute("role") == "tabpanel"
            assert panel.get_attribute("aria-labelledby") == tab.get_attribute("id")
            assert panel.is_visible() == (tab.get_attribute("aria-selected") == "true")


def test_one_choice_changes_all_tabs_and_holds_on_pages_languages_and_visits(new_page):
    page = new_page()
    visit(page, first_page_with("framework-tabs"))
    assert (chosen(page), shown(page)) == ({"tensorflow"}, {"tensorflow"})
    tab(page, "pytorch").click()
    assert (chosen(page), shown(page)) == ({"pytorch"}, {"pytorch"})
    for language in LANGUAGES:
        visit(page, last_page_with_tabs(language))
        assert (chosen(page), shown(page)) == ({"pytorch"}, {"pytorch"})

    later = new_page(storage_state=page.context.storage_state())
    visit(later, first_page_with("framework-tabs"))
    assert (chosen(later), shown(later)) == ({"pytorch"}, {"pytorch"})


def last_page_with_tabs(language: str) -> str:
    first = first_page_with("framework-tabs").rpartition("/")[2]
    others = [path for path in pages(language) if not path.endswith(first)]
    found = [path for path in others if "framework-tabs" in (SITE / path).read_text("utf-8")]
    assert found, "only one page has tabs"
    return found[-1]


def test_a_link_chooses_and_its_choice_is_kept(chapter):
    path = first_page_with("framework-tabs")
    tab(chapter, "tensorflow", 1).click()
    visit(chapter, f"{path}?framework=pytorch")
    assert (chosen(chapter), shown(chapter)) == ({"pytorch"}, {"pytorch"})
    visit(chapter, path)
    assert shown(chapter) == {"pytorch"}
    visit(chapter, f"{path}?framework=theano")  # no such framework: the stored choice holds
    assert shown(chapter) == {"pytorch"}


def test_keyboard_moves_between_tabs_as_in_the_aria_pattern(chapter):
    address = chapter.url
    first = tab(chapter, "tensorflow")
    first.focus()
    for key, framework in [
        ("ArrowRight", "pytorch"),
        ("ArrowRight", "tensorflow"),  # around the end
        ("ArrowLeft", "pytorch"),
        ("Home", "tensorflow"),
        ("End", "pytorch"),
    ]:
        chapter.keyboard.press(key)
        expect(tab(chapter, framework)).to_be_focused()
        assert (chosen(chapter), shown(chapter)) == ({framework}, {framework})
    assert chapter.url == address  # the arrow keys turn no page
    style = tab(chapter, "pytorch").evaluate("tab => getComputedStyle(tab).outlineStyle")
    assert style == "solid"
    # Only the selected tab is in the order of focus; after it comes its panel.
    chapter.keyboard.press("Tab")
    assert chapter.evaluate("document.activeElement.dataset.framework") == "pytorch"
    assert chapter.evaluate("document.activeElement.getAttribute('role')") == "tabpanel"


@pytest.mark.parametrize("how", ["mouse", "keyboard"])
def test_page_does_not_jump(chapter, how):
    wait_for_fonts(chapter)
    last = tab(chapter, "pytorch", visible_tab_sets(chapter) - 1)
    last.evaluate("tab => tab.scrollIntoView({block: 'center', behavior: 'instant'})")
    before = last.bounding_box()["y"]
    height = chapter.evaluate("document.documentElement.scrollHeight")
    if how == "mouse":
        last.click()
    else:
        tab(chapter, "tensorflow", visible_tab_sets(chapter) - 1).focus()
        chapter.keyboard.press("ArrowRight")
    # Two frames later the browser's own scroll anchoring has had its turn.
    chapter.evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    assert chapter.evaluate("document.documentElement.scrollHeight") != height, (
        "no test: same height"
    )
    assert abs(last.bounding_box()["y"] - before) <= 1


def visible_tab_sets(page: Page) -> int:
    return page.locator(f"{TABS}:visible").count()


def test_right_version_is_there_from_the_first_paint(chapter):
    """Nothing flashes: the choice is known before the body is read."""
    tab(chapter, "pytorch").click()
    visit(chapter, first_page_with("framework-tabs"))
    assert chapter.evaluate("window.firstLook.framework") == "pytorch"


def assert_both_versions_show_under_their_names(page: Page) -> None:
    tab_set = page.locator(TABS).first
    assert not tab_set.get_by_role("tablist").is_visible()
    headings = tab_set.get_by_role("heading").all_inner_texts()
    assert headings == LABELS
    assert [panel.is_visible() for panel in tab_set.locator(PANELS).all()] == [True, True]


def test_both_versions_show_without_javascript(scriptless_page):
    visit_fully(scriptless_page, first_page_with("framework-tabs"))
    assert_both_versions_show_under_their_names(scriptless_page)


def test_both_versions_are_printed(chapter):
    chapter.emulate_media(media="print")
    assert_both_versions_show_under_their_names(chapter)


def test_link_into_a_hidden_version_shows_it(chapter):
    path = first_page_with("framework-tabs")
    panel = chapter.locator(f"{PANELS}[data-framework=pytorch]").first
    visit(chapter, f"{path}#{panel.get_attribute('id')}")
    expect(panel).to_be_visible()
    visit(chapter, path)
    assert shown(chapter) == {"tensorflow"}  # the link was not a choice


BROKEN_HASHES = ["#%E0%A4%A", "#100%", "#%", "#%%", "#%zz", "#%FF%FE", "#']\"[", "#:~:text=", "#"]


@pytest.mark.parametrize("broken", BROKEN_HASHES)
def test_address_that_leads_nowhere_stops_no_script(chapter, broken):
    """What a script throws fails each test that uses the page."""
    path = first_page_with("framework-tabs")
    visit(chapter, path + broken)
    wait_for_fonts(chapter)
    assert shown(chapter) == {"tensorflow"}
    tab(chapter, "pytorch").click()
    assert shown(chapter) == {"pytorch"}
    chapter.evaluate("hash => { location.hash = ''; location.hash = hash }", broken)
    chapter.evaluate("new Promise(done => requestAnimationFrame(done))")
    assert shown(chapter) == {"pytorch"}


@pytest.mark.parametrize("broken", BROKEN_HASHES[:3])
@pytest.mark.parametrize("path", ["index.html", "404.html", "en/index.html"])
def test_no_page_above_the_chapters_minds_such_an_address(page, path, broken):
    visit(page, path + broken)
    if path != "404.html":  # the others lead on
        arrive(page, "*/chapters/*")
