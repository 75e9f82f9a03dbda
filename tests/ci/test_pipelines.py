"""The steps of action.yml and of the example for GitLab, run as the forges run them."""

from __future__ import annotations

import json
import re
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ci.conftest import CASES, GOOD, environment
from tests.ci.forges import TOKEN, GitHub, GitLab
from tests.docs.pages import ROOT
from tests.rules.repository import Repository
from tests.sinks import HttpSink

pytestmark = pytest.mark.slow

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
GITLAB: dict[str, Any] = yaml.safe_load((ROOT / "examples/ci/gitlab-ci.yml").read_text())["rules"]


@dataclass
class Job:
    """A workflow's job for a pull request, in a checkout."""

    checkout: Path
    bin_folder: Path
    work: Path
    forge: GitHub
    sink: HttpSink
    inputs: dict[str, str] = field(default_factory=dict)
    base: str = "base"
    event: str = "pull_request"

    def run(self) -> tuple[int, str]:
        """Run the action's second step; returns the exit code and the log."""
        temp = self.work / "temp"
        (temp / "pingparrot").mkdir(parents=True, exist_ok=True)
        installed = temp / "pingparrot/bin"
        if not installed.exists():
            installed.symlink_to(self.bin_folder)
        (self.work / "event.json").write_text(json.dumps({"pull_request": {"number": 7}}))
        step = ACTION["runs"]["steps"][1]
        env = environment(
            self.bin_folder,
            GITHUB_ACTIONS="true",
            GITHUB_ACTION_PATH=str(ROOT),
            GITHUB_API_URL=self.sink.url("http", ""),
            GITHUB_EVENT_NAME=self.event,
            GITHUB_EVENT_PATH=str(self.work / "event.json"),
            GITHUB_REPOSITORY="acme/rules",
            GITHUB_STEP_SUMMARY=str(self.work / "summary.md"),
            RUNNER_TEMP=str(temp),
            **{name: self._filled(value) for name, value in step["env"].items()},
        )
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.checkout,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        return done.returncode, done.stdout + done.stderr

    def report(self, name: str) -> str:
        """Return a file that the action wrote."""
        return (self.work / "temp/pingparrot-reports" / name).read_text()

    def summary(self) -> str:
        """Return what the job's own page shows."""
        return (self.work / "summary.md").read_text()

    def _filled(self, value: str) -> str:
        given = (
            {name: one["default"] for name, one in ACTION["inputs"].items()} | {"token": TOKEN} | self.inputs
        )
        of_event = {"github.event.pull_request.base.sha": self.base if "pull" in self.event else ""}
        terms = value.removeprefix("${{ ").removesuffix(" }}").split(" || ")
        values = [
            of_event[term] if term in of_event else given[term.removeprefix("inputs.")] for term in terms
        ]
        return next(filter(None, values), "")


@pytest.fixture
def job(repository: Repository, bin_folder: Path, tmp_path: Path, sink: HttpSink) -> Job:
    forge = GitHub()
    sink.otherwise = forge
    return Job(repository.root, bin_folder, tmp_path, forge, sink)


def heard(log: str) -> list[str]:
    """Return the commands in a log that a runner carries out."""
    commands, stopped = [], ""
    for line in map(str.strip, log.splitlines()):
        if stopped:
            stopped = "" if line == f"::{stopped}::" else stopped
        elif found := re.fullmatch(r"::stop-commands::(\w+)", line):
            stopped = found[1]
        elif line.startswith("::"):
            commands.append(line)
    assert not stopped
    return commands


def test_a_pull_request_gets_one_comment_that_is_brought_up_to_date(job: Job, repository: Repository) -> None:
    code, log = job.run()
    first = [dict(comment) for comment in job.forge.comments]
    repository.commit({"rules/rules.yml": GOOD})
    again, _ = job.run()

    assert (code, again) == (0, 0), log
    assert [comment["id"] for comment in first] == [comment["id"] for comment in job.forge.comments]
    assert "web" in str(first[0]["body"])
    assert first[0]["body"] != job.forge.comments[0]["body"]


def test_the_reports_are_what_forges_read(job: Job) -> None:
    job.run()

    sarif = json.loads(job.report("rules.sarif"))
    suites = ET.fromstring(job.report("cases.xml"))
    assert (sarif["version"], sarif["runs"][0]["tool"]["driver"]["name"]) == (
        "2.1.0",
        "pingparrot rules check",
    )
    assert (suites.tag, suites.get("tests"), suites.get("failures")) == ("testsuites", "1", "0")
    assert ET.fromstring(job.report("check.xml")).tag == "testsuites"
    assert job.report("changes.md") == job.summary()


def test_a_fault_fails_the_job_beside_its_line_and_is_still_commented(
    job: Job, repository: Repository
) -> None:
    repository.commit({"rules/rules.yml": GOOD.replace("chain: web", "chain: wbe")})

    code, log = job.run()

    assert code == 1
    assert any(line.startswith("::error ") and "file=rules/rules.yml,line=11" in line for line in heard(log))
    assert len(job.forge.comments) == 1


def test_a_case_that_fails_fails_the_job(job: Job, repository: Repository) -> None:
    repository.commit({"rules/rules.test.yml": CASES.replace("[web]", "[default]")})

    code, log = job.run()

    assert code == 1
    assert "1 failed" in log
    assert ET.fromstring(job.report("cases.xml")).get("failures") == "1"


