"""Alerting rules of Prometheus, Mimir, Loki and vmalert, and what a prometheus.yml adds to their labels.

Rule files, Kubernetes objects and Helm values, in files of any number of documents.
The file's schema is its program's business (`promtool check rules`): what matters here is refused when it
cannot be read, everything else is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rules.coverage.alerting import MAX_RULES, AlertingRule, Way, is_templated, with_label
from rules.coverage.expressions import labels_of
from rules.coverage.knowledge import Knowledge
from rules.coverage.nodes import items, text, under
from rules.coverage.nodes import labels as labels_in
from rules.coverage.relabeling import Delivery, Relabeling
from rules.document import ListNode, MapNode, Node, ScalarNode, kind_of, printed
from rules.loading.faults import Faults

_CONFIGURATION = frozenset(("rule_files", "scrape_configs", "alerting", "remote_write"))


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a prometheus.yml says of alerts: `rule_files` with their places, and how alerts leave it."""

    rule_files: tuple[ScalarNode, ...] = ()
    delivery: Delivery = field(default_factory=Delivery)


def read_configuration(document: Node, faults: Faults) -> Configuration | None:
    """Return what a prometheus.yml says of alerts; None when the document is something else."""
    if not isinstance(document, MapNode) or document.get("groups") is not None:
        return None
    labels = under(document, "global", "external_labels")
    if labels is None and not any(key.text in _CONFIGURATION for key, _ in document.entries):
        return None
    alerting = document.get("alerting")
    sections = [alerting, *items(under(alerting, "alertmanagers"))]
    relabelings = [
        _relabeling(entry, faults)
        for section in sections
        for entry in items(under(section, "alert_relabel_configs"))
    ]
    files = items(document.get("rule_files"))
    external = {
        key.text: None if "$" in value.text else value.text
        for key, value in (labels.entries if isinstance(labels, MapNode) else ())
        if isinstance(value, ScalarNode)
    }
    return Configuration(
        tuple(node for node in files if isinstance(node, ScalarNode)), Delivery(external, tuple(relabelings))
    )


def _relabeling(node: Node, faults: Faults) -> Relabeling:
    words = {}
    for key, value in node.entries if isinstance(node, MapNode) else ():
        if isinstance(value, ScalarNode):
            words[key.text] = value.text
    if not words:
        faults.error(
            "bad-alerting-rule", node.place, f"a relabeling must be a mapping, but is {kind_of(node)}."
        )
    return Relabeling(
        words.get("action", "replace").lower(),
        words.get("target_label", ""),
        words.get("regex", "(.*)"),
        node.place,
    )


def read_rules(document: Node, faults: Faults) -> list[AlertingRule]:
    """Return the alerting rules of a document, found by what they are, not by the path to them.

    They stand at the top of a rule file, under `spec` of a PrometheusRule, in the items of a list, and under
    many keys of Helm values. Recording rules are passed over; what should be an alerting rule and is none is
    noted.
    """
    rules: list[AlertingRule] = []
    waiting = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, MapNode):
            if any(
                _is_rule(rule) for group in items(node.get("groups")) for rule in items(under(group, "rules"))
            ):
                _read_groups(items(node.get("groups")), faults, rules)
            waiting += [value for _, value in reversed(node.entries)]
        elif isinstance(node, ListNode):
            waiting += reversed(node.items)
    return rules


def _is_rule(node: Node) -> bool:
    return under(node, "alert") is not None or under(node, "record") is not None


def _read_groups(groups: Sequence[Node], faults: Faults, rules: list[AlertingRule]) -> None:
    for group in groups:
        name = text(under(group, "name"))
        given = labels_in(under(group, "labels"), faults)
        for node in items(under(group, "rules")):
            rule = _read_rule(node, name, given, faults)
            if rule is None:
                continue
            if len(rules) >= MAX_RULES:
                faults.error(
                    "too-long", node.place, f"a file has at most {MAX_RULES:,} alerting rules: split it."
                )
                return
            rules.append(rule)


def _read_rule(node: Node, group: str, given: Mapping[str, str], faults: Faults) -> AlertingRule | None:
    alert = under(node, "alert")
    if alert is None:
        if not isinstance(node, MapNode) or node.get("record") is None:
            faults.error("bad-alerting-rule", node.place, "a rule has neither alert nor record: name it.")
        return None
    name, expression = text(alert), text(under(node, "expr"))
    if not name or not expression:
        what = f"alerting rule {printed(name)} has no expr" if name else "an alerting rule has no name"
        faults.error("bad-alerting-rule", node.place, f"{what}: correct it (promtool check rules).")
        return None
    labels = {**given, **labels_in(under(node, "labels"), faults)}
    # vmalert adds its group's name; of Prometheus' alerts nothing else is known under this name.
    ways = tuple(
        Way("", _fired(known.forgetting("alertgroup"), labels, name)) for known in labels_of(expression)
    )
    shown = {label: None if is_templated(value) else value for label, value in labels.items()}
    return AlertingRule("prometheus", name, group, alert.place, shown, ways)


def _fired(result: Knowledge, labels: Mapping[str, str], name: str) -> Knowledge:
    known = result
    for label, value in labels.items():
        known = with_label(known, result, label, value)
    return known.with_value("alertname", name)
