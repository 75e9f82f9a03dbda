"""Rule files as a git revision has them."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rules.repository import Checkout, Entry, opened
from rules.sources import MAX_FILE, MAX_FILES, MAX_TOTAL, SUFFIXES, SourcesError, as_text, is_no_case
from rules.texts import Sources

if TYPE_CHECKING:
    from dulwich.objects import Commit

__all__ = ["AbsentError", "files_at"]

_Found = tuple[str, tuple[str, ...], Entry]  # a file's name, the folder that it stands in, and what it is


class AbsentError(SourcesError):
    """The revision is there, and has nothing at the path."""


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
