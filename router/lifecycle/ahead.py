"""What lies ahead of a page if nothing happens meanwhile: for people, who want to know before it does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from router.lifecycle.due import describe, fire_step, lapse_at, step_at
from router.lifecycle.model import Change, Page, Reach
from router.lifecycle.spans import spell_span


@dataclass(frozen=True, slots=True)
class Ahead:
    """Something that is going to happen.

    Parameters:
      at: UTC; None when nobody knows. What is overdue comes with the scheduler's next tick.
      detail: a sentence.
    """

    at: datetime | None
    kind: Literal["repeat", "escalation", "expiry", "close", "lapse"]
    detail: str


def ahead(page: Page, reach: Reach) -> tuple[Ahead, ...]:
    """Return what lies ahead of a page in the order of its time; of its repeats the next one only.

    Parameters:
      reach: who a target is at this moment; whoever is there when the step fires is told.
    """
    if page.closed_at is not None:
        return ()
    if page.awaits_heartbeat is not None:
        detail = (
            f"Closes once heartbeat {page.awaits_heartbeat} has been heard, unless an alert fires before."
        )
        return (Ahead(None, "close", detail),)
    if page.closes_at is not None:
        return (Ahead(page.closes_at, "close", "Closes: every alert has ended. Unless one fires before."),)
    if page.status == "acknowledged":
        return tuple(_after_acknowledgement(page))
    return (*_while_nobody_has_it(page, reach), *_end(page))


def _while_nobody_has_it(page: Page, reach: Reach) -> Iterable[Ahead]:
    repeated = False
    while True:
        at = step_at(page)
        limits = [moment for moment in (at, page.expires_at) if moment is not None]
        again = page.next_repeat_at if page.repeating else None
        if again is not None and not repeated and all(again < limit for limit in limits):
            repeated = True
            yield Ahead(again, "repeat", _repeat(page))
        if at is None or (page.expires_at is not None and page.expires_at <= at):
            return
        fired = fire_step(Change(page), reach)
        yield Ahead(at, "escalation", _escalation(page, fired))
        page = fired.page


def _repeat(page: Page) -> str:
    pending = [r.name or f"user {r.user_id}" for r in page.recipients if r.acknowledged_at is None]
    every = spell_span(page.plan.repeat_interval_s)
    if not page.recipients:
        return f"Looks again, every {every}, whether anybody is there to be told."
    return f"Tells again, every {every}: {', '.join(pending)}."


def _escalation(page: Page, fired: Change) -> str:
    step = page.plan.steps[page.next_step]
    targets = ", ".join(describe(target) for target in step.targets)
    told = [one.person.name or f"user {one.person.user_id}" for one in fired.notify]
    missing = [event.detail for event in fired.events if event.kind == "unreachable"]
    said = [f"Escalates to {targets}: {', '.join(told) or 'nobody'}.", *missing]
    if not fired.page.repeating:
        said.append("Repeats stop then.")
    return " ".join(said)


def _after_acknowledgement(page: Page) -> Iterable[Ahead]:
    at = lapse_at(page)
    if page.plan.is_test:
        yield from _end(page)
    elif at is not None:
        yield Ahead(at, "lapse", "The acknowledgement lapses: if it still fires then, a new page follows.")


def _end(page: Page) -> Iterable[Ahead]:
    if page.expires_at is None:
        return
    if page.plan.is_test:
        yield Ahead(page.expires_at, "close", "Closes by itself: it is a test.")
    else:
        yield Ahead(page.expires_at, "expiry", "Expires, unless somebody acknowledges before.")
