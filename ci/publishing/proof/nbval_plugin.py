"""A pytest plugin: compares chapters as nbval does, and also figures and numbers that move.

    pytest -p publishing.proof.nbval_plugin --nbval chapters

nbval compares text literally and skips pictures. With this plugin numbers may differ by the
tolerance that their cell declares, pictures are compared as pictures, and a cell whose output is
ignored may write nothing but progress bars to standard error.
"""

import base64
import os
import re
import shlex
import sys
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping
from difflib import SequenceMatcher
from functools import cache
from io import BytesIO
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from matplotlib.testing.compare import compare_images
from matplotlib.testing.exceptions import ImageComparisonFailure
from nbformat import NotebookNode
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError
from PIL import Image

import publishing
from publishing.chapter.figures import CHOICE, PICTURE
from publishing.chapter.tolerances import are_close, tolerances_of
from publishing.chapter.view import OUTPUT_LANGUAGE
from publishing.children import run_child
from publishing.proof.pytest_run import CHAPTER_OPTIONS, COMPARE_AGAIN, DIFFERENCES

Message = dict[str, Any]
Outputs = list[NotebookNode]
WORDS = "the words of the figure"  # compared to the letter, whatever the cell declares
# As tqdm draws it, each time over the one before, with and without a description, a total, and what
# `set_postfix` adds: train:  40%|####      | 2/5 [00:01<00:02, 1.50it/s, loss=0.7]
NUMBER = r"(?:\?|[\d.]+(?:e[+-]\d+)?[kMGTPEZY]?)"
RATE = rf"{NUMBER}(?:[^][]*/s|s/[^][,]+)"
COUNT = rf"\d+%(?:\|.*\|)? *{NUMBER}/{NUMBER}[^][]* \[[\d:]+<"
WHOLE = rf"(?:{COUNT}(?:[\d:]+|\?)|{NUMBER}[^][|]* \[[\d:]+), +{RATE}(?:, .*)?\] *"
CUT = rf"{COUNT}[\d:?]*(?:, *(?:{RATE}(?:,[^]]*)?|[\d.?]*))?"  # to the width that was asked for
PROGRESS_BAR = re.compile(rf"(?:.*: )? *(?:{WHOLE}|{CUT})| +")  # spaces wipe it away
TERMINAL_CODES = re.compile(r"\x1b\[[\d;]*[A-Za-z]")  # a bar's colour, and the way up to it


