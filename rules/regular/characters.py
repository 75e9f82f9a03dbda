"""Sets of characters: what one place of an expression matches.

What a class, a folded letter or a Unicode group holds is asked of RE2 itself, once: a table of our own would
be of another version of Unicode than RE2's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

import re2

Interval = tuple[int, int]

LAST = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)
_ASCII = range(0x80)
# The only characters beyond ASCII that a letter of ASCII stands for when case is folded.
_FOLDED_TO_ASCII = (0x17F, 0x212A)


class Characters:
    """A set of code points, compared by identity.

    Parameters:
      intervals: first and last of each run, in order, apart from each other, without surrogates.
    """

    __slots__ = ("intervals",)

    def __init__(self, intervals: Iterable[Interval]) -> None:
        self.intervals = tuple(_without_surrogates(intervals))

    def __contains__(self, character: str) -> bool:
        code = ord(character)
        return any(first <= code <= last for first, last in self.intervals)

    def complement(self) -> Characters:
        """Return all other characters."""
        gaps: list[Interval] = []
        start = 0
        for first, last in self.intervals:
            if start < first:
                gaps.append((start, first - 1))
            start = last + 1
        if start <= LAST:
            gaps.append((start, LAST))
        return Characters(gaps)


def _without_surrogates(intervals: Iterable[Interval]) -> Iterable[Interval]:
    for first, last in intervals:
        if first < _SURROGATES.start:
            yield first, min(last, _SURROGATES.start - 1)
        if last >= _SURROGATES.stop:
            yield max(first, _SURROGATES.stop), last


NEWLINE = Characters([(10, 10)])
ALL = Characters([(0, LAST)])
ALL_BUT_NEWLINE = NEWLINE.complement()
WORD = Characters([(48, 57), (65, 90), (95, 95), (97, 122)])


@lru_cache(4096)
def single(character: str) -> Characters:
    """Return the set of one character."""
    return Characters([(ord(character), ord(character))])


@lru_cache(1024)
def asked(atom: str, *, near: bool) -> Characters:
    """Return what RE2 says that an expression for one character matches.

    Parameters:
      atom: an expression that matches single characters only (`[[:alpha:]k]`, `(?i:\\pL)`).
      near: it can match only ASCII, and what folds to it: fewer characters are tried.
    """
    options = re2.Options()
    options.log_errors = False
    if near:
        pattern = re2.compile(atom, options)
        codes = [code for code in (*_ASCII, *_FOLDED_TO_ASCII) if pattern.fullmatch(chr(code).encode())]
        return Characters(_runs(codes))
    found: Sequence[bytes] = re2.compile(f"(?:{atom})+", options).findall(_every_character())
    return Characters([_ends(run.decode()) for run in found])


@cache
def _every_character() -> bytes:
    return "".join(chr(code) for code in range(LAST + 1) if code not in _SURROGATES).encode()


def _ends(run: str) -> Interval:
    return ord(run[0]), ord(run[-1])


def _runs(codes: Iterable[int]) -> list[Interval]:
    runs: list[Interval] = []
    for code in codes:
        if runs and runs[-1][1] == code - 1:
            runs[-1] = (runs[-1][0], code)
        else:
            runs.append((code, code))
    return runs
