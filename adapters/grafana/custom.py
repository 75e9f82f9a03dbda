"""Custom payloads: whatever a template writes becomes one alert with its text, never a loss.

An object's `subject` (or `title`) names the alert and its `message` is the summary; its other short fields
are labels, for rules to route on. An object without one is named by an `alertname` or a description in it,
else by its fields; what is no object by its first line; the text is the summary. A template sends the same
text again as a reminder and as a new outage, so that a post always counts as a new episode: paged twice
beats not at all. Grafana's own marks of an end (`"status": "resolved"`, `"state": "ok"`, a subject that
starts with `[RESOLVED]`) end what bears the same subject.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from itertools import islice
from typing import Any

from adapters.alert import Alert, AlertStatus, Batch
from adapters.text import MAX_ANNOTATION, MAX_ENTRIES, as_text, clean, cut, label_map, short

MAX_SUBJECT = 200
_NAMED = 20  # fields, in the name of an object without one
_MARK = re.compile(r"^\s*\[(FIRING|RESOLVED)[^\]]*\]\s*")
_ENDED = {"status": ("resolved",), "state": ("resolved", "ok")}
_SUBJECTS = ("subject", "title")
_DESCRIPTIONS = ("summary", "description")
_TEXTS = (*_SUBJECTS, *_DESCRIPTIONS, "message")


def custom_object(raw: dict[str, Any], now: datetime) -> Batch:
    """Return the batch of a JSON object that no sender of ours writes; `now` is UTC."""
    subject = _first_text([raw], _SUBJECTS)
    inside = [raw, *(value for value in islice(raw.values(), MAX_ENTRIES) if isinstance(value, dict))]
    fields = _short_fields(raw)
    told = subject or fields.pop("alertname", "") or _first_text(inside, (*_SUBJECTS, *_DESCRIPTIONS))
    text = as_text(dict(islice(raw.items(), MAX_ENTRIES)))
    labels = {"alertname": cut(told or _listed(raw), MAX_SUBJECT)}
    labels |= {name: value for name, value in fields.items() if name != "alertname"}
    summary = _first_text([raw], ("message",)) or subject or text
    return _batch(_MARK.sub("", subject) or text, labels, summary, _status(raw, subject), now)


def custom_text(body: bytes, now: datetime) -> Batch:
    """Return the batch of any other body: not JSON, not UTF-8, empty; `now` is UTC."""
    text = body.decode("utf-8", "replace").strip()
    lines = text[: 2 * MAX_ANNOTATION].splitlines()
    subject = clean(lines[0]).strip() if lines else ""
    labels = {"alertname": cut(subject or "A webhook without text", MAX_SUBJECT)}
    return _batch(text, labels, text, "firing", now)


def _batch(identity: str, labels: dict[str, str], summary: str, status: AlertStatus, now: datetime) -> Batch:
    text = short(summary, MAX_ANNOTATION)
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()
    alert = Alert(
        fingerprint=f"custom:{digest[:16]}",
        status=status,
        labels=label_map(labels),
        annotations={"summary": text} if text else {},
        starts_at=now if status == "firing" else None,
        ends_at=now if status == "resolved" else None,
    )
    return Batch(adapter="grafana", receiver="", group_key=alert.fingerprint, alerts=(alert,))


def _status(raw: dict[str, Any], subject: str) -> AlertStatus:
    for name, ends in _ENDED.items():
        if _first_text([raw], (name,)).lower() in ends:
            return "resolved"
    mark = _MARK.match(subject)
    return "resolved" if mark is not None and mark[1] == "RESOLVED" else "firing"


def _first_text(objects: list[dict[str, Any]], names: tuple[str, ...]) -> str:
    texts = (one.get(name) for name in names for one in objects)
    return next((text.strip() for text in texts if isinstance(text, str) and text.strip()), "")


def _listed(raw: dict[str, Any]) -> str:
    named = (f"{name}: {as_text(value)}" for name, value in islice(raw.items(), _NAMED))
    return ", ".join(named) or "An empty object"


def _short_fields(raw: dict[str, Any]) -> dict[str, str]:
    fields = (
        (name, as_text(value))
        for name, value in raw.items()
        if name not in _TEXTS and isinstance(value, str | int | float)
    )
    return dict(islice(((name, text) for name, text in fields if len(text) <= MAX_SUBJECT), MAX_ENTRIES))
