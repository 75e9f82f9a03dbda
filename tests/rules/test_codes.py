"""Every code: given somewhere, explained, and shown by an example that has it and one that has not."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules.alertmanager.config import read_alertmanager
from rules.cases import read_case_file
from rules.codes import Code, every_code
from rules.findings import Finding
from rules.lint import with_lint
from rules.load import load
from rules.texts import Sources
from tests.docs.pages import ROOT, anchors
from tests.rules.coverage.covering import summary_of
from tests.rules.directory import rules

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MADE_OF_A_KIND = {
    "unknown-chain",
    "unknown-time-interval",
}  # rules/loading/names.py makes them of a kind's name
IN_NO_TEXT = {
    "namespace-kept",
    "no-rules",
    "nothing-changed",
    "unread-rule-files",
    "unreadable",
}  # what a server or a disk does
SOMETIMES_A_WARNING = {"bad-contact", "bad-matcher", "unknown-key"}  # the last two of an alertmanager.yml

RULES = {"rules.yml", "00-shared.yml", "payments.yml", "search.yml"}
SENDER = "alertmanager.yml"
ALERTS = {"alerts.yml", "prometheus.yml"}
SECRETS = {"JANE": "ntfy://ntfy.example.org/jane"}
_HEAD = re.compile(r"^# (\S+\.yml)\n", re.MULTILINE)


def files_of(example: str) -> dict[str, str]:
    """Return the files of an example: those that it names in comments, or one."""
    names = _HEAD.findall(example)
    if not names:
        return {"rules.yml": example}
    return dict(zip(names, _HEAD.split(example)[2::2], strict=True))


def found_in(example: str) -> list[Finding]:
    """Return what is found in an example, its cases included."""
    files = files_of(example)
    others = {name for name in files if name.endswith(".test.yml") or name in {SENDER, *ALERTS}}
    of_rules = {name: text for name, text in files.items() if name not in others}
    loaded = load(Sources(of_rules or {"empty.yml": ""}), SECRETS.get)
    findings = [
        found
        for found in with_lint(loaded.findings, loaded.ruleset, NOW)
        if found.code != "namespace-kept"  # of servers, which keep what they had; `check` leaves it out
    ]
    for name in others - {SENDER, *ALERTS}:
        read_case_file(files[name], name, findings)
    sender = read_alertmanager(files[SENDER], SENDER, findings) if SENDER in others else None
    if ALERTS & others and loaded.ruleset is not None:
        alerts = {name: files[name] for name in ALERTS & others}
        findings += summary_of(loaded.ruleset, alerts, sender=sender).findings
    return findings


def codes_given() -> set[tuple[str, str]]:
    """Return the codes that the sources of `rules` give to findings, each with its severity."""
    given = set()
    for path in (ROOT / "rules").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if name in ("error", "warning", "info"):
                    given.add((str(node.args[0].value), name))
                elif name == "Finding":
                    given.add((str(node.args[0].value), _severity_of(node)))
    return given


def _severity_of(call: ast.Call) -> str:
    named = [each.value for each in call.keywords if each.arg == "severity"] + call.args[3:4]
    return str(named[0].value) if named and isinstance(named[0], ast.Constant) else "error"


def test_every_code_that_is_given_is_explained_with_its_severity() -> None:
    explained = {(name, code.severity) for name, code in every_code().items()}

    assert codes_given() | {(name, "error") for name in MADE_OF_A_KIND} == explained | {
        (name, "warning") for name in SOMETIMES_A_WARNING
    }


@pytest.mark.parametrize("name", sorted(every_code()))
def test_a_code_says_what_is_wrong_why_and_what_to_do(name: str) -> None:
    code = every_code()[name]

    for text in (code.summary, code.why, code.remedy):
        assert text[0].isupper() or text[0] == "`"
        assert text.endswith(".")
        assert "\n" not in text
    assert bool(code.bad) == bool(code.good) == (name not in IN_NO_TEXT)


@pytest.mark.parametrize("name", sorted(every_code().keys() - IN_NO_TEXT))
def test_the_bad_example_has_the_fault_and_no_other_and_the_good_one_none(name: str) -> None:
    code = every_code()[name]

    assert {found.code for found in found_in(code.bad)} == {name}
    assert found_in(code.good) == []


def test_a_path_without_rules_has_its_code(tmp_path: Path) -> None:
    assert "[no-rules]" in rules("check", tmp_path).output


def test_a_file_that_cannot_be_read_has_its_code(tmp_path: Path) -> None:
    tmp_path.joinpath("rules.yml").write_text("#" * ((1 << 20) + 1))

    assert "[unreadable]" in rules("check", tmp_path).output


def test_without_a_code_all_are_listed() -> None:
    listed = rules("explain-code").output.splitlines()

    assert [line.split()[0] for line in listed] == sorted(every_code())


def test_a_code_is_explained_with_its_example() -> None:
    code = every_code()["late-step"]

    shown = rules("explain-code", "late-step").output

    assert shown.startswith(f"late-step (warning): {code.summary}\n")
    assert all(f"    {line}" in shown for line in (code.bad + code.good).splitlines())
    assert shown.endswith("/docs/rules-codes.md#late-step\n")


def test_a_mistyped_code_is_corrected() -> None:
    result = rules("explain-code", "late-stpe")

    assert result.exit_code == 2
    assert 'Did you mean "late-step"?' in " ".join(result.output.split())


def test_codes_can_be_had_as_json() -> None:
    every = json.loads(rules("explain-code", "--format", "json").output)["codes"]
    one = json.loads(rules("explain-code", "bad-yaml", "--format", "json").output)

    assert [each["code"] for each in every] == sorted(every_code())
    assert one in every
    assert (one["severity"], one["adjustable"]) == ("error", False)


def test_the_address_of_a_code_is_its_section() -> None:
    assert set(every_code()) <= anchors(ROOT / "docs" / "rules-codes.md")


def test_no_error_of_loading_can_be_softened() -> None:
    def loads(code: Code) -> bool:
        return all(
            found.severity != "error" for found in load(Sources(files_of(code.bad)), SECRETS.get).findings
        )

    of_rules = every_code().keys() - IN_NO_TEXT
    explained = {
        name: code
        for name, code in every_code().items()
        if name in of_rules and files_of(code.bad).keys() <= RULES
    }

    assert {name for name, code in explained.items() if not loads(code)} == {
        name for name, code in explained.items() if not code.adjustable and name != "unknown-code"
    }


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("pingparrot rules explain-code late", ["late-repeat", "late-step"]),
        ("pingparrot rules check --severity late-s", ["late-step="]),
        (
            "pingparrot rules check --severity late-step=",
            [f"late-step={level}" for level in ("error", "warning", "info", "off")],
        ),
        ("pingparrot rules check --severity bad-yam", []),
    ],
)
def test_the_shell_completes_codes(words: str, offered: list[str]) -> None:
    asked = {"_PINGPARROT_COMPLETE": "complete_bash", "COMP_WORDS": words}
    script = "import sys; sys.argv = ['pingparrot']; from router.cli import main; main()"

    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **asked, "COMP_CWORD": str(len(words.split()) - 1)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.split() == offered
