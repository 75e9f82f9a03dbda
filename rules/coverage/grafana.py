"""Grafana's provisioning files: alerting rules, contact points and notification policies.

Which labels a query's results have is not worked out: any may be there. Texts that Grafana fills in from its
environment (`$NAME`) are unknown, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rules.alertmanager.model import Receiver, SenderRoute, Webhook
from rules.coverage.alerting import MAX_RULES, AlertingRule, Way, is_templated
from rules.coverage.knowledge import ANYTHING, Knowledge
from rules.coverage.nodes import is_true, items, text, under
from rules.coverage.nodes import labels as labels_in
from rules.coverage.policies import Policies
from rules.document import Node
from rules.loading.faults import Faults

_FILLED_IN = re.compile(r"\$(?:[A-Za-z_{]|\$)")


@dataclass(slots=True)
class Provisioned:
    """What provisioning files say, by organisation.

    Parameters:
      points: the contact points, by name.
      policies: the root policy; an organisation without one keeps what it has in its database.
    """

    rules: list[AlertingRule] = field(default_factory=list)
    points: dict[int, dict[str, Receiver]] = field(default_factory=dict)
    policies: dict[int, SenderRoute] = field(default_factory=dict)


def is_provisioning(document: Node) -> bool:
    """Return whether a document is one of Grafana's provisioning files for alerting."""
    return text(under(document, "apiVersion")) == "1" and any(
        under(document, key) is not None for key in ("groups", "contactPoints", "policies")
    )


def read_provisioning(document: Node, found: Provisioned, faults: Faults) -> None:
    """Add what a provisioning document says of alerting to what was found before."""
    for group in items(under(document, "groups")):
        _read_group(group, found, faults)
    for point in items(under(document, "contactPoints")):
        _read_point(point, found, faults)
    for policy in items(under(document, "policies")):
        found.policies[_org(policy)] = Policies(faults).read(policy)


def _org(node: Node) -> int:
    given = text(under(node, "orgId"))
    return max(1, int(given)) if re.fullmatch("[0-9]{1,9}", given) else 1


def _read_group(group: Node, found: Provisioned, faults: Faults) -> None:
    folder, name, org = text(under(group, "folder")), text(under(group, "name")), _org(group)
    for node in items(under(group, "rules")):
        title = under(node, "title")
        if title is None or not text(title):
            faults.error("bad-alerting-rule", node.place, "an alerting rule has no title: give it one.")
        elif len(found.rules) >= MAX_RULES:
            faults.error("too-long", node.place, f"there are more than {MAX_RULES:,} alerting rules.")
            return
        elif under(node, "record") is None and not is_true(under(node, "isPaused")):
            found.rules.append(_rule(node, title, folder, f"{folder}/{name}", org, faults))


def _rule(node: Node, title: Node, folder: str, group: str, org: int, faults: Faults) -> AlertingRule:
    name = text(title)
    labels: dict[str, str | None] = {
        label: None if is_templated(value) or _FILLED_IN.search(value) else value
        for label, value in labels_in(under(node, "labels"), faults).items()
    }
    known = ANYTHING
    for label, value in labels.items():
        # What Grafana makes of an empty value is not established.
        known = known.with_value(label, value) if value else known.forgetting(label)
    # Newer versions name a folder inside another one by its whole path, older ones by its own title.
    given = folder and "/" not in folder and not _FILLED_IN.search(folder)
    known = known.with_value("grafana_folder", folder) if given else known.forgetting("grafana_folder")
    return AlertingRule(
        sender="grafana",
        name=name,
        group=group,
        place=title.place,
        labels=labels,
        ways=_ways(node, known, name),
        receiver=text(under(node, "notification_settings", "receiver")),
        org=org,
    )


def _ways(node: Node, known: Knowledge, name: str) -> tuple[Way, ...]:
    def named(label: str, value: str, base: Knowledge) -> Knowledge:
        return base.forgetting(label) if _FILLED_IN.search(value) else base.with_value(label, value)

    ways = [Way("", named("alertname", name, known))]
    special = (
        ("no data", "noDataState", ("", "NoData"), "DatasourceNoData"),
        ("error", "execErrState", ("Error",), "DatasourceError"),
    )
    for when, key, states, alert in special:
        if text(under(node, key)).strip() in states:
            ways.append(Way(when, named("rulename", name, known.with_value("alertname", alert))))
    return tuple(ways)


def _read_point(point: Node, found: Provisioned, faults: Faults) -> None:
    name = text(under(point, "name"))
    if not name:
        faults.error("bad-alerting-rule", point.place, "a contact point has no name: give it one.")
        return
    kinds: dict[str, int] = {}
    webhooks: list[Webhook] = []
    for receiver in items(under(point, "receivers")):
        kind = text(under(receiver, "type")) or "unknown"
        kinds[kind] = kinds.get(kind, 0) + 1
        if kind == "webhook":
            webhooks.append(_webhook(receiver))
    found.points.setdefault(_org(point), {})[name] = Receiver(name, point.place, kinds, tuple(webhooks))


def _webhook(receiver: Node) -> Webhook:
    settings = under(receiver, "settings")
    url, most = text(under(settings, "url")), text(under(settings, "maxAlerts"))
    ways = ("authorization_credentials", "username", "headers", "hmacConfig", "http_config")
    secure = under(receiver, "secureSettings")
    auth = next((way for way in ways if under(settings, way) or under(secure, way)), "")
    return Webhook(
        place=receiver.place,
        url=None if not url or url.startswith("$") else url.partition("?")[0],
        send_resolved=not is_true(under(receiver, "disableResolveMessage")),
        max_alerts=int(most) if re.fullmatch("[0-9]{1,9}", most) else 0,
        auth=auth,
    )
