"""What an alert was measured at, and where to look: for alerts that bring values or links with them.

Grafana's do. They stand below what a page's template says, so that every template has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from router.store.incidents import StoredAlert

MOST_ALERTS = 10
_STAND_INS = {"DatasourceNoData": "No data from", "DatasourceError": "An error of"}
_LINKS = ("dashboard", "panel", "rule", "image", "runbook", "silence")


def below(message: str, alerts: Sequence[StoredAlert]) -> str:
    """Return a message with the particulars of its first ten alerts below it.

    What the message says already, and what several alerts share, is said once.
    """
    bringing = [alert for alert in alerts if alert.detail.values or alert.detail.links]
    text = message
    for alert in bringing[:MOST_ALERTS]:
        lines = [line for line, said in _lines(alert) if not said or said not in text]
        if lines:
            head = [_difference(alert, alerts)] if len(alerts) > 1 else []
            text += "\n\n" + "\n".join(head + lines)
    return text


def _lines(alert: StoredAlert) -> list[tuple[str, str]]:
    """Return the lines about an alert, each with what need not be said twice; values belong to each."""
    detail = alert.detail
    lines = _why(alert)
    description = detail.annotations.get("description", "").strip()
    if description and not detail.annotations.get("summary"):
        lines.append((description, description))
    if detail.values:
        values = ", ".join(_value(name, value) for name, value in detail.values.items())
        lines.append((f"Values: {values}", ""))
    runbook = detail.annotations.get("runbook_url", "")
    rule = detail.generator_url if detail.generator_url not in detail.links.values() else ""
    links = {**detail.links, "rule": rule, "runbook": runbook}
    named = [(name, links[name]) for name in _LINKS if links.get(name)]
    return lines + [(f"{name.capitalize()}: {url}", url) for name, url in named]


def _why(alert: StoredAlert) -> list[tuple[str, str]]:
    """Return what happened to an alert that stands in for a rule which could not be evaluated.

    Its summary speaks of an outage that nobody has measured (docs/facts.md, section 4).
    """
    what = _STAND_INS.get(alert.labels.get("alertname", ""))
    source = alert.labels.get("datasource_uid")
    if what is None or not source:
        return []
    query = f", query {alert.labels['ref_id']}" if alert.labels.get("ref_id") else ""
    lines = [(f"{what} data source {source}{query}: the rule could not be evaluated.", "")]
    error = alert.detail.annotations.get("Error", "")
    return [*lines, (f"Error: {error}", error)] if error else lines


def _value(name: str, value: str) -> str:
    # Before 9.3 there is one text that names what it measured itself.
    return value if name == "value" and value.startswith("[") else f"{name} = {value}"


def _difference(alert: StoredAlert, alerts: Sequence[StoredAlert]) -> str:
    """Return what tells an alert from the others of its page."""
    own = _differing(alert.labels, [other.labels for other in alerts])
    told = ", ".join(f"{name}={value}" for name, value in own.items())
    return told or alert.labels.get("alertname", "Alert")


def _differing(labels: Mapping[str, str], all_labels: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {
        name: value
        for name, value in labels.items()
        if any(others.get(name) != value for others in all_labels)
    }
