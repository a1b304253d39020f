"""What makes the pages comfortable: line lengths, phones, the dark, and copies."""

import re
from colorsys import rgb_to_hsv
from io import BytesIO

import numpy as np
import pytest
from conftest import DESKTOP, EACH_LANGUAGE, PHONE, SITE, first_page_with, visit, wait_for_fonts
from PIL import Image
from playwright.sync_api import Page, expect

LINE_LENGTHS = {"ko": (35, 45), "en": (65, 80)}  # of the middle one of the full lines

# The number of letters in each full line of the page's paragraphs.
COUNT_LETTERS = """() => {
    const lengths = [];
    for (const paragraph of document.querySelectorAll(".bd-article section > p")) {
        if (paragraph.querySelector("img, .math, code") || !paragraph.checkVisibility()) continue;
        const texts = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
        const lines = new Map();
        const range = document.createRange();
        while (texts.nextNode()) {
            for (let index = 0; index < texts.currentNode.length; index += 1) {
                range.setStart(texts.currentNode, index);
                range.setEnd(texts.currentNode, index + 1);
                const { bottom, width } = range.getBoundingClientRect();
                const line = Math.round(bottom / 12);
                if (width) lines.set(line, (lines.get(line) ?? 0) + 1);
            }
        }
        lengths.push(...[...lines.values()].slice(0, -1));
    }
    return lengths;
}"""

COUNT_COLUMNS = """(code) => {
    const letter = document.createElement("span");
    letter.textContent = "x".repeat(100);
    code.append(letter);
    const width = letter.getBoundingClientRect().width / 100;
    letter.remove();
    const { paddingLeft, paddingRight } = getComputedStyle(code);
    return (code.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)) / width;
}"""


