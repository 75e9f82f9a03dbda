"""Grafana's notification policies: a route tree, with what each policy inherits worked out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from rules.alertmanager.model import SenderRoute
from rules.coverage.nodes import is_true, items, labels, text, texts, under
from rules.document import MapNode, Node
from rules.loading.faults import Faults
from rules.loading.reading import parse_duration
from rules.matchers import Matcher, MatcherError, make_matcher, parse_matchers
from rules.places import Place
from rules.spelling import Operator

MAX_POLICIES = 20_000

_TOP = SenderRoute(
    place=Place("", 1),
    matchers=(),
    proceed=False,
    receiver="",
    group_by=(),
    group_wait_s=30.0,
    group_interval_s=300.0,
    repeat_interval_s=14_400.0,
    active=(),
    mute=(),
    given={},
)
"""What the root policy has of what it does not say."""

_OPERATORS: dict[str, Operator] = {"=": "=", "!=": "!=", "=~": "=~", "!~": "!~"}


class Policies:
    """Reads trees of policies, which inherit as Alertmanager's routes do."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._count = 0

    def read(self, node: Node, parent: SenderRoute = _TOP) -> SenderRoute:
        """Return a policy with all below it."""
        route = SenderRoute(
            place=node.place,
            # The root takes everything, whatever it says.
            matchers=() if parent is _TOP else tuple(self._matchers(node)),
            proceed=is_true(under(node, "continue")),
            receiver=text(under(node, "receiver")) or parent.receiver,
            group_by=texts(under(node, "group_by")) or parent.group_by,
            group_wait_s=_seconds(node, "group_wait", parent.group_wait_s),
            group_interval_s=_seconds(node, "group_interval", parent.group_interval_s),
            repeat_interval_s=_seconds(node, "repeat_interval", parent.repeat_interval_s),
            active=texts(under(node, "active_time_intervals")),
            mute=texts(under(node, "mute_time_intervals")),
            given={key.text: key.place for key, _ in node.entries} if isinstance(node, MapNode) else {},
        )
        children: Sequence[Node] = items(under(node, "routes"))
        self._count += len(children)
        if self._count > MAX_POLICIES:
            self._faults.error("too-long", node.place, f"there are more than {MAX_POLICIES:,} policies.")
            return route
        return replace(route, routes=tuple(self.read(child, route) for child in children))

    def _matchers(self, node: Node) -> list[Matcher]:
        found: list[Matcher] = []
        for item in items(under(node, "matchers")):
            self._add(found, item.place, partial(parse_matchers, text(item)))
        for item in items(under(node, "object_matchers")):
            name, sign, value = ([text(word) for word in items(item)] + ["", "", ""])[:3]
            operator = _OPERATORS.get(sign)
            if operator is None:
                self._faults.error(
                    "bad-alerting-rule",
                    item.place,
                    "an object matcher must be [label, operator, value]: correct it.",
                )
            else:
                self._add(found, item.place, partial(_one, name, operator, value))
        for key, operator in (("match", _OPERATORS["="]), ("match_re", _OPERATORS["=~"])):
            for name, value in labels(under(node, key), self._faults).items():
                self._add(found, node.place, partial(_one, name, operator, value))
        return found

    def _add(self, found: list[Matcher], place: Place, made: Callable[[], Sequence[Matcher]]) -> None:
        try:
            found += made()
        except MatcherError as error:
            self._faults.error("bad-matcher", place, f"this policy's matcher {error}")


def _seconds(node: Node, key: str, inherited: float) -> float:
    given = parse_duration(text(under(node, key)))
    return inherited if given is None else float(given)


def _one(name: str, operator: Operator, value: str) -> tuple[Matcher, ...]:
    return (make_matcher(name, operator, value),)
