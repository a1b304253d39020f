"""The workflows: valid, safe, and least in what they may do; checked by tools that run offline."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read(name: str) -> dict:
    path = ROOT / ".github" / "workflows" / f"{name}.yml"
    workflow = yaml.safe_load(path.read_text("utf-8"))
    return {"on" if key is True else key: value for key, value in workflow.items()}  # YAML 1.1


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
    workflow = read(path.stem)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert "permissions" in job
        assert "uses" in job or "timeout-minutes" in job


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_code_of_the_repository_runs_next_to_a_token_that_can_write(path):
    workflow = read(path.stem)
    for job in workflow["jobs"].values():
        used = [step.get("uses", "") for step in job.get("steps", [])]
        if "write" in job["permissions"].values():
            assert not any(action.startswith("actions/checkout@") for action in used)


# A condition that names one of these does not wait for the jobs in `needs` to succeed.
STATUS_FUNCTIONS = ("always(", "cancelled(", "failure(", "success(")


def test_nothing_is_published_but_what_passed_every_check_on_the_default_branch():
    assert list(read("publish")["on"]) == ["workflow_call"]
    jobs = read("tests")["jobs"]
    publish = jobs.pop("publish")
    assert sorted(publish["needs"]) == sorted(jobs)
    assert set(publish["if"].split(" && ")) == {
        "github.event_name == 'push'",
        "github.ref_name == github.event.repository.default_branch",
    }
    calling = [path.stem for path in WORKFLOWS if "publish.yml" in str(read(path.stem)["jobs"])]
    assert calling == ["tests"]


def test_a_pull_request_runs_on_the_gpu_machine_only_at_the_label():
    workflow = read("gpu")
    assert workflow["on"]["pull_request"]["types"] == ["labeled"]
    jobs = workflow["jobs"]
    (with_gpu,) = (name for name, job in jobs.items() if "GPU_RUNNER" in job["runs-on"])
    assert jobs[with_gpu]["needs"] == "build"
    assert not any(word in jobs[with_gpu].get("if", "") for word in STATUS_FUNCTIONS)
    condition = jobs["build"]["if"].split(" && ", maxsplit=1)[1]
    assert condition == (
        "(github.event_name != 'pull_request' || github.event.label.name == 'gpu')"
    )


def test_an_issue_is_opened_whichever_job_of_the_gpu_check_fails():
    jobs = read("gpu")["jobs"]
    assert {*jobs} - {*jobs["issue"]["needs"]} == {"issue", "no-runner"}
    assert "contains(needs.*.result, 'failure')" in jobs["issue"]["if"]
    assert "github.event_name != 'pull_request'" in jobs["issue"]["if"]


@pytest.mark.parametrize(
    ("workflow", "job", "kept"),
    [
        ("tests", "linux", "_build/differences"),
        ("tests", "macos", "_build/differences"),
        ("gpu", "gpu", "_build/differences"),
        ("weekly", "check", "_build/differences"),
        ("weekly", "check", "_build/perturb"),
    ],
)
def test_what_a_failure_points_at_can_be_downloaded(workflow, job, kept):
    steps = read(workflow)["jobs"][job]["steps"]
    (upload,) = (step for step in steps if kept in step.get("with", {}).get("path", "").split())
    assert upload["uses"].startswith("actions/upload-artifact@")
    assert any(word in upload["if"] for word in ("failure()", "!cancelled()"))


def test_package_of_a_saved_notebook_stays_when_newer_ones_are_published(tmp_path):
    (step,) = [step for step in read("publish")["jobs"]["notebooks"]["steps"] if "run" in step]
    server, tools = tmp_path / "server", tmp_path / "tools"
    subprocess.run(["git", "init", "--quiet", "--bare", server / "o" / "n.git"], check=True)
    tools.mkdir()
    (tools / "gh").write_text("#!/bin/sh\n")
    (tools / "gh").chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_SERVER_URL": server.as_uri(),
        "GITHUB_REPOSITORY": "o/n",
        "GITHUB_SHA": "1234",
    }
    for number in range(3):
        built = tmp_path / f"build-{number}"
        (built / "ko").mkdir(parents=True)
        (built / f"book-{number}-py3-none-any.whl").write_text(str(number))
        (built / "ko" / f"chapter-{number}.ipynb").write_text(str(number))
        command = ["bash", "-e", "-o", "pipefail", "-c", step["run"]]
        subprocess.run(command, cwd=built, env=environment, check=True, capture_output=True)
    git = ["git", "-C", str(server / "o" / "n.git")]
    listed = subprocess.run(
        [*git, "ls-tree", "-r", "--name-only", "notebooks"], capture_output=True, text=True
    ).stdout.split()
    wheels = [f"book-{number}-py3-none-any.whl" for number in range(3)]
    assert listed == [*wheels, "ko/chapter-2.ipynb"]
    past = subprocess.run([*git, "log", "--oneline", "notebooks"], capture_output=True, text=True)
    assert len(past.stdout.splitlines()) == 1
