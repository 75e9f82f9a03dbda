"""The two rule sets that `rules diff` compares: at paths, or as git revisions have them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from pathlib import Path

import typer

from rules.assembly import namespace_of
from rules.cli.opened import SETTING, OpenedRules
from rules.load import empty, load
from rules.model import RuleSet
from rules.sources import SourcesError, expand_secret

_RANGE = re.compile(r"(.*?)(\.\.\.?)(.*)")
_BOTH = 1 | 2
MAX_COMMITS = 100_000


@dataclass(frozen=True, slots=True)
class Compared:
    """Two rule sets, ready to be compared.

    Parameters:
      notes: what is to be said of them, a sentence each.
    """

    old: RuleSet
    new: RuleSet
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sides:
    """The old rules and the new ones; None where a revision has nothing at the path."""

    old: OpenedRules | None
    new: OpenedRules | None
    names: tuple[str, str]

    @property
    def faulty(self) -> list[OpenedRules]:
        """Those that have errors."""
        return [side for side in (self.old, self.new) if side is not None and side.errors]

    def compared(self) -> Compared | None:
        """Return what of both can be compared; None when a shared file of one is faulty."""
        failed = {error.namespace for side in self.faulty for error in side.errors}
        if "" in failed:
            return None
        notes = [
            f"{name} has no rules: everything pages the group All."
            for name, side in zip(self.names, (self.old, self.new), strict=True)
            if side is None
        ]
        notes += [
            f"Namespace {name} does not load, and is left out on both sides." for name in sorted(failed)
        ]
        old, new = (_without(side, failed) for side in (self.old, self.new))
        return None if old is None or new is None else Compared(old, new, tuple(notes))


def _without(side: OpenedRules | None, namespaces: set[str]) -> RuleSet | None:
    if side is None:
        return empty()
    if not namespaces:
        return side.ruleset
    files = {n: t for n, t in side.sources.files.items() if namespace_of(t) not in namespaces}
    return load(replace(side.sources, files=files), expand_secret).ruleset


def open_sides(old: str, new: str | None) -> Sides:
    """Return what a command was asked to compare.

    Parameters:
      old: a path, a git revision, or two of them with `..` or `...` between.
      new: the path of the rules.
    """
    if not new:
        raise typer.BadParameter(f"name the rules: a file or a directory (or set {SETTING}).")
    path = Path(new)
    if Path(old).exists():
        return Sides(OpenedRules(Path(old)), OpenedRules(path), (old, new))
    try:
        span = _RANGE.fullmatch(old)
        if span is None:
            return Sides(_at(path, old), OpenedRules(path), (f"{new} at {old}", new))
        first, dots, last = span[1] or "HEAD", span[2], span[3] or "HEAD"
        if dots == "...":
            first = _fork(path, first, last)
        return Sides(_at(path, first), _at(path, last), (f"{new} at {first[:40]}", f"{new} at {last}"))
    except SourcesError as error:
        raise typer.BadParameter(f"{old} is no path here, and read as a git revision: {error}") from None


def _at(path: Path, revision: str) -> OpenedRules | None:
    from rules.checkout import AbsentError, files_at

    try:
        return OpenedRules(path, files_at(path, revision), revision)
    except AbsentError:
        return None


def _fork(path: Path, one: str, other: str) -> str:
    """Return the commit at which two revisions went apart: the latest that is before both."""
    from rules.repository import opened

    with opened(path) as checkout:
        reached: dict[bytes, int] = {}
        waiting: list[tuple[int, bytes, int]] = []
        for bit, revision in ((1, one), (2, other)):
            commit = checkout.commit_of(revision)
            heappush(waiting, (-commit.commit_time, commit.id, bit))
        while waiting and len(reached) < MAX_COMMITS:
            _, sha, bits = heappop(waiting)
            if reached.get(sha, 0) | bits == reached.get(sha, 0):
                continue
            reached[sha] = bits = reached.get(sha, 0) | bits
            if bits == _BOTH:
                return sha.decode()
            for parent in () if sha in checkout.shallow else checkout.commit(sha).parents:
                heappush(waiting, (-checkout.commit(parent).commit_time, parent, bits))
    raise SourcesError(f"{one} and {other} have no commit in common here: fetch their history.")
