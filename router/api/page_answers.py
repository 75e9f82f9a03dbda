"""Pages and their timelines as the API answers them (reference, "Get a Page")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel

from router.api.responses import Instant, NamedUser, instant, optional_instant
from router.api.schemas import DeliveryMode, Priority, Status
from router.lifecycle.ahead import Ahead
from router.lifecycle.model import Plan, Step
from router.particulars import links_of, web_link
from router.store.page_views import AlertView, PageRef, PageView, RecipientView
from router.store.timeline import EventView, Reasons
from rules.changes import change_json


class SentAnswer(BaseModel):
    """A page is on its way."""

    message: str
    page_id: int
    recipients: int


class DeliveryAnswer(BaseModel):
    """The latest attempt to reach a recipient."""

    state: str
    kind: str
    attempts: int
    detail: str
    at: Instant


class RecipientAnswer(BaseModel):
    """A recipient of a page."""

    id: int
    user_id: int
    status: str
    first_sent_at: Instant | None
    acknowledged_at: Instant | None
    response_note: str | None
    method: str | None
    why: str | None
    delivery: DeliveryAnswer | None
    told: dict[str, int] | None
    user: NamedUser


class TargetAnswer(BaseModel):
    """Whom an escalation step pages: by id, or by the name that the rules give."""

    kind: str
    id: int | None
    name: str | None


class EscalationAnswer(BaseModel):
    """An escalation step; `delay_seconds` counts from `created_at`."""

    delay_seconds: int
    escalate_to: list[TargetAnswer]
    repeat_page: bool


class LastChangeAnswer(BaseModel):
    """The newest commit that touched a route; `of` its `file` where no more is known."""

    author: str
    at: Instant
    commit: str
    of: Literal["route", "file"]


class ProvenanceAnswer(BaseModel):
    """The rule that made a page; `last_change` is null where git does not tell."""

    route: str
    file: str
    line: int
    revision: str
    last_change: LastChangeAnswer | None


class PageAnswer(BaseModel):
    """A page."""

    id: int
    subject: str
    message: str
    priority: Priority
    status: Status
    delivery_mode: DeliveryMode
    repeat_interval_s: int
    created_at: Instant
    expires_at: Instant | None
    next_repeat_at: Instant | None
    recipients: list[RecipientAnswer]
    target_user_id: int | None
    target_group_id: int | None
    escalation: list[EscalationAnswer]
    acknowledge: str
    acknowledged_at: Instant | None
    closed_at: Instant | None
    closed_reason: str | None
    linked_page_id: int | None
    closes_at: Instant | None
    awaits_heartbeat: str | None
    monitoring_down: bool
    flapping: bool
    alert_count: int
    integration: str | None
    created_by: str | None
    route: str | None
    routed_by: str | None
    provenance: ProvenanceAnswer | None
    trace: list[str]


class AlertAnswer(BaseModel):
    """An alert of a page; `links` are where to look about it, `values` what Grafana measured."""

    fingerprint: str
    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str]
    values: dict[str, str]
    links: dict[str, str]
    generator_url: str
    starts_at: Instant | None
    first_heard_at: Instant
    ended_at: Instant | None
    ended_reason: str | None


class AheadAnswer(BaseModel):
    """What is going to happen to a page if nothing happens before; `at` is null when nobody knows."""

    at: Instant | None
    kind: Literal["repeat", "escalation", "expiry", "close", "lapse"]
    detail: str


class PageRefAnswer(BaseModel):
    """Another page."""

    id: int
    subject: str
    status: Status
    created_at: Instant
    closed_at: Instant | None


class FullPageAnswer(PageAnswer):
    """A page with its alerts, at most 100, what lies ahead of it, and what its timeline says of its end."""

    closed_detail: str | None
    closes_detail: str | None
    doubts: list[str]
    ahead: list[AheadAnswer]
    follows: PageRefAnswer | None
    followed_by: list[PageRefAnswer]
    alerts: list[AlertAnswer]


class ChangedPageAnswer(BaseModel):
    """What became of a page."""

    message: str
    page_id: int
    status: Status


class EventAnswer(BaseModel):
    """A line of a timeline."""

    id: int
    at: Instant
    kind: str
    detail: str
    user: NamedUser | None


def page_json(page: PageView) -> dict[str, Any]:
    """Return a page as "Get a Page" shows it, with the further fields that docs/api.md lists."""
    return {
        "id": page.id,
        "subject": page.subject,
        "message": page.message,
        "priority": page.priority,
        "status": page.status,
        "delivery_mode": page.delivery_mode,
        "repeat_interval_s": page.plan.repeat_interval_s,
        "created_at": instant(page.created_at),
        "expires_at": optional_instant(page.expires_at),
        "next_repeat_at": None if page.closes_at else optional_instant(page.next_repeat_at),
        "recipients": [_recipient_json(recipient) for recipient in page.recipients],
        "target_user_id": page.target_user_id,
        "target_group_id": page.target_group_id,
        "escalation": [_step_json(step) for step in page.plan.steps[1:]],
        "acknowledge": page.plan.acknowledge,
        "acknowledged_at": optional_instant(page.acknowledged_at),
        "closed_at": optional_instant(page.closed_at),
        "closed_reason": page.closed_reason,
        "linked_page_id": page.linked_page_id,
        "closes_at": None if page.awaits_heartbeat else optional_instant(page.closes_at),
        "awaits_heartbeat": page.awaits_heartbeat,
        "monitoring_down": page.monitoring_down,
        "flapping": page.flapping,
        "alert_count": page.alert_count,
        "integration": page.integration,
        "created_by": page.created_by,
        "route": page.route or None,
        "routed_by": _routed_by(page.plan),
        "provenance": _provenance_json(page.plan),
        "trace": list(page.plan.trace),
    }


def full_page_json(
    page: PageView,
    alerts: Sequence[AlertView],
    reasons: Reasons,
    ahead: Sequence[Ahead],
    before: PageRef | None,
    after: Sequence[PageRef],
) -> dict[str, Any]:
    """Return a single page, with its alerts and the pages before and after it."""
    return {
        **page_json(page),
        "closed_detail": reasons.closed,
        "closes_detail": reasons.closes,
        "doubts": list(reasons.doubts),
        "ahead": [{"at": optional_instant(one.at), "kind": one.kind, "detail": one.detail} for one in ahead],
        "follows": None if before is None else _ref_json(before),
        "followed_by": [_ref_json(one) for one in after],
        "alerts": [_alert_json(alert) for alert in alerts],
    }


def event_json(event: EventView) -> dict[str, Any]:
    """Return a line of a timeline."""
    known = event.user_id is not None and event.user is not None
    return {
        "id": event.id,
        "at": instant(event.at),
        "kind": event.kind,
        "detail": event.detail,
        "user": {"id": event.user_id, "name": event.user} if known else None,
    }


def _ref_json(page: PageRef) -> dict[str, Any]:
    return {
        "id": page.id,
        "subject": page.subject,
        "status": page.status,
        "created_at": instant(page.created_at),
        "closed_at": optional_instant(page.closed_at),
    }


def _alert_json(view: AlertView) -> dict[str, Any]:
    detail = view.alert.detail
    return {
        "fingerprint": view.fingerprint,
        "status": "firing" if view.ended_at is None else "resolved",
        "labels": dict(view.alert.labels),
        "annotations": {**detail.group_texts, **detail.annotations},
        "values": detail.values,
        "links": links_of(view.alert),
        "generator_url": web_link(detail.generator_url),
        "starts_at": optional_instant(view.starts_at),
        "first_heard_at": instant(view.first_heard_at),
        "ended_at": optional_instant(view.ended_at),
        "ended_reason": view.ended_reason,
    }


def _recipient_json(recipient: RecipientView) -> dict[str, Any]:
    delivery = recipient.delivery
    return {
        "id": recipient.id,
        "user_id": recipient.user_id,
        "status": "pending" if recipient.acknowledged_at is None else "acknowledged",
        "first_sent_at": optional_instant(recipient.first_sent_at),
        "acknowledged_at": optional_instant(recipient.acknowledged_at),
        "response_note": recipient.note,
        "method": recipient.method,
        "why": recipient.why or None,
        "delivery": None
        if delivery is None
        else {
            "state": delivery.state,
            "kind": delivery.kind,
            "attempts": delivery.attempts,
            "detail": delivery.detail,
            "at": instant(delivery.at),
        },
        "told": None if recipient.told is None else dict(recipient.told),
        "user": {"id": recipient.user_id, "name": recipient.name},
    }


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "delay_seconds": step.after_s,
        "escalate_to": [
            {"kind": target.kind, "id": target.id, "name": target.name or None} for target in step.targets
        ],
        "repeat_page": step.repeat,
    }


def _routed_by(plan: Plan) -> str | None:
    """Return where the rule stands that made the page: `payments.yml:14 @a1b2c3d`."""
    return f"{plan.file}:{plan.line} @{plan.revision}" if plan.file else None


def _provenance_json(plan: Plan) -> dict[str, Any] | None:
    if not plan.file:
        return None
    return {
        "route": plan.route,
        "file": plan.file,
        "line": plan.line,
        "revision": plan.revision,
        "last_change": None if plan.last_change is None else change_json(plan.last_change),
    }
