"""Reading rules from a disk: which files, in which order, and at which commit."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest

from rules.load import load
from rules.sources import MAX_FILE, Sources, SourcesError, expand_secret, read_cases, read_sources
from tests.rules.writing import faults_of, unset


def put(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n", encoding="utf-8")


def git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=30)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    put(root, "rules/a.yml")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "rules")
    return root


def test_a_directory_is_read_in_path_order_without_cases_and_hidden_files(tmp_path: Path) -> None:
    put(
        tmp_path,
        "b.yml",
        "a.yaml",
        "teams/x.yml",
        "teams/x.test.yml",
        "c.test.yaml",
        ".hidden.yml",
        ".git/z.yml",
        "x.txt",
    )

    assert list(read_sources(tmp_path).files) == ["a.yaml", "b.yml", "teams/x.yml"]
    assert list(read_cases(tmp_path).files) == ["c.test.yaml", "teams/x.test.yml"]


def test_a_single_file_is_read_under_its_name(tmp_path: Path) -> None:
    put(tmp_path, "rules.yml", "other.yml")

    assert list(read_sources(tmp_path / "rules.yml").files) == ["rules.yml"]


def test_a_config_map_is_read_once_and_follows_its_swap(tmp_path: Path) -> None:
    put(tmp_path, "..1/rules.yml", "..2/rules.yml")
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "rules.yml").symlink_to("..data/rules.yml")
    before = read_sources(tmp_path)

    (tmp_path / "..new").symlink_to("..2")
    (tmp_path / "..new").rename(tmp_path / "..data")

    assert before.files == {"rules.yml": "# ..1/rules.yml\n"}
    assert read_sources(tmp_path).files == {"rules.yml": "# ..2/rules.yml\n"}


def test_a_tree_of_git_sync_that_is_swapped_while_it_is_read_is_not_mixed(tmp_path: Path) -> None:
    put(tmp_path, ".worktrees/1/b.yml", ".worktrees/2/a.yml", ".worktrees/2/b.yml")
    read_slowly = tmp_path / ".worktrees/1/a.yml"
    os.mkfifo(read_slowly)
    (tmp_path / "current").symlink_to(".worktrees/1")

    def swap() -> None:
        with read_slowly.open("w"):  # whoever reads has listed the old tree, and waits
            (tmp_path / "new").symlink_to(".worktrees/2")
            (tmp_path / "new").rename(tmp_path / "current")
            (tmp_path / ".worktrees/1/b.yml").unlink()

    swapper = threading.Thread(target=swap)
    swapper.start()
    sources = read_sources(tmp_path / "current")
    swapper.join()

    assert sources.files == {"a.yml": "# .worktrees/2/a.yml\n", "b.yml": "# .worktrees/2/b.yml\n"}
    assert sources.unreadable == {}


def test_files_kept_elsewhere_go_by_the_name_of_their_directory(tmp_path: Path) -> None:
    put(tmp_path, "rules/a.yml", "rules/a.test.yml", "roster/a.yml", "roster/b.test.yml")

    files = read_sources(tmp_path / "rules", tmp_path / "roster").files

    assert files == {"a.yml": "# rules/a.yml\n", "roster/a.yml": "# roster/a.yml\n"}
    assert read_sources(tmp_path / "rules", tmp_path / "roster" / "a.yml").files == files


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "rules/roster/a.yml", "roster/a.yml")

    with pytest.raises(
        SourcesError, match=r"roster/a\.yml is in .*rules too\. Give one of them another name"
    ):
        read_sources(tmp_path / "rules", tmp_path / "roster")


def test_a_path_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(
        SourcesError, match=r"nowhere: cannot be read: No such file or directory\. Check the path"
    ):
        read_sources(tmp_path / "nowhere")


def test_a_file_that_is_too_large_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"#" * (MAX_FILE + 1))

    assert faults_of(load(read_sources(tmp_path), unset))[-1] == (
        "a.yml:1:1: cannot be read: larger than 1,048,576 bytes. Correct it or remove the file."
    )


def test_a_file_that_is_not_utf8_is_a_finding_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"routes: []\n# caf\xe9\n")

    outcome = load(read_sources(tmp_path), unset)

    assert faults_of(outcome) == ["a.yml:2:6: is not UTF-8 here: save the file as UTF-8."]


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"\xef\xbb\xbfroutes:\r\n  - name: a\r\n")

    assert load(read_sources(tmp_path), unset).findings == ()


def test_the_revision_changes_with_content_and_names(tmp_path: Path) -> None:
    revisions = {
        Sources(files).revision
        for files in ({"a": "x"}, {"a": "y"}, {"b": "x"}, {"a": "x", "b": ""}, {"ax": ""})
    }

    assert len(revisions) == 5
    assert Sources({"a": "x"}).revision == Sources({"a": "x"}).revision


def test_the_revision_names_the_commit_of_a_checkout(checkout: Path) -> None:
    sources = read_sources(checkout / "rules")

    assert sources.commit == git(checkout, "rev-parse", "HEAD")
    assert sources.revision.startswith(f"{sources.commit[:7]}+")


def test_packed_references_detached_heads_and_worktrees_are_read(checkout: Path) -> None:
    commit = git(checkout, "rev-parse", "HEAD")
    git(checkout, "worktree", "add", "-q", "../tree", "-b", "side")
    git(checkout, "pack-refs", "--all")

    assert read_sources(checkout / "rules").commit == commit
    assert read_sources(checkout.parent / "tree" / "rules").commit == commit
    git(checkout, "checkout", "-q", "--detach")
    assert read_sources(checkout / "rules" / "a.yml").commit == commit


def test_a_broken_checkout_only_costs_the_commit(checkout: Path) -> None:
    (checkout / ".git" / "HEAD").write_text("ref: ../../../etc/passwd\n")

    assert read_sources(checkout / "rules").commit is None


def test_sources_survive_being_kept(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes("# ü \ud83d".encode("utf-8", "surrogatepass"))
    sources = read_sources(tmp_path)

    assert Sources.from_json(sources.to_json()).revision == sources.revision


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"files": [], "commit": null}', '{"files": {}}'])
def test_what_is_no_kept_sources_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Sources.from_json(text)


def test_secrets_come_from_the_environment_and_from_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGER_TEST_SECRET", "value")
    (tmp_path / "secret").write_text("from a file\n")
    (tmp_path / "empty").write_text("\n")

    names = ["PAGER_TEST_SECRET", f"file:{tmp_path}/secret", "PAGER_TEST_UNSET", f"file:{tmp_path}/none"]

    assert [expand_secret(name) for name in names] == ["value", "from a file", None, None]
    assert expand_secret(f"file:{tmp_path}/empty") is None
    assert expand_secret(f"file:{tmp_path}") is None


def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "a.yml").symlink_to("a.yml")  # not even root reads a link to itself

    assert "Too many levels of symbolic links" in faults_of(load(read_sources(tmp_path), unset))[-1]
