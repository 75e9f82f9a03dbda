"""Reference, "Send a Page": what both endpoints for sending do with a documented body."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from router import tracing
from router.api.body import decode_object
from router.api.operation import Call
from router.api.schemas import MAX_STEPS, EscalationBody, SendBody
from router.api.services import Services
from router.api.validation import MAX_ID, check
from router.commands.once import LONGEST_KEY, Once, send_once
from router.commands.refusals import Invalid, invalid
from router.commands.send import Asked, Escalation, Sender, reference_faults, send
from router.lifecycle.model import Target
from router.store.writer import Transaction


def send_page(call: Call, sender: Sender, scope: str) -> Response:
    """Check a body, store the page, and answer 201; every fault is reported at once.

    Parameters:
      scope: whose Idempotency-Keys these are: `key:ID` or `user:ID`.
    """
    asked = asked_for(call.services, sender.org_id, decode_object(call.body))
    once = _once(call, scope)
    fallback = call.services.rules.fallback(sender.org_id)
    span = tracing.current.get()
    parent = span.traceparent if span is not None else ""

    def job(tx: Transaction) -> Any:
        return send_once(tx, once, call.now, lambda tx: send(tx, sender, asked, call.now, fallback, parent))

    sent, repeated = call.services.writer.run(job)
    answer = {
        "message": "Page sent successfully",
        "page_id": sent.page_id,
        "recipients": sent.recipients,
    }
    return JSONResponse(answer, 201, {"Idempotent-Replayed": "true"} if repeated else {})


def asked_for(services: Services, org_id: int, raw: Mapping[str, Any]) -> Asked:
    """Return the page that a body asks for. Raises Invalid with every fault."""
    body, faults = check(SendBody, raw)
    if body is None:
        with services.database.read() as connection:
            unknown = reference_faults(connection, org_id, _references(raw, faults))
        raise Invalid({**faults, **unknown})
    return _asked(body)


def _asked(body: SendBody) -> Asked:
    targets = {
        "single": ("user", body.target_user_id),
        "group": ("group", body.target_group_id),
    }
    kind, target_id = targets.get(body.delivery_mode, ("", None))
    return Asked(
        subject=body.subject,
        message=body.message,
        delivery_mode=body.delivery_mode,
        priority=body.priority or "normal",
        target=None if target_id is None else Target("user" if kind == "user" else "group", target_id),
        repeat_interval_s=body.repeat_interval_s or 60,
        expires_s=None if body.expires_minutes is None else body.expires_minutes * 60,
        escalation=tuple(_escalation(rule) for rule in body.escalation or ()),
    )


def _escalation(rule: EscalationBody) -> Escalation:
    if rule.escalate_to_user_id is not None:
        target = Target("user", rule.escalate_to_user_id)
    else:
        target = Target("group", rule.escalate_to_group_id)
    return Escalation(rule.step, rule.delay_seconds, target, rule.repeat_page is not False)


def _once(call: Call, scope: str) -> Once | None:
    key = call.request.headers.get("idempotency-key", "").strip()
    if not key:
        return None
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise invalid(
            "idempotency_key", f"An Idempotency-Key has at most {LONGEST_KEY} printable characters."
        )
    return Once(scope, key, hashlib.sha256(call.body).hexdigest())


def _references(raw: Mapping[str, Any], faults: Mapping[str, Any]) -> dict[str, Target]:
    """Return what a body with other faults points to, where that itself is well-formed."""
    mode = raw.get("delivery_mode")
    found: dict[str, object] = {}
    if mode == "single":
        found["target_user_id"] = raw.get("target_user_id")
    if mode == "group":
        found["target_group_id"] = raw.get("target_group_id")
    escalation = raw.get("escalation")
    for index, rule in enumerate(escalation[:MAX_STEPS] if isinstance(escalation, list) else ()):
        if isinstance(rule, dict):
            for field in ("escalate_to_user_id", "escalate_to_group_id"):
                found[f"escalation.{index}.{field}"] = rule.get(field)
    return {
        field: Target("user" if field.endswith("user_id") else "group", value)
        for field, value in found.items()
        if field not in faults and type(value) is int and 1 <= value <= MAX_ID
    }
