"""Sets of strings as RE2 means them, decided exactly (docs/adrs/0010-regular-languages.md).

An expression is parsed (`parsing`) and becomes an automaton (`automaton`); `words` finds a word that all of
several matchers on one label allow, or that there is none. Texts are Unicode code points, without surrogates,
since UTF-8 cannot say them.
"""

from __future__ import annotations

from rules.regular.limit import Limit, Undecided
from rules.regular.words import find_word

__all__ = ["Limit", "Undecided", "find_word"]
