"""Rule files as a git revision has them, read from the repository's own files.

No git is run, and nothing that a repository's configuration or attributes say is looked at. dulwich, which
reads its objects, is imported when it is asked for: `rules check` starts without it.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rules.sources import (
    MAX_FILE,
    MAX_FILES,
    MAX_TOTAL,
    SUFFIXES,
    SourcesError,
    as_text,
    git_folder,
    git_shared,
    is_no_case,
)
from rules.texts import Sources

if TYPE_CHECKING:
    from dulwich.object_store import DiskObjectStore
    from dulwich.objects import Commit
    from dulwich.refs import DiskRefsContainer

__all__ = ["AbsentError", "Checkout", "Entry", "files_at", "opened"]

MAX_ENTRIES = 200_000
_MAX_STEPS = 10_000
_MAX_LINKS = 8
_LONGEST_REVISION = 250
_MAX_OBJECT = 64 << 20
_REVISION = re.compile(r"(@|[^\s~^:@{}?*\[\\-][^\s~^:{}?*\[\\]*)((?:[~^][0-9]{0,5}|\^\{(?:commit)?\})*)")
_STEP = re.compile(r"([~^])([0-9]*)(\{\w*\})?")
_PLACES = ("{}", "refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
_SHALLOW = " This is a shallow clone: fetch the history (`git fetch --unshallow`, or `fetch-depth: 0`)."


class AbsentError(SourcesError):
    """The revision is there, and has nothing at the path."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a tree: its mode, and the id of the object that it is."""

    mode: int
    id: bytes

    @property
    def is_tree(self) -> bool:
        """Whether it is a directory."""
        return stat.S_ISDIR(self.mode)

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return stat.S_ISLNK(self.mode)


_Found = tuple[str, tuple[str, ...], Entry]  # a file's name, the folder that it stands in, and what it is


def files_at(path: str | Path, revision: str) -> Sources:
    """Return the rule files that a git revision has below a path, as `read_sources` would read them there.

    Parameters:
      path: a directory or a file of a checkout; it need not be there any more.
      revision: a branch, tag or commit, whole or abbreviated, also as `HEAD~2` or `main^`.

    Raises:
      AbsentError: when the revision has nothing at the path.
      SourcesError: when the path is in no checkout, or the revision cannot be read.
    """
    with opened(path) as checkout:
        commit = checkout.commit_of(revision)
        found = checkout.look_up(commit.tree, checkout.path)
        if found is None:
            where = "/".join(checkout.path) or "."
            raise AbsentError(f"{revision}: has no {where}. Check the path, or name a revision that has it.")
        at, entry = found
        alone = [(at[-1], at[:-1], entry)] if at else []
        return _read(checkout, commit, _wanted(checkout, at, entry) if entry.is_tree else alone)


def _wanted(checkout: Checkout, at: tuple[str, ...], tree: Entry) -> list[_Found]:
    """Return name, folder and entry of every rule file below a directory, in the order of their names."""
    found = [
        ("/".join(parts), (*at, *parts[:-1]), entry)
        for parts, entry in checkout.walk(tree.id)
        if parts[-1].endswith(SUFFIXES) and is_no_case(parts[-1])
    ]
    if len(found) > MAX_FILES:
        raise SourcesError(f"more than {MAX_FILES} rule files: name the directory of the rules.")
    return sorted(found, key=lambda one: one[0])


def _read(checkout: Checkout, commit: Commit, found: Sequence[_Found]) -> Sources:
    files: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    total = 0
    for name, folder, entry in found:
        data = _content(checkout, commit, folder, entry)
        if isinstance(data, str):
            unreadable[name] = data
            continue
        files[name] = as_text(data)
        total += len(files[name])
        if total > MAX_TOTAL:
            raise SourcesError(f"more than {MAX_TOTAL:,} characters of rules: is this the directory?")
    return Sources(files, commit.id.decode(), unreadable)


def _content(checkout: Checkout, commit: Commit, folder: tuple[str, ...], entry: Entry) -> bytes | str:
    """Return a file's bytes, or why it cannot be read."""
    if entry.is_link:
        target = checkout.blob(entry.id).decode("utf-8", "surrogateescape")
        found = checkout.look_up(commit.tree, (*folder, target))
        if found is None or not stat.S_ISREG(found[1].mode):
            return "a link to what the revision does not have"
        entry = found[1]
    if not stat.S_ISREG(entry.mode):
        return "a submodule, or no file"
    data = checkout.blob(entry.id)
    return f"larger than {MAX_FILE:,} bytes" if len(data) > MAX_FILE else data


