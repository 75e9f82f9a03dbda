"""`route`: the tree, with what each route inherits worked out (Alertmanager: dispatch/route.go)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from rules.alertmanager.conditions import KEYS as CONDITIONS
from rules.alertmanager.conditions import conditions_of
from rules.alertmanager.model import ALL_LABELS, SenderRoute
from rules.alertmanager.reading import fields_of, flag_of, names_of, seconds_of, text_of
from rules.document import MapNode, Node, printed
from rules.loading.faults import Faults
from rules.loading.reading import read_items

ROUTE_KEYS = (
    "receiver",
    "group_by",
    "group_wait",
    "group_interval",
    "repeat_interval",
    *CONDITIONS,
    "continue",
    "routes",
    "mute_time_intervals",
    "active_time_intervals",
    "labels",
)


@dataclass(frozen=True, slots=True)
class Handed:
    """What a route hands down to its children; at first what holds where nobody says otherwise, seconds."""

    receiver: str = ""
    group_by: tuple[str, ...] = ()
    group_wait_s: float = 30.0
    group_interval_s: float = 300.0
    repeat_interval_s: float = 4 * 3600.0


@dataclass(frozen=True, slots=True)
class Known:
    """What routes may name."""

    receivers: Collection[str]
    intervals: Collection[str]


def read_root(node: Node, known: Known, faults: Faults) -> SenderRoute:
    """Return the tree; the root takes everything and must name a receiver."""
    fields = fields_of(node, "the route", ROUTE_KEYS, faults)
    route = _read_route(node, fields, Handed(), known, faults)
    if not route.receiver:
        faults.error("missing-key", node.place, "the topmost route names no receiver: give it one.")
    not_here = {
        **dict.fromkeys(CONDITIONS, route.matchers),
        "continue": route.proceed,
        "mute_time_intervals": route.mute,
        "active_time_intervals": route.active,
    }
    for key, value in not_here.items():
        if key in fields and value:
            faults.error(
                "bad-value", fields[key].place, f"the topmost route takes every alert: remove its {key}."
            )
    return route


def _read_route(
    node: Node, fields: dict[str, Node], above: Handed, known: Known, faults: Faults
) -> SenderRoute:
    handed = _handed(fields, above, known, faults)
    routes: list[SenderRoute] = []
    for child in read_items(fields["routes"], "routes", faults) if "routes" in fields else ():
        if isinstance(child, MapNode):
            inner = fields_of(child, "a route", ROUTE_KEYS, faults)
            routes.append(_read_route(child, inner, handed, known, faults))
        else:
            faults.error("wrong-type", child.place, "a route must be a mapping: - receiver: …")
    return SenderRoute(
        place=node.place,
        matchers=conditions_of(fields, faults),
        proceed=flag_of(fields.get("continue"), "continue", faults, otherwise=False),
        receiver=handed.receiver,
        group_by=handed.group_by,
        group_wait_s=handed.group_wait_s,
        group_interval_s=handed.group_interval_s,
        repeat_interval_s=handed.repeat_interval_s,
        active=_intervals("active_time_intervals", fields, known, faults),
        mute=_intervals("mute_time_intervals", fields, known, faults),
        given={key: value.place for key, value in fields.items()},
        routes=tuple(routes),
    )


def _handed(fields: dict[str, Node], above: Handed, known: Known, faults: Faults) -> Handed:
    handed = above
    receiver = text_of(fields.get("receiver"), "receiver", faults)
    if receiver:
        if receiver not in known.receivers:
            faults.error(
                "unknown-receiver",
                fields["receiver"].place,
                f"receiver {printed(receiver)} is not among the receivers."
                + faults.hint(receiver, lambda: known.receivers),
            )
        handed = replace(handed, receiver=receiver)
    if "group_by" in fields:
        handed = replace(handed, group_by=_group_by(fields["group_by"], faults))
    return replace(
        handed,
        group_wait_s=seconds_of(fields.get("group_wait"), "group_wait", faults, otherwise=above.group_wait_s),
        group_interval_s=_interval("group_interval", fields, above.group_interval_s, faults),
        repeat_interval_s=_interval("repeat_interval", fields, above.repeat_interval_s, faults),
    )


def _interval(key: str, fields: Mapping[str, Node], otherwise: float, faults: Faults) -> float:
    seconds = seconds_of(fields.get(key), key, faults, otherwise=otherwise)
    if not seconds:
        faults.error("out-of-bounds", fields[key].place, f"{key} must be longer than 0s.")
    return seconds


def _group_by(node: Node, faults: Faults) -> tuple[str, ...]:
    names = tuple(name for name, _ in names_of(node, "group_by", faults))
    if len(set(names)) < len(names):
        faults.error("bad-value", node.place, "group_by names a label twice: remove one.")
    if ALL_LABELS in names and len(names) > 1:
        faults.error("bad-value", node.place, f"group_by has {ALL_LABELS} and labels: keep one or the other.")
    return names


def _intervals(key: str, fields: dict[str, Node], known: Known, faults: Faults) -> tuple[str, ...]:
    found = names_of(fields.get(key), key, faults)
    for name, place in found:
        if name not in known.intervals:
            faults.error(
                "unknown-time-interval",
                place,
                f"time interval {printed(name)} is not among the time_intervals."
                + faults.hint(name, lambda: known.intervals),
            )
    return tuple(name for name, _ in found)
