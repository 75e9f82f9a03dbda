"""The ledger, for admins: what came, what was done, who was told, and why nobody was."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection
from starlette.responses import Response

from router.api.inquiry import WhyBody, question_of
from router.api.ledger import LONGEST_SEARCH, LedgerQuery, body_text, sought
from router.api.pagination import offset
from router.commands.refusals import Invalid, Missing
from router.inquiry import Found, Question, inquire
from router.store import credentials, ledger
from router.store.ledger import Entry
from router.web.forms import FRESH
from router.web.labels import asked_about
from router.web.lists import show_list
from router.web.render import render
from router.web.rules import with_people
from router.web.screen import Screen, Visit
from rules.explain import decision_json

_MOST_SHOWN = 20_000


def show_ledger(visit: Visit) -> Response:
    """List what came and what was done about it, under which rules, newest first."""
    org_id = visit.user.org_id

    def find(connection: Connection, query: LedgerQuery) -> tuple[list[Entry], int]:
        wanted = sought(query, visit.now)
        return ledger.entries(connection, org_id, wanted, limit=query.per_page, offset=offset(query))

    with visit.services.database.read() as connection:
        senders = credentials.list_integrations(connection, org_id)
    return show_list(
        visit,
        "ledger.html",
        LedgerQuery,
        find,
        senders=senders,
        days=LONGEST_SEARCH.days,
        why=FRESH,
    )


def show_why(visit: Visit) -> Response:
    """Say why nobody was paged around a moment: what came, what was done, and by which rules."""
    form, body = asked_about(visit, WhyBody)
    question: Question | None = None
    found: Found | None = None
    if body is not None:
        try:
            question = question_of(body, visit.services.settings, visit.now)
            with visit.services.database.read() as connection:
                found = inquire(connection, visit.user.org_id, question)
        except Invalid as refused:
            form = replace(form, faults=refused.faults)
    explained = [] if found is None else [decision_json(one) for one in found.explained]
    return render(
        visit,
        "why.html",
        form.status,
        why=form,
        question=question,
        found=found,
        decisions=with_people(visit, explained),
    )


def show_webhook(visit: Visit) -> Response:
    """Show a webhook: when it came, from whom, what was done, and the beginning of its body."""
    with visit.services.database.read() as connection:
        webhook = ledger.find_webhook(connection, visit.user.org_id, visit.number("Webhook"))
    if webhook is None:
        raise Missing("Webhook")
    body = body_text(webhook)
    left_out = max(0, len(body) - _MOST_SHOWN)
    return render(visit, "webhook.html", webhook=webhook, body=body[:_MOST_SHOWN], left_out=left_out)


SCREENS = (
    Screen("GET", "/admin/ledger", show_ledger, "admin"),
    Screen("GET", "/admin/ledger/why", show_why, "admin"),
    Screen("GET", "/admin/webhooks/{id}", show_webhook, "admin"),
)
