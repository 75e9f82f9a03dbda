"""A word that several matchers on one label allow, or that there is none."""

from __future__ import annotations

from collections.abc import Sequence

from rules.matchers import Matcher
from rules.regular.limit import Limit

READABLE = ("", "any", "other", "else")
"""Tried before anything is built: most of what people exclude leaves one of these."""


def find_word(matchers: Sequence[Matcher], limit: Limit) -> str | None:
    """Return a value for which all matchers hold, a short and readable one; None when there is none.

    Parameters:
      matchers: on one label.
      limit: what may be spent.

    Raises:
      Undecided: when the limit is reached, or an expression is not decided.
    """
    limit.spend()
    choices = [matcher.words for matcher in matchers if matcher.words is not None]
    if choices:
        fewest = min(choices, key=len)
        limit.spend(len(fewest))
        words: Sequence[str] = sorted(fewest, key=lambda word: (not word, len(word), word))
        return next((word for word in words if allows(matchers, word)), None)
    for word in READABLE:
        if allows(matchers, word):
            return word
    # Most rules need no automaton, and a check of them does not wait for it.
    from rules.regular.search import Search

    # What is wanted alone takes few steps to find, and often is not unwanted.
    wanted = [matcher for matcher in matchers if matcher.operator == "=~"]
    simple = Search(wanted, limit).find() if wanted else READABLE[0]
    if simple is None or allows(matchers, simple):
        return simple
    return Search(matchers, limit).find()


def allows(matchers: Sequence[Matcher], word: str) -> bool:
    """Say whether all matchers, on one label, hold for a value of it."""
    return all(matcher.holds({matcher.name: word}) for matcher in matchers)
