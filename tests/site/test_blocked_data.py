"""The site where the browser keeps no data of it: all works, as long as the page is open."""

import json
from collections.abc import Iterator

import pytest
from conftest import (
    DESKTOP,
    EACH_LANGUAGE,
    PHONE,
    arrive,
    first_page_with,
    pages,
    visit,
    watch,
)
from playwright.sync_api import Page, expect
from publishing.bench.browser import BROWSER_ARGUMENTS, installed_browser

# What a script gets that asks for the storage: an error as Chromium's, nothing at all (as in an
# app's window), or a storage that is full from the start.
THROWS = 'get() { throw new DOMException("Access is denied for this document.", "SecurityError"); }'
FULL = """get() {
    return { getItem: () => null, removeItem() {}, length: 0,
             setItem() { throw new DOMException("full", "QuotaExceededError"); } };
}"""
KINDS = {"throws": THROWS, "is null": "value: null", "is full": FULL}
STORAGES = """for (const name of ["localStorage", "sessionStorage"]) {
    Object.defineProperty(window, name, {configurable: true, %s});
}"""
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


# The quick tests look at the first kind alone.
ALL_KINDS = [
    pytest.param(kind, marks=[pytest.mark.slow] if number else [])
    for number, kind in enumerate([*KINDS, "blocked by Chromium"])
]


@pytest.fixture(params=ALL_KINDS)
def blocked(request, browser, address, tmp_path) -> Iterator[Page]:
    """Return a page without storage; none of its scripts may stop at that."""
    if request.param in KINDS:
        context = browser.new_context(base_url=address)
        context.add_init_script(STORAGES % KINDS[request.param])
    else:
        settings = {"profile": {"default_content_setting_values": {"cookies": 2}}}
        preferences = tmp_path / "profile" / "Default" / "Preferences"
        preferences.parent.mkdir(parents=True)
        preferences.write_text(json.dumps(settings))
        context = browser.browser_type.launch_persistent_context(
            tmp_path / "profile",
            executable_path=installed_browser(),
            args=BROWSER_ARGUMENTS,
            base_url=address,
        )
    page = context.new_page()
    problems = watch(page, address)
    yield page
    context.close()
    assert problems == []


USE = "() => { try { localStorage.setItem('a', 'b'); } catch (error) { return error.name; } }"


def test_storage_is_really_blocked(blocked):
    """On a page that does not replace it, for it has no script that asks for it."""
    visit(blocked, "404.html")
    names = {"SecurityError", "QuotaExceededError", "TypeError"}  # the last one, where it is null
    assert blocked.evaluate(USE) in names


@SIZES
@EACH_LANGUAGE
def test_pages_run_all_their_scripts(blocked, size, language):
    blocked.set_viewport_size(size)
    for path in pages(language)[::4]:
        visit(blocked, path)
        blocked.wait_for_load_state("load")
        stored = "[localStorage, sessionStorage].map((one) => one.getItem('absent'))"
        assert blocked.evaluate(stored) == [None, None]


@SIZES
def test_theme_switch_works_on_the_page(blocked, size):
    blocked.set_viewport_size(size)
    visit(blocked, pages("en")[0])
    blocked.wait_for_load_state("load")
    modes = []
    for _ in range(3):
        blocked.locator(".theme-switch-button:visible").first.click()
        modes.append(blocked.evaluate("document.documentElement.dataset.mode"))
    assert sorted(modes) == ["auto", "dark", "light"]


@SIZES
def test_search_opens_and_finds(blocked, size):
    blocked.set_viewport_size(size)
    visit(blocked, pages("en")[0])
    blocked.wait_for_load_state("load")
    blocked.locator(".search-button__button:visible").first.click()
    blocked.keyboard.insert_text("attention")
    expect(blocked.locator("#book-search-results a").first).to_be_visible()
    blocked.keyboard.press("Escape")
    expect(blocked.locator("#pst-search-dialog")).to_be_hidden()


def test_framework_tabs_and_links_that_choose_work(blocked):
    path = first_page_with("framework-tabs", "en")
    for query, framework in (("", "tensorflow"), ("?framework=pytorch", "pytorch")):
        visit(blocked, path + query)
        assert blocked.evaluate("document.documentElement.dataset.framework") == framework
    tab = blocked.locator(".framework-tablist [role=tab][data-framework=tensorflow]").first
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")


def test_language_switch_leads_to_the_other_language(blocked):
    path = pages("ko")[1]
    visit(blocked, path)
    blocked.locator("a.language-link").click()
    arrive(blocked, path.replace("ko/", "en/", 1))
    visit(blocked, "")
    arrive(blocked, "*/index.html")
