"""The rules of the checks in the code: a check can fail, and nothing keeps nbval from comparing."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from nbformat import NotebookNode

from publishing.chapter.editions import IGNORED
from publishing.chapter.printed import printed_problems
from publishing.chapter.syntax import syntax_tree
from publishing.chapter.view import needs_both, tags_of

COMPARISONS = {
    "allclose",
    "isclose",
    "equal",
    "array_equal",
    "assert_allclose",
    "assert_close",
    "assert_equal",
    "assert_array_equal",
}
TOLERANCES = {"atol", "rtol", "abs", "rel", "abs_tol", "rel_tol"}
LARGEST_TOLERANCE = 0.01  # of a comparison in code
# Comments that nbval and its predecessor obey as they obey tags.
ORDERS = re.compile(r"^\s*#[#\s]*(?:NBVAL|PYTEST_VALIDATE)_\w+", re.MULTILINE)
WHY = "why"  # a cell's metadata: the reason why it is not compared, or not exactly
INEXACT = ("close", "figure-tolerance")


def code_problems(cell: NotebookNode) -> Iterator[str]:
    """Yield what is wrong with the checks of a code cell."""
    if found := ORDERS.search(cell.source):
        yield f"a comment that nbval obeys ({found.group().strip()}); remove it"
    yield from _unexplained(cell)
    tree = syntax_tree(cell.source)
    if tree is None:
        return
    for node in ast.walk(tree):
        yield from _blind(node)
    if not _reason(cell):
        yield from dict.fromkeys(printed_problems(tree))


def _unexplained(cell: NotebookNode) -> Iterator[str]:
    if IGNORED in tags_of(cell) and needs_both(cell):
        yield f"a comparison of the frameworks that nothing checks; remove the tag {IGNORED!r}"
    is_inexact = IGNORED in tags_of(cell) or any(name in cell.metadata for name in INEXACT)
    if is_inexact and not _reason(cell):
        yield f"is not compared exactly; say why in the cell's metadata {WHY!r}"


def _reason(cell: NotebookNode) -> str:
    return str(cell.metadata.get(WHY, "")).strip()


def _blind(node: ast.AST) -> Iterator[str]:
    """Yield why a comparison cannot fail."""
    if isinstance(node, ast.Call):
        yield from _blind_call(node)
    elif isinstance(node, ast.Compare):
        sides = [ast.dump(side) for side in (node.left, *node.comparators)]
        if any(first == second for first, second in pairwise(sides)):
            yield f"compares {ast.unparse(node.left)} with itself; compare it with another"
    elif isinstance(node, ast.Assert) and isinstance(node.test, ast.Constant):
        yield f"asserts {ast.unparse(node.test)}, which cannot fail; assert what was compared"


def _blind_call(call: ast.Call) -> Iterator[str]:
    name = _name(call.func)
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    tolerances = {key: value for key, value in given.items() if key in TOLERANCES}
    if name in COMPARISONS and len(call.args) > 1:
        if ast.dump(call.args[0]) == ast.dump(call.args[1]):
            yield f"compares {ast.unparse(call.args[0])} with itself; compare it with another"
        tolerances |= {f"argument {at}": value for at, value in enumerate(call.args[2:], start=3)}
    for key, node in tolerances.items():
        value = _constant(node)
        if value is not None and value > LARGEST_TOLERANCE:
            yield f"allows {key}={value:g}; at most {LARGEST_TOLERANCE} may differ"
    is_true = any(isinstance(part, ast.Constant) and part.value is True for part in call.args)
    if name == "print" and is_true:
        yield "prints True whatever happens; print what was compared"


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _constant(node: ast.expr) -> float | None:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None
