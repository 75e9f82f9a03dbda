"""Files by path, directory and pattern: which are found, and which never."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.cli import patterns
from rules.cli.patterns import PatternError, find_files, read_text

NAMES = (
    "a.yml",
    "b.yaml",
    "c.txt",
    ".hidden.yml",
    "deep/d.yml",
    "deep/deeper/e.rules",
    ".git/f.yml",
    "[x].yml",
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in NAMES:
        file = tmp_path / "tree" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    return tmp_path / "tree"


def names(tree: Path, pattern: str) -> list[str]:
    return [
        path.relative_to(tree).as_posix()
        for path in find_files(f"{tree}/{pattern}" if pattern else str(tree))
    ]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", ["[x].yml", "a.yml", "b.yaml", "deep/d.yml", "deep/deeper/e.rules"]),
        ("a.yml", ["a.yml"]),
        ("c.txt", ["c.txt"]),
        ("[x].yml", ["[x].yml"]),
        ("*.yml", ["[x].yml", "a.yml"]),
        ("?.y*", ["a.yml", "b.yaml"]),
        ("[!b].yml", ["a.yml"]),
        ("[a-b].*", ["a.yml", "b.yaml"]),
        ("*/*.yml", ["deep/d.yml"]),
        ("**/*.yml", ["[x].yml", "a.yml", "deep/d.yml"]),
        ("deep/**", ["deep/d.yml", "deep/deeper/e.rules"]),
        ("d*/**/e.*", ["deep/deeper/e.rules"]),
    ],
)
def test_files_are_found_by_path_directory_and_pattern(tree: Path, pattern: str, expected: list[str]) -> None:
    assert names(tree, pattern) == expected


def test_a_pattern_is_read_from_the_working_directory(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)

    assert [path.as_posix() for path in find_files("*.yml")] == ["[x].yml", "a.yml"]


@pytest.mark.parametrize("pattern", ["none.yml", "*.json", "nowhere/*.yml", "[", "[b-a].yml"])
def test_what_is_not_there_is_said(tree: Path, pattern: str) -> None:
    with pytest.raises(PatternError) as error:
        names(tree, pattern)

    assert "Check the" in str(error.value) or "Check its" in str(error.value)


def test_links_out_of_the_directory_are_passed_over(tree: Path) -> None:
    outside = tree.parent / "secret.yml"
    outside.write_text("x")
    (tree / "link.yml").symlink_to(outside)
    (tree / "folder").symlink_to(tree.parent)
    (tree / "inside.yml").symlink_to(tree / "a.yml")

    assert names(tree, "**/*.yml") == ["[x].yml", "a.yml", "deep/d.yml", "inside.yml"]


def test_too_many_files_are_refused(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "MAX_FILES", 1)

    with pytest.raises(PatternError, match="more than 1 files"):
        names(tree, "*.yml")


def test_too_many_names_are_refused(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "MAX_SEEN", 3)

    with pytest.raises(PatternError, match="looks through more than 3 files"):
        names(tree, "**/*.yml")


def test_texts_are_bounded_and_utf8(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * ((8 << 20) + 1))
    (tmp_path / "latin").write_bytes(b"\xe9")
    (tmp_path / "marked").write_bytes(b"\xef\xbb\xbfa\r\nb")

    assert read_text(tmp_path / "marked") == "a\nb"
    with pytest.raises(ValueError, match="larger than 8,388,608 bytes"):
        read_text(tmp_path / "large")
    with pytest.raises(ValueError, match="utf-8"):
        read_text(tmp_path / "latin")
