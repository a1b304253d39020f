"""The house itself: which room may know which, one place for each list, recipes that hold."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from publishing.chapter import code_rules, exercises, self_test, tolerances
from publishing.chapter.editions import FRAMEWORKS, LANGUAGES
from publishing.chapter.sections import EXERCISE_COMMENT, TEST_COMMENT, Words

PUBLISHING = ROOT / "ci" / "publishing"
MODULES = sorted(PUBLISHING.rglob("*.py"))
ROOMS = ("site", "notebooks", "authoring", "proof", "bench")
# What a part of the package may import of it, itself apart: never a room beside it.
BELOW = {
    "texts": set(),
    "children": set(),
    "states": set(),
    "chapter": {"texts"},
    "publication": {"chapter", "children"},
    **{room: {"chapter", "children", "publication", "states", "texts"} for room in ROOMS},
    "making": {"chapter", "publication", "site", "notebooks"},
    "build": {"chapter", "publication", "states", "texts", "site", "notebooks", "making"},
    "serve": {"chapter", "build"},
    "bench": {"chapter", "children"},
}
# Where little is installed.
STANDS_ALONE = ("chapter/editions.py", "children.py", "proof/machine.py")
# Where a language or a framework is named for what is special about it.
MAY_NAME = {
    "bench/training.py",  # what each framework may take, and how it makes a model and an optimizer
    "chapter/editions.py",  # the lists
    "chapter/numbers.py",  # the words for numbers
    "chapter/terms.py",  # Korean particles, English plurals
    "chapter/traces.py",  # what seconds and minutes are called
    "proof/machine.py",  # how each framework says its version; runs by itself
    "site/lookup.py",  # what Korean writes onto a word
    "site/static/finding.js",  # the small words of a citation
    "site/static/numerals.js",  # numerals are what it reads
    "site/static/dates.js",  # dates, in two languages
    "texts.py",  # the language of the texts in the code
}

# What runs the book: what `book.experiments` declares, a chapter's models in its kernel, and
# its training against the clock, with its own data and with others.
RUNNING = [
    *(PUBLISHING / "authoring" / name for name in ("experiments.py", "models.py")),
    *(PUBLISHING / "bench" / name for name in ("training.py", "scale.py")),
]


def part_of(path: Path) -> str:
    return path.relative_to(PUBLISHING).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Yield the full names of the modules that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PUBLISHING).as_posix())
def test_imports_run_downwards_and_no_room_knows_another(path):
    part = part_of(path)
    names = [name.split(".") for name in imported(path) if name.startswith("publishing.")]
    known = {name[1] for name in names} - {part}
    assert part == "__init__" or known <= BELOW[part], known - BELOW[part]


def test_every_part_of_the_package_has_its_place():
    assert {part_of(path) for path in MODULES} - {"__init__"} == set(BELOW)


@pytest.mark.parametrize("name", STANDS_ALONE)
def test_what_runs_where_little_is_installed_imports_nothing_of_the_package(name):
    assert not [one for one in imported(PUBLISHING / name) if one.startswith("publishing")]


def test_the_taught_package_and_the_machinery_do_not_know_each_other():
    taught = [name for path in (ROOT / "book").rglob("*.py") for name in imported(path)]
    machinery = [name for path in MODULES if path not in RUNNING for name in imported(path)]
    assert not [name for name in taught if name.split(".")[0] == "publishing"]
    assert not [name for name in machinery if name.split(".")[0] == "book"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PUBLISHING).as_posix())
def test_languages_and_frameworks_are_listed_in_one_place(path):
    if path.relative_to(PUBLISHING).as_posix() in MAY_NAME:
        return
    literals = {
        node.value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert not literals & {*LANGUAGES, *FRAMEWORKS}


def test_texts_in_a_language_stand_in_its_catalogue():
    hangul = re.compile("[가-힣]")
    files = [
        path for path in PUBLISHING.rglob("*") if path.suffix in (".py", ".js", ".html", ".css")
    ]
    for path in files:
        if path.relative_to(PUBLISHING).as_posix() in MAY_NAME:
            continue
        # A comment or docstring may give an example; a text for readers is a literal or markup.
        lines = [line for line in path.read_text("utf-8").splitlines() if hangul.search(line)]
        told = [line for line in lines if re.search(r"[\"'>][^\"'#]*[가-힣]", line)]
        assert not told, f"{path.name}: {told}"


# --- What is written about the house --------------------------------------------------------------

DOCUMENTS = ("README.md", "README.ko.md", "CONTRIBUTING.md")
# Names that stand for what one makes, or what a command makes.
EXAMPLES = re.compile(
    r"_build/|\.venv|chapters/(NN|\d\d)-|/ja\b|<framework>|book/jax|report\.md|\*"
)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_paths_in_the_documents_exist(name):
    text = (ROOT / name).read_text("utf-8")
    paths = re.findall(r"`((?:\.?[\w-]+/)+[\w.-]*|[\w-]+\.(?:yml|toml|md|in|txt))`", text)
    assert len(paths) > 5
    rooms = (
        ".github",
        "book",
        "ci",
        "resources",
        "tests",
    )  # a document also calls a file there by its name
    names = {path.name for room in rooms for path in (ROOT / room).rglob("*.*")}
    missing = [
        path
        for path in paths
        if not EXAMPLES.search(path) and not (ROOT / path).exists() and path not in names
    ]
    assert not missing


# What CONTRIBUTING says of a limit, and where the code has it.
LIMITS = {
    r"may differ by 0\.01 each \(at most ([\d.]+)\)": [tolerances.LARGEST_CLOSE],
    r"over its pixels \(at most ([\d.]+); without it, ([\d.]+)\)": [
        tolerances.LARGEST_FIGURE_TOLERANCE,
        tolerances.FIGURE_TOLERANCE,
    ],
    r"a tolerance in code is at most (\d+\.\d+)": [code_rules.LARGEST_TOLERANCE],
    r"a list of (\d) to (\d) questions": self_test.QUESTIONS,
    r"a numbered list of (\d) to (\d) questions": self_test.TEST_ITEMS,
    r"at least (\d), numbered from 1": [exercises.FEWEST],
}


@pytest.mark.parametrize("pattern", LIMITS)
def test_limits_are_those_of_the_code(pattern):
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (said,) = re.findall(pattern, " ".join(text.split()))
    numbers = [said] if isinstance(said, str) else said
    assert [float(number) for number in numbers] == list(LIMITS[pattern])


def test_parts_of_a_chapter_are_called_as_the_rules_call_them():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for language in LANGUAGES:
        words = Words.of(language)
        for word in (words.exercises, words.test, words.summary):
            assert f"`## {word}`" in text
        assert f"`**{words.questions}**`" in text
        assert f"`### {words.exercise} 1. …`" in text
        assert f"`**{words.solution} 1.** `" in text
    for cell in re.findall(r"`(# (?:Exercise|Test yourself) \d)", text):
        assert EXERCISE_COMMENT.match(cell) or TEST_COMMENT.match(cell)


def test_chapters_are_listed_in_their_order():
    table = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    listed = [table["root"], *(entry["file"] for entry in table["chapters"])]
    numbered = [name for name in listed if re.search(r"/\d\d-", name)]
    assert numbered == sorted(numbered) == listed[: len(numbered)]
    assert {f"{name}.ipynb" for name in listed} == {
        f"chapters/{path.name}" for path in (ROOT / "chapters").glob("*.ipynb")
    }


def test_locked_versions_are_those_that_the_package_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    asked = [Requirement(text) for texts in (project["dependencies"], *extras) for text in texts]
    assert len(asked) > 5
    for name in ("test", "colab"):
        lock = (ROOT / "ci" / "requirements" / f"{name}.txt").read_text("utf-8")
        locked = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", lock, re.MULTILINE))
        for requirement in asked:
            version = locked.get(canonicalize_name(requirement.name))
            assert version is None or requirement.specifier.contains(version), (name, requirement)


@pytest.mark.parametrize("name", ["build", "test", "colab"])
def test_lock_holds_what_is_asked_for(name):
    folder = ROOT / "ci" / "requirements"
    locked = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", (folder / f"{name}.txt").read_text(), re.M))
    lines = (folder / f"{name}.in").read_text("utf-8").splitlines()
    asked = [Requirement(text) for line in lines if (text := line.partition("#")[0].strip())]
    assert len(asked) > 2
    for requirement in asked:
        assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)])


def test_every_place_names_the_same_pythons():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest, after = map(int, re.findall(r"3\.(\d+)", project["requires-python"]))
    pythons = [f"3.{minor}" for minor in range(oldest, after)]
    workflows = ROOT / ".github" / "workflows"
    jobs = yaml.safe_load((workflows / "tests.yml").read_text("utf-8"))["jobs"]
    assert jobs["linux"]["strategy"]["matrix"]["python"] == pythons
    weekly = (workflows / "weekly.yml").read_text("utf-8")
    assert {pythons[0], pythons[-1]} <= set(re.findall(r"^ +(3\.\d+)$", weekly, re.MULTILINE))
    naming = []
    for path in [*(ROOT / name for name in DOCUMENTS), *(ROOT / "chapters").glob("*.ipynb")]:
        ranges = re.findall(r"(3\.\d+)(?: to |~|–)(3\.\d+)", path.read_text("utf-8"))
        assert set(ranges) <= {(pythons[0], pythons[-1])}, path.name
        naming += [path.name] if ranges else []
    assert {*DOCUMENTS, "00-welcome.ipynb", "appendix-running.ipynb"} <= set(naming)
