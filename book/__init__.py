"""What the chapters of Attention, Side by Side teach, importable.

`book.data`, `book.plots` need neither framework; `book.tensorflow` and `book.pytorch` each need
their own and hold the same names; `book.parity` needs both.
"""
