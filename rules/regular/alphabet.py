"""Which characters need telling apart: all that the same sets hold are as good as each other."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from itertools import pairwise

from rules.regular.characters import ALL, LAST, Characters

_NICE = "abcdefghijklmnopqrstuvwxyz1234567890ABCDEFGHIJKLMNOPQRSTUVWXYZ-_./:"
_RANKS = {ord(sign): rank for rank, sign in enumerate(_NICE)}
_ASCII, _PRINTABLE, _UGLY = 1_000, 10_000, 100_000
_LOOKED_AT = 128

Sample = tuple[str, frozenset[Characters]]
"""A character, and the sets that hold it, ALL among them."""


@lru_cache(4096)
def samples(sets: frozenset[Characters]) -> tuple[Sample, ...]:
    """Return one character for each way of lying in some sets and not in the others, readable ones first."""
    turns: defaultdict[int, set[Characters]] = defaultdict(set)
    for each in {ALL, *sets}:
        for first, last in each.intervals:
            turns[first] ^= {each}
            turns[last + 1] ^= {each}
    best: dict[frozenset[Characters], tuple[int, int]] = {}
    holding: frozenset[Characters] = frozenset()
    starts = sorted(turns)
    for start, end in pairwise(starts):
        holding ^= turns[start]
        if ALL in holding:
            best[holding] = min(best.get(holding, (_UGLY, LAST + 1)), _nicest(range(start, end)))
    ranked = sorted(best.items(), key=lambda sample: sample[1])
    return tuple((chr(code), members) for members, (_, code) in ranked)


def _nicest(codes: range) -> tuple[int, int]:
    """Return the rank and the code of the most readable of some characters, among the first of them."""
    return min((_rank(code), code) for code in codes[:_LOOKED_AT])


def _rank(code: int) -> int:
    if code in _RANKS:
        return _RANKS[code]
    if not chr(code).isprintable():
        return _UGLY
    return _ASCII if code < 0x80 else _PRINTABLE
