"""The built site in a real browser: what ci/build has left in _build/html."""

from base64 import b64decode

import pytest
from book.publishing.languages import TITLES
from book.publishing.views import LANGUAGES
from conftest import PHONE, SITE, first_page_with, pages, watch
from playwright.sync_api import expect


def test_both_languages_have_the_same_pages():
    english = sorted(path.name for path in SITE.glob("en/chapters/*.html"))
    assert english == [path.rpartition("/")[2] for path in pages("ko")]
    assert english


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_clean_and_fits_a_phone(page, address, language):
    page.set_viewport_size(PHONE)
    for path in pages(language):
        page.goto(f"{address}/{path}", wait_until="networkidle")
        assert page.evaluate("document.documentElement.lang") == language, path
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        # Formulas are drawn, and none as an error.
        formulas = page.locator("article .math").count()
        assert page.locator("article .math mjx-container").count() >= formulas, path
        assert page.locator("mjx-merror").count() == 0, path
        for image in page.locator("article img").all():
            image.scroll_into_view_if_needed() if image.is_visible() else None
            assert image.evaluate("image => image.decode().then(() => image.naturalWidth)"), path
            assert image.get_attribute("alt").strip(), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_sidebar_and_title_are_in_the_language(page, address, language):
    page.goto(f"{address}/{pages(language)[0]}")
    assert page.title() == TITLES[language]
    assert page.locator("meta[name=viewport]").count() == 1
    entries = page.locator(".bd-sidebar-primary nav a").all_inner_texts()
    assert entries
    has_hangul = [any("가" <= letter <= "힣" for letter in entry) for entry in entries]
    assert any(has_hangul) == (language == "ko")


def test_language_link_leads_to_the_same_page_and_back(page, address):
    korean, english = pages("ko")[-1], pages("en")[-1]
    page.goto(f"{address}/{korean}")
    link = page.locator("a.language-link")
    assert (link.inner_text(), link.get_attribute("lang")) == ("English", "en")
    link.click()
    page.wait_for_url(f"{address}/{english}")
    assert page.locator("link[rel=alternate][hreflang=ko]").count() == 1
    page.locator("a.language-link", has_text="한국어").click()
    page.wait_for_url(f"{address}/{korean}")


def test_solutions_are_folded(page, address):
    page.goto(f"{address}/{first_page_with('sd-dropdown', 'en')}")
    solution = page.locator("details.solution").first
    assert solution.get_attribute("open") is None
    solution.locator("summary").first.click()
    assert solution.locator(".sd-summary-content").first.is_visible()
    assert solution.locator("summary").first.inner_text().strip() == "Solution"


@pytest.mark.parametrize(("locale", "language"), [("ko-KR", "ko"), ("en-GB", "en")])
def test_first_page_goes_to_the_language_of_the_browser(browser, address, locale, language):
    page = browser.new_page(locale=locale)
    problems = watch(page, address)
    page.goto(f"{address}/")
    page.wait_for_url(f"{address}/{language}/chapters/*")
    page.close()
    assert problems == []


def test_first_page_offers_both_languages_without_javascript(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/")
    links = [link.get_attribute("href") for link in page.locator("a").all()]
    context.close()
    assert links == ["ko/index.html", "en/index.html"]


@pytest.mark.parametrize("name", ["index.html", "404.html"])
def test_page_above_the_chapters_holds_the_book_s_icon(browser, address, name):
    page = browser.new_page(locale="fr")  # so that the first page goes to no language
    page.goto(f"{address}/{name}")
    kind, _, content = page.locator("link[rel=icon]").get_attribute("href").partition(",")
    page.close()
    assert kind == "data:image/svg+xml;base64"
    assert b64decode(content) == (SITE / "ko/_static/favicon.svg").read_bytes()


# The colours of a link and of code, and what frames a cell.
LOOKS = """() => [
    getComputedStyle(document.querySelector(".bd-article p a.reference")).color,
    getComputedStyle(document.querySelector(".bd-article .highlight .k, .highlight .kn")).color,
    getComputedStyle(document.querySelector(".framework-tabs")).borderTopColor,
    getComputedStyle(document.body).backgroundColor,
]"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_has_its_colours_without_javascript_and_says_what_it_lacks(browser, address, language):
    path = first_page_with("framework-tabs", language)
    looks = []
    for has_scripts in (True, False):
        context = browser.new_context(java_script_enabled=has_scripts, color_scheme="light")
        page = context.new_page()
        page.goto(f"{address}/{path}")
        looks.append(page.evaluate(LOOKS))
        assert page.locator(".without-javascript").count() == (not has_scripts)
        if not has_scripts:
            note = {
                "ko": "수식을 그리려면 JavaScript가 필요합니다",
                "en": "Formulas need JavaScript",
            }
            assert note[language] in page.locator(".without-javascript").inner_text()
        context.close()
    assert looks[0] == looks[1]


@pytest.mark.parametrize(
    ("stored", "system", "theme"),
    [
        (None, "dark", "dark"),
        (None, "light", "light"),
        ("auto", "dark", "dark"),
        ("light", "dark", "light"),
        ("dark", "light", "dark"),
    ],
)
def test_colour_scheme_is_right_from_the_first_paint(browser, address, stored, system, theme):
    page = browser.new_page(color_scheme=system)
    remember = f"localStorage.setItem('mode', '{stored}');" if stored else ""
    page.add_init_script(
        remember
        + """new MutationObserver((_, observer) => {
          if (!document.body) return;
          window.themeAtFirst = document.documentElement.dataset.theme;
          observer.disconnect();
        }).observe(document, {childList: true, subtree: true});"""
    )
    page.goto(f"{address}/{pages('en')[0]}")
    first, later = page.evaluate("[window.themeAtFirst, document.documentElement.dataset.theme]")
    page.close()
    assert (first, later) == (theme, theme)


def test_list_of_contents_marks_the_section_in_view_and_at_the_end_the_last(page, address):
    page.goto(f"{address}/{first_page_with('framework-tabs', 'en')}")
    page.evaluate("() => window.MathJax?.startup.promise")
    links = page.locator("#pst-page-toc-nav a")
    current = page.locator("#pst-page-toc-nav a[aria-current=true]")
    page.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
    expect(current).to_have_text(links.last.inner_text())
    expect(page.locator("#pst-page-toc-nav .toc-entry.active")).to_have_count(1)
    second = links.nth(1)
    identity = second.get_attribute("href").removeprefix("#")
    page.locator(f"section[id='{identity}']").evaluate(
        "section => section.scrollIntoView({ behavior: 'instant' })"
    )
    expect(current).to_have_text(second.inner_text())
