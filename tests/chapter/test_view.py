"""Views: what a reader gets of a chapter; and the steps that become tabs."""

import nbformat
import pytest
from conftest import code, figure, markdown
from nbformat.v4 import new_notebook, new_output
from publishing.chapter import view as views
from publishing.chapter.editions import FRAMEWORKS
from publishing.chapter.view import steps, view

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
ALT = {"ko": "그림", "en": "a figure"}
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
    notebook = new_notebook(cells=[figure(ALT)])
    (cell,) = view(notebook, language).cells
    assert cell.metadata["alt"] == text


def test_alternative_texts_of_all_languages_stay_where_none_is_chosen():
    (cell,) = view(new_notebook(cells=[figure(ALT)])).cells
    assert cell.metadata["alt"] == ALT


def test_a_view_keeps_the_figures_of_its_language_and_what_has_none():
    cell = figure(ALT, ko="원문", en="source")
    cell.outputs.append(new_output("stream", name="stdout", text="1\n"))
    notebook = new_notebook(cells=[cell])
    before = nbformat.writes(notebook)
    (kept,) = view(notebook, "en").cells
    drawn, printed = kept.outputs
    assert drawn.data["text/plain"] == "Figure\nx: source"
    assert drawn.metadata == {"image/png": {"width": 1, "height": 1}}
    assert printed.text == "1\n"
    assert len(view(notebook).cells[0].outputs) == 3
    assert nbformat.writes(notebook) == before
    nbformat.validate(view(notebook, "ko"))


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("", []),
        ("tp", ["tp"]),
        ("tpj", ["tpj"]),
        ("ttppjj", ["ttppjj"]),
        ("tpjtpj", ["tpj", "tpj"]),
        ("tjtj", ["tj", "tj"]),  # one lacks the second
        ("tpjpj", ["tpj", "pj"]),  # an earlier framework begins again
        ("jpt", ["j", "p", "t"]),
    ],
)
def test_a_step_ends_where_an_earlier_framework_begins_again(monkeypatch, run, expected):
    names = {"t": "tensorflow", "p": "pytorch", "j": "jax"}
    monkeypatch.setattr(views, "FRAMEWORKS", {**FRAMEWORKS, "jax": None})
    assert steps(run, names.get) == [list(step) for step in expected]
