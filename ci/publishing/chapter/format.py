"""The rules that a chapter keeps, on which the views and the site rely."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, zip_longest
from operator import attrgetter

from nbformat import NotebookNode

from publishing.chapter import editions
from publishing.chapter.code_rules import code_problems
from publishing.chapter.editions import FRAMEWORKS, IGNORED, LANGUAGES, SOLUTION
from publishing.chapter.exercises import exercise_problems
from publishing.chapter.figures import figure_problems
from publishing.chapter.files import Chapter, facts_of
from publishing.chapter.markdown import headings
from publishing.chapter.self_test import self_test_problems
from publishing.chapter.shared_names import shared_name_problems
from publishing.chapter.syntax import syntax_tree
from publishing.chapter.text_rules import text_problems
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


def problems_of(chapter: Chapter, *, words: bool = True) -> list[str]:
    """Check one chapter; return one line for each problem, as `problem_line` does.

    Without `words`, a text may be ahead of its twin and of what the cells compute, and a draft may
    lack what a chapter has.
    """
    cells = chapter.cells
    rules_of_texts = (text_problems, exercise_problems, self_test_problems) if words else ()
    problems = [
        *(Problem(at, text) for at, cell in enumerate(cells, start=1) for text in _messages(cell)),
        *_check_twins(cells),
        *_check_pairs(cells),
        *_check_ignored(cells),
        *(Problem(at, text) for at, text in shared_name_problems(cells)),
        *(Problem(at, text) for rule in rules_of_texts for at, text in rule(chapter)),
    ]
    problems.sort(key=attrgetter("number"))
    lines = [problem_line(chapter, problem) for problem in problems]
    try:
        facts_of(chapter.notebook)
    except ValueError as error:
        lines.insert(0, f"{chapter.path.name}: {error}")
    return lines


def problem_line(chapter: Chapter, problem: Problem) -> str:
    """Return a problem as a line: the file, the cell, its first line, what is wrong, what to do."""
    first_line = chapter.cells[problem.number - 1].source.strip().partition("\n")[0]
    shown = first_line if len(first_line) <= 60 else first_line[:57] + "..."
    return f"{chapter.path.name}, cell {problem.number} ({shown or 'empty'}): {problem.message}"


def _messages(cell: NotebookNode) -> Iterator[str]:
    if cell.cell_type == "markdown":
        yield from _unknown_tags(cell, editions.MARKDOWN_TAGS)
        # Sphinx cannot put a section into a tab or a fold.
        if tags_of(cell) & {*FRAMEWORKS, SOLUTION} and headings(cell.source):
            yield "a heading inside a tab or a solution; move it to a cell without these tags"
        yield from _wrong_language(cell)
    elif cell.cell_type == "code":
        yield from _unknown_tags(cell, editions.CODE_TAGS)
        yield from _wrong_outputs(cell)
        yield from figure_problems(cell)
        yield from _wrong_tolerances(cell)
        yield from code_problems(cell)
    else:
        yield f"a {cell.cell_type} cell; use Markdown or code"


def _unknown_tags(cell: NotebookNode, known: frozenset[str]) -> Iterator[str]:
    for tag in sorted(tags_of(cell) - known):
        if tag in LANGUAGES:
            yield f"code is for both languages; remove the tag {tag!r}"
        else:
            choices = ", ".join(sorted(known))
            yield f"unknown tag {tag!r} on a {cell.cell_type} cell; use only {choices}"


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
            if language.letters != editions.LATIN and counts[other] > counts[code]:
                yield f"tagged {code!r}, but is in {language.name}; give it the {name} text"


def _wrong_outputs(cell: NotebookNode) -> Iterator[str]:
    tags = tags_of(cell)
    if cell.source.strip() and cell.execution_count is None:
        yield "was never executed; run ci/execute"
    elif not cell.outputs and _shows_something(cell.source):
        yield "shows something, but no output is stored; run ci/execute"
    errors = [output.ename for output in cell.outputs if output.output_type == "error"]
    if errors and not tags & editions.ERROR_TAGS:
        yield f"its output is an error ({errors[0]}); mend it, or tag the cell 'raises-exception'"
    # Warnings name paths of the machine that the chapter ran on; progress bars are never equal.
    warnings = [output.text for output in cell.outputs if output.get("name") == "stderr"]
    if warnings and IGNORED not in tags:
        line = warnings[0].strip().partition("\n")[0][:60]
        yield f"its output is a warning ({line}); mend it, or tag the cell {IGNORED!r}"
    texts = cell.metadata.get("alt", {})
    missing = [language for language in LANGUAGES if not texts.get(language, "").strip()]
    if missing and _draws(cell):
        wanted = " and ".join(missing)
        yield f"a figure without alternative text ({wanted}); add it to the cell's metadata 'alt'"
    for kind, text in traces(cell):
        yield f"its output holds {kind} ({text[:60]}); print what is the same on every machine"


def _draws(cell: NotebookNode) -> bool:
    mime_types = [mime for output in cell.outputs for mime in output.get("data", {})]
    return any(mime.startswith("image/") for mime in mime_types)


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
    ignored = [number for number, cell in enumerate(cells, start=1) if IGNORED in tags_of(cell)]
    for number in ignored[1:]:
        first, other = (set(frameworks_of(cells[place - 1])) for place in (ignored[0], number))
        if number == ignored[0] + 1 and first and other and not first & other:
            continue  # the same step in another framework
        message = (
            f"another cell tagged {IGNORED!r}, after cell {ignored[0]}; a chapter has at most "
            "one step so, for progress or timings: print what can be checked"
        )
        yield Problem(number, message)


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
    levels, twin_levels = ([tag for tag, _ in headings(c.source)] for c in (original, twin))
    if levels != twin_levels:
        return f"its {name} twin has other headings; give both as many, at the same levels"
    return None


def _check_pairs(cells: list[NotebookNode]) -> Iterator[Problem]:
    """Check that the frameworks' code cells stand next to each other, equal in number."""
    for group in _framework_groups(cells):
        code = [frameworks_of(cell)[0] for _, cell in group if cell.cell_type == "code"]
        counts = {framework: code.count(framework) for framework in FRAMEWORKS}
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

    def kind(item: tuple[int, NotebookNode]) -> tuple[bool, bool]:
        return len(frameworks_of(item[1])) == 1, SOLUTION in tags_of(item[1])

    for (tagged, _), run in groupby(enumerate(cells, start=1), kind):
        if tagged:
            yield from steps(run, lambda item: frameworks_of(item[1])[0])


def _shows_something(source: str) -> bool:
    """Tell whether running the code is sure to leave an output."""
    tree = syntax_tree(source)
    statements = tree.body if tree is not None else []
    if any(map(_prints, statements)):
        return True
    last = statements[-1] if statements else None
    is_shown = isinstance(last, ast.Expr) and isinstance(last.value, SHOWN_EXPRESSIONS)
    return is_shown and not source.rstrip().endswith(";")


def _prints(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        if isinstance(call.func, ast.Attribute):
            return call.func.attr == "show"
        to_a_file = any(keyword.arg == "file" for keyword in call.keywords)
        return isinstance(call.func, ast.Name) and call.func.id == "print" and not to_a_file
    if isinstance(statement, ast.For | ast.While | ast.With):
        return any(map(_prints, statement.body))
    if isinstance(statement, ast.If):  # only one of the branches runs
        return any(map(_prints, statement.body)) and any(map(_prints, statement.orelse))
    return False
