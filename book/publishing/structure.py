"""Checks that a chapter keeps to the format that the views and the site rely on."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager
from markdown_it import MarkdownIt
from nbformat import NotebookNode

from book.publishing.chapters import ChapterError, read_chapter
from book.publishing.tolerances import NUMBER, tolerances_of
from book.publishing.traces import texts_of, traces
from book.publishing.views import (
    FRAMEWORKS,
    IGNORED,
    LANGUAGES,
    SOLUTION,
    frameworks_of,
    steps,
    tags_of,
)

MARKDOWN_TAGS = {*LANGUAGES, *FRAMEWORKS, SOLUTION}
ERROR_TAGS = {"raises-exception", "nbval-raises-exception"}
CODE_TAGS = {
    *FRAMEWORKS,
    *ERROR_TAGS,
    SOLUTION,
    "book",  # its definitions are also in the package
    "hide-input",
    "hide-output",
    "hide-cell",
    "remove-input",
    "remove-output",
    "remove-cell",
    IGNORED,
}
# The values of these expressions are never None, so a cell that ends in one shows something.
# A call may well return None, and is therefore not among them.
SHOWN_EXPRESSIONS = (
    ast.Name,
    ast.Attribute,
    ast.Subscript,
    ast.BinOp,
    ast.Compare,
    ast.JoinedStr,
    ast.List,
    ast.Tuple,
    ast.Dict,
    ast.Set,
)


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell, and what to do about it."""

    number: int  # of the cell, from 1
    message: str


def check(path: Path) -> list[str]:
    """Check one chapter.

    Args:
        path: The notebook file.

    Returns:
        One line for each problem: the file, the cell, its first line, what is wrong and what to do.
        An empty list for a chapter in order, and one line for a file that is no notebook.
    """
    try:
        cells = read_chapter(path).cells
    except ChapterError as error:
        return [str(error)]
    problems = [
        *_check_each_cell(cells),
        *_check_twins(cells),
        *_check_pairs(cells),
        *_check_ignored(cells),
    ]
    return [
        problem_line(path, cells, problem) for problem in sorted(problems, key=lambda p: p.number)
    ]


def problem_line(path: Path, cells: list[NotebookNode], problem: Problem) -> str:
    """Return a problem as one line: the file, the cell, its first line, what is wrong."""
    first_line = cells[problem.number - 1].source.strip().partition("\n")[0]
    shown = first_line if len(first_line) <= 60 else first_line[:57] + "..."
    return f"{path.name}, cell {problem.number} ({shown or 'empty'}): {problem.message}"


def _check_each_cell(cells: list[NotebookNode]) -> Iterator[Problem]:
    for number, cell in enumerate(cells, start=1):
        for message in _messages(cell):
            yield Problem(number, message)


def _messages(cell: NotebookNode) -> Iterator[str]:
    if cell.cell_type == "markdown":
        yield from _unknown_tags(cell, MARKDOWN_TAGS)
        yield from _misplaced_headings(cell)
        yield from _wrong_language(cell)
    elif cell.cell_type == "code":
        yield from _unknown_tags(cell, CODE_TAGS)
        yield from _missing_outputs(cell)
        yield from _stored_errors(cell)
        yield from _stored_warnings(cell)
        yield from _missing_alternative_texts(cell)
        yield from _traces(cell)
        yield from _wrong_tolerances(cell)
    else:
        yield f"a {cell.cell_type} cell; use Markdown or code"


def _unknown_tags(cell: NotebookNode, known: set[str]) -> Iterator[str]:
    for tag in sorted(tags_of(cell) - known):
        if tag in LANGUAGES:
            yield f"code is for both languages; remove the tag {tag!r}"
        else:
            choices = ", ".join(sorted(known))
            yield f"unknown tag {tag!r} on a {cell.cell_type} cell; use only {choices}"


def _misplaced_headings(cell: NotebookNode) -> Iterator[str]:
    # Sphinx cannot put a section into a tab or a fold.
    if tags_of(cell) & {*FRAMEWORKS, SOLUTION} and _heading_levels(cell):
        yield "a heading inside a tab or a solution; move it to a cell without these tags"


def _wrong_language(cell: NotebookNode) -> Iterator[str]:
    korean, latin = (len(re.findall(letters, cell.source)) for letters in ("[가-힣]", "[A-Za-z]"))
    if "ko" in tags_of(cell) and not korean:
        yield "tagged 'ko', but has no Korean letter; give it the Korean text"
    if "en" in tags_of(cell) and korean > latin:
        yield "tagged 'en', but is in Korean; give it the English text"


def _missing_outputs(cell: NotebookNode) -> Iterator[str]:
    if not cell.source.strip():
        return
    if cell.execution_count is None:
        yield "was never executed; run ci/execute"
    elif not cell.outputs and _shows_something(cell.source):
        yield "shows something, but no output is stored; run ci/execute"


def _stored_errors(cell: NotebookNode) -> Iterator[str]:
    errors = [output.ename for output in cell.outputs if output.output_type == "error"]
    if errors and not tags_of(cell) & ERROR_TAGS:
        yield f"its output is an error ({errors[0]}); mend it, or tag the cell 'raises-exception'"


def _stored_warnings(cell: NotebookNode) -> Iterator[str]:
    # Warnings name paths of the machine that the chapter ran on; progress bars are never equal.
    texts = [output.text for output in cell.outputs if output.get("name") == "stderr"]
    if texts and IGNORED not in tags_of(cell):
        line = texts[0].strip().partition("\n")[0][:60]
        yield f"its output is a warning ({line}); mend it, or tag the cell {IGNORED!r}"


