"""Two lists of siblings beside each other: what is the same, what was changed, what came and went."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence

from rules.diff.branches import Branch

Pair = tuple[Branch | None, Branch | None]
_Key = Callable[[Branch], Hashable]

# What makes two siblings one: first that they are the same, then ever less.
_KEYS: tuple[_Key, ...] = (
    lambda branch: branch.whole,
    lambda branch: branch.name,
    lambda branch: branch.among,
    lambda branch: branch.inside,
)


def align(olds: Sequence[Branch], news: Sequence[Branch]) -> list[Pair]:
    """Return all siblings of both lists, paired where they belong together, in the order of both.

    It takes n log n: a pair is one of the longest run of pairs that stand in the same order, not of the
    best of all alignments.
    """
    return list(_align(olds, news, _KEYS))


def _align(olds: Sequence[Branch], news: Sequence[Branch], keys: Sequence[_Key]) -> Iterator[Pair]:
    if not olds or not news or not keys:
        yield from ((old, None) for old in olds)
        yield from ((None, new) for new in news)
        return
    old_at, new_at = 0, 0
    for i, j in [*_in_order(olds, news, keys[0]), (len(olds), len(news))]:
        yield from _align(olds[old_at:i], news[new_at:j], keys[1:])
        if i < len(olds):
            yield olds[i], news[j]
        old_at, new_at = i + 1, j + 1


def _in_order(olds: Sequence[Branch], news: Sequence[Branch], key: _Key) -> list[tuple[int, int]]:
    """Return the places of the longest run of equal siblings; the nth of equal ones goes with the nth."""
    places = {each: place for place, each in enumerate(_numbered(news, key))}
    met = [(i, places[each]) for i, each in enumerate(_numbered(olds, key)) if each in places]
    # The longest increasing run, by patience sorting: the least end of a run of each length so far.
    ends: list[int] = []
    last: list[int] = []
    before: list[int | None] = []
    for index, (_, j) in enumerate(met):
        length = bisect_left(ends, j)
        before.append(last[length - 1] if length else None)
        if length == len(ends):
            ends.append(j)
            last.append(index)
        else:
            ends[length], last[length] = j, index
    run: list[tuple[int, int]] = []
    at = last[-1] if last else None
    while at is not None:
        run.append(met[at])
        at = before[at]
    return run[::-1]


def _numbered(branches: Sequence[Branch], key: _Key) -> Iterator[tuple[Hashable, int]]:
    seen: Counter[Hashable] = Counter()
    for branch in branches:
        form = key(branch)
        seen[form] += 1
        yield form, seen[form]
