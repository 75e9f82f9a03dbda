"""Which sender a body is from, told by its shape (docs/facts.md, section 1)."""

from __future__ import annotations

from typing import Any, Literal

from adapters.alert import PayloadError
from adapters.json_body import read_json

Sender = Literal["alertmanager", "grafana", "grafana-legacy", "prometheus", "unknown"]

_UNIFIED = ("orgId", "state", "title")
_GROUPED = ("groupKey", "receiver", "commonLabels")
_LEGACY = ("ruleId", "evalMatches", "state")


def sender_of(body: bytes) -> Sender:
    """Return who posted a body; `unknown` for what is not JSON and for custom payloads."""
    try:
        return sender_of_json(read_json(body))
    except PayloadError:
        return "unknown"


def sender_of_json(raw: Any) -> Sender:
    """Return who posted a decoded JSON value; fields may be missing, so that one sign of several will do."""
    if isinstance(raw, list):
        posted = any(isinstance(one, dict) and isinstance(one.get("labels"), dict) for one in raw)
        return "prometheus" if posted else "unknown"
    if not isinstance(raw, dict):
        return "unknown"
    if not isinstance(raw.get("alerts"), list):
        return "grafana-legacy" if sum(name in raw for name in _LEGACY) >= 2 else "unknown"
    version = str(raw.get("version"))
    if version == "4":
        return "alertmanager"
    if version == "1" or any(name in raw for name in _UNIFIED):
        return "grafana"
    return "alertmanager" if any(name in raw for name in _GROUPED) else "unknown"
