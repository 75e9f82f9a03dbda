"""The quarantine, for admins: what could not be read, and why; replayed, or dismissed."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from router.api.ledger import body_text
from router.api.pagination import offset
from router.api.quarantine import QuarantineQuery
from router.commands import quarantine as commands
from router.commands.refusals import Invalid
from router.replay import Replayed
from router.store import ledger, quarantine
from router.web.forms import FRESH, Form, asks_again
from router.web.lists import show_list
from router.web.render import render
from router.web.screen import Screen, Visit, back_to

_WHAT = "Quarantine entry"
_MOST_SHOWN = 20_000


def show_quarantine(visit: Visit) -> Response:
    """List what could not be read, newest first; what waits, unless all is asked for."""
    return show_list(
        visit,
        "quarantine.html",
        QuarantineQuery,
        lambda connection, query: quarantine.quarantined(
            connection, visit.user.org_id, state=query.state, limit=query.per_page, offset=offset(query)
        ),
        unless={"state": "waiting"},
    )


def show_entry(visit: Visit, form: Form = FRESH) -> Response:
    """Show something that could not be read, with the beginning of the body that it came in."""
    org_id = visit.user.org_id
    with visit.services.database.read() as connection:
        entry = commands.get_quarantined(connection, org_id, visit.number(_WHAT))
        webhook = ledger.find_webhook(connection, org_id, entry.webhook_id)
        again = entry.replay_webhook_id and ledger.find_webhook(connection, org_id, entry.replay_webhook_id)
    body = None if webhook is None else body_text(webhook)
    return render(
        visit,
        "quarantined.html",
        form.status,
        form=form,
        entry=entry,
        body=None if body is None else body[:_MOST_SHOWN],
        left_out=max(0, len(body or "") - _MOST_SHOWN),
        outcomes=again.outcomes if again else {},
    )


async def replay_entry(visit: Visit) -> Response:
    """Take a body again as if its sender had posted it now, and say what came of it."""
    quarantine_id, user = visit.number(_WHAT), visit.user
    try:
        replayed = await visit.services.replays.replay(user.org_id, user.id, quarantine_id)
    except Invalid as refused:
        return await run_in_threadpool(show_entry, visit, Form("act", visit.form, refused.faults))
    return back_to(f"/admin/quarantine/{quarantine_id}", _said(replayed))


@asks_again("act", show_entry)
def dismiss_entry(visit: Visit) -> Response:
    """Note that something needs no more looking at."""
    quarantine_id, user = visit.number(_WHAT), visit.user
    visit.services.writer.run(lambda tx: commands.dismiss(tx, user.org_id, user.id, quarantine_id, visit.now))
    return back_to("/admin/quarantine", "It is dismissed.")


def _said(replayed: Replayed) -> str:
    if replayed.again:
        return "It was replayed already: nothing was done."
    counts = ", ".join(f"{number} {outcome}" for outcome, number in replayed.outcomes.items())
    pages = sorted({alert.page_id for alert in replayed.alerts if alert.page_id is not None})
    on = f" See {', '.join(f'page {page_id}' for page_id in pages)}." if pages else ""
    return f"Replayed: {counts or 'there was no alert in it'}.{on}"


_ONE = "/admin/quarantine/{id}"

SCREENS = (
    Screen("GET", "/admin/quarantine", show_quarantine, "admin"),
    Screen("GET", _ONE, show_entry, "admin"),
    Screen("POST", f"{_ONE}/replay", replay_entry, "admin"),
    Screen("POST", f"{_ONE}/dismiss", dismiss_entry, "admin"),
)
