"""The framework tabs in a real browser: one choice for the whole book, as ARIA tabs."""

import gzip
import re
from urllib.parse import urlsplit

import pytest
from conftest import (
    EACH_LANGUAGE,
    PHONE,
    SITE,
    arrive,
    first_page_with,
    pages,
    visit,
    visit_fully,
    wait_for_fonts,
)
from playwright.sync_api import Locator, Page, expect
from publishing.chapter.editions import FRAMEWORKS, LANGUAGES

TABS = ".framework-tabs"
PANELS = ".framework-panel"
LABELS = [framework.label for framework in FRAMEWORKS.values()]
WIDE = {"width": 1500, "height": 900}


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


def test_the_address_follows_the_choice(chapter):
    path = first_page_with("framework-tabs")
    visit(chapter, f"{path}?framework=pytorch#top")
    tab(chapter, "tensorflow").click()
    assert chapter.url.endswith(f"{path}?framework=tensorflow#top")
    chapter.reload(wait_until="domcontentloaded")
    assert shown(chapter) == {"tensorflow"}
    visit(chapter, path)
    tab(chapter, "pytorch").click()
    assert chapter.url.endswith(path)  # nothing is added


def test_the_address_of_a_file_follows_too(browser):
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(error))
    path = SITE / first_page_with("framework-tabs")
    page.goto(f"{path.as_uri()}?framework=pytorch", wait_until="domcontentloaded")
    tab(page, "tensorflow").click()
    assert shown(page) == {"tensorflow"}
    assert page.url.endswith("?framework=tensorflow")
    assert errors == []
    page.close()


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


@pytest.mark.parametrize("media", ["screen", "print"])
def test_both_versions_show_without_javascript(scriptless_page, media):
    scriptless_page.emulate_media(media=media)
    visit_fully(scriptless_page, first_page_with("framework-tabs"))
    tab_set = scriptless_page.locator(TABS).first
    assert not tab_set.get_by_role("tablist").is_visible()
    assert tab_set.get_by_role("heading").all_inner_texts() == LABELS
    assert [panel.is_visible() for panel in tab_set.locator(PANELS).all()] == [True, True]
    scriptless_page.emulate_media(media="null")


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
    if path == "index.html":  # it leads on
        arrive(page, "*/index.html")


# --- What looks otherwise ---------------------------------------------------------------------


def test_forced_colours_show_which_tab_is_selected_and_which_has_the_focus(new_page):
    page = new_page(forced_colors="active", viewport=WIDE)
    visit(page, first_page_with("framework-tabs"))
    tabs = page.locator(f"{TABS} >> nth=0").get_by_role("tab")
    looks = tabs.evaluate_all(
        """tabs => tabs.map(tab => getComputedStyle(tab)).map(style =>
        [style.backgroundColor, style.textDecorationLine, style.borderBottomColor])"""
    )
    assert looks[0][0] != looks[1][0]
    assert looks[1] == looks[2]
    assert [look[1] for look in looks] == ["underline", "none", "none"]  # not by colour alone
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert looks[1][2] == paper  # no line that looks like the selected tab's
    assert tabs.first.evaluate("tab => getComputedStyle(tab).color") != looks[0][0]
    assert tabs.first.evaluate("tab => getComputedStyle(tab).forcedColorAdjust") == "none"
    tabs.first.focus()
    page.keyboard.press("ArrowRight")
    outline = tabs.nth(1).evaluate(
        "tab => [getComputedStyle(tab).outlineStyle, getComputedStyle(tab).outlineColor]"
    )
    ground = tabs.nth(1).evaluate("tab => getComputedStyle(tab).backgroundColor")
    assert outline[0] == "solid"
    assert outline[1] != ground


def test_tabs_are_large_enough_for_fingers(new_page):
    page = new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    visit(page, long_chapter())
    boxes = [tab.bounding_box() for tab in page.get_by_role("tab").all()]
    assert len(boxes) > 10
    assert all(box["height"] >= 44 and box["width"] >= 44 for box in boxes)


@EACH_LANGUAGE
def test_cells_that_need_both_frameworks_say_so(page, language):
    visit(page, long_chapter(language))
    cells = page.locator(".bd-article div.cell.tag_tensorflow.tag_pytorch")
    assert cells.count() > 0
    labels = {"ko": "두 프레임워크가 모두 필요합니다", "en": "Needs both frameworks"}
    for media in ("screen", "print"):
        page.emulate_media(media=media)
        for cell in cells.all():
            expect(cell).to_have_class(re.compile(r"\bneeds-both\b"))
            label = cell.locator("> :first-child")
            assert label.is_visible()
            assert label.inner_text() == labels[language]
    assert page.locator(".needs-both").count() == cells.count()


