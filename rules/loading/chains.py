"""`chains`: the escalation steps that routes name."""

from __future__ import annotations

from rules.document import ListNode, MapNode, Node, ScalarNode, printed
from rules.loading.faults import Faults
from rules.loading.names import Names, qualify
from rules.loading.reading import (
    parse_duration,
    read_boolean,
    read_duration,
    read_entries,
    read_fields,
    read_items,
    read_name,
    read_text,
)
from rules.model import Chain, RosterGroup, Step, Target
from rules.places import Place

MAX_STEPS = 50
MAX_TARGETS = 50
MIN_DELAY_S = 60
MAX_DELAY_S = 30 * 86_400


def read_chains(node: Node, chains: Names[Chain], groups: Names[RosterGroup], faults: Faults) -> None:
    """Read a file's `chains` into `chains`; groups are looked up in the file's namespace."""
    for key, value in read_entries(node, "chains", faults):
        name = read_name(key, "a chain's name", faults)
        if name is None or not chains.claim(name, key.place, faults):
            continue
        fields = read_fields(value, f"chain {name}", ("steps",), faults)
        if "steps" not in fields:
            faults.error("missing-key", key.place, f"chain {name} has no steps: write steps: [{{page: …}}].")
            continue
        steps = _read_steps(fields["steps"], name, groups, faults)
        if steps is not None:
            chains.add(name, Chain(qualify(faults.namespace, name), steps, key.place), faults)


def _read_steps(
    node: Node, chain: str, groups: Names[RosterGroup], faults: Faults
) -> tuple[Step, ...] | None:
    items = read_items(node, f"the steps of chain {chain}", faults)
    if not items or len(items) > MAX_STEPS:
        if isinstance(node, ListNode) or (isinstance(node, ScalarNode) and node.is_null):
            faults.error(
                "bad-steps",
                node.place,
                f"chain {chain} must have 1 to {MAX_STEPS} steps, but has {len(items)}.",
            )
        return None
    steps: list[Step] = []
    sound = True
    for number, item in enumerate(items):
        step = _read_step(item, number, groups, faults)
        if step is None:
            sound = False
        elif steps and step.after_s < steps[-1].after_s:
            faults.error(
                "bad-steps",
                item.place,
                "this step comes before the one above it: order them by after, counted from the first page.",
            )
            sound = False
        else:
            steps.append(step)
    return tuple(steps) if sound else None


def _read_step(node: Node, number: int, groups: Names[RosterGroup], faults: Faults) -> Step | None:
    fields = read_fields(node, "a step", ("after", "page", "repeat"), faults)
    after = _read_after(fields.get("after"), number, node.place, faults)
    repeat: bool | None = True
    if "repeat" in fields:
        repeat = read_boolean(fields["repeat"], "repeat", faults)
    if "page" not in fields:
        keys = {key.text for key, _ in node.entries} if isinstance(node, MapNode) else {"page"}
        if not keys & {"page", "user", "group", "schedule"}:  # a target in the wrong place is told already
            faults.error(
                "missing-key", node.place, "this step pages nobody: write page: {group: …} or {user: …}."
            )
        return None
    targets = _read_targets(fields["page"], groups, faults)
    if after is None or repeat is None or not targets:
        return None
    return Step(after, targets, repeat, node.place)


def _read_after(node: Node | None, number: int, place: Place, faults: Faults) -> int | None:
    if number == 0:
        if node is not None and not (isinstance(node, ScalarNode) and parse_duration(node.text) == 0):
            faults.error("bad-steps", node.place, "the first step pages at once: remove its after.")
            return None
        return 0
    if node is None:
        faults.error(
            "missing-key", place, "this step has no after: write how long after the first page it comes."
        )
        return None
    return read_duration(node, "after", MIN_DELAY_S, MAX_DELAY_S, faults)


def _read_targets(node: Node, groups: Names[RosterGroup], faults: Faults) -> tuple[Target, ...] | None:
    items = node.items if isinstance(node, ListNode) else (node,)
    if not 0 < len(items) <= MAX_TARGETS:
        faults.error(
            "bad-steps", node.place, f"page must name 1 to {MAX_TARGETS} targets, but names {len(items)}."
        )
        return None
    targets = [_read_target(item, groups, faults) for item in items]
    read = tuple(target for target in targets if target is not None)
    return read if len(read) == len(items) else None


def _read_target(node: Node, groups: Names[RosterGroup], faults: Faults) -> Target | None:
    if isinstance(node, ScalarNode):
        kind = "user" if "@" in node.text else "group"
        instead = f"write {{{kind}: {node.text[:60]}}}" if node.text else "name somebody"
        faults.error(
            "bad-target", node.place, f"page must be {{group: NAME}} or {{user: E-MAIL}}: {instead}."
        )
        return None
    fields = read_fields(node, "page", ("user", "group", "schedule"), faults)
    if len(fields) != 1:
        if len(fields) > 1:
            faults.error(
                "bad-target",
                node.place,
                "one target is one of user, group, schedule: write a list of several.",
            )
        elif not getattr(node, "entries", None):
            faults.error("bad-target", node.place, "page must be {group: NAME} or {user: E-MAIL}.")
        return None
    ((kind, value),) = fields.items()
    name = read_text(value, f"the {kind} to page", faults, 254)
    if name is None:
        return None
    if kind == "user":
        if "@" not in name:
            faults.error(
                "bad-target",
                value.place,
                f"a user is paged by e-mail, but this is {printed(name)}: write the address.",
            )
            return None
        return Target("user", name.strip().lower(), value.place)
    if kind == "schedule":
        faults.error(
            "unknown-schedule",
            value.place,
            f"schedule {printed(name)} is not known: page a group or a user instead.",
        )
        return None
    owner = groups.owner(name, faults.namespace)
    return Target("group", qualify(owner or "", name), value.place)
