"""`rules check`, `explain` and `test` as people and CI call them: exit codes, paths, colours, start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rules.directory import EXAMPLES, FAULTY, FAULTY_CASES, GOOD, rules, write

WARNED = {
    "rules.yml": """\
defaults: {chain: c}
chains:
  c: {steps: [{page: {group: sre}}]}
  idle: {steps: [{page: {group: sre}}]}
"""
}


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "PINGPARROT_RULES"}
    return subprocess.run(
        [sys.executable, "-m", "rules.cli", *words],
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_examples_are_clean_and_green() -> None:
    assert rules("check", EXAMPLES, "--strict").exit_code == 0
    tested = rules("test", EXAMPLES)
    assert (tested.exit_code, tested.output.splitlines()[-1]) == (0, "10 cases: all as expected")


def test_the_examples_are_clean_and_green_as_a_process() -> None:
    checked, tested = run("check", str(EXAMPLES), "--strict"), run("test", str(EXAMPLES))

    assert (checked.returncode, checked.stderr) == (0, "")
    assert (tested.returncode, tested.stderr) == (0, "")


def test_an_error_exits_1_in_every_format(tmp_path: Path) -> None:
    write(tmp_path, FAULTY)

    for form in ("text", "json", "github", "sarif"):
        assert rules("check", tmp_path, "--format", form).exit_code == 1


def test_a_warning_alone_exits_0_unless_strict(tmp_path: Path) -> None:
    write(tmp_path, WARNED)

    lenient = rules("check", tmp_path)

    assert lenient.exit_code == 0
    assert "rules.yml:4:3: warning: " in lenient.output
    assert rules("check", tmp_path, "--strict").exit_code == 1


def test_lint_errors_exit_1(tmp_path: Path) -> None:
    write(tmp_path, {"rules.yml": "groups: {sre: {}}\nchains: {c: {steps: [{page: {group: sree}}]}}\n"})

    result = rules("check", tmp_path, "--format", "json")

    assert result.exit_code == 1
    assert "unknown-group" in {each["code"] for each in json.loads(result.output)["findings"]}


@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("check", "/does/not/exist"),
        ("check", str(EXAMPLES), "--format", "xml"),
        ("check", str(EXAMPLES), "more"),
        ("explain", "/does/not/exist", "a=b"),
        ("explain", "a=b"),
        ("explain", str(EXAMPLES), "no-equals-sign"),
        ("explain", str(EXAMPLES), "=value"),
        ("explain", str(EXAMPLES), "a=b", "a=c"),
        ("explain", str(EXAMPLES), "--at", "yesterday"),
        ("explain", str(EXAMPLES), "--at", "2026-03-01T03:00:00"),
        ("explain", str(EXAMPLES), "--annotation", "summary"),
        ("test",),
        ("test", str(EXAMPLES / "00-shared.yml")),
        ("mend", str(EXAMPLES)),
    ],
)
def test_a_wrong_command_exits_2_and_says_so_on_stderr(words: tuple[str, ...]) -> None:
    result = rules(*words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr


def test_a_wrong_command_exits_2_as_a_process() -> None:
    assert run("check").returncode == 2
    assert run("check", "/does/not/exist").returncode == 2


def test_the_setting_stands_for_the_path() -> None:
    env: dict[str, str | None] = {"PINGPARROT_RULES": str(EXAMPLES)}

    assert rules("check", env=env).exit_code == 0
    assert rules("test", env=env).exit_code == 0
    assert rules("explain", "env=staging", "team=payments", env=env).output.startswith("staging  (")


def test_an_argument_goes_before_the_setting(tmp_path: Path) -> None:
    write(tmp_path, FAULTY)

    assert rules("check", tmp_path, env={"PINGPARROT_RULES": str(EXAMPLES)}).exit_code == 1


def test_a_single_file_can_be_checked() -> None:
    assert rules("check", EXAMPLES / "00-shared.yml").exit_code == 0


def test_the_cases_of_one_file_run_with_the_rules_beside_it() -> None:
    result = rules("test", EXAMPLES / "payments.test.yml")

    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "10 cases: all as expected")


def test_a_rule_file_is_tested_by_the_cases_of_its_name(tmp_path: Path) -> None:
    cases = "cases: [{name: n, labels: {}, expect: {routes: [default]}}]\n"
    write(tmp_path, {"web.yml": "routes: []\n", "web.test.yml": cases, "other.test.yml": "cases: [{}]\n"})

    assert rules("test", tmp_path / "web.yml").output.splitlines()[-1] == "1 case: all as expected"


def test_failing_cases_exit_1(tmp_path: Path) -> None:
    write(tmp_path, GOOD | FAULTY_CASES)

    assert rules("test", tmp_path).exit_code == 1
    assert run("test", str(tmp_path)).returncode == 1


def test_no_case_runs_with_rules_that_do_not_load(tmp_path: Path) -> None:
    write(tmp_path, FAULTY | {"ok.test.yml": GOOD["ok.test.yml"]})

    result = rules("test", tmp_path, "--junit", tmp_path / "cases.xml")

    assert result.exit_code == 1
    assert "as expected" not in result.output
    assert 'tests="3" failures="0" errors="3"' in (tmp_path / "cases.xml").read_text(encoding="utf-8")


def test_explain_refuses_rules_that_do_not_load(tmp_path: Path) -> None:
    write(tmp_path, FAULTY)

    result = rules("explain", tmp_path, "a=b", "--format", "json")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "bad-yaml" in result.stderr


def test_explain_takes_annotations_and_values_with_equals_signs(tmp_path: Path) -> None:
    text = 'defaults: {chain: c, subject: "{{ labels.expr }}: {{ annotations.summary }}"}\n'
    write(tmp_path, {"rules.yml": text + "chains: {c: {steps: [{page: {group: sre}}]}}\n"})

    result = rules(
        "explain", tmp_path, "expr=up==0", "--annotation", "summary=it is = down", "--format", "json"
    )

    assert json.loads(result.output)["decisions"][0]["subject"] == "up==0: it is = down"


def test_explain_sees_our_own_labels(tmp_path: Path) -> None:
    write(tmp_path, {"rules.yml": "routes: [{name: eu, matchers: [__integration__=prometheus-eu]}]\n"})

    result = rules("explain", tmp_path, "__integration__=prometheus-eu", "--format", "json")

    assert [each["route"] for each in json.loads(result.output)["decisions"]] == ["eu"]


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    secret = "s3cret-token"
    contacts = f'["ntfy://{secret}@host/x", "{secret}", "${{TOKEN}}"]'
    spread = f"users:\n  - email: j@example.com\n    contacts:\n      - {secret}\n      - &x ntfy://{secret}@host\n"
    flow = f"users:\n  - {{email: j@example.com, contacts: {contacts}, colour: red}}\n"
    write(tmp_path, {"spread.yml": spread, "flow.yml": flow})

    for form in ("text", "json", "github", "sarif"):
        result = rules("check", tmp_path, "--format", form, env={"TOKEN": secret})
        assert result.exit_code == 1
        assert secret not in result.output


def test_hostile_text_reaches_no_terminal(tmp_path: Path) -> None:
    write(tmp_path, {"rules.yml": "routes: \x1b[31m\n", "binary.yml": "\udcff\udcfe"})

    result = rules("check", tmp_path)

    assert result.exit_code == 1
    assert "\x1b" not in result.output


def test_hostile_values_reach_no_terminal(tmp_path: Path) -> None:
    route = 'routes: [{name: r, matchers: ["a=~\\"\\e|b\\""], suppress: "\\e[31m"}]\n'
    case = 'cases: [{name: "\\e[31m", labels: {a: b}, expect: {suppressed: "\\e[31m"}}]\n'
    write(tmp_path, {"rules.yml": route, "rules.test.yml": case})

    printed = [rules("explain", tmp_path, "a=b").output, rules("test", tmp_path).output]

    assert "nobody is paged: \ufffd[31m" in printed[0]
    assert "FAIL" in printed[1]
    assert "\x1b" not in "".join(printed)


def test_lines_are_counted_as_the_parser_counts_them(tmp_path: Path) -> None:
    write(tmp_path, {"rules.yml": "# one\u2028# two\x85colour: red\n"})

    assert "rules.yml:3:1: " in rules("check", tmp_path).output
    assert "    colour: red\n    ^" in rules("check", tmp_path).output


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, True)],
)
def test_colours_are_for_terminals_that_want_them(
    tmp_path: Path, environment: dict[str, str], coloured: bool
) -> None:
    write(tmp_path, FAULTY)

    assert ("\x1b[31m" in on_terminal(tmp_path, {"TERM": "xterm"} | environment)) is coloured
    assert "\x1b" not in run("check", str(tmp_path), **({"TERM": "xterm"} | environment)).stdout


def on_terminal(folder: Path, environment: dict[str, str]) -> str:
    """Return what `check` prints on a pseudo-terminal."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    with subprocess.Popen(
        [sys.executable, "-m", "rules.cli", "check", str(folder)],
        env=kept | environment,
        stdout=theirs,
        stderr=theirs,
        stdin=subprocess.DEVNULL,
    ):
        os.close(theirs)
        printed = b""
        try:
            while chunk := os.read(ours, 65536):
                printed += chunk
        except OSError:  # Linux says so when the other side is closed
            pass
    os.close(ours)
    return printed.decode()


