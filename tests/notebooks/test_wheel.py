"""The package as one file."""

import re
import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest
from conftest import ROOT
from publishing.notebooks import wheel as module
from publishing.notebooks.version import PACKED, VERSION, version_of
from publishing.notebooks.wheel import (
    VERSION_FILE,
    Wheel,
    WheelError,
    build_wheel,
    framework_requirement,
    supported_pythons,
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def test_wheel_is_the_same_each_time(wheel, tmp_path):
    assert build_wheel(tmp_path / "again").read_bytes() == wheel.read_bytes()


def test_wheel_holds_what_is_taught_and_not_what_publishes_it(wheel):
    names = ZipFile(wheel).namelist()
    assert {"book/data.py", "book/pytorch/attention.py"} < set(names)
    assert {"book/results/bottleneck-width.json", "book/measured/training.json"} <= {*names}
    assert not [name for name in names if "publishing" in name]


def test_wheel_and_message_name_the_same_pythons(wheel):
    (name,) = [name for name in ZipFile(wheel).namelist() if name.endswith("METADATA")]
    metadata = ZipFile(wheel).read(name).decode()
    lowest, highest = supported_pythons().split("–")
    after = f"3.{int(highest.partition('.')[2]) + 1}"
    assert f"Requires-Python: <{after},>={lowest}" in metadata


def test_wheel_that_cannot_be_built_is_told_with_what_hatch_said(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 7\n")
    monkeypatch.setattr(module, "PROJECT", tmp_path)
    with pytest.raises(WheelError, match=r"(?s)`project.version`.*cannot be built"):
        build_wheel(tmp_path / "out")


def test_framework_is_asked_for_as_the_package_does_itself(wheel):
    (name,) = [name for name in ZipFile(wheel).namelist() if name.endswith("METADATA")]
    metadata = ZipFile(wheel).read(name).decode()
    for framework in ("tensorflow", "pytorch"):
        asked = f"Requires-Dist: {framework_requirement(framework)}; extra == '{framework}'"
        assert asked in metadata


# --- The version, which tells what the package holds ----------------------------------------------


@pytest.fixture
def sources(tmp_path) -> Path:
    """Return a folder of what the package is made from, without git."""
    folder = tmp_path / "sources"
    for name in ("pyproject.toml", "LICENSE", VERSION_FILE):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name in PACKED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_file_and_metadata_have_the_version_of_the_sources(wheel, sources, monkeypatch, tmp_path):
    assert re.fullmatch(r"0\.1\.0\+[0-9a-f]{8}", VERSION)
    assert Wheel(wheel.name, None, "").version == VERSION == version_of(sources)
    (name,) = [name for name in ZipFile(wheel).namelist() if name.endswith("METADATA")]
    assert f"\nVersion: {VERSION}\n" in ZipFile(wheel).read(name).decode()
    monkeypatch.setattr(module, "PROJECT", sources)
    again = build_wheel(tmp_path / "again")
    assert (again.name, again.read_bytes()) == (wheel.name, wheel.read_bytes())


def append(name: str, text: str):
    def change(folder: Path) -> None:
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(text)

    return change


def replace(name: str, old: str, new: str):
    def change(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), "utf-8")

    return change


def rename(old: str, new: str):
    return lambda folder: (folder / old).rename(folder / new)


def write(name: str, content: bytes = b"x"):
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return change


@pytest.mark.parametrize(
    "change",
    [
        append("book/pytorch/encoder.py", "\n"),
        append("book/__init__.py", "# a comment\n"),
        append("LICENSE", " "),
        write("book/words.txt"),
        write("book/pytorch/empty.py", b""),
        rename("book/plots.py", "book/plot.py"),
        rename("book/pytorch", "book/torch"),
        replace("pyproject.toml", '"tqdm"', '"tqdm>=4"'),
        replace("pyproject.toml", "torch>=2.6", "torch>=2.7"),
        replace("pyproject.toml", ">=3.11,<3.14", ">=3.11,<3.15"),
    ],
)
def test_version_changes_with_what_the_package_holds(sources, change):
    change(sources)
    assert re.fullmatch(r"0\.1\.0\+[0-9a-f]{8}", version_of(sources))
    assert version_of(sources) != VERSION


@pytest.mark.parametrize(
    "change",
    [
        replace("pyproject.toml", "line-length = 100", "line-length = 90"),
        append("pyproject.toml", "# a comment\n"),
        write("book/__pycache__/data.cpython-311.pyc"),
        write("book/.ipynb_checkpoints/data.py"),
        write("book/pytorch/.DS_Store"),
        write("chapters/00-welcome.ipynb"),
        write(".git/HEAD"),
    ],
)
def test_version_stays_where_only_something_else_changes(sources, change):
    change(sources)
    assert version_of(sources) == VERSION


@pytest.mark.parametrize("folder", [".hidden/clone", "__pycache__x/책 한 권"])
def test_version_does_not_depend_on_where_the_sources_are(sources, tmp_path, folder):
    moved = tmp_path / folder
    moved.parent.mkdir()
    sources.rename(moved)
    assert version_of(moved) == VERSION


def test_folder_holds_one_version(sources, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PROJECT", sources)
    build_wheel(tmp_path / "out")
    append("book/data.py", "\n")(sources)
    newer = build_wheel(tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == [newer]
    assert newer.name != f"attention_side_by_side-{VERSION}-py3-none-any.whl"
