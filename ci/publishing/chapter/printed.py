"""The rules of what is printed: the words beside a value say what the code does.

A magnitude says more than a yes. Where the magnitude itself moves from machine to machine, as the
last digits of a sum do, the bound that it keeps can be printed: so a comparison of numbers that are
not exact prints its bound beside its answer. A number that stands in the words of a print stands in
what it prints, too: one that was changed in one of the two places is found.
"""

import ast
import re
from collections.abc import Iterator
from decimal import Decimal

from nbformat import NotebookNode

from publishing.chapter.syntax import syntax_tree
from publishing.chapter.traces import texts_of

CLOSE = {"allclose", "isclose"}
BOUNDS = {"atol", "rtol"}
ANSWERS = {*CLOSE, "bool", "all", "any", "equal", "array_equal", "reduce_all", "reduce_any"}
ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
# A number by itself: not in a name, a version, or a row of words such as 4 2 5.
NUMBER = re.compile(r"(?<![\w.,-])(?<!\d )(\d+(?:\.\d+)?(?:e[-+]?\d+)?)(%)?(?![\w.]*\w| \d)", re.I)
WRITTEN = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?")
ORDINALS = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
DIGITS = re.compile(r"(\d+) digits")  # 5 digits are a bound of 1e-05
ORDINAL = re.compile(rf"\b({'|'.join(ORDINALS)})\b")
FRACTIONS = {"half": Decimal("0.5"), "tenth": Decimal("0.1"), "hundredth": Decimal("0.01")}

Values = dict[str, ast.expr]


def printed_problems(tree: ast.AST) -> Iterator[str]:
    """Yield what the prints of a cell leave unsaid, or say otherwise than its code."""
    values = _assigned(tree)
    for call in _prints(tree):
        yield from _problems(call, values)


def numbers_used(cell: NotebookNode) -> set[Decimal]:
    """Return the numbers that code computes with or gives, without those that its prints only say.

    A share is there as a percentage, too, and so is the last of a range, after which code stops.
    """
    tree = syntax_tree(cell.source)
    if tree is None:
        return set()
    words = [word for call in _prints(tree) for word in _words(call)]
    said = {number for word in words for number in _said(str(word.value))}
    code = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in words)
    used = {abs(Decimal(text)) for node in code for text in WRITTEN.findall(str(node.value))}
    used |= {Decimal(text) for text in WRITTEN.findall(" ".join(texts_of(cell)))} - said
    shares = {number * 100 for number in used if number < 1}
    return {*used, *shares, *(number - 1 for number in used)}


