"""`integrations`: what holds for everything that one sender says, whatever route takes it."""

from __future__ import annotations

from rules.document import MapNode, Node
from rules.loading.behaviour import HOUR
from rules.loading.faults import Faults
from rules.loading.reading import read_duration, read_entries, read_fields, read_text

KEYS = ("resolve_hold",)


def read_integrations(node: Node, holds: dict[str, int], faults: Faults) -> None:
    """Add the `resolve_hold`, in seconds, of each integration to those known so far."""
    for key, value in read_entries(node, "integrations", faults):
        name = read_text(key, "an integration's name", faults, 100)
        fields = read_fields(value, "an integration", KEYS, faults)
        if name is None:
            continue
        if name in holds:
            faults.error("duplicate-name", key.place, f"integration {name} is given twice: join the two.")
            continue
        if "resolve_hold" in fields:
            seconds = read_duration(fields["resolve_hold"], "resolve_hold", 0, HOUR, faults)
            holds[name] = seconds or 0
        elif not (isinstance(value, MapNode) and value.entries):
            faults.error("missing-key", key.place, f"integration {name} says nothing: give its resolve_hold.")
