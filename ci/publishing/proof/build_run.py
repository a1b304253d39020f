"""Builds the site of a clone, or of a copy, in a process of its own."""

from pathlib import Path

from publishing.children import run_child
from publishing.proof.pytest_run import with_packages

SITE_ADDRESS = "https://book.example"  # else the notebooks would name the folder of the build
BUILD = """\
import sys
from pathlib import Path
from publishing.build import BuildError, build, workers
if __name__ == "__main__":
    with workers() as pool:
        try:
            build(Path(sys.argv[1]), Path(sys.argv[2]), pool)
        except BuildError as error:
            sys.exit(str(error))
"""


def build_with(python: Path, root: Path, output: Path, address: str | None = SITE_ADDRESS) -> str:
    """Build the site with a Python; return what was written where that fails, or else nothing."""
    variables = {**with_packages(root), "BOOK_URL": address}
    command = [str(python), "-c", BUILD, str(root), str(output)]
    done = run_child(command, root, variables, errors_apart=False)
    return done.stdout.strip() or "no message" if done.returncode else ""
