"""How a page behaves: the fields that `defaults` sets and that each route may set anew and hand down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from rules.document import ListNode, MapNode, Node, ScalarNode, kind_of, printed
from rules.loading.faults import Faults
from rules.loading.names import Names
from rules.loading.reading import (
    NEVER,
    read_boolean,
    read_choice,
    read_duration,
    read_entries,
    read_fields,
    read_number,
    read_text,
    read_texts,
)
from rules.model import PRIORITIES, AcknowledgeMode, Chain, Priority, PriorityRule, Step, Target
from rules.places import Place
from rules.templates import GO_TEMPLATE, TemplateFault, check_template, looks_like_go

FIELDS = (
    "chain",
    "priority",
    "group_by",
    "repeat_interval",
    "expires",
    "acknowledge",
    "acknowledgement_timeout",
    "notify_resolved",
    "resolve_hold",
    "reopen_within",
    "flap_limit",
    "subject",
    "message",
)
MINUTE, HOUR, DAY = 60, 3_600, 86_400
MAX_LABELS = 32
FLAP_LIMITS = 2, 60

BUILT_IN = Place("(built in)", 1)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Everything that a route inherits; the fields are Terminal's."""

    chain: Chain
    group_by: tuple[str, ...] | None
    priority: PriorityRule
    repeat_interval_s: int
    expires_s: int | None
    acknowledge: AcknowledgeMode
    acknowledgement_timeout_s: int | None
    notify_resolved: bool
    resolve_hold_s: int
    reopen_within_s: int
    flap_limit: int
    subject: str
    message: str


EVERYBODY = Chain("default", (Step(0, (Target("group", "All"),)),), BUILT_IN)

BUILT_IN_BEHAVIOUR = Behaviour(
    chain=EVERYBODY,
    group_by=None,
    priority=PriorityRule("severity", {"critical": "critical", "warning": "high", "info": "low"}, "normal"),
    repeat_interval_s=60,
    expires_s=DAY,
    acknowledge="any",
    acknowledgement_timeout_s=None,
    notify_resolved=True,
    resolve_hold_s=0,
    reopen_within_s=10 * MINUTE,
    flap_limit=6,
    subject="{{ labels.alertname }}{% if labels.instance %} on {{ labels.instance }}{% endif %}",
    message="{% for alert in alerts %}{{ alert.annotations.summary or alert.labels.alertname }}\n"
    "{% endfor %}",
)


def read_behaviour(
    fields: Mapping[str, Node], inherited: Behaviour, chains: Names[Chain], faults: Faults
) -> Behaviour:
    """Return what is inherited with what these fields say instead; a faulty field changes nothing."""
    changes: dict[str, object] = {}
    if (node := fields.get("chain")) is not None:
        name = _read_chain_name(node, faults)
        chain = chains.find(name, node.place, faults) if name is not None else None
        if chain is not None:
            changes["chain"] = chain
    if (node := fields.get("priority")) is not None and (
        priority := _read_priority(node, faults)
    ) is not None:
        changes["priority"] = priority
    if (node := fields.get("group_by")) is not None:
        changes["group_by"] = _read_group_by(node, faults)
    if (node := fields.get("acknowledge")) is not None:
        changes["acknowledge"] = read_choice(node, "acknowledge", ("any", "all"), faults)
    if (node := fields.get("notify_resolved")) is not None:
        changes["notify_resolved"] = read_boolean(node, "notify_resolved", faults)
    if (node := fields.get("flap_limit")) is not None:
        changes["flap_limit"] = read_number(node, "flap_limit", *FLAP_LIMITS, faults)
    changes |= _read_durations(fields, faults)
    for name in ("subject", "message"):
        if (node := fields.get(name)) is not None:
            changes[name] = _read_template(node, name, faults)
    nullable = ("expires_s", "acknowledgement_timeout_s")
    sound = {name: value for name, value in changes.items() if value is not None or name in nullable}
    return replace(inherited, **sound)  # type: ignore[arg-type]


def _read_chain_name(node: Node, faults: Faults) -> str | None:
    if isinstance(node, ScalarNode):
        return read_text(node, "chain", faults, 100)
    faults.error(
        "wrong-type",
        node.place,
        f"chain must be the name of a chain, but is {kind_of(node)}: write the steps under chains, and their "
        "name here.",
    )
    return None


def _read_durations(fields: Mapping[str, Node], faults: Faults) -> dict[str, object]:
    """Return the durations that are sound; None is `never`."""
    changes: dict[str, object] = {}
    for name, low, high, endless in (
        ("repeat_interval", 30, HOUR, False),
        ("expires", MINUTE, DAY, True),
        ("acknowledgement_timeout", MINUTE, 30 * DAY, True),
        ("resolve_hold", 0, HOUR, False),
        ("reopen_within", 0, HOUR, False),
    ):
        node = fields.get(name)
        if node is None:
            continue
        if endless and isinstance(node, ScalarNode) and node.text == NEVER:
            changes[f"{name}_s"] = None
            continue
        seconds = read_duration(node, name, low, high, faults, or_never=endless)
        if seconds is not None:
            changes[f"{name}_s"] = seconds
    return changes


def _read_priority(node: Node, faults: Faults) -> PriorityRule | None:
    if not isinstance(node, MapNode):
        name = read_choice(node, "priority", PRIORITIES, faults)
        return None if name is None else PriorityRule(None, {}, cast("Priority", name), node.place)
    fields = read_fields(node, "priority", ("label", "values", "otherwise"), faults)
    if "label" not in fields or "values" not in fields:
        faults.error(
            "missing-key",
            node.place,
            "a priority lookup needs label and values: {label: severity, values: {…}}.",
        )
        return None
    label = read_text(fields["label"], "the priority's label", faults, 200)
    values: dict[str, Priority] = {}
    for key, value in read_entries(fields["values"], "the priority's values", faults):
        name = read_choice(value, f"the priority of {printed(key.text)}", PRIORITIES, faults)
        if name is not None:
            values[key.text] = cast("Priority", name)
    otherwise: str | None = "normal"
    if "otherwise" in fields:
        otherwise = read_choice(fields["otherwise"], "otherwise", PRIORITIES, faults)
    if label is None or otherwise is None:
        return None
    return PriorityRule(label, values, cast("Priority", otherwise), node.place)


def _read_group_by(node: Node, faults: Faults) -> tuple[str, ...] | None:
    labels = read_texts(node, "group_by", faults, 200)
    names = tuple(dict.fromkeys(name for name, _ in labels))
    if isinstance(node, ListNode) and (not names or len(names) > MAX_LABELS or "..." in names):
        faults.error(
            "bad-value",
            node.place,
            f"group_by must name 1 to {MAX_LABELS} labels: leave it out to keep the sender's own grouping.",
        )
        return None
    return names or None


def _read_template(node: Node, what: str, faults: Faults) -> str | None:
    text = read_text(node, what, faults)
    if text is None or not isinstance(node, ScalarNode):
        return None
    try:
        check_template(text)
    except TemplateFault as fault:
        place = replace(node.place, line=node.line_of(fault.line))
        go = GO_TEMPLATE if looks_like_go(text) else ""
        faults.error("bad-template", place, f"template {what}: {fault.message}{go}")
        return None
    return text
