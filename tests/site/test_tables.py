"""Tables that can be heard: each cell of a row is told with the names of its row and its column."""

import pytest
from bs4 import BeautifulSoup
from conftest import EACH_LANGUAGE, SITE, pages, visit
from docutils import nodes
from docutils.utils import new_document
from publishing.chapter.editions import LANGUAGES
from publishing.site.tables import NameRows

LETTERED = "(A)"  # the head of the only table of the book whose rows have no names


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_and_column_has_its_name(language):
    count = 0
    for path in pages(language):
        html = BeautifulSoup((SITE / path).read_text("utf-8"), "html.parser")
        for template in html.select("template"):  # an explorer's parts, see test_explorer.py
            template.decompose()
        for table in html.select("article table"):
            heads = table.select("thead > tr > *")
            for head in heads:
                is_corner = not head.get_text(strip=True)
                assert (head.name, head.get("scope")) == (
                    ("td", None) if is_corner else ("th", "col")
                )
            if heads[0].get_text(strip=True) == LETTERED:
                assert not table.select("tbody th")
                continue
            for row in table.select("tbody > tr"):
                first, *others = row.find_all(["th", "td"])
                if not others:  # the name of the rows below it
                    assert (first.name, first["scope"]) == ("th", "rowgroup")
                    continue
                assert (first.name, first["scope"]) == ("th", "row")
                assert first.get_text(strip=True)
                assert all(cell.name == "td" for cell in others)
            count += 1
    assert count > 30


def stubs(*heads: str) -> list[int | None]:
    """Return which columns of a table with these heads are made names."""
    cells = [nodes.entry("", nodes.paragraph("", head)) for head in heads]
    columns = [nodes.colspec() for _ in heads]
    head = nodes.thead("", nodes.row("", *cells))
    document = new_document("page")
    document.append(nodes.table("", nodes.tgroup("", *columns, head)))
    NameRows(document).apply()
    return [column.get("stub") for column in columns]


def test_first_column_names_the_rows_but_not_beside_lettered_columns():
    assert stubs("symbol", "meaning") == [1, None]
    assert stubs("(A)", "(B)", "(C)") == [None, None, None]
    assert stubs("(A)", "meaning") == [1, None]


@EACH_LANGUAGE
def test_a_name_looks_like_the_other_cells(page, language):
    visit(page, f"{language}/chapters/appendix-notation.html")
    looks = (
        page.locator("tbody tr")
        .first.locator("> *")
        .evaluate_all(
            """cells => cells.map(cell => {
            const { fontWeight, textAlign, backgroundColor, color } = getComputedStyle(cell);
            return [fontWeight, textAlign, backgroundColor, color].join();
        })"""
        )
    )
    assert len(set(looks)) == 1
