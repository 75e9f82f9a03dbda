"""The disk edge of the rules: files into texts, the git commit that they are at, secrets from outside.

Everything else in `rules` sees only what this returns.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from rules.texts import Sources

__all__ = [
    "Sources",
    "SourcesError",
    "as_text",
    "expand_secret",
    "git_folder",
    "git_shared",
    "is_no_case",
    "read_cases",
    "read_sources",
    "rule_files",
]

MAX_FILE = 1 << 20
MAX_FILES = 2_000
MAX_TOTAL = 32 << 20
MAX_SECRET = 64 << 10

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
SUFFIXES = (".yml", ".yaml")
_TEST_SUFFIXES = (".test.yml", ".test.yaml")


class SourcesError(Exception):
    """A path that cannot be read as rules; says which and why."""


def read_sources(path: str | Path, *others: str | Path) -> Sources:
    """Read a rule file, or every `*.yml` and `*.yaml` of a directory but the cases (`*.test.yml`).

    Hidden files and directories are skipped, which with a Kubernetes ConfigMap leaves each file once.

    Parameters:
      others: more of them, kept elsewhere; their files go by the name of their directory: `roster/a.yml`.

    Raises:
      SourcesError: when a path cannot be read at all; a single bad file is reported by loading.
    """
    first = _read(Path(path), is_no_case)
    files, unreadable = dict(first.files), dict(first.unreadable)
    for other in map(Path, others):
        more = _read(other, is_no_case)
        folder = (other.parent if other.is_file() else other).name
        for name in (*more.files, *more.unreadable):
            if f"{folder}/{name}" in {**files, **unreadable}:
                raise SourcesError(
                    f"{other}: {folder}/{name} is in {path} too. Give one of them another name."
                )
        files |= {f"{folder}/{name}": text for name, text in more.files.items()}
        unreadable |= {f"{folder}/{name}": why for name, why in more.unreadable.items()}
    return Sources(files, first.commit, unreadable)


def read_cases(path: str | Path) -> Sources:
    """Read the cases (`*.test.yml`, `*.test.yaml`) of a directory, or one file of them.

    Raises:
      SourcesError: when the path cannot be read at all.
    """
    return _read(Path(path), lambda name: name.endswith(_TEST_SUFFIXES))


def _read(path: Path, wanted: Callable[[str], bool]) -> Sources:
    try:
        # A mounted ConfigMap and a checkout of git-sync are swapped under whoever reads: then read again.
        for _ in range(5):
            root, data = _swapped(path)
            if root.is_file():
                return _read_files(root.parent, iter([root]), lambda _: True)
            sources = _read_files(root, _walk(root), wanted)
            if _swapped(path) == (root, data):
                break
        return sources
    except OSError as error:
        raise SourcesError(f"{path}: cannot be read: {error.strerror or error}. Check the path.") from None


def rule_files(path: Path) -> tuple[Path, ...]:
    """Return the file at a path, or all rule files and cases of a directory, in the order of their names.

    Raises:
      SourcesError: when the path cannot be read at all.
    """
    try:
        return tuple(_walk(path)) if path.is_dir() else (path,)
    except OSError as error:
        raise SourcesError(f"{path}: cannot be read: {error.strerror or error}. Check the path.") from None


def is_no_case(name: str) -> bool:
    """Say whether a file's name is not one of cases."""
    return not name.endswith(_TEST_SUFFIXES)


def _swapped(path: Path) -> tuple[Path, str | None]:
    """Return what one rename changes: the tree that git-sync's link leads to, a ConfigMap's `..data`."""
    root = path.resolve(strict=True)
    link = root / "..data"
    return root, os.readlink(link) if link.is_symlink() else None


def _walk(root: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise error

    found: list[Path] = []
    for folder, folders, names in os.walk(root, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(folder, name) for name in names if name.endswith(SUFFIXES) and not name.startswith(".")
        ]
        if len(found) > MAX_FILES:
            raise SourcesError(f"{root}: more than {MAX_FILES} rule files: name the directory of the rules.")
    return iter(sorted(found, key=lambda file: file.relative_to(root).as_posix()))


def _read_files(root: Path, paths: Iterator[Path], wanted: Callable[[str], bool]) -> Sources:
    files: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    total = 0
    for path in paths:
        name = path.relative_to(root).as_posix()
        if not wanted(name):
            continue
        try:
            text = _read_text(path)
        except (OSError, ValueError) as error:
            unreadable[name] = str(error.strerror or error) if isinstance(error, OSError) else str(error)
            continue
        files[name] = text
        total += len(text)
        if total > MAX_TOTAL:
            raise SourcesError(f"{root}: more than {MAX_TOTAL:,} characters of rules: is this the directory?")
    return Sources(files, _commit_of(root), unreadable)


def _read_text(path: Path) -> str:
    with path.open("rb") as stream:
        data = stream.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise ValueError(f"larger than {MAX_FILE:,} bytes")
    return as_text(data)


def as_text(data: bytes) -> str:
    """Return a rule file's bytes as text, with line feeds alone.

    What is not UTF-8 stays visible as surrogates, so that loading can say on which line it stands.
    """
    return data.decode("utf-8-sig", "surrogateescape").replace("\r\n", "\n")


def _commit_of(root: Path) -> str | None:
    """Return the commit that a checkout is at, read from its files; None when there is none."""
    for folder in (root, *root.parents):
        marker = folder / ".git"
        if marker.exists():
            try:
                return _head(git_folder(marker))
            except (OSError, ValueError):
                return None
    return None


def git_folder(marker: Path) -> Path:
    """Return the folder that `.git` is, or leads to: that of a worktree or a submodule."""
    if marker.is_dir():
        return marker
    return (marker.parent / _small(marker).removeprefix("gitdir:").strip()).resolve()


def _head(git: Path) -> str | None:
    head = _small(git / "HEAD")
    if not head.startswith("ref:"):
        return head if _COMMIT.fullmatch(head) else None
    name = head.removeprefix("ref:").strip()
    if not re.fullmatch(r"refs/[\w./@+-]+", name) or ".." in name:
        return None
    shared = git_shared(git)
    for folder in (git, shared):
        if (folder / name).is_file():
            commit = _small(folder / name)
            return commit if _COMMIT.fullmatch(commit) else None
    return _packed(shared / "packed-refs", name)


def git_shared(git: Path) -> Path:
    """Return the folder that all worktrees of a repository share, given that of one of them."""
    common = git / "commondir"
    return (git / _small(common)).resolve() if common.is_file() else git


def _packed(path: Path, name: str) -> str | None:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            commit, _, ref = line.strip().partition(" ")
            if ref == name and _COMMIT.fullmatch(commit):
                return commit
    return None


def _small(path: Path) -> str:
    with path.open(encoding="utf-8") as stream:
        return stream.read(4096).strip()


def expand_secret(name: str) -> str | None:
    """Return what `${name}` stands for: an environment variable, or with `file:PATH` a file's content.

    None when it is unset, empty or cannot be read.
    """
    if not name.startswith("file:"):
        return os.environ.get(name) or None
    try:
        with open(name.removeprefix("file:"), encoding="utf-8") as stream:
            return stream.read(MAX_SECRET).strip() or None
    except (OSError, ValueError):
        return None
