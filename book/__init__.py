"""What the chapters of Attention, Side by Side teach, importable.

`book.data`, `book.plots`, `book.experiments` need neither framework; `book.tensorflow` and
`book.pytorch` each need their own and hold the same names; `book.parity` needs both.
"""

import numpy as np

# A reader's own settings, of a profile or a file, must not change what a chapter prints: these are
# NumPy's, back at their defaults. Each framework's are settled where it starts.
np.set_printoptions(
    edgeitems=3,
    floatmode="maxprec",
    formatter=None,
    infstr="inf",
    legacy=False,
    linewidth=75,
    nanstr="nan",
    precision=8,
    sign="-",
    suppress=False,
    threshold=1000,
)
np.seterr(divide="warn", over="warn", under="ignore", invalid="warn")
