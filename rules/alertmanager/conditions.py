"""Matchers in all of alertmanager.yml's spellings: `match`, `match_re` and `matchers`."""

from __future__ import annotations

from collections.abc import Mapping

from rules.alertmanager.reading import text_of
from rules.document import Node, ScalarNode, printed
from rules.loading.faults import Faults
from rules.loading.reading import read_entries, read_items
from rules.matchers import MAX_MATCHER, Matcher, MatcherError, make_matcher
from rules.places import Place
from rules.spelling import Operator, Triple, parse_classic, parse_utf8

KEYS = ("match", "match_re", "matchers")


def conditions_of(fields: Mapping[str, Node], faults: Faults, prefix: str = "") -> tuple[Matcher, ...]:
    """Return what the three keys ask for together.

    Parameters:
      prefix: what the keys begin with (`source_`).
    """
    read: list[Matcher | None] = []
    if (node := fields.get(f"{prefix}match")) is not None:
        for key, value in read_entries(node, f"{prefix}match", faults):
            read.append(
                _made((key.text, "=", text_of(value, f"the value of {key.text}", faults)), key, faults)
            )
    if (node := fields.get(f"{prefix}match_re")) is not None:
        for key, value in read_entries(node, f"{prefix}match_re", faults):
            read.append(_expression(key, value, faults))
    if (node := fields.get(f"{prefix}matchers")) is not None:
        for item in read_items(node, f"{prefix}matchers", faults):
            read += _listed(text_of(item, f"each of {prefix}matchers", faults), item.place, faults)
    return tuple(matcher for matcher in read if matcher is not None)


def _expression(key: ScalarNode, value: Node, faults: Faults) -> Matcher | None:
    if isinstance(value, ScalarNode) and value.is_null:
        faults.error(
            "bad-matcher", value.place, f'the expression of {key.text} is missing: write one, or "" for none.'
        )
        return None
    return _made((key.text, "=~", text_of(value, f"the expression of {key.text}", faults)), key, faults)


def _listed(text: str, place: Place, faults: Faults) -> list[Matcher | None]:
    """Return the matchers of one text of a list.

    Where Alertmanager's two parsers disagree, the classic one decides, as in Alertmanager itself, unless it
    runs with `--enable-feature=utf8-strict-mode`.
    """
    if len(text) > MAX_MATCHER:
        message = f"matcher is longer than {MAX_MATCHER} characters: split it into several routes."
        faults.error("bad-matcher", place, message)
        return []
    try:
        modern: list[Triple] | None = parse_utf8(text)
        fault = ""
    except MatcherError as error:
        modern, fault = None, str(error)
    try:
        classic: list[Triple] | None = parse_classic(text)
    except MatcherError:
        classic = None
    if classic is None and modern is None:
        faults.error("bad-matcher", place, f"matcher {printed(text)}: {fault}")
        return []
    if classic is not None and modern is not None and classic != modern:
        faults.warning(
            "bad-matcher",
            place,
            f"matcher {printed(text)} is read differently by Alertmanager's two parsers; it is taken as "
            f"{_spelled(classic)}, as the classic one does: put its value in quotes.",
        )
    return [_made(triple, place, faults) for triple in (classic if classic is not None else modern) or ()]


def _spelled(triples: list[Triple]) -> str:
    return printed(", ".join(str(Matcher(*triple)) for triple in triples))


def _made(triple: tuple[str, Operator, str], at: ScalarNode | Place, faults: Faults) -> Matcher | None:
    place = at.place if isinstance(at, ScalarNode) else at
    if len(triple[2]) > MAX_MATCHER:
        message = f"the value of {printed(triple[0])} is longer than {MAX_MATCHER} characters: shorten it."
        faults.error("bad-matcher", place, message)
        return None
    try:
        return make_matcher(*triple)
    except MatcherError as error:
        faults.error("bad-matcher", place, f"matcher of {printed(triple[0])}: {error}")
        return None
