"""Who last changed a route, by the history of the checkout that it stands in.

Like `git blame`, over all lines of a route at once and no further back than its newest change. It goes
through history once for all routes, newest commit first, and stops when it is told to.
"""

from __future__ import annotations

import heapq
import stat
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rules.lines import differences, indent, lines_of
from rules.places import LastChange, Place
from rules.renames import moved_from
from rules.repository import Checkout, Entry, opened
from rules.sources import MAX_FILE, as_text
from rules.texts import Sources

if TYPE_CHECKING:
    from dulwich.objects import Commit

MAX_COMMITS = 10_000
LONGEST_AUTHOR = 80
_TAKEN_AWAY = -1  # in the place of a line

_Path = tuple[str, ...]


def last_changes(
    path: str | Path,
    sources: Sources,
    places: Collection[Place],
    goes_on: Callable[[], bool] = lambda: True,
) -> dict[Place, LastChange | None]:
    """Return who last changed what begins at some places; None for what is not committed.

    What nothing is known of is missing: files that git does not know, and lines older than a shallow clone.

    Parameters:
      path: where the sources were read, in a checkout.
      sources: as they were read, with the commit that they were at.
      places: the first line and the column of routes.
      goes_on: asked before each commit; when it says no, what is known by then is returned.

    Raises:
      SourcesError: when the history cannot be read.
    """
    if sources.commit is None:
        return {}
    with opened(path) as checkout:
        search = _Search(checkout, goes_on)
        head = checkout.commit(sources.commit.encode())
        below = checkout.path if Path(path).is_dir() else checkout.path[:-1]
        by_file: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            by_file[place.file].append(place)
        for name, wanted in by_file.items():
            if name in sources.files and goes_on():
                search.begin(head, (*below, *name.split("/")), sources.files[name], wanted)
        search.run()
    return search.found()


@dataclass
class _Block:
    """The lines of a route: `indent` is that of its keys."""

    place: Place
    indent: int
    file: _Path
    change: Commit | None = None
    uncommitted: bool = False


@dataclass
class _Suspect:
    """A file as a commit has it: which of its lines, from 0, belong to which blocks."""

    entry: Entry
    origin: _Path
    lines: dict[int, set[int]] = field(default_factory=dict)


_Suspects = dict[tuple[_Path, _Path], _Suspect]  # by where a file is, and where it was asked for


