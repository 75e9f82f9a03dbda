"""What Grafana posts, of every generation, as a Batch: no body is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from adapters.alert import Alert, Batch, PayloadError
from adapters.alertmanager.lenient import read_alert, read_list, read_object
from adapters.detect import sender_of_json
from adapters.grafana.custom import custom_object, custom_text
from adapters.grafana.legacy import parse_legacy
from adapters.grafana.trial import mark_test
from adapters.grafana.values import value_map
from adapters.json_body import read_json
from adapters.repeated import tell_apart
from adapters.text import MAX_ANNOTATION, MAX_ENTRIES, MAX_LABEL, MAX_NAME, as_text, link, short

_LINKS = {"silence": "silenceURL", "dashboard": "dashboardURL", "panel": "panelURL", "image": "imageURL"}


def parse(body: bytes, now: datetime) -> Batch:
    """Return the batch in whatever a Grafana posted.

    Unified alerting (8 and later; docs/facts.md, section 4), legacy alerting (section 5), the bodies of
    version "4" that imported Mimir configurations send, and custom payloads of any kind, which become one
    alert. An alert that cannot be read is among the batch's `rejected`. `trial.is_test` tells the Test
    button.

    Parameters:
      body: as received.
      now: UTC.
    """
    try:
        return _of_json(read_json(body), body, now)
    except (PayloadError, RecursionError):
        return custom_text(body, now)


def _of_json(raw: Any, body: bytes, now: datetime) -> Batch:
    sender = sender_of_json(raw)
    if sender == "grafana-legacy":
        return parse_legacy(raw, now)
    if sender == "prometheus":
        return tell_apart(read_list(raw, now, adapter="grafana"))
    if not isinstance(raw, dict):
        return custom_text(body, now)
    if sender == "unknown" or not raw["alerts"]:
        return custom_object(raw, now)
    read = read_unified if sender == "grafana" else read_alert
    batch = mark_test(tell_apart(read_object(raw, read, now, adapter="grafana")))
    return replace(batch, common_annotations={**batch.common_annotations, **_templated(raw)})


def read_unified(raw: Any, now: datetime) -> Alert:
    """Return one alert of unified alerting: Alertmanager's fields, values and links.

    The rule's UID and enrichments are annotations: `grafana_rule_uid`, `grafana_enrichment_NAME`. Before
    9.3 the values come as one text, kept under the name `value`.

    Raises UnreadableAlertError as `read_alert` does.
    """
    alert = read_alert(raw, now)
    links = {name: link(raw.get(key)) for name, key in _LINKS.items()}
    values = value_map(raw.get("values"))
    told = raw.get("valueString")
    if not values and isinstance(told, str) and told:
        values = {"value": short(told, MAX_LABEL)}
    return replace(
        alert,
        annotations={**alert.annotations, **_extras(raw)},
        links={name: url for name, url in links.items() if url},
        values=values,
    )


def _extras(raw: dict[str, Any]) -> dict[str, str]:
    extras: dict[str, str] = {}
    uid, enrichments = raw.get("ruleUID"), raw.get("enrichments")
    if isinstance(uid, str) and uid:
        extras["grafana_rule_uid"] = short(uid, MAX_NAME)
    if isinstance(enrichments, dict):
        for name, value in islice(enrichments.items(), MAX_ENTRIES):
            extras[f"grafana_enrichment_{short(name, MAX_NAME)}"] = short(as_text(value), MAX_ANNOTATION)
    return extras


def _templated(raw: dict[str, Any]) -> dict[str, str]:
    """The title and message that users may template in Grafana, for templates of ours to use."""
    texts = {"grafana_title": raw.get("title"), "grafana_message": raw.get("message")}
    return {
        name: short(text, MAX_ANNOTATION) for name, text in texts.items() if isinstance(text, str) and text
    }
