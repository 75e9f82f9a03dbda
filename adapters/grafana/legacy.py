"""Grafana's legacy alerting (4 to 10): one rule and its state in one body (docs/facts.md, section 5)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from adapters.alert import Alert, Batch
from adapters.fingerprint import fingerprint_of
from adapters.grafana.trial import trial_fingerprint
from adapters.grafana.values import number_text
from adapters.text import (
    MAX_ANNOTATION,
    MAX_ENTRIES,
    MAX_LABEL,
    MAX_NAME,
    as_text,
    clean,
    cut,
    label_map,
    link,
    short,
)

_ENDED = ("ok", "paused")


def parse_legacy(raw: dict[str, Any], now: datetime) -> Batch:
    """Return the batch of a decoded legacy body.

    `alerting`, `no_data` and any state that we do not know fire, `ok` and `paused` resolve, `pending` pages
    nobody: its batch has no alerts. There are no times; the key is (`orgId`, `ruleId`), or the rule's name
    where early releases gave no id. `ruleId` 0 is the Test button.

    Parameters:
      raw: the body's JSON object, any of its fields missing or of a wrong type.
      now: UTC.
    """
    state = as_text(raw.get("state")).strip().lower()
    title = short(as_text(raw.get("title")), MAX_ANNOTATION)
    name = short(as_text(raw.get("ruleName")), MAX_LABEL) or title or "Grafana alert"
    external_url = link(raw.get("ruleUrl"))
    pressed = raw.get("ruleId") == 0 and raw.get("ruleId") is not False
    key = trial_fingerprint(external_url, now.isoformat()) if pressed else _key(raw, name)
    batch = Batch(
        adapter="grafana",
        receiver="",
        group_key=key,
        alerts=(),
        common_annotations={"grafana_title": title} if title else {},
    )
    if state == "pending":
        return batch
    ended = state in _ENDED
    matches = _matches(raw.get("evalMatches"))
    image = link(raw.get("imageUrl"))
    alert = Alert(
        fingerprint=key,
        status="resolved" if ended else "firing",
        labels=_labels(raw, name, state, matches),
        annotations=_annotations(raw, title, state),
        ends_at=now if ended else None,
        generator_url=external_url,
        links={name: url for name, url in (("dashboard", external_url), ("image", image)) if url},
        values=_values(matches),
    )
    return replace(batch, alerts=(alert,))


def _key(raw: dict[str, Any], name: str) -> str:
    rule = raw.get("ruleId")
    known = isinstance(rule, int | str) and not isinstance(rule, bool) and len(str(rule)) <= 40
    told = clean(str(rule)) if known and rule != "" else f"name-{fingerprint_of({'ruleName': name})}"
    org = raw.get("orgId")
    return f"legacy:{org if type(org) is int and 0 <= org < 2**31 else 0}:{told}"


def _labels(raw: dict[str, Any], name: str, state: str, matches: list[dict[str, Any]]) -> dict[str, str]:
    """The rule's tags; then the tags that all its matches share; what names the rule wins over both."""
    shared: dict[str, str] = {}
    if matches:
        tags = [_tags(match.get("tags")) for match in matches]
        shared = {key: value for key, value in tags[0].items() if all(one.get(key) == value for one in tags)}
    own = {"alertname": name, "grafana_state": state}
    return label_map({**own, **shared, **_tags(raw.get("tags")), **own})


def _annotations(raw: dict[str, Any], title: str, state: str) -> dict[str, str]:
    summary = short(as_text(raw.get("message")), MAX_ANNOTATION) or title
    if state == "no_data":
        summary = cut(f"No data: {summary}", MAX_ANNOTATION)
    return {"summary": summary} if summary else {}


def _tags(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {name: as_text(text) for name, text in islice(value.items(), MAX_ENTRIES)}


def _matches(value: object) -> list[dict[str, Any]]:
    listed = value if isinstance(value, list) else []
    return [match for match in listed if isinstance(match, dict)][:MAX_ENTRIES]


def _values(matches: list[dict[str, Any]]) -> dict[str, str]:
    """Values by metric; metrics of one name are told apart by their tags."""
    times = Counter(as_text(match.get("metric")) for match in matches)
    values: dict[str, str] = {}
    for match in matches:
        metric = as_text(match.get("metric"))
        if times[metric] > 1:
            metric += (
                "{" + ",".join(f"{key}={value}" for key, value in _tags(match.get("tags")).items()) + "}"
            )
        values[short(metric, MAX_NAME) or "value"] = number_text(match.get("value"))
    return values
