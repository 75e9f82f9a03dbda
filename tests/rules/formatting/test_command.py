"""`rules fmt` on files: what it writes, what it leaves alone, and how it exits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rules.cli import rules_app
from tests.rules.directory import EXAMPLES, rules

UNTIDY = "routes:\n- {chain: c, name: a}\n"
TIDY = "routes:\n  - name: a\n    chain: c\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory with a file that is untidy, one that is not, cases, and one that nothing reads."""
    (tmp_path / "a.yml").write_text(UNTIDY, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(TIDY, encoding="utf-8")
    (tmp_path / "a.test.yml").write_text("cases: [{labels: {}, name: x}]\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text(UNTIDY, encoding="utf-8")
    return tmp_path


def test_the_examples_are_in_canonical_form() -> None:
    result = rules("fmt", EXAMPLES, "--check")

    assert (result.exit_code, result.stdout) == (0, "")


def test_rules_and_cases_of_a_directory_are_written(folder: Path) -> None:
    result = rules("fmt", folder)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [f"{folder}/a.test.yml", f"{folder}/a.yml"]
    assert (folder / "a.yml").read_text(encoding="utf-8") == TIDY
    assert (folder / "notes.txt").read_text(encoding="utf-8") == UNTIDY
    assert sorted(path.name for path in folder.iterdir()) == ["a.test.yml", "a.yml", "b.yaml", "notes.txt"]


def test_a_file_that_is_in_form_is_not_touched(folder: Path) -> None:
    before = (folder / "b.yaml").stat()

    rules("fmt", folder)

    after = (folder / "b.yaml").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_keeps_its_mode_and_a_link_stays_one(folder: Path) -> None:
    os.chmod(folder / "a.yml", 0o640)
    (folder / "link.yml").symlink_to("a.yml")

    rules("fmt", folder / "link.yml")

    assert (folder / "link.yml").is_symlink()
    assert (folder / "a.yml").stat().st_mode & 0o777 == 0o640
    assert (folder / "a.yml").read_text(encoding="utf-8") == TIDY


def test_check_names_files_and_writes_nothing(folder: Path) -> None:
    result = rules("fmt", folder, "--check")

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [f"{folder}/a.test.yml", f"{folder}/a.yml"]
    assert (folder / "a.yml").read_text(encoding="utf-8") == UNTIDY


def test_diff_shows_what_would_change_without_secrets(folder: Path) -> None:
    (folder / "a.yml").write_text('users:\n- {email: a@b, contacts: ["ntfy://h/secret"]}\n', encoding="utf-8")

    result = rules("fmt", folder / "a.yml", "--diff")

    assert result.exit_code == 1
    assert "-- {email: a@b" in result.stdout
    assert "+  - {email: a@b" in result.stdout
    assert "secret" not in result.stdout
    assert "secret" in (folder / "a.yml").read_text(encoding="utf-8")


def test_line_ends_alone_are_a_change(folder: Path) -> None:
    (folder / "b.yaml").write_bytes(b"\xef\xbb\xbf" + TIDY.replace("\n", "\r\n").encode())

    result = rules("fmt", folder / "b.yaml", "--diff")
    rules("fmt", folder / "b.yaml")

    assert "only line ends or a byte order mark differ" in result.stdout
    assert (folder / "b.yaml").read_bytes() == TIDY.encode()


@pytest.mark.parametrize("data", [b"routes: [", b"a: \xff\n", b"a: 1\na: 2\n", b"x" * (1 << 20) + b"x"])
def test_a_file_that_cannot_be_read_is_left_alone_and_the_others_written(folder: Path, data: bytes) -> None:
    (folder / "bad.yml").write_bytes(data)

    result = rules("fmt", folder)

    assert result.exit_code == 1
    assert f"{folder}/bad.yml" in result.stderr
    assert (folder / "bad.yml").read_bytes() == data
    assert (folder / "a.yml").read_text(encoding="utf-8") == TIDY


def test_standard_input_is_printed_in_form() -> None:
    result = CliRunner().invoke(rules_app, ["fmt", "--stdin"], input=UNTIDY)

    assert (result.exit_code, result.stdout) == (0, TIDY)


def test_standard_input_that_cannot_be_read_prints_nothing() -> None:
    result = CliRunner().invoke(rules_app, ["fmt", "--stdin"], input="routes: [")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "(standard input):1:10" in result.stderr


@pytest.mark.parametrize("words", [(), ("nowhere.yml",)])
def test_a_wrong_path_is_a_wrong_command(words: tuple[str, ...]) -> None:
    assert rules("fmt", *words).exit_code == 2
