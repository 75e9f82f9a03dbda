"""Rule files as a git revision has them, in repositories that git made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rules.checkout import AbsentError, files_at
from rules.sources import MAX_FILE, SourcesError, read_sources
from tests.rules.repository import Repository, run_git

FIRST = {"rules/a.yml": "a: 1\n", "rules/teams/b.yaml": "b: 1\n", "README.md": "x\n"}
SECOND = {"rules/a.yml": "a: 2\n"}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "checkout")
    made.commit(FIRST)
    made.git("tag", "-a", "v1", "-m", "the first")
    made.git("branch", "old/first")
    made.commit(SECOND)
    return made


def names(path: Path, revision: str) -> list[str]:
    return list(files_at(path, revision).files)


@pytest.mark.parametrize("revision", ["HEAD", "@", "main", "refs/heads/main", "heads/main"])
def test_the_newest_revision_reads_as_the_disk_does(repository: Repository, revision: str) -> None:
    rules = repository.root / "rules"

    assert files_at(rules, revision) == read_sources(rules)


@pytest.mark.parametrize(
    "revision",
    ["HEAD~1", "HEAD~", "@^", "main^1", "v1", "tags/v1", "v1^{}", "v1^{commit}", "old/first", "HEAD~0^"],
)
def test_an_older_revision_is_read_by_any_of_its_names(repository: Repository, revision: str) -> None:
    found = files_at(repository.root / "rules", revision)

    assert found.files == {"a.yml": "a: 1\n", "teams/b.yaml": "b: 1\n"}
    assert found.commit == repository.git("rev-parse", "v1^{commit}")


def test_a_commit_is_found_by_its_id_whole_or_abbreviated(repository: Repository) -> None:
    commit = repository.git("rev-parse", "HEAD~1")

    for written in (commit, commit[:7], commit[:5]):
        assert files_at(repository.root / "rules", written).commit == commit


def test_what_changed_in_the_working_tree_changes_no_revision(repository: Repository) -> None:
    repository.put({"rules/a.yml": "dirty: 1\n", "rules/new.yml": "x: 1\n"})

    assert files_at(repository.root / "rules", "HEAD").files["a.yml"] == "a: 2\n"


def test_a_path_that_was_removed_is_read_where_it_was(repository: Repository) -> None:
    repository.git("rm", "-rq", "rules")
    repository.commit({})

    assert names(repository.root / "rules", "HEAD~1") == ["a.yml", "teams/b.yaml"]
    with pytest.raises(AbsentError, match="HEAD: has no rules"):
        files_at(repository.root / "rules", "HEAD")


def test_a_single_file_goes_by_its_name(repository: Repository) -> None:
    assert files_at(repository.root / "rules/a.yml", "HEAD~1").files == {"a.yml": "a: 1\n"}


def test_the_same_files_are_left_out_as_on_the_disk(repository: Repository) -> None:
    repository.commit(
        {"rules/c.test.yml": "x", "rules/.hidden.yml": "x", "rules/.git2/z.yml": "x", "rules/notes.txt": "x"}
    )
    (repository.root / "rules/link.yml").symlink_to("teams/b.yaml")
    (repository.root / "rules/folder").symlink_to("teams")
    (repository.root / "rules/large.yml").write_text("#" * (MAX_FILE + 1))
    (repository.root / "rules/bad.yml").write_bytes(b"a: \xff\r\n")
    repository.commit({})

    assert files_at(repository.root / "rules", "HEAD") == read_sources(repository.root / "rules")


def test_a_link_out_of_the_repository_is_not_followed(repository: Repository) -> None:
    for name, target in {
        "out.yml": "../../secret.yml",
        "root.yml": "/etc/passwd",
        "loop.yml": "loop.yml",
    }.items():
        (repository.root / "rules" / name).symlink_to(target)
    (repository.root.parent / "secret.yml").write_text("secret: 1\n")
    repository.commit({})

    found = files_at(repository.root / "rules", "HEAD")

    assert set(found.unreadable) == {"out.yml", "root.yml", "loop.yml"}
    assert "secret" not in "".join(found.files.values())


def test_packed_objects_and_refs_are_read(repository: Repository) -> None:
    for number in range(20):
        repository.commit({"rules/a.yml": "a: 2\n" * 50 + f"n: {number}\n"})
    repository.git("gc", "-q", "--aggressive", "--prune=now")

    assert files_at(repository.root / "rules", "HEAD~5").files["a.yml"].endswith("n: 14\n")
    assert names(repository.root / "rules", "v1") == ["a.yml", "teams/b.yaml"]


def test_a_worktree_has_a_head_of_its_own(repository: Repository, tmp_path: Path) -> None:
    repository.git("worktree", "add", "-q", str(tmp_path / "tree"), "old/first")

    assert files_at(tmp_path / "tree/rules", "HEAD").files["a.yml"] == "a: 1\n"
    assert files_at(tmp_path / "tree/rules", "main").files["a.yml"] == "a: 2\n"


def test_a_shallow_clone_says_what_it_lacks(repository: Repository, tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "-q", "--depth=1", f"file://{repository.root}", "shallow")
    rules = tmp_path / "shallow/rules"

    assert files_at(rules, "HEAD").files["a.yml"] == "a: 2\n"
    for revision in ("HEAD~1", "v1"):
        with pytest.raises(SourcesError, match=r"shallow clone.*fetch-depth: 0"):
            files_at(rules, revision)


def test_a_remote_branch_is_found(repository: Repository, tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "-q", str(repository.root), "clone")

    for revision in ("origin/main", "origin", "origin/old/first"):
        assert "a.yml" in names(tmp_path / "clone/rules", revision)


def test_a_submodule_is_a_repository_of_its_own(repository: Repository, tmp_path: Path) -> None:
    outer = Repository(tmp_path / "outer")
    outer.commit({"x.yml": "x: 1\n"})
    outer.git("submodule", "add", "-q", str(repository.root), "inner")
    outer.commit({})

    assert files_at(outer.root / "inner/rules", "HEAD~1").files["a.yml"] == "a: 1\n"
    found = files_at(outer.root, "HEAD")
    assert list(found.files) == ["x.yml"]


def test_a_clone_that_shares_objects_is_read(repository: Repository, tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "-q", "--shared", str(repository.root), "shared")

    assert names(tmp_path / "shared/rules", "HEAD~1") == ["a.yml", "teams/b.yaml"]


def test_a_repository_of_sha256_is_read(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q", "--object-format=sha256", "new")
    made = Repository.__new__(Repository)
    made.root = tmp_path / "new"
    first = made.commit(FIRST)
    made.commit(SECOND)

    assert files_at(made.root / "rules", "HEAD~1").commit == first
    assert files_at(made.root / "rules", first[:9]).commit == first


@pytest.mark.parametrize(
    "revision",
    ["", "nowhere", "deadbeef", "HEAD~99", "HEAD^2", "HEAD~99999", "a b", "HEAD:rules", "HEAD@{1}",
     "main..HEAD", "../../HEAD", "a//b", "--upload-pack=x",
     "x\n", "config", "/etc/passwd", "HEAD^{tree}", "a" * 5_000, "héad"],
)  # fmt: skip
def test_a_revision_that_is_none_is_refused_with_a_sentence(repository: Repository, revision: str) -> None:
    with pytest.raises(SourcesError) as refused:
        files_at(repository.root / "rules", revision)

    assert 20 < len(str(refused.value)) < 700
    assert "Error" not in str(refused.value)


def test_a_path_outside_any_checkout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourcesError, match="is in no git checkout"):
        files_at(tmp_path, "HEAD")


def test_an_empty_repository_has_no_revision(tmp_path: Path) -> None:
    made = Repository(tmp_path / "empty")

    with pytest.raises(SourcesError, match="HEAD: is no branch, tag or commit"):
        files_at(made.root, "HEAD")


@pytest.mark.parametrize("damage", ["truncate", "rubbish", "remove"])
def test_a_damaged_object_is_a_sentence(repository: Repository, damage: str) -> None:
    blob = repository.git("rev-parse", "HEAD:rules/a.yml")
    file = repository.root / ".git/objects" / blob[:2] / blob[2:]
    file.chmod(0o644)
    if damage == "remove":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:9] if damage == "truncate" else b"rubbish")

    with pytest.raises(SourcesError, match=blob):
        files_at(repository.root / "rules", "HEAD")


@pytest.mark.parametrize("text", ["", "rubbish", "gitdir: /nowhere/at/all", "gitdir: \x00", "\xff" * 9])
def test_a_damaged_git_file_is_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / ".git").write_text(text, encoding="latin-1")

    with pytest.raises(SourcesError):
        files_at(tmp_path, "HEAD")


def test_nothing_that_a_repository_configures_is_run(repository: Repository, tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    repository.commit({"rules/.gitattributes": "*.yml filter=evil\n"})
    script = f"touch {proof}"
    for key in ("core.fsmonitor", "core.sshCommand", "core.pager", "filter.evil.smudge", "core.gitProxy"):
        repository.git("config", key, script)
    repository.git("config", "core.worktree", "/")
    hook = repository.root / ".git/hooks/post-checkout"
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)

    assert files_at(repository.root / "rules", "HEAD~1").files["a.yml"] == "a: 2\n"
    assert not proof.exists()


def test_it_is_not_imported_before_it_is_asked_for() -> None:
    code = "import sys, rules.checkout, rules.cli.check; print([m for m in sys.modules if 'dulwich' in m])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