def test_imports_look_quieter_than_steps_and_can_be_chosen_alike(page):
    visit(page, long_chapter())
    imports = page.locator(f"{TABS}.only-imports").first
    step = page.locator(f"{TABS}:not(.only-imports)").first
    for code in page.locator(".only-imports pre").all_text_contents():
        lines = [line for line in code.splitlines() if line and not line.startswith("#")]
        assert all(line.startswith(("import ", "from ")) for line in lines)
    sizes = "set => [getComputedStyle(set).borderTopWidth, set.firstElementChild.offsetHeight]"
    assert imports.evaluate(sizes)[0] == "0px" != step.evaluate(sizes)[0]
    assert imports.evaluate(sizes)[1] < step.evaluate(sizes)[1]
    imports.get_by_role("tab", name="PyTorch").click()
    assert shown(page) == {"pytorch"}


# --- Side by side ----------------------------------------------------------------------------


@pytest.fixture
def wide(page) -> Page:
    """Return a page with room for both, that shows a chapter with both side by side."""
    page.set_viewport_size(WIDE)
    visit(page, f"{long_chapter()}?framework=both")
    wait_for_fonts(page)
    return page


def long_chapter(language: str = "ko") -> str:
    return next(path for path in pages(language) if "06-training" in path)


def test_both_can_be_chosen_where_there_is_room_and_the_choice_is_kept(new_page):
    page = new_page(viewport=WIDE)
    visit(page, first_page_with("framework-tabs"))
    both = page.get_by_role("tab", name="나란히")
    both.first.click()
    assert (chosen(page), shown(page)) == ({"both"}, set(FRAMEWORKS))
    assert both.first.get_attribute("aria-selected") == "true"
    for path in (last_page_with_tabs("ko"), first_page_with("framework-tabs", "en")):
        visit(page, path)
        assert (chosen(page), shown(page)) == ({"both"}, set(FRAMEWORKS))
    assert page.get_by_role("tab", name="Side by side").first.is_visible()
    page.keyboard.press("Escape")
    tab(page, "both").press("ArrowRight")  # around the end
    assert shown(page) == {"tensorflow"}
    tab(page, "tensorflow").press("End")
    assert shown(page) == set(FRAMEWORKS)
    later = new_page(viewport=WIDE, storage_state=page.context.storage_state())
    visit(later, first_page_with("framework-tabs"))
    assert shown(later) == set(FRAMEWORKS)


def test_a_narrow_window_shows_the_last_single_one_until_it_is_wide_again(page):
    page.set_viewport_size(WIDE)
    path = first_page_with("framework-tabs")
    visit(page, path)
    tab(page, "pytorch").click()
    tab(page, "both").click()
    page.set_viewport_size({**WIDE, "width": WIDE["width"] - 1})
    page.wait_for_function("document.documentElement.dataset.framework === 'pytorch'")
    assert (chosen(page), shown(page)) == ({"pytorch"}, {"pytorch"})
    assert not tab(page, "both").is_visible()
    tab(page, "tensorflow").focus()
    page.keyboard.press("End")  # the third tab is not there for the keyboard either
    expect(tab(page, "pytorch")).to_be_focused()
    visit(page, f"{path}?framework=both")
    assert shown(page) == {"pytorch"}
    page.set_viewport_size(WIDE)
    page.wait_for_function("document.documentElement.dataset.framework === 'both'")
    assert (chosen(page), shown(page)) == ({"both"}, set(FRAMEWORKS))


# For each tab set that shows: how far its corresponding lines and outputs stand apart, how many
# there are, and how many pieces of code scroll.
ROWS = """patterns => [...document.querySelectorAll(".framework-tabs")]
    .map((tabs, number) => [tabs, patterns[number].split(" ")])
    .filter(([tabs]) => tabs.checkVisibility()).map(([tabs, cells]) => {
        const panels = [...tabs.querySelectorAll(".framework-panel")];
        const codes = panels.map(panel => [...panel.querySelectorAll(".cell_input pre")]);
        let pairs = 0, apart = 0;
        const compare = (one, other) => {
            if (!one || !other) return;
            pairs += 1;
            const tops = [one, other].map(part => part.getBoundingClientRect().top);
            apart = Math.max(apart, Math.abs(tops[0] - tops[1]));
        };
        for (const [index, code] of codes[0].entries()) {
            const next = [0, 0]; // lines, of which the build has said which row has one
            for (const row of cells[index] ?? "") {
                const has = [1, 2].map(bit => Number(row) & bit);
                const lines = [code, codes[1][index]].map((one, at) => one.children[next[at]]);
                if (has[0] && has[1]) compare(...lines);
                has.forEach((one, at) => { next[at] += one ? 1 : 0; });
            }
        }
        const outputs = panels.map(panel => [...panel.querySelectorAll(".cell_output")]);
        for (const [index, output] of outputs[0].entries()) compare(output, outputs[1][index]);
        const scrolling = codes.flat().filter(code => code.scrollWidth > code.clientWidth).length;
        const wrapped = codes.flat().flatMap(code => [...code.children])
            .filter(line => line.getBoundingClientRect().height > 30).length;
        return {pairs, apart, scrolling, wrapped};
    })"""


