"""A git repository, read from its own files.

No git is run, and nothing that its configuration or attributes say is looked at. dulwich, which reads its
objects, is imported when it is asked for: `rules check` starts without it.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rules.sources import SourcesError, git_folder, git_shared

if TYPE_CHECKING:
    from dulwich.object_store import DiskObjectStore
    from dulwich.objects import Commit, Tree
    from dulwich.refs import DiskRefsContainer

MAX_ENTRIES = 200_000
_MAX_STEPS = 10_000
_MAX_LINKS = 8
_MOST_TREES = 500  # kept parsed
_LONGEST_REVISION = 250
_MAX_OBJECT = 64 << 20
_REVISION = re.compile(r"(@|[^\s~^:@{}?*\[\\-][^\s~^:{}?*\[\\]*)((?:[~^][0-9]{0,5}|\^\{(?:commit)?\})*)")
_STEP = re.compile(r"([~^])([0-9]*)(\{\w*\})?")
_PLACES = ("{}", "refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
_SHALLOW = " This is a shallow clone: fetch the history (`git fetch --unshallow`, or `fetch-depth: 0`)."


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
    _trees: dict[bytes, Tree] = field(default_factory=dict, repr=False)

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
        return {
            one.path.decode("utf-8", "surrogateescape"): Entry(one.mode or 0, one.sha or b"")
            for one in self._tree(sha).iteritems()
        }

    def entry(self, tree: bytes, path: Sequence[str]) -> Entry | None:
        """Return what stands at a path of a tree, and is no link to elsewhere; None for nothing."""
        at = Entry(stat.S_IFDIR, tree)
        for name in path:
            if not at.is_tree:
                return None
            try:
                mode, sha = self._tree(at.id)[name.encode("utf-8", "surrogateescape")]
            except KeyError:
                return None
            at = Entry(mode, sha)
        return at

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
                entry = self.entry(at[-1][1].id, (name,))
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

    def _tree(self, sha: bytes) -> Tree:
        from dulwich.objects import Tree

        found = self._trees.get(sha) or self._object(sha)
        if not isinstance(found, Tree):
            raise SourcesError(f"{self.root}: its git objects are damaged: {sha.decode()} is no tree.")
        if len(self._trees) >= _MOST_TREES:
            self._trees.clear()
        self._trees[sha] = found
        return found

    def _object(self, sha: bytes) -> Any:
        from dulwich.objects import ObjectID

        try:
            found = self._store[ObjectID(sha)]
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
