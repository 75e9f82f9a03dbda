"""What an alert was measured at, where to look, and what to do: below what a page's template says.

Values and links come from Grafana, runbooks from everybody. Below the text, no template need name them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlsplit

from router.store.incidents import StoredAlert

MOST_ALERTS = 10
MOST_RUNBOOKS = 5
_STAND_INS = {"DatasourceNoData": "No data from", "DatasourceError": "An error of"}
_LINKS = ("dashboard", "panel", "rule", "image", "silence")
_LOOK_AT = ("graph", "dashboard", "panel", "runbook", "silence", "image")
_LONGEST_LINK = 8_192
_CLASSIC_NAME = re.compile("[a-zA-Z_][a-zA-Z0-9_]*")
_NOT_IN_ADDRESSES = re.compile(r"[\s<>\"]")
_ADDRESS = re.compile(r"https?://[^\s<>\"]{1,1000}")
_GOES_ON = r"(?![\w/%?#&=~+@-]|[.,:;][\w/])"  # a longer address that only begins alike


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


def runbooks(alerts: Sequence[StoredAlert]) -> tuple[str, ...]:
    """Return the web addresses that alerts name as `runbook_url`, each once, the first five."""
    named = dict.fromkeys(alert.detail.annotations.get("runbook_url", "").strip() for alert in alerts)
    return tuple(url for url in named if _ADDRESS.fullmatch(url) and url.isprintable())[:MOST_RUNBOOKS]


def web_link(url: str) -> str:
    """Return an address that may stand in a link, http or https, whatever an alert says; else nothing."""
    url = url.strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    plain = url.isprintable() and not _NOT_IN_ADDRESSES.search(url)
    return url if plain and parts.scheme in ("http", "https") and parts.netloc else ""


def links_of(alert: StoredAlert) -> dict[str, str]:
    """Return where to look about an alert: `graph`, `dashboard`, `panel`, `runbook`, `silence`, `image`.

    Each address once, and only what may be followed. Where the sender names no page for a silence but its own
    address, as Alertmanager does, the form for one with all the alert's labels is named.
    """
    detail, annotations = alert.detail, alert.detail.annotations
    given = {
        **detail.links,
        "dashboard": detail.links.get("dashboard") or annotations.get("dashboard_url", ""),
        "runbook": annotations.get("runbook_url", ""),
        "graph": detail.generator_url,
        "silence": detail.links.get("silence") or _silence(alert),
    }
    found: dict[str, str] = {}
    for name in _LOOK_AT:
        url = web_link(given.get(name, ""))
        if url and url not in found.values():
            found[name] = url
    return found


def with_runbooks(message: str, found: Sequence[str], longest: int) -> str:
    """Return a message with the runbooks below it that it does not name itself.

    What is longer than `longest` characters loses its own end rather than the runbooks.
    """
    said = _cut(message, longest - sum(len(url) + 11 for url in found))
    lines = [f"Runbook: {url}" for url in found if not re.search(re.escape(url) + _GOES_ON, said)]
    return "\n\n".join((said, "\n".join(lines))) if lines else said


def _silence(alert: StoredAlert) -> str:
    detail = alert.detail
    if not detail.external_url or detail.links:  # Grafana says itself where to silence
        return ""
    pairs = (f"{_label_name(name)}={_quoted(value)}" for name, value in sorted(alert.labels.items()))
    matchers = quote("{" + ", ".join(pairs) + "}", safe="")
    url = f"{detail.external_url.rstrip('/')}/#/silences/new?filter={matchers}"
    return url if len(url) <= _LONGEST_LINK else ""


def _label_name(name: str) -> str:
    return name if _CLASSIC_NAME.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


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
    rule = detail.generator_url if detail.generator_url not in detail.links.values() else ""
    links = {**detail.links, "rule": rule}
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