def test_corresponding_lines_and_outputs_stand_at_one_height(wide):
    html = (SITE / urlsplit(wide.url).path[1:]).read_text("utf-8")
    sets = wide.evaluate(ROWS, re.findall('data-rows="([^"]*)"', html))
    assert max(found["apart"] for found in sets) <= 0.5
    assert sum(found["pairs"] for found in sets) > 100
    assert sum(found["wrapped"] for found in sets) > 20, "no test: no line is wrapped"
    assert sum(found["scrolling"] for found in sets) == 0


@pytest.mark.parametrize("width", [1500, 1680, 1920, 2560])
@EACH_LANGUAGE
def test_columns_take_free_room_and_cover_nothing(page, width, language):
    page.set_viewport_size({"width": width - 15, "height": 900} if width > 1500 else WIDE)
    visit(page, long_chapter(language))
    text = page.locator(".bd-article section > p").first
    lines = text.bounding_box()["width"]
    alone = page.locator(TABS).first.bounding_box()["width"]
    tab(page, "both").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    boxes = page.locator(TABS).evaluate_all(
        "sets => sets.filter(set => set.checkVisibility()).map(set => set.getBoundingClientRect())"
    )
    contents = page.locator(".bd-sidebar-secondary").bounding_box()
    assert all(box["right"] <= contents["x"] for box in boxes)
    assert boxes[0]["width"] > alone * 1.2
    assert text.bounding_box()["width"] == lines
    notes = page.locator(".margin-note").evaluate_all(
        "notes => notes.filter(note => note.checkVisibility()).map(note => note.offsetWidth)"
    )
    assert all(150 < note < 350 for note in notes)


def test_corresponding_lines_are_lit_together(wide):
    line = wide.locator(".framework-panel[data-framework=tensorflow] .code-line")
    line.filter(has_text="def masked_loss(").first.hover()
    lit = wide.locator(".code-line.lit")
    assert [text.strip() for text in lit.all_text_contents()] == ["def masked_loss("] * 2
    grounds = lit.evaluate_all("lines => lines.map(line => getComputedStyle(line).backgroundColor)")
    assert grounds[0] == grounds[1] != "rgba(0, 0, 0, 0)"
    wide.mouse.move(5, 5)
    expect(lit).to_have_count(0)


def test_a_panel_holds_its_code_whole_and_under_its_name(wide):
    """What a screen reader hears: the columns are one after the other, rows are only drawn."""
    codes = wide.locator(".framework-panel .cell_input pre")
    whole = codes.all_text_contents()
    assert codes.locator(".code-line").count() == sum(code.count("\n") for code in whole)
    wide.route("**/framework.js*", lambda route: route.fulfill(body=""))
    wide.reload()
    assert codes.all_text_contents() == whole
    wide.unroute("**/framework.js*")
    wide.reload()
    for panel in wide.locator(PANELS).all()[:4]:
        name = FRAMEWORKS[panel.get_attribute("data-framework")].label
        labels = panel.get_attribute("aria-labelledby")
        assert wide.locator(f"#{labels}").inner_text() == name
        assert panel.get_by_role("heading").first.inner_text() == name


def test_copies_and_selections_are_of_one_framework(new_page, address):
    page = new_page(viewport=WIDE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    visit(page, f"{long_chapter()}?framework=both")
    wait_for_fonts(page)
    panels = page.locator(f"{TABS}:has-text('def masked_loss')").first.locator(PANELS)
    for panel in panels.all():
        code = panel.locator("pre").first
        source = code.text_content()
        code.hover()
        panel.locator(".highlight:hover .copybtn").click()
        page.wait_for_function(
            "source => navigator.clipboard.readText().then(text => text === source.trimEnd())",
            arg=source,
        )
        # From the first line, out of the column, to the last.
        first, last = (code.locator(".code-line").nth(index).bounding_box() for index in (0, -1))
        other = next(one for one in panels.all() if one != panel)
        page.mouse.move(first["x"] + 15, first["y"] + first["height"] / 2)
        page.mouse.down()
        page.mouse.move(last["x"] + last["width"] - 2, last["y"] + last["height"] - 2, steps=5)
        selected = page.evaluate("getSelection().toString()")
        assert selected.strip() == source.strip()
        box = other.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, last["y"], steps=5)
        lines = page.evaluate("getSelection().toString()").splitlines()
        assert lines
        assert all(line in panel.text_content() for line in lines)
        page.mouse.up()
        page.mouse.click(5, 5)


def test_data_for_the_rows_is_small():
    for path in pages("ko") + pages("en"):
        html = (SITE / path).read_text("utf-8")
        without = re.sub(r'<button[^>]*data-framework="both".*?</button>\n', "", html)
        without = re.sub(r' data-rows="[^"]*"', "", without)
        sizes = [len(gzip.compress(text.encode())) for text in (html, without)]
        assert sizes[0] <= 1.03 * sizes[1], path
