"""What a person is told: a page's text, its occasion in plain words, and how to acknowledge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

from router.delivery.channel import Message
from router.delivery.provenance import provenance_of, why_told
from router.delivery.wording import cut, line, paragraphs
from router.lifecycle.model import Plan

LONGEST_SUBJECT = 200
LONGEST_MESSAGE = 20_000
MOST_ALERTS = 20
_MOST_LABELS = 64
_LONGEST_LABEL = 400

_OCCASION = {
    "repeat": "still unacknowledged: ",
    "escalation": "escalated to you: ",
    "fallback": "nobody else was reached: ",
    "joined": "more alerts on your page: ",
    "resolved": "[RESOLVED] ",
}
_STALE = "[NO LONGER HEARD OF] "


@dataclass(frozen=True, slots=True)
class Told:
    """A page as far as a message tells of it; all text may be hostile.

    Parameters:
      subject, message: rendered already.
      created_at: UTC.
      route: empty for a page that a person or a script sent.
      plan: what rules gave it; None for a page that a person or a script sent.
      why: by which step of the rules the person was paged; empty where none did.
      alerts: labels of the firing alerts, in any number.
      alert_count: how many fire; 0 for a page without alerts.
      closed_reason: why it is over, for the kind `resolved`.
      closed_detail: the same as a sentence; may be empty.
    """

    page_id: int
    subject: str
    message: str
    priority: str
    status: str
    created_at: datetime
    route: str = ""
    plan: Plan | None = None
    why: str = ""
    alerts: Sequence[Mapping[str, str]] = field(default_factory=tuple)
    alert_count: int = 0
    closed_reason: str | None = None
    closed_detail: str = ""


def compose(
    told: Told,
    *,
    notification_id: int,
    kind: str,
    recipient: str,
    page_url: str = "",
) -> Message:
    """Return the message that tells one person of a page.

    Parameters:
      notification_id: the same for every try of one notification.
      kind: `page`, `repeat`, `escalation`, `joined`, `fallback` or `resolved`.
      recipient: the person's name.
      page_url: where the recipient reads and acknowledges it without a log-in; empty when there is none.
    """
    rule = None if told.plan is None else provenance_of(told.plan)
    return Message(
        notification_id=notification_id,
        page_id=told.page_id,
        kind=kind,
        subject=_subject(told, kind),
        text="\n\n".join(filter(None, (_body(told), _facts(told), _what_to_do(told, kind, page_url)))),
        priority=told.priority,
        status=told.status,
        created_at=told.created_at,
        recipient=line(recipient, 200),
        page_url=page_url,
        route=line(told.route, 200),
        why="" if kind == "resolved" else why_told(told.why, rule),
        provenance=rule,
        alerts=tuple(_labels(labels) for labels in islice(told.alerts, MOST_ALERTS)),
        alert_count=told.alert_count,
    )


def _subject(told: Told, kind: str) -> str:
    stale = kind == "resolved" and told.closed_reason == "stale"
    occasion = _STALE if stale else _OCCASION.get(kind, "")
    subject = line(told.subject, LONGEST_SUBJECT) or f"Page {told.page_id}"
    return cut(occasion + subject, LONGEST_SUBJECT)


def _body(told: Told) -> str:
    return paragraphs(told.message, LONGEST_MESSAGE).strip("\n")


def _facts(told: Told) -> str:
    since = told.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    facts = [f"Page {told.page_id}", f"{told.priority} priority", f"since {since}"]
    if told.alert_count:
        facts.append("1 alert" if told.alert_count == 1 else f"{told.alert_count} alerts")
    if told.route:
        facts.append(f"route {line(told.route, 200)}")
    return " · ".join(facts)


def _what_to_do(told: Told, kind: str, page_url: str) -> str:
    if kind == "resolved":
        if told.closed_reason == "stale":
            return "Nothing was heard of its alerts for a long time, so it was closed; check that they ended."
        return f"{line(told.closed_detail, 500) or 'It is over.'} There is nothing to acknowledge."
    if told.status != "active":
        return ""
    if page_url:
        return f"To acknowledge: {page_url}"
    return f"To acknowledge: POST /api/pages/{told.page_id}/acknowledge with your bearer token."


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    return {
        line(name, _LONGEST_LABEL): line(value, _LONGEST_LABEL)
        for name, value in islice(labels.items(), _MOST_LABELS)
    }
