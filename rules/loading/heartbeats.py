"""`heartbeats`: what must be heard again and again, and whom to page when it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from rules.document import MapNode, Node, ScalarNode
from rules.loading.behaviour import DAY, FIELDS, MINUTE, Behaviour, read_behaviour
from rules.loading.faults import Faults
from rules.loading.names import Names, qualify
from rules.loading.reading import (
    read_choice,
    read_duration,
    read_entries,
    read_fields,
    read_name,
    read_text,
    spell_duration,
)
from rules.loading.routes import Surroundings, make_terminal, read_matchers
from rules.matchers import Matcher, make_matcher
from rules.model import PRIORITIES, Heartbeat, Priority, PriorityRule, Traced
from rules.places import Place

NOT_OF_HEARTBEATS = ("group_by", "subject", "message", "resolve_hold", "reopen_within", "flap_limit")
KEYS = ("matchers", "within", "integration", *(name for name in FIELDS if name not in NOT_OF_HEARTBEATS))
OTHERWISE = PriorityRule(None, {}, "high")
MIN_WITHIN_S = MINUTE
MAX_WITHIN_S = 7 * DAY
MAX_HEARTBEATS = 1_000


def read_heartbeats(
    node: Node,
    inherited: Behaviour,
    given: tuple[Matcher, ...],
    around: Surroundings,
    names: Names[Heartbeat],
    faults: Faults,
) -> None:
    """Read a file's `heartbeats` into `names`.

    Parameters:
      inherited: what `defaults` say.
      given: the matchers that the namespace is given, which hold for its heartbeats too.
    """
    entries = read_entries(node, "heartbeats", faults)
    if len(entries) > MAX_HEARTBEATS:
        faults.error(
            "too-long",
            node.place,
            f"a file has at most {MAX_HEARTBEATS:,} heartbeats, this one {len(entries):,}.",
        )
        return
    for key, value in entries:
        name = read_name(key, "a heartbeat's name", faults)
        if name is None or not names.claim(name, key.place, faults):
            continue
        heartbeat = _read_heartbeat(name, key.place, value, inherited, given, around, faults)
        if heartbeat is not None:
            names.add(name, heartbeat, faults)


def _read_heartbeat(
    name: str,
    place: Place,
    node: Node,
    inherited: Behaviour,
    given: tuple[Matcher, ...],
    around: Surroundings,
    faults: Faults,
) -> Heartbeat | None:
    fields = read_fields(node, f"heartbeat {name}", KEYS, faults)
    if "within" not in fields:
        if isinstance(node, MapNode) or (isinstance(node, ScalarNode) and node.is_null):
            faults.error(
                "missing-key",
                place,
                f"heartbeat {name} has no within: write how long it may stay away (10m).",
            )
        return None
    within_s = read_duration(fields["within"], "within", MIN_WITHIN_S, MAX_WITHIN_S, faults)
    integration: str | None = ""
    if "integration" in fields:
        integration = read_text(fields["integration"], "integration", faults, 100)
    sender = (make_matcher("__integration__", "=", integration),) if integration else ()
    matchers = _read_own_matchers(name, fields, (*given, *sender), faults)
    priority = _read_priority(fields, faults)
    rest = {field: value for field, value in fields.items() if field != "priority"}
    behaviour = read_behaviour(rest, replace(inherited, priority=priority), around.chains, faults)
    if within_s is None or integration is None:
        return None
    qualified = qualify(faults.namespace, name)
    titled = f"heartbeat {qualified}"
    address = f"by its address, from {integration}" if integration else "by its address"
    by = address if matchers is None else ", ".join(map(str, matchers))
    why = f"{by} within {spell_duration(within_s)}"
    silent = replace(behaviour, group_by=None, subject="", message="")
    terminal = make_terminal(titled, place, silent, around, (Traced(titled, place, why),))
    return Heartbeat(qualified, faults.namespace, place, matchers, within_s, terminal, integration)


def _read_own_matchers(
    name: str, fields: dict[str, Node], given: tuple[Matcher, ...], faults: Faults
) -> tuple[Matcher, ...] | None:
    """Return what takes its alerts; None when it only beats by its address."""
    node = fields.get("matchers")
    if node is None:
        return None
    own = read_matchers(node, "matchers", faults)
    if all(matcher.holds({}) for matcher in own):
        faults.error(
            "bad-heartbeat",
            node.place,
            f"heartbeat {name} would take alerts whatever they are: let a matcher ask for a label "
            '(alertname="Watchdog"), or leave matchers out for one that only beats by its address.',
        )
    return given + own


def _read_priority(fields: dict[str, Node], faults: Faults) -> PriorityRule:
    """Return the priority of its pages: one of the four, since there is no alert to look a label up in."""
    node = fields.get("priority")
    chosen = read_choice(node, "a heartbeat's priority", PRIORITIES, faults) if node is not None else None
    return (
        OTHERWISE
        if chosen is None or node is None
        else PriorityRule(None, {}, cast("Priority", chosen), node.place)
    )
