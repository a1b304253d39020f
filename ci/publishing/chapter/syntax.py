"""The code of a cell as Python reads it."""

import ast
from functools import lru_cache

from IPython.core.inputtransformer2 import TransformerManager


@lru_cache(maxsize=2000)  # nobody changes the tree, and several rules ask for it
def syntax_tree(source: str) -> ast.Module | None:
    """Return what the source of a code cell says, IPython's own lines included; None for no Python.

    What is no valid Python fails where it runs, with a better message than a rule could give.
    """
    try:
        return ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError:
        return None
