"""Which of many sibling routes can take an alert, found without trying each of them.

Every sibling is filed under one matcher that it cannot do without: a word of `=` or of a regular
expression that is only a choice of words, else another `=~`. Those without either are tried always. Where
many are filed under one word, they have an index of their own over their other matchers. The index only
narrows: whoever asks still tries every matcher of what it returns.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import re2

from rules.matchers import Matcher, encoded
from rules.memo import Memo

MAX_REMEMBERED_VALUE = 256
_REMEMBERED_VALUES = 512
_CROWD = 6
_ANYTHING = "(?s:.*)"
_WORTH_A_SET = 3
_MEMORY_EACH = 64 << 10


class Expressions:
    """The regular expressions that siblings have on one label, asked all at once.

    RE2's set says nothing when it runs out of memory; an expression that always matches is among them,
    so that its absence tells, and each is then tried alone. The set is made when it is first asked.
    """

    __slots__ = ("_is_made", "_matchers", "_ordinals", "_set", "_values")

    def __init__(self, filed: Sequence[tuple[int, Matcher]]) -> None:
        self._ordinals = tuple(ordinal for ordinal, _ in filed)
        self._matchers = tuple(matcher for _, matcher in filed)
        self._values: Memo[str, tuple[int, ...]] = Memo(_REMEMBERED_VALUES)
        self._set: re2.Set | None = None
        self._is_made = False

    def find(self, value: str) -> tuple[int, ...]:
        """Return the ordinals of the siblings whose expression matches `value`."""
        found = self._values.get(value)
        if found is None:
            found = self._search(value)
            if len(value) <= MAX_REMEMBERED_VALUE:
                self._values.keep(value, found)
        return found

    def _search(self, value: str) -> tuple[int, ...]:
        if not self._is_made:
            # Two threads may both make it; either will do.
            self._set = _compiled_set(self._matchers)
            self._is_made = True
        hits = (self._set.Match(encoded(value)) or ()) if self._set is not None else ()
        if len(self._matchers) in hits:
            return tuple(self._ordinals[hit] for hit in sorted(hits) if hit < len(self._ordinals))
        pairs = zip(self._ordinals, self._matchers, strict=True)
        return tuple(ordinal for ordinal, matcher in pairs if matcher.finds(value))


def _compiled_set(matchers: Sequence[Matcher]) -> re2.Set | None:
    if len(matchers) < _WORTH_A_SET:
        return None
    options = re2.Options()
    options.log_errors = False
    options.max_mem += len(matchers) * _MEMORY_EACH
    expressions = re2.Set.FullMatchSet(options)
    try:
        for matcher in matchers:
            expressions.Add(matcher.value)
        expressions.Add(_ANYTHING)
        expressions.Compile()
    except re2.error:
        return None
    return expressions


Filed = tuple[int, Sequence[Matcher]]
"""A sibling's place in its list, and those of its matchers by which it is not filed yet."""


class Siblings:
    """The index over one list of siblings; a sibling is known by its place in the list."""

    __slots__ = ("_always", "_expressions", "_words")

    def __init__(self, siblings: Iterable[Sequence[Matcher]]) -> None:
        self._file(list(enumerate(siblings)))

    def _file(self, siblings: Sequence[Filed]) -> None:
        crowds = Counter(
            (matcher.name, word)
            for _, matchers in siblings
            for matcher in matchers
            for word in matcher.words or ()
        )
        always: list[int] = []
        words: defaultdict[str, defaultdict[str, list[Filed]]] = defaultdict(lambda: defaultdict(list))
        expressions: defaultdict[str, list[tuple[int, Matcher]]] = defaultdict(list)
        for ordinal, matchers in siblings:
            key = _least_crowded(matchers, crowds)
            if key is None:
                always.append(ordinal)
            elif key.words is None:
                expressions[key.name].append((ordinal, key))
            else:
                rest = (ordinal, [matcher for matcher in matchers if matcher is not key])
                for word in key.words:
                    words[key.name][word].append(rest)
        self._always = tuple(always)
        self._words = tuple(
            (name, {word: _bucket(crowd) for word, crowd in filed.items()}) for name, filed in words.items()
        )
        self._expressions = tuple((name, Expressions(filed)) for name, filed in expressions.items())

    def candidates(self, labels: Mapping[str, str]) -> Sequence[int]:
        """Return, in order, the siblings that may take an alert with these labels."""
        found: list[Sequence[int]] = [self._always] if self._always else []
        for name, filed in self._words:
            bucket = filed.get(labels.get(name, ""))
            if bucket is not None:
                found.append(bucket if isinstance(bucket, tuple) else bucket.candidates(labels))
        for name, expressions in self._expressions:
            ordinals = expressions.find(labels.get(name, ""))
            if ordinals:
                found.append(ordinals)
        if not found:
            return ()
        return found[0] if len(found) == 1 else sorted(ordinal for group in found for ordinal in group)


def _bucket(crowd: Sequence[Filed]) -> tuple[int, ...] | Siblings:
    """Return what is filed under one word: the siblings, or where they are many an index over them."""
    if len(crowd) > _CROWD and any(_can_be_key(matcher) for _, matchers in crowd for matcher in matchers):
        index = Siblings(())
        index._file(crowd)
        return index
    return tuple(ordinal for ordinal, _ in crowd)


def _can_be_key(matcher: Matcher) -> bool:
    return matcher.operator == "=~" or matcher.words is not None


def _least_crowded(matchers: Sequence[Matcher], crowds: Mapping[tuple[str, str], int]) -> Matcher | None:
    """Return the matcher under which a sibling has the least company."""
    worded = [matcher for matcher in matchers if matcher.words is not None]
    if worded:
        return min(worded, key=lambda m: max((crowds[m.name, word] for word in m.words or ()), default=0))
    return next((matcher for matcher in matchers if matcher.operator == "=~"), None)