@dataclass(frozen=True)
class Checkout:
    """A git repository with a working tree; to be had from `opened`.

    Parameters:
      root: the folder that holds `.git`.
      path: what was asked for, in parts below the root.
      shallow: commits whose parents were not fetched.
    """

    root: Path
    path: tuple[str, ...]
    shallow: frozenset[bytes]
    _store: DiskObjectStore = field(repr=False)
    _refs: DiskRefsContainer = field(repr=False)
    _trees: dict[bytes, Mapping[str, Entry]] = field(default_factory=dict, repr=False)

    def commit_of(self, revision: str) -> Commit:
        """Return the commit that a revision names; raises SourcesError when there is none."""
        written = _REVISION.fullmatch(revision)
        if written is None or ".." in revision or "//" in f"/{revision}" or len(revision) > _LONGEST_REVISION:
            raise SourcesError(
                f"{revision[:80]!r} is no revision that can be read here: "
                "name a branch, a tag or a commit, or go back from one as in HEAD~2."
            )
        base, steps = written.groups()
        commit = self._named("HEAD" if base == "@" else base)
        for sign, number, peel in _STEP.findall(steps):
            if not peel:
                commit = self._back(commit, sign, int(number or 1), revision)
        return commit

    def commit(self, sha: bytes) -> Commit:
        """Return a commit, or the one that a tag stands for."""
        from dulwich.objects import Commit, Tag

        found = self._object(sha)
        for _ in range(_MAX_LINKS):
            if not isinstance(found, Tag):
                break
            found = self._object(found.object[1])
        if not isinstance(found, Commit):
            raise SourcesError(f"{sha.decode()}: is no commit. Name a commit, a branch or a tag.")
        return found

    def tree(self, sha: bytes) -> Mapping[str, Entry]:
        """Return what a directory holds, by name."""
        from dulwich.objects import Tree

        if sha not in self._trees:
            found = self._object(sha)
            if not isinstance(found, Tree):
                raise SourcesError(f"{self.root}: its git objects are damaged: {sha.decode()} is no tree.")
            self._trees[sha] = {
                one.path.decode("utf-8", "surrogateescape"): Entry(one.mode or 0, one.sha or b"")
                for one in found.iteritems()
            }
        return self._trees[sha]

    def blob(self, sha: bytes) -> bytes:
        """Return a file's bytes."""
        content: bytes = self._object(sha).as_raw_string()
        return content

    def look_up(self, tree: bytes, parts: tuple[str, ...]) -> tuple[tuple[str, ...], Entry] | None:
        """Return where a path leads in a tree, over links within it, and what is there; None for nothing."""
        left = [part for name in parts for part in name.split("/")][::-1]
        if any(name.startswith("/") for name in parts):
            return None
        at: list[tuple[str, Entry]] = [("", Entry(stat.S_IFDIR, tree))]
        links = 0
        while left:
            name = left.pop()
            if name == "..":
                if len(at) == 1:
                    return None
                at.pop()
            elif name not in ("", "."):
                if not at[-1][1].is_tree:
                    return None
                entry = self.tree(at[-1][1].id).get(name)
                if entry is None:
                    return None
                if not entry.is_link:
                    at.append((name, entry))
                    continue
                target = self.blob(entry.id).decode("utf-8", "surrogateescape")
                links += 1
                if links > _MAX_LINKS or target.startswith("/"):
                    return None
                left += target.split("/")[::-1]
        return tuple(name for name, _ in at[1:]), at[-1][1]

    def walk(self, tree: bytes) -> Iterator[tuple[tuple[str, ...], Entry]]:
        """Return everything but directories below a tree; what is hidden is left out."""
        seen = 0
        waiting: list[tuple[tuple[str, ...], bytes]] = [((), tree)]
        while waiting:
            folder, sha = waiting.pop()
            for name, entry in self.tree(sha).items():
                seen += 1
                if seen > MAX_ENTRIES:
                    raise SourcesError(
                        f"{self.root}: more than {MAX_ENTRIES:,} files: name the directory of the rules."
                    )
                if name.startswith(".") or "/" in name:
                    continue
                if entry.is_tree:
                    waiting.append(((*folder, name), entry.id))
                else:
                    yield (*folder, name), entry

    def _named(self, name: str) -> Commit:
        if re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", name):
            return self.commit(name.encode())
        for place in _PLACES:
            found = self._ref(place.format(name))
            if found is not None:
                return self.commit(found)
        found = self._abbreviated(name) if re.fullmatch("[0-9a-f]{4,63}", name) else None
        if found is None:
            hint = _SHALLOW if self.shallow else " Fetch it first, or check the name."
            raise SourcesError(f"{name}: is no branch, tag or commit of {self.root}.{hint}")
        return self.commit(found)

    def _ref(self, name: str) -> bytes | None:
        from dulwich.refs import Ref

        if "/" not in name and not name.endswith("HEAD"):
            return None
        try:
            return self._refs.follow(Ref(name.encode()))[1]
        except (OSError, ValueError, KeyError, StopIteration):
            return None

    def _abbreviated(self, name: str) -> bytes | None:
        from dulwich.objects import Commit, Tag

        found = [
            sha
            for sha in self._store.iter_prefix(name.encode())
            if isinstance(self._object(sha), (Commit, Tag))
        ]
        if len(found) > 1:
            raise SourcesError(f"{name}: is short for {len(found)} commits. Give more of its digits.")
        return found[0] if found else None

    def _back(self, commit: Commit, sign: str, number: int, revision: str) -> Commit:
        wanted = [0] * number if sign == "~" else [number - 1] * (number > 0)
        if len(wanted) > _MAX_STEPS:
            raise SourcesError(f"{revision}: goes back more than {_MAX_STEPS:,} commits. Name the commit.")
        for parent in wanted:
            if commit.id in self.shallow:
                raise SourcesError(f"{revision}: goes back beyond what was fetched.{_SHALLOW}")
            if parent >= len(commit.parents):
                raise SourcesError(f"{revision}: {commit.id[:7].decode()} has no such parent.")
            commit = self.commit(commit.parents[parent])
        return commit

    def _object(self, sha: bytes) -> Any:
        from dulwich.objects import Commit, ObjectID, Tree

        try:
            found = self._store[ObjectID(sha)]
            # They are parsed when they are first looked at: here, where it may fail.
            if isinstance(found, (Commit, Tree)):
                _ = found.parents if isinstance(found, Commit) else found.items()
        except KeyError:
            hint = _SHALLOW if self.shallow else " Fetch it: a partial clone has not every object."
            raise SourcesError(f"{self.root}: git object {sha.decode()} is not here.{hint}") from None
        except Exception as error:  # noqa: BLE001 - whatever dulwich meets in a damaged repository
            raise SourcesError(f"{self.root}: git object {sha.decode()} cannot be read: {error}") from None
        return found


