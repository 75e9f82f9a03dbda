"""How sending went: written down, with what follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import sqlalchemy as sa
import structlog

from router.lifecycle.due import fall_back
from router.lifecycle.model import Change, Contact, Event, Notify, Person
from router.lifecycle.sending import AfterFailure, after_failure, brings_next_contact
from router.store import failing, outbox, pages
from router.store.contacts import remove_gone
from router.store.lease import Sending
from router.store.reach import reaching
from router.store.tables import NOTIFICATIONS, RECIPIENTS
from router.store.unheard import say_unheard
from router.store.writer import Transaction

_LONGEST_DETAIL = 500
_log = structlog.get_logger(__name__)
_TRIED_NEXT = " The next contact is tried."
_FAILING = " The destination is failing: the next contact is tried at once."


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try went, as far as it is recorded; `detail` has no secrets.

    Parameters:
      gone: nothing will ever arrive at this contact again.
    """

    outcome: Literal["ok", "permanent", "retryable"]
    detail: str = ""
    retry_after_s: float | None = None
    provider_id: str | None = None
    gone: bool = False


def record(
    tx: Transaction, sending: Sending, outcome: Outcome, now: datetime, chance: float
) -> list[Sending]:
    """Write down how a try went, and what follows: a retry, the next contact, the default chain.

    A contact at which nothing will ever arrive again is taken away; that says nothing of its destination.

    What went in one digest shares its outcome, and goes its own way from there.

    Parameters:
      chance: a random number from 0 to 1, for the jitter of retries.
    Returns those by which somebody was told of a page for the first time.
    """
    if outcome.outcome == "ok":
        return [one for one in (sending, *sending.others) if _arrived(tx, one, outcome, now)]
    failed = [one for one in (sending, *sending.others) if _retried(tx, one, outcome, now, chance)]
    if not failed:
        return []
    if outcome.gone:
        outcome = _without_contact(tx, sending, outcome)
    is_failing = _speaks_of_destination(sending, outcome) and failing.judge(
        tx, sending.org_id, sending.destination, outcome.detail[:_LONGEST_DETAIL], now
    )
    for one in failed:
        _follow(tx, one, outcome, now, chance, is_failing=is_failing)
    return []


def _arrived(tx: Transaction, sending: Sending, outcome: Outcome, now: datetime) -> bool:
    return _finish(tx, sending, "sent", outcome, None, now) and _told(tx, sending, now)


def _retried(tx: Transaction, sending: Sending, outcome: Outcome, now: datetime, chance: float) -> bool:
    """Say when a notification that failed is tried again; returns whether it was ours."""
    then = _then(sending, outcome, chance)
    if then.retry_in_s is None:
        return _finish(tx, sending, "failed", outcome, None, now)
    state = "due" if sending.digest_id is None else "gathered"
    return _finish(tx, sending, state, outcome, now + timedelta(seconds=then.retry_in_s), now)


def _then(sending: Sending, outcome: Outcome, chance: float) -> AfterFailure:
    assert outcome.outcome != "ok"
    return after_failure(outcome.outcome, sending.attempts, outcome.retry_after_s, chance)


def _follow(
    tx: Transaction, sending: Sending, outcome: Outcome, now: datetime, chance: float, *, is_failing: bool
) -> None:
    """Bring in a person's next contact, or the default chain, after a try that failed."""
    then = _then(sending, outcome, chance)
    brings_next = brings_next_contact(then, sending.attempts, failing=is_failing)
    if not (brings_next or sending.attempts > 1):
        return
    following = _next_contact(tx, sending)
    if following is not None or brings_next or then.retry_in_s is None:
        then_tried = "" if following is None else _FAILING if is_failing else _TRIED_NEXT
        _say_failed(tx, sending, outcome, then_tried, now)
    if following is not None:
        person = Person(sending.user_id, sending.recipient)
        order = outbox.Order(sending.page_id, sending.priority, Notify(person, sending.kind))
        outbox.add_next_contact(tx, order, *following, now, together=sending.digest_id is not None)
    elif then.retry_in_s is None and sending.kind == "joined":
        say_unheard(tx, sending.page_id, sending.user_id, sending.recipient, now)
    elif then.retry_in_s is None:
        _fall_back(tx, sending, now)


def _without_contact(tx: Transaction, sending: Sending, outcome: Outcome) -> Outcome:
    """Take the contact away, and say so in what is told of the try."""
    if sending.contact_id is None or not remove_gone(tx.connection, sending.contact_id):
        return outcome
    about = {"contact_id": sending.contact_id, "recipient": sending.recipient}
    tx.after_commit(partial(_log.warning, "contact removed", **about, detail=outcome.detail))
    return replace(outcome, detail=f"{outcome.detail}, and the contact is removed")