def pytest_configure() -> None:
    """Let chapters draw in all languages; a notebook of one language asks for it by itself."""
    os.environ.pop(CHOICE, None)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Collect notebooks as chapters of this plugin wherever nbval collects them."""
    collectors = yield
    return [
        Chapter.from_parent(parent, path=file_path) if type(collector) is IPyNbFile else collector
        for collector in collectors
    ]


class Chapter(IPyNbFile):
    """A notebook whose cells are compared by this plugin."""

    written = ""  # to standard error, by the cell that runs

    def get_kernel_message(self, timeout: float | None = None, stream: str = "iopub") -> Message:
        """Take a message from the kernel, and keep what it says was written to standard error.

        nbval keeps of a line only what stands after its last carriage return.
        """
        message: Message = super().get_kernel_message(timeout, stream)
        if message["msg_type"] == "stream" and message["content"]["name"] == "stderr":
            self.written += message["content"]["text"]
        return message

    def collect(self) -> Iterator["Cell"]:
        """Yield the code cells."""
        for cell in super().collect():
            names = ("name", "cell_num", "cell", "options")
            yield Cell.from_parent(self, **{name: getattr(cell, name) for name in names})


class Cell(IPyNbCell):
    """A code cell: runs, and compares what comes out with what is stored."""

    def runtest(self) -> None:
        """Run the cell; fail where its outputs differ."""
        self.parent.written = ""
        super().runtest()
        if self.options["check"]:
            return
        lines = re.split("[\r\n]+", TERMINAL_CODES.sub("", self.parent.written))
        if rest := [line for line in lines if line and not PROGRESS_BAR.fullmatch(line)]:
            message = "The output is ignored, but standard error holds more than a progress bar"
            self.raise_cell_error(message, "\n".join(rest))

    def compare_outputs(self, test: Outputs, ref: Outputs, skip_compare: object = None) -> bool:
        """Compare fresh outputs (`test`) with stored ones (`ref`), kind by kind."""
        stored, fresh = self._by_kind(ref), self._by_kind(test)
        self.comparison_traceback = [
            line
            for kind in sorted({*stored, *fresh})
            for number, (before, now) in enumerate(zip_longest(stored[kind], fresh[kind]), start=1)
            for line in self._differences(kind, number, before, now)
        ]
        return not self.comparison_traceback

    def _by_kind(self, outputs: Outputs) -> defaultdict[str, list[str]]:
        """Return the contents of outputs by stream or MIME type: their order within a kind counts.

        Between kinds it does not, since streams and pictures reach the notebook on two ways.
        """
        contents: defaultdict[str, list[str]] = defaultdict(list)
        for output in outputs:
            language = output.get("metadata", {}).get(OUTPUT_LANGUAGE)
            suffix = f" ({language})" if language else ""
            if output.output_type == "stream":
                contents[output.name].append(self.sanitize(output.text))
            elif output.output_type == "error":
                contents["error"].append(self.sanitize(f"{output.ename}: {output.evalue}"))
            data = output.get("data", {})
            for kind, content in data.items():
                name = WORDS if PICTURE in data and kind == "text/plain" else kind
                if kind == PICTURE:
                    content = _at_page_size(content, output.get("metadata", {}))
                contents[f"{name}{suffix}"].append(self.sanitize(content))
        return contents

    def _differences(
        self, kind: str, number: int, stored: str | None, fresh: str | None
    ) -> Iterator[str]:
        """Yield the lines that show how one output differs; none where it does not."""
        if stored == fresh:
            return
        if stored is None or fresh is None:
            what = "is stored, but did not come out" if fresh is None else "is not stored"
            yield self._heading(f"{kind} {number} {what}")
            if not kind.startswith(PICTURE):
                yield from self._side_by_side(stored or "", fresh or "")
        elif kind.startswith(PICTURE):
            place = f"{number}{kind.removeprefix(PICTURE)}"
            yield from self._figure_differences(place, stored, fresh)
        else:
            tolerance = 0 if kind.startswith(WORDS) else tolerances_of(self.cell).close
            if not (tolerance and are_close(stored, fresh, tolerance)):
                allowed = f", more than {tolerance} apart" if tolerance else ""
                yield self._heading(f"{kind} differs{allowed}")
                yield from self._side_by_side(stored, fresh)

    def _figure_differences(self, number: str, stored: str, fresh: str) -> Iterator[str]:
        root = self.config.rootpath  # paths are told from there: a report leaves this machine
        name = f"{self.path.stem}-{self.cell.id}-{re.sub('[ ()]+', '-', number).rstrip('-')}"
        place = root / DIFFERENCES / name
        place.parent.mkdir(parents=True, exist_ok=True)
        before, now = Path(f"{place}-stored.png"), Path(f"{place}-now.png")
        before.write_bytes(base64.b64decode(stored))
        now.write_bytes(base64.b64decode(fresh))
        tolerance = tolerances_of(self.cell).figure
        try:
            difference = compare_images(str(before), str(now), tolerance, in_decorator=True)
        except ImageComparisonFailure as error:  # another size
            yield self._heading(f"figure {number} differs: {error}")
        else:
            if difference is None:
                before.unlink()
                now.unlink()
                return
            by = f"{difference['rms']:.2f} of 255, and {tolerance} is allowed"
            yield self._heading(f"figure {number} differs by {by}")
            yield f"  difference  {Path(str(difference['diff'])).relative_to(root)}"
        yield f"  stored      {before.relative_to(root)}"
        yield f"  now         {now.relative_to(root)}"

    def _side_by_side(self, stored: str, fresh: str) -> Iterator[str]:
        """Yield both texts in two columns, lines that differ in red and green."""
        left, right = stored.splitlines(), fresh.splitlines()
        width = max(map(len, ["stored", *left]))
        yield f"  {'stored':{width}} | now"
        for tag, *(a, b, c, d) in SequenceMatcher(None, left, right, False).get_opcodes():
            before, after = ("", "") if tag == "equal" else (self.colors.FAIL, self.colors.OKGREEN)
            end = self.colors.ENDC if before else ""
            for old, new in zip_longest(left[a:b], right[c:d], fillvalue=""):
                yield f"  {before}{old:{width}}{end} | {after}{new}{end}"

    def _heading(self, text: str) -> str:
        return f"{self.colors.OKBLUE}{text}{self.colors.ENDC}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:
        """Say what failed, and which commands run it again."""
        text: str = super().repr_failure(excinfo)
        if not isinstance(excinfo.value, NbCellError):
            return text
        return (
            f"{text}\n"
            f"{COMPARE_AGAIN}{_comparing_command(self.config.rootpath, self.path)}\n"
            f"Run and store the outputs, if they are right now: ci/execute {self.path.stem}"
        )


def _at_page_size(content: str, metadata: Mapping[str, Any]) -> str:
    """Return a picture as small as a page shows it: so much of it is what tolerances are about."""
    size = metadata.get(PICTURE, {})
    with Image.open(BytesIO(base64.b64decode(content))) as picture:
        sharpness = picture.width // size.get("width", picture.width)
        if sharpness < 2:
            return content
        file = BytesIO()
        picture.convert("RGB").reduce(sharpness).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def _comparing_command(root: Path, chapter: Path) -> str:
    """Return what compares a chapter again, to be pasted into a shell in the root."""
    python = Path(sys.executable)
    if python.is_relative_to(root):
        python = python.relative_to(root)
    words = [str(python), "-m", "pytest", *CHAPTER_OPTIONS, str(chapter.relative_to(root))]
    if _finds_packages():
        return shlex.join(words)
    folder = Path(publishing.__file__).parents[2]
    path = '"$PWD:$PWD/ci"' if folder == root else shlex.quote(f"{folder}:{folder / 'ci'}")
    return f"PYTHONPATH={path} {shlex.join(words)}"


@cache
def _finds_packages() -> bool:
    """Tell whether this Python imports this very package where no variable and no folder helps."""
    command = [sys.executable, "-I", "-c", "import publishing; print(publishing.__file__)"]
    found = run_child(command).stdout.strip()
    return found == publishing.__file__
