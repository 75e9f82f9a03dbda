"""The files that others use, as the forges' own schemas and pre-commit itself have them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ci.conftest import GOOD, environment
from tests.docs.pages import ROOT
from tests.rules.repository import Repository

SCRIPTS = Path(sys.executable).parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())


@pytest.mark.parametrize(
    ("file", "schema", "more"),
    [
        ("action.yml", "github-actions", ()),
        ("examples/ci/github-workflow.yml", "github-workflows", ()),
        ("examples/ci/gitlab-ci.yml", "gitlab-ci", ("--data-transform", "gitlab-ci")),
    ],
)
def test_a_forge_takes_the_file(file: str, schema: str, more: tuple[str, ...]) -> None:
    command = [SCRIPTS / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", *more, ROOT / file]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stdout


def test_nothing_of_a_workflow_becomes_a_command() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]


def test_every_input_has_a_default_and_reaches_the_script() -> None:
    used = set(re.findall(r"inputs\.(\w+)", (ROOT / "action.yml").read_text()))

    assert used == set(ACTION["inputs"])
    assert all("default" in one for one in ACTION["inputs"].values())


def test_the_example_workflow_names_inputs_and_outputs_that_there_are() -> None:
    workflow = yaml.safe_load((ROOT / "examples/ci/github-workflow.yml").read_text())
    steps = workflow["jobs"]["prove"]["steps"]
    (ours,) = [step for step in steps if "pingparrot@" in step.get("uses", "")]

    assert set(ours["with"]) <= set(ACTION["inputs"])
    assert set(re.findall(r"outputs\.(\w+)", json.dumps(steps))) <= set(ACTION["outputs"])


def pre_commit(repository: Repository, bin_folder: Path, tmp_path: Path, *words: str) -> tuple[int, str]:
    env = environment(bin_folder, PRE_COMMIT_HOME=str(tmp_path / "pre-commit"), HOME=str(tmp_path))
    command = [SCRIPTS / "pre-commit", *words]
    done = subprocess.run(
        command, cwd=repository.root, env=env, capture_output=True, text=True, check=False, timeout=100
    )
    return done.returncode, done.stdout + done.stderr


def test_pre_commit_takes_the_manifest(repository: Repository, bin_folder: Path, tmp_path: Path) -> None:
    manifest = str(ROOT / ".pre-commit-hooks.yaml")

    assert pre_commit(repository, bin_folder, tmp_path, "validate-manifest", manifest) == (0, "")


@pytest.fixture
def hooked(repository: Repository) -> Repository:
    """A repository that has all hooks; what they run is on the path, and not in an environment of theirs."""
    hooks = [hook | {"language": "system"} for hook in HOOKS]
    config = yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks}]})
    repository.commit({".pre-commit-config.yaml": config})
    return repository


def test_hooks_pass_good_rules(hooked: Repository, bin_folder: Path, tmp_path: Path) -> None:
    code, said = pre_commit(hooked, bin_folder, tmp_path, "run", "--all-files")

    assert code == 0, said
    assert said.count("Passed") == len(HOOKS)


@pytest.mark.parametrize(
    ("hook", "text", "says"),
    [
        ("pingparrot-rules-check", GOOD.replace("triage: {s", "other: {s"), "unknown-chain"),
        ("pingparrot-rules-fmt", GOOD.replace("  - name", "-   name"), "1 formatted"),
        ("pingparrot-rules-test", GOOD.replace('"web"', '"www"'), "1 failed"),
    ],
)
def test_a_hook_fails_what_it_is_for(
    hooked: Repository, bin_folder: Path, tmp_path: Path, hook: str, text: str, says: str
) -> None:
    hooked.put({"rules/rules.yml": text})
    hooked.git("add", "-A")

    code, said = pre_commit(hooked, bin_folder, tmp_path, "run", hook)

    assert code == 1
    assert says in said


def test_the_hook_for_the_form_corrects_the_files_that_change(
    hooked: Repository, bin_folder: Path, tmp_path: Path
) -> None:
    hooked.put({"rules/rules.yml": GOOD.replace("  - name", "-   name") + "# the end\n"})
    hooked.git("add", "-A")

    pre_commit(hooked, bin_folder, tmp_path, "run", "pingparrot-rules-fmt")

    text = (hooked.root / "rules/rules.yml").read_text()
    assert "  - name" in text
    assert text.endswith("# the end\n")


def test_hooks_leave_other_files_alone(hooked: Repository, bin_folder: Path, tmp_path: Path) -> None:
    hooked.put({"src/values.yml": "a: 1\n"})
    hooked.git("add", "-A")

    code, said = pre_commit(hooked, bin_folder, tmp_path, "run")

    assert code == 0
    assert said.count("Skipped") == len(HOOKS)