def _draws(cell: NotebookNode) -> bool:
    mime_types = [mime for output in cell.outputs for mime in output.get("data", {})]
    return any(mime.startswith("image/") for mime in mime_types)


def _missing_alternative_texts(cell: NotebookNode) -> Iterator[str]:
    if not _draws(cell):
        return
    texts = cell.metadata.get("alt", {})
    missing = [language for language in LANGUAGES if not texts.get(language, "").strip()]
    if missing:
        wanted = " and ".join(missing)
        yield f"a figure without alternative text ({wanted}); add it to the cell's metadata 'alt'"


def _traces(cell: NotebookNode) -> Iterator[str]:
    for kind, text in traces(cell):
        yield f"its output holds {kind} ({text[:60]}); print what is the same on every machine"


def _wrong_tolerances(cell: NotebookNode) -> Iterator[str]:
    try:
        tolerances_of(cell)
    except ValueError as error:
        yield str(error)
    if IGNORED in tags_of(cell) and _draws(cell):
        yield f"a figure that nothing checks; remove the tag {IGNORED!r}"
    printed = " ".join(texts_of(cell))
    if "close" in cell.metadata and not NUMBER.search(printed):
        yield "declares 'close', but prints no number; remove it"
    if "figure-tolerance" in cell.metadata and not _draws(cell):
        yield "declares 'figure-tolerance', but draws no figure; remove it"


def _check_ignored(cells: list[NotebookNode]) -> Iterator[Problem]:
    """Check that at most one cell of the chapter goes unchecked."""
    ignored = [number for number, cell in enumerate(cells, start=1) if IGNORED in tags_of(cell)]
    for number in ignored[1:]:
        yield Problem(
            number,
            f"another cell tagged {IGNORED!r}, after cell {ignored[0]}; a chapter has at most "
            "one, for progress or timings: print what can be checked",
        )


def _check_twins(cells: list[NotebookNode]) -> Iterator[Problem]:
    """Check that each Korean cell is followed by its English twin."""
    partners = [*cells[1:], None]
    previous_was_korean = False
    for number, (cell, partner) in enumerate(zip(cells, partners, strict=True), start=1):
        language = _language(cell)
        if language == "ko":
            message = _twin_problem(cell, partner)
        elif language == "en" and not previous_was_korean:
            message = "English without its Korean twin; put a cell tagged 'ko' right before it"
        else:
            message = None
        if message:
            yield Problem(number, message)
        previous_was_korean = language == "ko"


def _language(cell: NotebookNode) -> str | None:
    if cell.cell_type != "markdown":
        return None
    return next((language for language in LANGUAGES if language in tags_of(cell)), None)


def _twin_problem(korean: NotebookNode, english: NotebookNode | None) -> str | None:
    if "en" in tags_of(korean):
        return "tagged with both languages; remove both tags, or write one cell for each"
    if english is None or _language(english) != "en":
        return "Korean without its English twin; put a cell tagged 'en' right after it"
    if tags_of(korean) - {"ko"} != tags_of(english) - {"en"}:
        return "its English twin has other tags; give both the same apart from the language"
    if _heading_levels(korean) != _heading_levels(english):
        return "its English twin has other headings; give both as many, at the same levels"
    return None


def _heading_levels(cell: NotebookNode) -> list[str]:
    tokens = MarkdownIt().parse(cell.source)
    return [token.tag for token in tokens if token.type == "heading_open"]


def _check_pairs(cells: list[NotebookNode]) -> Iterator[Problem]:
    """Check that the frameworks' code cells stand next to each other, equal in number."""
    for group in _framework_groups(cells):
        counts = {
            framework: sum(
                cell.cell_type == "code" and frameworks_of(cell) == [framework] for _, cell in group
            )
            for framework in FRAMEWORKS
        }
        if counts["tensorflow"] != counts["pytorch"]:
            first_number = group[0][0]
            yield Problem(
                first_number,
                f"unpaired frameworks: {counts['tensorflow']} TensorFlow and "
                f"{counts['pytorch']} PyTorch code cells from here on; put the TensorFlow cells "
                "first and as many PyTorch cells right after them",
            )


def _framework_groups(cells: list[NotebookNode]) -> Iterator[list[tuple[int, NotebookNode]]]:
    """Yield the groups of numbered cells that become one set of tabs each."""
    numbered = enumerate(cells, start=1)
    for (tagged, _), run in groupby(numbered, key=lambda item: _run_key(item[1])):
        if tagged:
            yield from steps(run, lambda item: frameworks_of(item[1])[0])


def _run_key(cell: NotebookNode) -> tuple[bool, bool]:
    return len(frameworks_of(cell)) == 1, SOLUTION in tags_of(cell)


def _shows_something(source: str) -> bool:
    """Tell whether running the code is sure to leave an output."""
    try:
        statements = ast.parse(TransformerManager().transform_cell(source)).body
    except SyntaxError:
        return False
    if not statements:
        return False
    if any(_prints(statement) for statement in statements):
        return True
    last = statements[-1]
    ends_quietly = source.rstrip().endswith(";")
    return (
        isinstance(last, ast.Expr)
        and isinstance(last.value, SHOWN_EXPRESSIONS)
        and not ends_quietly
    )


def _prints(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return _is_printing_call(statement.value)
    if isinstance(statement, ast.For | ast.While | ast.With):
        return any(_prints(inner) for inner in statement.body)
    if isinstance(statement, ast.If):  # only one of the branches runs
        branches = (statement.body, statement.orelse)
        return all(any(_prints(inner) for inner in branch) for branch in branches)
    return False


def _is_printing_call(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr == "show"
    to_a_file = any(keyword.arg == "file" for keyword in call.keywords)
    return isinstance(call.func, ast.Name) and call.func.id == "print" and not to_a_file
