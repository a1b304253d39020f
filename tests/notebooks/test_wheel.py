"""The package as one file."""

from pathlib import Path
from zipfile import ZipFile

import pytest
from publishing.notebooks import wheel as module
from publishing.notebooks.wheel import WheelError, build_wheel, supported_pythons


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def test_wheel_is_the_same_each_time(wheel, tmp_path):
    assert build_wheel(tmp_path / "again").read_bytes() == wheel.read_bytes()


def test_wheel_holds_what_is_taught_and_not_what_publishes_it(wheel):
    names = ZipFile(wheel).namelist()
    assert {"book/data.py", "book/pytorch/attention.py"} < set(names)
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