def test_help_shows_examples() -> None:
    for command in ("check", "explain", "test"):
        assert f"pingparrot rules {command} rules/" in rules(command, "--help").output


def test_it_starts_without_the_server() -> None:
    code = "import sys, rules.cli; print(sorted(sys.modules))"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    for heavy in ("router", "sqlalchemy", "starlette", "pydantic", "rich", "asyncio"):
        assert f"'{heavy}'" not in loaded


def test_a_directory_without_rules_is_an_error(tmp_path: Path) -> None:
    result = rules("check", tmp_path)

    assert result.exit_code == 1
    assert result.output.startswith(f"{tmp_path}:1:1: error: there are no rule files")


def test_what_is_built_in_stands_in_no_file(tmp_path: Path) -> None:
    write(tmp_path, {"rules.yml": "# nothing\n"})

    assert "default  (built in @" in rules("explain", tmp_path, "a=b").output


def test_many_notes_hide_no_warning(tmp_path: Path) -> None:
    noted = "".join(f"  - {{name: r{n}, matchers: ['team=\"{n}\"', 'env!=\"e{n}\"']}}\n" for n in range(600))
    idle = "chains: {idle: {steps: [{page: {group: sre}}]}}\n"
    write(tmp_path, {"rules.yml": f"{idle}routes:\n{noted}"})

    said = rules("check", tmp_path).output

    assert "[unused-chain]" in said
    assert "no errors, 1 warning, 500 info, and no more than 500 of each are listed" in said
