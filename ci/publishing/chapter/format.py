"""The rules that a chapter keeps, on which the views and the site rely."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, zip_longest
from operator import attrgetter

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from publishing.chapter.editions import (
    CODE_TAGS,
    ERROR_TAGS,
    FRAMEWORKS,
    IGNORED,
    LANGUAGES,
    LATIN,
    MARKDOWN_TAGS,
    SOLUTION,
)
from publishing.chapter.files import Chapter, facts_of
from publishing.chapter.markdown import headings
from publishing.chapter.tolerances import NUMBER, tolerances_of
from publishing.chapter.traces import texts_of, traces
from publishing.chapter.view import frameworks_of, steps, tags_of

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


def problems_of(chapter: Chapter) -> list[str]:
    """Check one chapter.

    Returns:
        One line for each problem: the file, the cell, its first line, what is wrong and what to do.
        An empty list for a chapter in order.
    """
    problems = [
        *_check_each_cell(chapter.cells),
        *_check_twins(chapter.cells),
        *_check_pairs(chapter.cells),
        *_check_ignored(chapter.cells),
    ]
    problems.sort(key=attrgetter("number"))
    return [*_wrong_facts(chapter), *(problem_line(chapter, problem) for problem in problems)]


def problem_line(chapter: Chapter, problem: Problem) -> str:
    """Return a problem as one line: the file, the cell, its first line, what is wrong."""
    first_line = chapter.cells[problem.number - 1].source.strip().partition("\n")[0]
    shown = first_line if len(first_line) <= 60 else first_line[:57] + "..."
    return f"{chapter.path.name}, cell {problem.number} ({shown or 'empty'}): {problem.message}"


def _wrong_facts(chapter: Chapter) -> Iterator[str]:
    try:
        facts_of(chapter.notebook)
    except ValueError as error:
        yield f"{chapter.path.name}: {error}"


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


def _unknown_tags(cell: NotebookNode, known: frozenset[str]) -> Iterator[str]:
    for tag in sorted(tags_of(cell) - known):
        if tag in LANGUAGES:
            yield f"code is for both languages; remove the tag {tag!r}"
        else:
            choices = ", ".join(sorted(known))
            yield f"unknown tag {tag!r} on a {cell.cell_type} cell; use only {choices}"


def _misplaced_headings(cell: NotebookNode) -> Iterator[str]:
    # Sphinx cannot put a section into a tab or a fold.
    if tags_of(cell) & {*FRAMEWORKS, SOLUTION} and headings(cell.source):
        yield "a heading inside a tab or a solution; move it to a cell without these tags"


def _wrong_language(cell: NotebookNode) -> Iterator[str]:
    counts = {
        code: len(re.findall(language.letters, cell.source)) for code, language in LANGUAGES.items()
    }
    for code in sorted(tags_of(cell) & set(LANGUAGES)):
        name = LANGUAGES[code].name
        if not counts[code]:
            yield f"tagged {code!r}, but has no {name} letter; give it the {name} text"
        for other, language in LANGUAGES.items():
            # Latin letters are in every language: code and formulas are written with them.
            if language.letters != LATIN and counts[other] > counts[code]:
                yield f"tagged {code!r}, but is in {language.name}; give it the {name} text"


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
    """Check that each cell of the first language is followed by its twins, in the book's order."""
    first, *others = LANGUAGES
    for index, cell in enumerate(cells):
        languages = _languages_of(cell)
        if len(languages) > 1:
            yield Problem(index + 1, "tagged with two languages; write one cell for each")
        elif languages == [first]:
            twins = cells[index + 1 : index + 1 + len(others)]
            for language, twin in zip_longest(others, twins):
                if message := _twin_problem(cell, twin, language):
                    yield Problem(index + 1, message)
        elif languages:
            before = index - list(LANGUAGES).index(languages[0])
            if before < 0 or _languages_of(cells[before]) != [first]:
                names = LANGUAGES[languages[0]].name, LANGUAGES[first].name
                message = "{} without its {} twin; put a cell tagged {!r} right before it"
                yield Problem(index + 1, message.format(*names, first))


def _languages_of(cell: NotebookNode) -> list[str]:
    if cell.cell_type != "markdown":
        return []
    return [language for language in LANGUAGES if language in tags_of(cell)]


def _twin_problem(original: NotebookNode, twin: NotebookNode | None, language: str) -> str | None:
    (first,) = _languages_of(original)
    name = LANGUAGES[language].name
    if twin is None or language not in _languages_of(twin):
        return (
            f"{LANGUAGES[first].name} without its {name} twin; put a cell tagged {language!r} "
            "right after it"
        )
    if tags_of(original) - {first} != tags_of(twin) - {language}:
        return f"its {name} twin has other tags; give both the same apart from the language"
    if _heading_levels(original) != _heading_levels(twin):
        return f"its {name} twin has other headings; give both as many, at the same levels"
    return None


def _heading_levels(cell: NotebookNode) -> list[str]:
    return [level for level, _ in headings(cell.source)]


def _check_pairs(cells: list[NotebookNode]) -> Iterator[Problem]:
    """Check that the frameworks' code cells stand next to each other, equal in number."""
    for group in _framework_groups(cells):
        counts = {
            framework: sum(
                cell.cell_type == "code" and frameworks_of(cell) == [framework] for _, cell in group
            )
            for framework in FRAMEWORKS
        }
        if len(set(counts.values())) > 1:
            found = [f"{count} {FRAMEWORKS[name].label}" for name, count in counts.items()]
            order = ", then ".join(framework.label for framework in FRAMEWORKS.values())
            yield Problem(
                group[0][0],
                f"unpaired frameworks: {' and '.join(found)} code cells from here on; write as "
                f"many for each, one framework's after the other's: {order}",
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