def _next_contact(tx: Transaction, sending: Sending) -> tuple[Contact, int] | None:
    """Return the person's next contact and its place; None when there is none, or it was brought in already.

    The try that would have brought it in may have died with its process. Where the contact itself was
    removed, the next one has moved up to its place.
    """
    contacts = outbox.contacts_of(tx.connection, {sending.user_id}).get(sending.user_id, ())
    places = [place for place, contact in enumerate(contacts) if contact.id == sending.contact_id]
    place = places[0] + 1 if places else sending.contact_index
    if place >= len(contacts):
        return None
    brought = sa.select(NOTIFICATIONS.c.id).where(
        NOTIFICATIONS.c.page_id == sending.page_id,
        NOTIFICATIONS.c.user_id == sending.user_id,
        NOTIFICATIONS.c.kind == sending.kind,
        NOTIFICATIONS.c.contact_id == contacts[place].id,
        NOTIFICATIONS.c.id > sending.id,
    )
    if tx.connection.execute(brought.limit(1)).first() is not None:
        return None
    return contacts[place], place


def _finish(
    tx: Transaction, sending: Sending, state: str, outcome: Outcome, at: datetime | None, now: datetime
) -> bool:
    values = {
        "to_state": state,
        "to_at": at,
        "to_tried": now
        if _speaks_of_destination(sending, outcome) and sending.digest_id in (None, sending.id)
        else None,
        "to_finished": now if at is None else None,
        "to_detail": outcome.detail[:_LONGEST_DETAIL],
        "to_provider": outcome.provider_id,
        "mine": sending.id,
        "with_attempts": sending.attempts,
    }
    return tx.connection.execute(_FINISH, values).rowcount == 1


def _told(tx: Transaction, sending: Sending, now: datetime) -> bool:
    """Note a person's first delivery; returns whether it is the page's first as well."""
    who = {"page": sending.page_id, "person": sending.user_id}
    heard_before = tx.connection.execute(_HEARD, {"page": sending.page_id}).first() is not None
    if tx.connection.execute(_FIRST_SENT, {**who, "now": now}).rowcount != 1:
        return False
    how = "" if sending.digest_id is None else ", in a digest"
    event = Event("delivered", f"Told {sending.recipient} by {sending.destination}{how}.", sending.user_id)
    pages.add_event(tx, sending.page_id, event, now)
    return not heard_before


def _speaks_of_destination(sending: Sending, outcome: Outcome) -> bool:
    """Whether the destination can have had a part in it.

    A contact that was removed was never sent to; one that is gone was answered well.
    """
    return sending.url_encrypted is not None and not outcome.gone


def _say_failed(tx: Transaction, sending: Sending, outcome: Outcome, then: str, now: datetime) -> None:
    detail = f"Could not tell {sending.recipient} by {sending.destination}: {outcome.detail}.{then}"
    pages.add_event(tx, sending.page_id, Event("delivery_failed", detail, sending.user_id), now)


def _fall_back(tx: Transaction, sending: Sending, now: datetime) -> None:
    """Ask the default chain when this was the last hope of reaching anybody."""
    hope = sa.select(NOTIFICATIONS.c.id).where(
        NOTIFICATIONS.c.page_id == sending.page_id, NOTIFICATIONS.c.next_attempt_at.is_not(None)
    )
    page = pages.load(tx.connection, [sending.page_id], lock=True)[sending.page_id]
    told = any(recipient.first_sent_at or recipient.acknowledged_at for recipient in page.recipients)
    if told or page.status != "active" or tx.connection.execute(hope.limit(1)).first() is not None:
        return
    change = fall_back(Change(page), now, reaching(tx.connection, page.org_id))
    pages.save(tx, [pages.Save(page, change)], now)


# Built once, and so compiled once: these run for every send.
_FINISH = (
    sa.update(NOTIFICATIONS)
    .where(
        NOTIFICATIONS.c.id == sa.bindparam("mine"),
        NOTIFICATIONS.c.attempts == sa.bindparam("with_attempts"),
        NOTIFICATIONS.c.state == "sending",
    )
    .values(
        state=sa.bindparam("to_state"),
        next_attempt_at=sa.bindparam("to_at"),
        tried_at=sa.func.coalesce(
            sa.bindparam("to_tried", type_=NOTIFICATIONS.c.tried_at.type), NOTIFICATIONS.c.tried_at
        ),
        finished_at=sa.bindparam("to_finished"),
        detail=sa.bindparam("to_detail"),
        provider_id=sa.bindparam("to_provider"),
    )
)
_HEARD = (
    sa.select(RECIPIENTS.c.id)
    .where(RECIPIENTS.c.page_id == sa.bindparam("page"), RECIPIENTS.c.first_sent_at.is_not(None))
    .limit(1)
)
_FIRST_SENT = (
    sa.update(RECIPIENTS)
    .where(
        RECIPIENTS.c.page_id == sa.bindparam("page"),
        RECIPIENTS.c.user_id == sa.bindparam("person"),
        RECIPIENTS.c.first_sent_at.is_(None),
    )
    .values(first_sent_at=sa.bindparam("now"))
)
