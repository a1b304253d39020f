"""The rule of the names that both frameworks use: where both run, none reads the other's value."""

import ast
import symtable
from collections.abc import Iterator, Sequence

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from publishing.chapter.editions import FRAMEWORKS
from publishing.chapter.view import frameworks_of

EVERY_EDITION = ""  # in place of a framework


def shared_name_problems(cells: Sequence[NotebookNode]) -> Iterator[tuple[int, str]]:
    """Yield each cell's number, from 1, that reads a name which the other framework has set last.

    In a notebook of one framework the name has that framework's value. Where both run, the cells of
    the other one have come between, and only on a CPU can a tensor be taken for the other's.
    """
    set_by: dict[str, str] = {}  # a name's framework
    statements: dict[str, str] = {}  # a statement's framework
    for number, cell in enumerate(cells, start=1):
        if cell.cell_type != "code":
            continue
        frameworks = frameworks_of(cell)
        framework = frameworks[0] if len(frameworks) == 1 else EVERY_EDITION
        try:
            source = TransformerManager().transform_cell(cell.source)
            read, tree = _read(source), ast.parse(source)
        except SyntaxError:
            continue
        for name in sorted(read) if framework else ():
            other = set_by.get(name, EVERY_EDITION)
            if other not in (EVERY_EDITION, framework):
                yield (
                    number,
                    (
                        f"reads {name}, which a {FRAMEWORKS[other].label} cell has set last; "
                        "set it anew here, or give each framework a name of its own"
                    ),
                )
        for statement in tree.body:
            key = ast.dump(statement)
            is_shared = statements.setdefault(key, framework) != framework and not any(
                set_by.get(node.id)
                for node in ast.walk(statement)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
            )
            names = set(_values_set(statement))
            set_by |= dict.fromkeys(names, EVERY_EDITION if is_shared else framework)


def _values_set(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement gives a value; not those of functions and modules.

    A taught function has one name in both frameworks, and a notebook with both keeps the last one.
    """
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _read(source: str) -> set[str]:
    """Return the global names that a cell reads without setting them."""
    table = symtable.symtable(source, "cell", "exec")
    symbols = table.get_symbols()
    set_here = {symbol.get_name() for symbol in symbols if symbol.is_assigned()}
    read = {symbol.get_name() for symbol in symbols if symbol.is_referenced()}
    return (read | set(_read_inside(table))) - set_here


def _read_inside(table: symtable.SymbolTable) -> Iterator[str]:
    for child in table.get_children():
        for symbol in child.get_symbols():
            if symbol.is_global() and symbol.is_referenced():
                yield symbol.get_name()
        yield from _read_inside(child)
