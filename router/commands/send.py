"""Sends a page that a person or a script asked for (reference, "Send a Page")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection

from router.commands.refusals import Invalid, attribute, invalid
from router.lifecycle.model import DeliveryMode, Person, Plan, Priority, Step, Target
from router.lifecycle.transitions import open_page
from router.metrics import PAGES_CREATED
from router.store import pages, people, traces
from router.store.ids import reserve
from router.store.tables import PAGES
from router.store.targets import known_targets
from router.store.writer import Transaction

_log = structlog.get_logger(__name__)
_EVERYBODY = Target("group", name="All")  # reserved: every active pager


@dataclass(frozen=True, slots=True)
class Escalation:
    """A documented escalation rule; `delay_s` counts from the initial send."""

    step: int
    delay_s: int
    target: Target
    repeat: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """A page as asked for, already checked for shape.

    Parameters:
      subject: one line, at most 200 characters.
      target: by id; None for a broadcast.
      expires_s: seconds, None for never.
    """

    subject: str
    message: str
    delivery_mode: DeliveryMode
    priority: Priority = "normal"
    target: Target | None = None
    repeat_interval_s: int = 60
    expires_s: int | None = None
    escalation: tuple[Escalation, ...] = ()

    def references(self) -> dict[str, Target]:
        """Return what it points to, by the field that a refusal names."""
        found = {} if self.target is None else {f"target_{self.target.kind}_id": self.target}
        for index, rule in enumerate(self.escalation):
            found[f"escalation.{index}.escalate_to_{rule.target.kind}_id"] = rule.target
        return found


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: an integration by its key, or a person. `name` goes on the timeline."""

    org_id: int
    name: str
    integration_id: int | None = None
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A page that is on its way, and to how many people."""

    page_id: int
    recipients: int


def send(
    tx: Transaction,
    sender: Sender,
    asked: Asked,
    now: datetime,
    fallback: tuple[Step, ...] = (),
    traceparent: str = "",
) -> Sent:
    """Store a page and order its first notifications, in one transaction.

    Parameters:
      now: UTC.
      fallback: the default chain, for when nobody can be reached.
      traceparent: of the request; empty when it is not traced.
    Raises Invalid for a target that does not exist in the organisation, or that holds nobody to page.
    """
    faults = reference_faults(tx.connection, sender.org_id, asked.references())
    if faults:
        raise Invalid(faults)
    target = asked.target or _EVERYBODY

    def reach(wanted: Target) -> tuple[Person, ...]:
        return people.reach(tx.connection, wanted, sender.org_id)

    if not reach(target):
        raise _nobody(asked)
    plan = Plan(
        steps=(Step(0, (target,)), *_steps(asked)),
        fallback=fallback,
        repeat_interval_s=asked.repeat_interval_s,
        expires_s=asked.expires_s,
        acknowledge="all",
    )
    (page_id,) = reserve(tx, PAGES, 1)
    why = f"Sent by {sender.name}."
    change = open_page(page_id, sender.org_id, plan, asked.priority, now, reach, why)
    draft = pages.Draft(
        change=change,
        subject=asked.subject,
        message=asked.message,
        delivery_mode=asked.delivery_mode,
        target_user_id=target.id if asked.delivery_mode == "single" else None,
        target_group_id=target.id if asked.delivery_mode == "group" else None,
        integration_id=sender.integration_id,
        created_by_user_id=sender.user_id,
    )
    pages.insert(tx, [draft], now)
    if traceparent:
        traces.keep(tx, [traces.Opened(change.page, traceparent)])
    tx.after_commit(lambda: _tell(page_id, sender, asked))
    return Sent(page_id, len(change.page.recipients))


def _tell(page_id: int, sender: Sender, asked: Asked) -> None:
    """Count a page and log it as intake does."""
    PAGES_CREATED.labels(asked.priority).inc()
    said = f"{page_id} {asked.priority} {asked.delivery_mode} of {sender.name}"
    _log.info("pages opened", page_ids=[page_id], pages=[said])


def reference_faults(
    connection: Connection, org_id: int, references: Mapping[str, Target]
) -> dict[str, list[str]]:
    """Return a sentence for each field that points to nothing in the organisation.

    What belongs to another organisation, and a group that is not active, are as good as nothing.
    """
    known = known_targets(connection, org_id, set(references.values()))
    return {
        field: [f"The selected {attribute(field)} is invalid."]
        for field, target in references.items()
        if target not in known
    }


def _steps(asked: Asked) -> tuple[Step, ...]:
    rules = sorted(asked.escalation, key=lambda rule: (rule.delay_s, rule.step))
    return tuple(Step(rule.delay_s, (rule.target,), rule.repeat) for rule in rules)


def _nobody(asked: Asked) -> Invalid:
    if asked.delivery_mode == "group":
        return invalid("target_group_id", "The selected target group has no active pager.")
    if asked.delivery_mode == "single":
        return invalid("target_user_id", "The selected target user is not an active pager.")
    return invalid("delivery_mode", "The organisation has no active pager to broadcast to.")