@contextmanager
def opened(path: str | Path) -> Iterator[Checkout]:
    """Open the repository whose checkout holds a path.

    Raises:
      SourcesError: when it is in none, or its `.git` cannot be read.
    """
    from dulwich.object_format import get_object_format
    from dulwich.object_store import DiskObjectStore
    from dulwich.refs import HEADREF, DiskRefsContainer

    at = Path(path).resolve()
    root = next((folder for folder in (at, *at.parents) if (folder / ".git").exists()), None)
    if root is None:
        raise SourcesError(f"{path}: is in no git checkout. Name a directory of one.")
    try:
        git = git_folder(root / ".git")
        shared = git_shared(git)
        refs = DiskRefsContainer(shared, git)
        head = refs.follow(HEADREF)[1] or b""
        shallow = shared / "shallow"
        cut = frozenset(shallow.read_bytes().split()) if shallow.is_file() else frozenset()
    except (OSError, ValueError, KeyError, StopIteration) as error:
        raise SourcesError(f"{root}: its .git cannot be read: {error}") from None
    kind = get_object_format("sha256" if len(head) == 64 else "sha1")
    store = DiskObjectStore(shared / "objects", loose_object_size_limit=_MAX_OBJECT, object_format=kind)
    try:
        yield Checkout(root, at.relative_to(root).parts, cut, store, refs)
    finally:
        store.close()
