"""The cheat sheet's page, its print, and its notebook."""

import re
from pathlib import Path

import pytest
from conftest import EACH_LANGUAGE, ROOT, SITE, built_notebook, visit, wait_for_fonts
from lxml import html
from publishing.chapter.editions import BOTH, FRAMEWORKS, LANGUAGES, Edition
from publishing.chapter.sheet import SHEET, SheetError, read_sheet

PAGE = "chapters/appendix-frameworks"
GROUPS = read_sheet(ROOT)
SIDES = 2  # of the sheet of paper


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_has_every_line_with_the_code_of_both_frameworks(language):
    page = html.fromstring((SITE / language / f"{PAGE}.html").read_text("utf-8"))
    rows = page.xpath("//table[contains(@class, 'sheet')]//tr[td]")
    expected = [row for group in GROUPS for row in group["rows"]]
    assert [row.xpath("th")[0].text_content() for row in rows] == [
        row["what"][language] for row in expected
    ]
    for shown, row in zip(rows, expected, strict=True):
        codes = [cell.xpath("code")[0].text_content() for cell in shown.xpath("td")[:2]]
        assert codes == [row["code"][name] for name in FRAMEWORKS]
        gives = row.get("gives", "")
        for value in gives.values() if isinstance(gives, dict) else [gives]:
            assert value in shown.text_content()


@EACH_LANGUAGE
def test_sheet_is_printed_on_two_sides(page, language):
    visit(page, f"{language}/{PAGE}.html")
    wait_for_fonts(page)
    document = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", document)) == SIDES


@pytest.mark.parametrize("language", LANGUAGES)
def test_notebook_has_the_sheet_as_tables(language):
    name = f"{PAGE.rpartition('/')[2]}.ipynb"
    notebook = built_notebook(Path(Edition(language, BOTH).folder, name))
    text = "\n".join(cell.source for cell in notebook.cells)
    for group in GROUPS:
        assert f"| {group['name'][language]} | TensorFlow | PyTorch |" in text
        for row in group["rows"]:
            assert f"| {row['what'][language]} | `" in text


ROW = "- name: {ko: 가, en: a}\n  rows:\n    - what: {ko: 가, en: a}\n      code: {CODE}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ROW.replace("CODE", "tensorflow: x"), "needs tensorflow and pytorch, and has tensorflow"),
        ("- name: {ko: 가}\n  rows: []\n", "a group needs ko and en, and has ko"),
        ("- rows: []\n", "cannot be used: KeyError"),
        ("- {", "cannot be used"),
    ],
)
def test_malformed_sheet_is_refused_in_one_line(tmp_path, text, message):
    (tmp_path / "resources").mkdir()
    (tmp_path / SHEET).write_text(text, "utf-8")
    with pytest.raises(SheetError, match=message):
        read_sheet(tmp_path)