@EACH_LANGUAGE
def test_lines_of_prose_are_comfortable_and_lines_of_code_fit(page, language):
    page.set_viewport_size({**DESKTOP, "width": DESKTOP["width"] - 15})  # less a scroll bar
    visit(page, first_page_with("framework-tabs", language))
    lengths = sorted(page.evaluate(COUNT_LETTERS))
    middle = lengths[len(lengths) // 2]
    shortest, longest = LINE_LENGTHS[language]
    assert shortest <= middle <= longest, lengths
    code = page.locator(".framework-panel pre:visible").first
    assert code.evaluate(COUNT_COLUMNS) >= 95
    assert code.evaluate("code => code.scrollWidth <= code.clientWidth")


def test_on_a_phone_what_was_printed_scrolls_by_itself(page):
    page.set_viewport_size(PHONE)
    visit(page, first_page_with("framework-tabs"))
    scrolling = page.locator(".bd-article .output pre:visible").evaluate_all(
        "codes => codes.filter(code => code.scrollWidth > code.clientWidth).length"
    )
    assert scrolling > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


# The pictures that are shown in colours of their own, turned for a dark page or not.
LOOKS = """images => images.map(image => getComputedStyle(image))
    .map(style => [style.backgroundColor, style.filter, style.mixBlendMode])"""
TURNED = ["rgba(0, 0, 0, 0)", "invert(1) hue-rotate(180deg)", "screen"]


@pytest.mark.parametrize("kind", ["div.cell_output img", "p img[src$='.svg']"])
def test_pictures_have_the_paper_of_the_page_in_the_dark_and_keep_hues(page, kind):
    path = first_page_with("welcome-pipeline")
    page.emulate_media(color_scheme="light")
    visit(page, path)
    wait_for_fonts(page)
    light = pixels(page, kind)
    page.emulate_media(color_scheme="dark")
    dark = pixels(page, kind)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert "rgb({}, {}, {})".format(*dark[0, 0]) == paper
    assert light[0, 0].tolist() == [255, 255, 255]
    assert dark.min(axis=2).max() > 190  # what is black on white
    colors, counts = np.unique(light.reshape(-1, 3), axis=0, return_counts=True)
    is_area = (counts > 300) & (np.ptp(colors.astype(int), axis=1) > 80)  # no edge, and no grey
    assert is_area.any()
    for color in colors[is_area]:
        turned = np.median(dark[(light == color).all(axis=2)], axis=0)
        apart = abs(rgb_to_hsv(*(color / 255))[0] - rgb_to_hsv(*(turned / 255))[0])
        assert min(apart, 1 - apart) < 0.06, (color, turned)


def pixels(page: Page, selector: str) -> np.ndarray:
    """Return a picture as it is drawn on the page: (row, column, channel)."""
    picture = page.locator(f".bd-article {selector}").first
    picture.evaluate("image => { image.loading = 'eager'; return image.decode() }")
    page.evaluate("scrollTo(0, 0)")  # both times at the same place
    picture.scroll_into_view_if_needed()
    box = {name: round(size) for name, size in picture.bounding_box().items()}
    box |= {"x": box["x"] + 2, "y": box["y"] + 2, "height": 10 * (box["height"] // 10 - 1)}
    shown = page.screenshot(animations="disabled", clip=box)
    return np.asarray(Image.open(BytesIO(shown)).convert("RGB"))


def test_every_picture_is_turned_in_the_dark_and_none_on_paper(page):
    page.emulate_media(color_scheme="dark")
    visit(page, first_page_with("welcome-pipeline"))
    looks = page.locator(".bd-article img").evaluate_all(LOOKS)
    assert len(looks) > 2
    assert all(look == TURNED for look in looks)
    page.emulate_media(color_scheme="dark", media="print")
    looks = page.locator(".bd-article img").evaluate_all(LOOKS)
    assert all(look[1:] == ["none", "normal"] for look in looks)


@EACH_LANGUAGE
def test_pictures_have_their_room_before_they_come(page, language):
    page.set_viewport_size(PHONE)
    path = first_page_with("welcome-pipeline", language)
    html = (SITE / path).read_text("utf-8")
    images = re.findall("<img [^>]*>", html.partition("<article")[2].partition("</article>")[0])
    assert all('loading="lazy"' in image for image in images)
    assert all(re.search(r' width="\d+" height="\d+" ', image) for image in images)
    visit(page, path)
    wrong = page.locator(".bd-article img").evaluate_all(
        """async images => {
            for (const image of images) image.loading = "eager";
            await Promise.all(images.map(image => image.decode()));
            const shown = images.filter(image => image.checkVisibility());
            return shown.filter(image => {
                const isRight = (a, b) => Math.abs(a / b - 1) < 0.02;
                const natural = image.naturalWidth / image.naturalHeight;
                return !isRight(image.width / image.height, natural)
                    || ![1, 2].some(times => isRight(
                        image.naturalWidth, times * Number(image.getAttribute("width"))));
            }).map(image => image.outerHTML.slice(0, 100));
        }"""
    )
    assert wrong == []


@EACH_LANGUAGE
def test_pictures_are_in_the_language_of_the_page(language):
    text = (SITE / first_page_with("welcome-pipeline", language)).read_text("utf-8")
    assert f"_images/welcome-pipeline.{language}.svg" in text
    drawn = (SITE / language / "_images" / f"welcome-pipeline.{language}.svg").read_text("utf-8")
    assert ("임베딩" in drawn) == (language == "ko")
    assert "x ticks" not in text  # the words beside a figure


@EACH_LANGUAGE
def test_contents_follow_and_neighbours_have_their_titles(page, language):
    path = first_page_with("framework-tabs", language)
    visit(page, path)
    entry = page.locator(".bd-toc li:not(:has(ul)) > a[href^='#']").nth(2)
    section = page.locator(f".bd-article {entry.get_attribute('href')}")
    expect(entry).not_to_have_class(re.compile("active"))
    section.evaluate("section => section.scrollIntoView({behavior: 'instant'})")
    expect(entry).to_have_class(re.compile("active"))
    following = page.locator(".right-next")
    title = following.locator(".prev-next-title").inner_text()
    following.click()
    assert title in page.locator(".bd-article h1").inner_text()


def test_copying_leaves_prompts_out(new_page, address):
    page = new_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    visit(page, first_page_with("framework-tabs"))
    code = page.locator(".highlight pre:visible").first
    code.evaluate("code => { code.textContent = '>>> x = 1\\n>>> x\\n1\\n' }")
    code.hover()
    page.locator(".highlight:hover .copybtn").click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text === 'x = 1\\nx')")
