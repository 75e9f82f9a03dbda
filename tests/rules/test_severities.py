"""What findings count as: what `lint` and the command line say, which changes nothing that a server loads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rules.load import load
from rules.texts import Sources
from tests.rules.directory import rules, write
from tests.rules.writing import fault_of, loaded, unset

IDLE = """\
defaults: {chain: c}
chains:
  c: {steps: [{page: {group: sre}}]}
  idle: {steps: [{page: {group: sre}}]}
"""


def checked(folder: Path, lint: str = "", *options: str) -> tuple[int, list[tuple[str, str]]]:
    """Return the exit code and what is found in rules with an unused chain."""
    write(folder, {"rules.yml": IDLE + lint})
    result = rules("check", folder, "--format", "json", *options)
    return result.exit_code, [
        (each["code"], each["severity"]) for each in json.loads(result.output)["findings"]
    ]


@pytest.mark.parametrize(
    ("level", "exit_code", "found"),
    [
        ("error", 1, [("unused-chain", "error")]),
        ("warning", 0, [("unused-chain", "warning")]),
        ("info", 0, [("unused-chain", "info")]),
        ("off", 0, []),
    ],
)
def test_the_rules_choose_what_findings_count_as(
    tmp_path: Path, level: str, exit_code: int, found: list[tuple[str, str]]
) -> None:
    assert checked(tmp_path, f"lint: {{unused-chain: {level}}}\n") == (exit_code, found)


def test_the_command_line_wins(tmp_path: Path) -> None:
    options = ("--severity", "unused-chain=error")

    assert checked(tmp_path, "lint: {unused-chain: off}\n", *options) == (1, [("unused-chain", "error")])


def test_an_info_does_not_fail_a_strict_check(tmp_path: Path) -> None:
    assert checked(tmp_path, "lint: {unused-chain: info}\n", "--strict")[0] == 0


def test_a_server_loads_the_same_rules_whatever_they_count_as() -> None:
    lenient, strict = (loaded(rules=f"{IDLE}lint: {{unused-chain: {level}}}\n") for level in ("off", "error"))

    assert lenient.ruleset is not None
    assert strict.ruleset is not None
    assert lenient.findings == strict.findings == ()


def test_a_server_loads_rules_that_name_a_code_it_does_not_know() -> None:
    assert loaded(rules="lint: {found-by-a-newer-one: off}\n").errors == ()


def test_an_unknown_code_is_found_where_it_stands(tmp_path: Path) -> None:
    write(tmp_path, {"rules.yml": "lint:\n  unused-chian: off\n"})

    result = rules("check", tmp_path)

    assert result.exit_code == 1
    assert 'rules.yml:2:3: error: lint: there is no code "unused-chian". Did you mean "unused-chain"?' in (
        result.output
    )


def test_an_error_of_loading_cannot_be_softened(tmp_path: Path) -> None:
    write(tmp_path, {"rules.yml": "lint: {bad-matcher: off}\n"})

    assert "bad-matcher keeps rules from loading" in rules("check", tmp_path).output
    assert rules("check", tmp_path, "--severity", "bad-matcher=off").exit_code == 2


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("unused-chian=off", 'Did you mean "unused-chain"?'),
        ("unused-chain=never", "one of error, warning, info, off"),
        ("unused-chain", "must be CODE=LEVEL"),
    ],
)
def test_a_wrong_option_is_refused_with_what_to_write(tmp_path: Path, option: str, said: str) -> None:
    result = rules("check", tmp_path, "--severity", option)

    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("│", " ").split())


def test_only_a_shared_file_chooses() -> None:
    text = "namespace: payments\nlint: {unused-chain: off}\n"

    assert fault_of(text) == "rules.yml:2:1: lint stands in shared files only: move it to one."


def test_a_level_that_there_is_not_is_refused() -> None:
    assert fault_of("lint: {unused-chain: on}") == (
        'rules.yml:1:22: lint of unused-chain must be one of error, warning, info, off, but is "on".'
    )


def test_a_code_set_in_two_files_is_refused() -> None:
    found = load(Sources(dict.fromkeys(("a.yml", "b.yml"), "lint: {unused-chain: off}\n")), unset).findings

    assert [f"{each.place}: {each.message}" for each in found] == [
        "b.yml:1:8: unused-chain is already set at a.yml:1:8: remove one."
    ]


def test_what_loading_warns_of_can_be_left_out_too(tmp_path: Path) -> None:
    write(tmp_path, {"rules.yml": 'users: [{email: jane@example.com, contacts: ["${NOT_SET_ANYWHERE}"]}]\n'})

    assert "[unset-secret]" in rules("check", tmp_path).output
    assert rules("check", tmp_path, "--strict", "--severity", "unset-secret=off").exit_code == 0


def test_the_command_line_chooses_while_rules_do_not_load_as_well(tmp_path: Path) -> None:
    users = 'users: [{email: jane@example.com, contacts: ["${NOT_SET_ANYWHERE}"]}]\n'
    text = "routes: [{name: a, chian: b}]\n" + users
    write(tmp_path, {"rules.yml": text})

    result = rules("check", tmp_path, "--severity", "unset-secret=off")

    assert (result.exit_code, "[unset-secret]" in result.output) == (1, False)
