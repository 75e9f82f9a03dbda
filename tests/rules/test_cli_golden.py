"""What the commands print, byte for byte; GOLDEN=write in the environment writes the files anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.rules.directory import DOUBTFUL, FAULTY, FAULTY_CASES, GOLDEN, GOOD, rules, write

WARNING = ("severity=warning", "alertname=DiskFull", "instance=db-1:9100", "--at", "2026-03-02T03:00:00Z")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with rules beside it in `good` and `faulty`."""
    for name, files in (
        ("good", GOOD),
        ("faulty", FAULTY),
        ("failing", GOOD | FAULTY_CASES),
        ("doubtful", DOUBTFUL),
    ):
        tmp_path.joinpath(name).mkdir()
        write(tmp_path / name, files)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def expect_golden(name: str, text: str) -> None:
    golden = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("form", ["text", "json", "github", "sarif", "junit"])
def test_check_prints_findings(form: str) -> None:
    result = rules("check", "faulty", "--format", form)

    assert result.exit_code == 1
    expect_golden(f"check.{form}", result.output)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("form", ["text", "github", "sarif", "junit"])
def test_check_prints_what_is_doubtful_with_its_relatives_and_an_example(form: str) -> None:
    result = rules("check", "doubtful", "--format", form)

    assert result.exit_code == 0
    expect_golden(f"check-doubtful.{form}", result.output)


@pytest.mark.usefixtures("here")
def test_a_strict_check_fails_the_tests_of_warnings() -> None:
    result = rules("check", "doubtful", "--format", "junit", "--strict")

    assert result.exit_code == 1
    expect_golden("check-strict.junit", result.output)


@pytest.mark.usefixtures("here")
def test_check_prints_one_line_for_good_rules() -> None:
    expect_golden("check-good.text", rules("check", "good").output)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("form", ["text", "json"])
def test_explain_prints_decisions(form: str) -> None:
    expect_golden(f"explain.{form}", rules("explain", "good", *WARNING, "--format", form).output)


@pytest.mark.usefixtures("here")
def test_explain_prints_why_nobody_is_paged() -> None:
    expect_golden("explain-suppressed.text", rules("explain", "good", "env=staging").output)


@pytest.mark.usefixtures("here")
def test_test_prints_expected_got_and_trace() -> None:
    result = rules("test", "failing")

    assert result.exit_code == 1
    expect_golden("test.text", result.output)


def test_test_writes_junit(here: Path) -> None:
    rules("test", "failing", "--junit", "cases.xml")

    expect_golden("junit.xml", (here / "cases.xml").read_text(encoding="utf-8"))