def _prints(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print":
            yield node


def _assigned(tree: ast.AST) -> Values:
    """Return the values of the names that are given only one."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(node.value)
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def _problems(call: ast.Call, values: Values) -> Iterator[str]:
    nodes = list(_behind(call, values))
    words = " ".join(str(word.value) for word in _words(call))
    comparisons = [node for node in nodes if isinstance(node, ast.Compare) or _is_close(node)]
    if comparisons:
        yield from _unsaid(call, words, comparisons, values)
    if any(_is_answer(part, values) for part in _shown_values(call)):
        yield from _unheld(words, nodes)
    yield from _misplaced(words, nodes)


def _behind(call: ast.Call, values: Values) -> Iterator[ast.AST]:
    """Yield the code of what is printed, that of the names in it included; not the words."""
    seen: set[str] = set()
    waiting: list[ast.AST] = list(call.args)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and node.id in values and node.id not in seen:
            seen.add(node.id)
            waiting.append(values[node.id])
        children = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.FormattedValue):
            children = [node.value]  # without the format: its widths say nothing
        waiting += children
        yield node


def _words(call: ast.Call) -> Iterator[ast.Constant]:
    for part in _shown_values(call):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part


def _said(words: str) -> set[Decimal]:
    return {Decimal(number) / (100 if percent else 1) for number, percent in NUMBER.findall(words)}


# --- A yes or no without its bound ---------------------------------------------------------------


def _unsaid(
    call: ast.Call, words: str, comparisons: list[ast.AST], values: Values
) -> Iterator[str]:
    shown = list(_shown_values(call))
    if any(isinstance(part, ast.FormattedValue) and _is_rounded(part) for part in shown):
        return
    numbers = _said(words)
    names = [getattr(part, "value", part) for part in shown]
    told = {
        *(value for number in numbers for value in (number, number / 100)),  # 3 points are 0.03
        *(value for word, value in FRACTIONS.items() if re.search(rf"\b{word}\b", words)),
        *(Decimal(10) ** -int(count) for count in DIGITS.findall(words)),
        *(_inexact(name, values) for name in names if isinstance(name, ast.Name)),
    }
    for comparison in comparisons:
        text = ast.unparse(comparison)
        text = text if len(text) <= 60 else f"{text[:57]}..."
        for bound in _bounds(comparison, values):
            if bound is None:
                yield f"{text} has no bound of its own; give atol, and print it"
            elif bound not in told:
                yield (
                    f"prints only yes or no of {text}; print its bound, {float(bound):g}, beside "
                    "it, or the number itself, rounded well away from an edge"
                )


def _shown_values(call: ast.Call) -> Iterator[ast.expr]:
    for argument in call.args:
        yield from argument.values if isinstance(argument, ast.JoinedStr) else [argument]


def _is_rounded(value: ast.FormattedValue) -> bool:
    return (
        value.format_spec is not None
        and re.search(r"\.\d+[efg%]", ast.unparse(value.format_spec)) is not None
    )


def _is_close(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "attr", "") in CLOSE


def _bounds(comparison: ast.AST, values: Values) -> Iterator[Decimal | None]:
    """Yield the bounds of a comparison of numbers that are not exact; None where it gives none."""
    if isinstance(comparison, ast.Compare):
        if any(isinstance(operator, ORDERS) for operator in comparison.ops):
            for side in (comparison.left, *comparison.comparators):
                yield from filter(None, [_inexact(side, values)])
    elif isinstance(comparison, ast.Call):
        given = [word.value for word in comparison.keywords if word.arg in BOUNDS]
        given += comparison.args[2:]
        yield from filter(None, [_inexact(value, values) for value in given]) if given else [None]


def _inexact(node: ast.expr, values: Values) -> Decimal | None:
    """Return a number that is written with a point or a power of ten; None for others and 0."""
    if isinstance(node, ast.Name):
        node = values.get(node.id, node)
    if isinstance(node, ast.Constant) and isinstance(node.value, float) and node.value:
        return Decimal(repr(node.value))
    return None


# --- Words that say another number than the code --------------------------------------------------


def _is_answer(node: ast.AST, values: Values) -> bool:
    """Tell whether a value is a yes or no, or some of them; a count of them is not."""
    if isinstance(node, ast.FormattedValue):
        return _is_answer(node.value, values)
    if isinstance(node, ast.Name):
        return node.id in values and _is_answer(values[node.id], {})
    if isinstance(node, ast.Call):
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if method == "tolist" and isinstance(node.func, ast.Attribute):
            return _is_answer(node.func.value, values)
        return {method, getattr(node.func, "id", "")} & ANSWERS != set()
    return isinstance(node, ast.Compare | ast.BoolOp)


def _unheld(words: str, nodes: list[ast.AST]) -> Iterator[str]:
    """Yield numbers in words that the code beside them does not hold."""
    held = {number for node in nodes for number in _number(node)}
    # A place is counted from 0 in code and from 1 in words; a share is written in points.
    held |= {value for number in held for value in (number + 1, number * 100)}
    held |= {Decimal(count) for count in DIGITS.findall(words)}
    for number in sorted(_said(words) - held - {Decimal(0)}):
        yield f"prints {float(number):g} in its words only; name it once and print it from there"


def _number(node: ast.AST) -> Iterator[Decimal]:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield abs(Decimal(repr(node.value)))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from _said(node.value) if not node.value.strip().endswith(":") else ()


def _misplaced(words: str, nodes: list[ast.AST]) -> Iterator[str]:
    """Yield ordinals in words that are no place in the code: a fourth that is called fifth."""
    places = {
        place for node in nodes if isinstance(node, ast.Subscript) for place in _places(node.slice)
    }
    for word in ORDINAL.findall(words) if places else []:
        if ORDINALS.index(word) + 1 not in places:
            read = ", ".join(map(str, sorted(places)))
            yield f"says {word!r}, but reads at {read}, counted from 0; count them alike"


def _places(index: ast.expr) -> Iterator[int]:
    """Yield the places that an index names: of a range, the first and the last."""
    if isinstance(index, ast.Tuple):
        for part in index.elts:
            yield from _places(part)
    elif isinstance(index, ast.Slice):
        first, after = index.lower, index.upper
        if isinstance(first, ast.Constant) and isinstance(first.value, int):
            yield first.value
        if isinstance(after, ast.Constant) and isinstance(after.value, int):
            yield after.value - 1
    elif isinstance(index, ast.Constant) and isinstance(index.value, int):
        yield index.value
