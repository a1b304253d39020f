"""The workflows: valid, safe, and least in what they may do; checked by tools that run offline."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def tool(name: str) -> Path:
    return Path(sys.executable).with_name(name)


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, command)], capture_output=True, text=True)


def test_zizmor_finds_no_security_hole():
    done = run(tool("zizmor"), "--offline", "--no-progress", *WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_would_find_one(tmp_path):
    path = tmp_path / ".github" / "workflows" / "bad.yml"
    path.parent.mkdir(parents=True)
    path.write_text(
        "on: issues\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: echo ${{ github.event.issue.title }}\n"
    )
    assert "template-injection" in run(tool("zizmor"), "--offline", path).stdout


def test_workflows_keep_to_the_schema():
    schema = "--builtin-schema=vendor.github-workflows"
    done = run(tool("check-jsonschema"), schema, *WORKFLOWS)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_job_says_what_it_may_do_and_how_long_it_may_take(path):
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert "permissions" in job
        assert "uses" in job or "timeout-minutes" in job


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_code_of_the_repository_runs_next_to_a_token_that_can_write(path):
    workflow = yaml.safe_load(path.read_text("utf-8"))
    for job in workflow["jobs"].values():
        used = [step.get("uses", "") for step in job.get("steps", [])]
        if "write" in job["permissions"].values():
            assert not any(action.startswith("actions/checkout@") for action in used)
