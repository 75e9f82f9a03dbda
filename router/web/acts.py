"""What people do to pages: acknowledge one or many, tell again, escalate, cancel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from starlette.responses import Response

from router.api.errors import HttpError
from router.commands.acknowledge import acknowledge, acknowledge_each
from router.commands.cancel import cancel
from router.commands.refusals import Missing, invalid
from router.commands.urge import Urged, escalate, repage
from router.lifecycle.transitions import Actor
from router.store import page_views
from router.store.writer import Transaction
from router.web.screen import Screen, Visit, back_to

Urge = Callable[[Transaction, int, Actor, int, datetime], Urged]
_LONGEST_NOTE = 500
_AT_ONCE = 100
_MOST = 1_000


def acknowledge_page(visit: Visit) -> Response:
    """Take a page in hand, with a note or without."""
    page_id, note = visit.number("Page"), _note(visit)
    with visit.services.database.read() as connection:
        if not page_views.can_see(connection, visit.sight, page_id):
            raise Missing("Page")
    user = visit.user
    visit.services.writer.run(
        lambda tx: acknowledge(tx, user.org_id, visit.actor, page_id, visit.now, "web", note)
    )
    return back_to(f"/pages/{page_id}", "You have it. Nobody is called again for this page.")


def acknowledge_chosen(visit: Visit) -> Response:
    """Take all pages in hand that were ticked."""
    page_ids = visit.numbers("page")[:_MOST]
    if not page_ids:
        raise invalid("page", "No page was ticked: tick those that you take in hand.")
    done, refused = acknowledge_all(visit, visit.user.org_id, page_ids, _note(visit))
    said = f"You have {done} {'page' if done == 1 else 'pages'}."
    if refused:
        said += f" {refused} could not be acknowledged: they are over, or not yours."
    return back_to("/", said)


def acknowledge_all(visit: Visit, org_id: int, page_ids: Sequence[int], note: str | None) -> tuple[int, int]:
    """Acknowledge pages as the person who visits, few at a time; returns how many were, and were not."""
    refused = 0
    for start in range(0, len(page_ids), _AT_ONCE):
        some = page_ids[start : start + _AT_ONCE]
        refused += len(visit.services.writer.run(partial(_acknowledge_some, visit, org_id, some, note)))
    return len(page_ids) - refused, refused


def _acknowledge_some(
    visit: Visit, org_id: int, page_ids: Sequence[int], note: str | None, tx: Transaction
) -> dict[int, str]:
    return acknowledge_each(tx, org_id, visit.actor, page_ids, visit.now, "web", note)


def repage_page(visit: Visit) -> Response:
    """Tell everybody again who has not acknowledged."""
    return _urge(visit, repage, "Told again:")


def escalate_page(visit: Visit) -> Response:
    """Let the next step of the chain come now."""
    return _urge(visit, escalate, "Escalated to")


def _urge(visit: Visit, act: Urge, said: str) -> Response:
    page_id, user = visit.number("Page"), visit.user
    with visit.services.database.read() as connection:
        if not page_views.can_see(connection, visit.sight, page_id):
            raise Missing("Page")
    urged = visit.services.writer.run(lambda tx: act(tx, user.org_id, visit.actor, page_id, visit.now))
    names = ", ".join(person.name for person in urged.told) or "nobody: the timeline says why"
    again = "This was asked for a moment ago, and is not done twice."
    return back_to(f"/pages/{page_id}", again if urged.again else f"{said} {names}.")


def cancel_page(visit: Visit) -> Response:
    """End a page for good."""
    page_id, user = visit.number("Page"), visit.user
    visit.services.writer.run(lambda tx: cancel(tx, user.org_id, visit.actor, page_id, visit.now))
    return back_to(f"/pages/{page_id}", "The page is cancelled.")


def _note(visit: Visit) -> str | None:
    note = visit.text("note")
    if len(note) > _LONGEST_NOTE:
        raise HttpError(422, f"A note has at most {_LONGEST_NOTE} characters; this one has {len(note)}.")
    return note or None


SCREENS = (
    Screen("POST", "/pages/acknowledge", acknowledge_chosen, "user"),
    Screen("POST", "/pages/{id}/acknowledge", acknowledge_page, "user"),
    Screen("POST", "/pages/{id}/repage", repage_page, "user"),
    Screen("POST", "/pages/{id}/escalate", escalate_page, "user"),
    Screen("POST", "/pages/{id}/cancel", cancel_page, "admin"),
)