def test_warnings_fail_the_job_when_it_is_strict(job: Job, repository: Repository) -> None:
    repository.commit(
        {"rules/rules.yml": GOOD.replace("\n\nroutes", "\n  idle: {steps: [{page: {group: x}}]}\n\nroutes")}
    )
    assert job.run()[0] == 0

    job.inputs["strict"] = "true"

    assert job.run()[0] == 1


def test_a_fork_has_the_report_on_the_page_of_the_job_alone(job: Job) -> None:
    job.forge.may_write = False

    code, log = job.run()

    assert (code, job.forge.comments) == (0, [])
    assert "Not posted" in log
    assert "web" in job.summary()


def test_a_push_is_checked_and_compared_with_nothing(job: Job) -> None:
    job.event = "push"

    assert job.run()[0] == 0
    assert job.sink.requests == []


def test_comments_can_be_left_out(job: Job) -> None:
    job.inputs["comment"] = "false"

    assert job.run()[0] == 0
    assert job.sink.requests == []
    assert "web" in job.summary()


def test_rules_without_cases_pass(job: Job, repository: Repository) -> None:
    repository.git("rm", "-q", "rules/rules.test.yml")

    assert job.run()[0] == 0


def test_a_base_that_was_not_fetched_is_explained(job: Job) -> None:
    job.base = "c0ffee" * 6 + "c0ff"

    code, log = job.run()

    assert code == 2
    assert "could not be told what changes" in job.summary()
    assert "fetch" in job.summary()
    assert any(line.startswith("::warning::") for line in heard(log))


def test_what_a_pull_request_says_is_no_command_to_the_runner(job: Job, repository: Repository) -> None:
    evil = "::error file=a,line=1::pwned"
    case = f'name: "{evil}", labels: {{team: web}}, expect: {{routes: ["{evil}"]}}'
    files = {
        "rules.yml": GOOD.replace("name: web", f'name: "{evil}"'),
        "rules.test.yml": f"cases: [{{{case}}}]",
    }
    repository.commit({f"rules/{name}": text for name, text in files.items()})

    _, log = job.run()

    assert evil in log
    assert not any(line.startswith(evil) for line in heard(log))


def test_inputs_are_no_code(job: Job, tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    code = f'$(touch {proof}) `touch {proof}` "; touch {proof}; "'
    job.inputs = dict.fromkeys(("path", "base", "history", "strict", "comment"), code)

    job.run()

    assert not proof.exists()


def test_a_python_that_is_too_old_is_refused_before_anything_is_installed(
    tmp_path: Path, bin_folder: Path
) -> None:
    old = tmp_path / "python3.9"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    step = ACTION["runs"]["steps"][0]
    env = environment(
        bin_folder, GITHUB_ACTION_PATH=str(ROOT), RUNNER_TEMP=str(tmp_path), PROVE_PYTHON=str(old)
    )

    done = subprocess.run(["bash", "-c", step["run"]], env=env, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "PingParrot needs Python 3.11" in done.stdout


@pytest.fixture
def gitlab(sink: HttpSink) -> GitLab:
    forge = GitLab()
    sink.otherwise = forge
    return forge


def run_job(repository: Repository, bin_folder: Path, sink: HttpSink, **given: str) -> tuple[int, str]:
    """Run the job of the example for GitLab: script, then after_script, as a runner does."""
    env = environment(
        bin_folder,
        GITLAB_CI="true",
        CI_API_V4_URL=sink.url("http", "/api/v4"),
        CI_PROJECT_ID="5",
        **GITLAB["variables"],
        **given,
    )
    codes, log = [], ""
    for part in ("script", "after_script"):
        lines = "\n".join(GITLAB[part])
        done = subprocess.run(
            ["sh", "-ec", lines],
            cwd=repository.root,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        codes.append(done.returncode)
        log += done.stdout + done.stderr
    return codes[0], log


def test_a_merge_request_gets_one_note_and_its_reports(
    repository: Repository, bin_folder: Path, sink: HttpSink, gitlab: GitLab
) -> None:
    request = {
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": repository.git("rev-parse", "base"),
        "PINGPARROT_GITLAB_TOKEN": TOKEN,
    }

    first, log = run_job(repository, bin_folder, sink, **request)
    second, _ = run_job(repository, bin_folder, sink, **request)

    assert (first, second) == (0, 0), log
    assert len(gitlab.comments) == 1
    assert "web" in str(gitlab.comments[0]["body"])
    for report in GITLAB["artifacts"]["reports"]["junit"]:
        assert ET.parse(repository.root / report).getroot().tag == "testsuites"


def test_a_branch_is_checked_without_a_note(
    repository: Repository, bin_folder: Path, sink: HttpSink, gitlab: GitLab
) -> None:
    assert run_job(repository, bin_folder, sink)[0] == 0
    assert sink.requests == []


def test_a_fault_fails_the_job_and_its_report_says_which(
    repository: Repository, bin_folder: Path, sink: HttpSink, gitlab: GitLab
) -> None:
    repository.commit({"rules/rules.yml": GOOD.replace("chain: web", "chain: wbe")})

    assert run_job(repository, bin_folder, sink)[0] == 1
    assert "unknown-chain" in (repository.root / "check.xml").read_text()