class _Search:
    """One walk through history, from the newest commit to the oldest."""

    def __init__(self, checkout: Checkout, goes_on: Callable[[], bool]) -> None:
        self._checkout = checkout
        self._goes_on = goes_on
        self._blocks: list[_Block] = []
        self._left = 0  # blocks of which nothing is known yet
        self._of_file: dict[_Path, Commit] = {}
        self._waiting: dict[bytes, _Suspects] = {}
        self._queue: list[tuple[int, bytes]] = []

    def begin(self, head: Commit, path: _Path, text: str, places: Iterable[Place]) -> None:
        """Ask for the places of a file; lines that the commit does not have are not committed."""
        found = self._checkout.look_up(head.tree, path)
        committed = found is not None and stat.S_ISREG(found[1].mode)
        lines = text.split("\n")
        suspect = _Suspect(found[1] if found and committed else Entry(0, b""), path)
        for place in places:
            number = len(self._blocks)
            self._left += 1
            self._blocks.append(_Block(place, place.column - 1, path))
            for line in lines_of(lines, place):
                suspect.lines.setdefault(line, set()).add(number)
        old = self._text(suspect.entry).split("\n") if committed else []
        kept, differs = self._compared(old, lines, suspect.lines)
        changed = _blocks_of(differs)
        for number in changed:
            self._blocks[number].uncommitted = True
        self._left -= len(changed)
        if found and kept:
            self._hand_on(head, {(found[0], path): _Suspect(suspect.entry, path, kept)})

    def run(self) -> None:
        """Go back until every block has its change, or there is no more to look at."""
        for _ in range(MAX_COMMITS):
            if not self._queue or not self._left or not self._goes_on():
                return
            _, sha = heapq.heappop(self._queue)
            suspects = self._waiting.pop(sha)
            if sha not in self._checkout.shallow:
                self._look_at(self._checkout.commit(sha), suspects)

    def found(self) -> dict[Place, LastChange | None]:
        """Return what has been learnt."""
        changes: dict[Place, LastChange | None] = {}
        for block in self._blocks:
            of_file = self._of_file.get(block.file)
            if block.uncommitted:
                changes[block.place] = None
            elif block.change is not None:
                changes[block.place] = _change(block.change)
            elif of_file is not None:
                changes[block.place] = _change(of_file, whole_file=True)
        return {place: change for place, change in changes.items() if change is None or change.author}

    def _look_at(self, commit: Commit, suspects: _Suspects) -> None:
        parents = [self._checkout.commit(sha) for sha in commit.parents]
        folder = _common([path for path, _ in suspects])
        here = self._checkout.entry(commit.tree, folder)
        for parent in parents:
            if self._checkout.entry(parent.tree, folder) == here:
                self._hand_on(parent, suspects)
                return
        for (path, _), suspect in suspects.items():
            before = [(parent, self._before(commit, parent, path, suspect)) for parent in parents]
            same = next((one for one in before if one[1] and one[1][1].id == suspect.entry.id), None)
            if same is not None and same[1] is not None:
                self._hand_on(same[0], {(same[1][0], suspect.origin): suspect})
            elif self._prune(suspect):
                self._of_file.setdefault(suspect.origin, commit)
                self._blame(commit, suspect, before)

    def _blame(
        self,
        commit: Commit,
        suspect: _Suspect,
        before: Sequence[tuple[Commit, tuple[_Path, Entry] | None]],
    ) -> None:
        """Hand to each parent the lines that it has; what none of them has is this commit's."""
        new = self._text(suspect.entry).split("\n")
        differs = {(line, number) for line, numbers in suspect.lines.items() for number in numbers}
        differs |= {(_TAKEN_AWAY, number) for _, number in differs}
        for parent, found in before:
            if found is None:
                continue
            old = self._text(found[1]).split("\n")
            kept, from_this = self._compared(old, new, suspect.lines)
            differs &= from_this
            self._hand_on(parent, {(found[0], suspect.origin): _Suspect(found[1], suspect.origin, kept)})
        for number in _blocks_of(differs):
            if self._blocks[number].change is None:
                self._blocks[number].change = commit
                self._left -= 1

    def _before(
        self, commit: Commit, parent: Commit, path: _Path, suspect: _Suspect
    ) -> tuple[_Path, Entry] | None:
        """Return a file as a parent has it, under whatever name."""
        entry = self._checkout.entry(parent.tree, path)
        if entry is not None and stat.S_ISREG(entry.mode):
            return path, entry
        return moved_from(self._checkout, parent.tree, commit.tree, path, suspect.entry)

    def _compared(
        self, old: Sequence[str], new: Sequence[str], lines: Mapping[int, set[int]]
    ) -> tuple[dict[int, set[int]], set[tuple[int, int]]]:
        """Return the lines that an older version has too, by its numbers, and those that it has not.

        The latter are pairs of line and block; a block from which lines were taken away is one with no line.
        """
        kept: dict[int, set[int]] = {}
        differs: set[tuple[int, int]] = set()
        for tag, first, last, start, end in differences(old, new):
            if tag == "equal":
                kept.update(
                    (first + line - start, lines[line]) for line in range(start, end) if line in lines
                )
                continue
            differs |= {(line, number) for line in range(start, end) for number in lines.get(line, ())}
            if tag == "delete":
                before, after = lines.get(start - 1, set()), lines.get(start, set())
                inside = indent(old[first:last])
                around = {n for n in before if n in after or inside >= self._blocks[n].indent}
                differs |= {(_TAKEN_AWAY, number) for number in around}
        return kept, differs

    def _hand_on(self, commit: Commit, suspects: _Suspects) -> None:
        """Let a commit answer for files; two that come to it by different ways become one."""
        waiting = self._waiting.get(commit.id)
        if waiting is None:
            self._waiting[commit.id] = suspects
            heapq.heappush(self._queue, (-commit.commit_time, commit.id))
            return
        for name, suspect in suspects.items():
            known = waiting.setdefault(name, suspect)
            if known is not suspect:
                for line, numbers in suspect.lines.items():
                    known.lines[line] = known.lines.get(line, set()) | numbers

    def _prune(self, suspect: _Suspect) -> bool:
        """Leave out what is known by now; says whether anything is left."""
        left = {
            line: {n for n in numbers if self._blocks[n].change is None and not self._blocks[n].uncommitted}
            for line, numbers in suspect.lines.items()
        }
        suspect.lines = {line: numbers for line, numbers in left.items() if numbers}
        return bool(suspect.lines)

    def _text(self, entry: Entry) -> str:
        data = self._checkout.blob(entry.id)
        return as_text(data) if len(data) <= MAX_FILE else ""


def _common(paths: Sequence[_Path]) -> _Path:
    """Return the innermost folder that holds all files."""
    first, last = min(paths), max(paths)
    same = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[: min(same, len(first) - 1)]


def _blocks_of(differs: Iterable[tuple[int, int]]) -> set[int]:
    return {number for _, number in differs}


def _change(commit: Commit, *, whole_file: bool = False) -> LastChange:
    name = commit.author.partition(b" <")[0].decode("utf-8", "replace")
    shown = "".join(char if char.isprintable() else " " for char in name)
    author = " ".join(shown.split())[:LONGEST_AUTHOR]
    try:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=commit.author_time)
    except OverflowError:
        at = datetime(1970, 1, 1, tzinfo=UTC)
    return LastChange(author, at, commit.id.decode(), whole_file)
