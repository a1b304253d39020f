import json

import nbformat
import pytest
from book.publishing.views import read_for_sphinx, view
from conftest import code, figure, markdown
from nbformat.v4 import new_notebook

CELLS = [
    markdown("제목", "ko"),
    markdown("Title", "en"),
    markdown("both languages"),
    code("shared"),
    markdown("케라스", "ko", "tensorflow"),
    markdown("Keras", "en", "tensorflow"),
    code("in tensorflow", "tensorflow", prints="1\n"),
    code("in pytorch", "pytorch", prints="1\n"),
    code("compare both", "tensorflow", "pytorch"),
]
NEUTRAL = ["both languages", "shared"]


def sources(language=None, framework=None):
    return [cell.source for cell in view(new_notebook(cells=CELLS), language, framework).cells]


def test_language_view_keeps_one_language_and_all_code():
    expected = ["Title", *NEUTRAL, "Keras", "in tensorflow", "in pytorch", "compare both"]
    assert sources("en") == expected


def test_single_framework_view_drops_the_other_and_what_needs_both():
    assert sources("ko", "tensorflow") == ["제목", *NEUTRAL, "케라스", "in tensorflow"]
    assert sources("ko", "pytorch") == ["제목", *NEUTRAL, "in pytorch"]


@pytest.mark.parametrize("framework", [None, "both"])
def test_both_frameworks_are_kept(framework):
    assert sources(None, framework) == [cell.source for cell in CELLS]


def test_view_is_pure_and_keeps_ids_and_outputs():
    notebook = new_notebook(cells=CELLS)
    before = nbformat.writes(notebook)
    kept = view(notebook, "en", "pytorch").cells[-1]
    assert (kept.id, kept.outputs) == (CELLS[7].id, CELLS[7].outputs)
    assert nbformat.writes(notebook) == before


@pytest.mark.parametrize("arguments", [{"language": "fr"}, {"framework": "jax"}])
def test_unknown_view_is_refused(arguments):
    with pytest.raises(ValueError, match="unknown"):
        view(new_notebook(), **arguments)


@pytest.mark.parametrize(("language", "text"), [("ko", "그림"), ("en", "a figure")])
def test_alternative_text_is_chosen_by_language(language, text):
    notebook = new_notebook(cells=[figure({"ko": "그림", "en": "a figure"})])
    (cell,) = view(notebook, language).cells
    assert cell.metadata["mystnb"] == {"image": {"alt": text}}


def test_reader_wraps_tagged_markdown_with_a_fence_longer_than_any_inside():
    cell = markdown("````\n```\n````", "pytorch", "solution")
    text = json.dumps(new_notebook(cells=[cell]))
    source = read_for_sphinx(text, "ko").cells[0].source
    assert source.startswith("`````{container} tag_pytorch tag_solution\n")
    assert source.endswith("\n`````")
