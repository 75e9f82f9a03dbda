"""Pages between their rows and their frozen values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy import Connection

from router import metrics
from router.lifecycle.model import Change, Event, Page, Plan, Recipient
from router.store import bulk, outbox, plans, recipients
from router.store.tables import EVENTS, PAGES, PLANS
from router.store.writer import Conflict, Transaction

_log = structlog.get_logger(__name__)
_LOUD = {
    "nobody_reached": ("page reaches nobody", metrics.UNREACHABLE),
    "unreachable": ("somebody cannot be reached", metrics.TARGETS_UNREACHABLE),
    "fallback": ("page goes to the default chain", metrics.FALLBACKS),
}
_LOGGED = {
    "escalated": "pages escalated",
    "acknowledged": "pages acknowledged by somebody",
    "repaged": "pages told again, as a person asked",
    "hastened": "pages whose next step came at once, as a person asked",
    "flapping": "pages of alerts that flap: they stay until it is quiet",
    "resolved": "pages resolved",
    "stale": "pages closed as stale",
    "superseded": "pages handed over to new ones",
    "cancelled": "pages cancelled",
    "expired": "pages expired",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A page about to be stored: its opening, and what it says."""

    change: Change
    subject: str
    message: str
    delivery_mode: str
    target_user_id: int | None = None
    target_group_id: int | None = None
    integration_id: int | None = None
    created_by_user_id: int | None = None
    join_key: str | None = None
    alert_count: int = 0


@dataclass(frozen=True, slots=True)
class Save:
    """A change to be stored.

    Parameters:
      before: the page as loaded; a save over another version is refused with Conflict.
      change: what became of it.
      alerts_added: how many alerts joined.
      message: the text rendered anew, None to leave it.
    """

    before: Page
    change: Change
    alerts_added: int = 0
    message: str | None = None


def insert(tx: Transaction, drafts: Sequence[Draft], now: datetime) -> None:
    """Store new pages with their recipients, timelines and first notifications; their ids are reserved."""
    if not drafts:
        return
    plan_ids = plans.keep(tx, {draft.change.page.plan for draft in drafts})
    rows = [_page_row(draft, plan_ids[draft.change.page.plan]) for draft in drafts]
    # In one order everywhere: two processes that hear of the same groups then wait, but never for each other.
    bulk.insert(tx.connection, PAGES, sorted(rows, key=lambda row: row["join_key"] or ""))
    recipients.add(tx, [draft.change.page for draft in drafts])
    _add_events(tx, [(draft.change.page.id, event) for draft in drafts for event in draft.change.events], now)
    _add_notifications(tx, [draft.change for draft in drafts], now)


def save(tx: Transaction, saves: Sequence[Save], now: datetime) -> None:
    """Store changes of pages, each by compare-and-set on its version.

    Raises Conflict when another transaction was first: the job is then run again on what is there.
    """
    saves = [
        save for save in saves if save.change.page != save.before or save.change.events or save.alerts_added
    ]
    if not saves:
        return
    moved = {save.change.page.plan for save in saves if save.change.page.plan is not save.before.plan}
    plan_ids = plans.keep(tx, moved)
    saved = tx.connection.execute(_SAVE, [_changed(one, plan_ids) for one in saves]).rowcount
    if saved != len(saves):
        raise Conflict(
            f"{len(saves) - saved} of the pages {[one.before.id for one in saves]} changed meanwhile"
        )
    recipients.add(tx, [save.change.page for save in saves])
    recipients.update(tx, [(save.before, save.change.page) for save in saves])
    _add_events(tx, [(save.before.id, event) for save in saves for event in save.change.events], now)
    _add_notifications(tx, [save.change for save in saves], now)


def load(
    connection: Connection, page_ids: Collection[int], *, lock: bool = False, org_id: int | None = None
) -> dict[int, Page]:
    """Return pages by id; those that do not exist, or belong to another organisation, are missing.

    Parameters:
      lock: hold their rows until the transaction ends, in the order of their ids.
      org_id: only of this organisation; None for all.
    """
    if not page_ids:
        return {}
    query = sa.select(PAGES, PLANS.c.body).join(PLANS, PLANS.c.id == PAGES.c.plan_id)
    query = query.where(PAGES.c.id.in_(page_ids)).order_by(PAGES.c.id)
    if org_id is not None:
        query = query.where(PAGES.c.org_id == org_id)
    if lock:
        query = query.with_for_update(of=PAGES, key_share=True)
    rows = connection.execute(query).mappings().all()
    found = recipients.of_pages(connection, [row["id"] for row in rows])
    return {row["id"]: _page(dict(row), found.get(row["id"], ())) for row in rows}


def words(connection: Connection, page_id: int) -> Draft:
    """Return what a page says and whom it belongs to, as a draft for a page that is to follow it."""
    row = connection.execute(sa.select(PAGES).where(PAGES.c.id == page_id)).one()
    return Draft(
        Change(load(connection, [page_id])[page_id]),
        row.subject,
        row.message,
        row.delivery_mode,
        row.target_user_id,
        row.target_group_id,
        row.integration_id,
        row.created_by_user_id,
        row.join_key,
        row.alert_count,
    )


def lock(tx: Transaction, page_ids: Collection[int]) -> None:
    """Hold the rows of pages until the transaction ends, in the order of their ids."""
    if not page_ids:
        return
    query = sa.select(PAGES.c.id).where(PAGES.c.id.in_(page_ids)).order_by(PAGES.c.id)
    tx.connection.execute(query.with_for_update(key_share=True)).all()


def add_event(tx: Transaction, page_id: int, event: Event, now: datetime) -> None:
    """Add a line to a page's timeline."""
    _add_events(tx, [(page_id, event)], now)


def _page(row: dict[str, Any], brought_in: tuple[Recipient, ...]) -> Page:
    return Page(
        id=row["id"],
        org_id=row["org_id"],
        plan=plans.decode(row["body"]),
        priority=row["priority"],
        created_at=row["created_at"],
        status=row["status"],
        recipients=brought_in,
        next_step=row["next_step"],
        repeating=row["repeating"],
        next_repeat_at=row["next_repeat_at"],
        next_wake_at=row["next_wake_at"],
        expires_at=row["expires_at"],
        acknowledged_at=row["acknowledged_at"],
        closed_at=row["closed_at"],
        closed_reason=row["closed_reason"],
        fallback_used=row["fallback_used"],
        linked_page_id=row["linked_page_id"],
        closes_at=row["closes_at"],
        doubted_at=row["doubted_at"],
        awaits_heartbeat=row["awaits_heartbeat"],
        monitoring_down=row["monitoring_down"],
        flapping=row["flapping"],
        version=row["version"],
    )


def _page_row(draft: Draft, plan_id: int) -> dict[str, Any]:
    page = draft.change.page
    return {
        "id": page.id,
        "org_id": page.org_id,
        "plan_id": plan_id,
        "integration_id": draft.integration_id,
        "created_by_user_id": draft.created_by_user_id,
        "subject": draft.subject,
        "message": draft.message,
        "delivery_mode": draft.delivery_mode,
        "target_user_id": draft.target_user_id,
        "target_group_id": draft.target_group_id,
        "route": page.plan.route,
        "join_key": draft.join_key,
        "alert_count": draft.alert_count,
        "created_at": page.created_at,
        "linked_page_id": page.linked_page_id,
        "version": page.version,
        **_state(page),
    }


_STATE = (
    "priority",
    "status",
    "next_step",
    "repeating",
    "next_repeat_at",
    "next_wake_at",
    "expires_at",
    "acknowledged_at",
    "closed_at",
    "closed_reason",
    "fallback_used",
    "closes_at",
    "doubted_at",
    "awaits_heartbeat",
    "monitoring_down",
    "flapping",
)
"""What changes in a page's life; its columns are named as the page's fields are."""


def _state(page: Page, prefix: str = "") -> dict[str, Any]:
    return {prefix + name: getattr(page, name) for name in _STATE}


def _changed(save: Save, plan_ids: Mapping[Plan, int]) -> dict[str, Any]:
    page = save.change.page
    return {
        **_state(page, "to_"),
        "of_page": page.id,
        "at_version": save.before.version,
        "to_version": save.before.version + 1,
        "to_plan_id": plan_ids.get(page.plan) if plan_ids else None,
        "added": save.alerts_added,
        "to_message": save.message,
    }


_SAVE = (
    sa.update(PAGES)
    .where(PAGES.c.id == sa.bindparam("of_page"), PAGES.c.version == sa.bindparam("at_version"))
    .values(
        {
            **{name: sa.bindparam(f"to_{name}") for name in (*_STATE, "version")},
            "plan_id": sa.func.coalesce(
                sa.bindparam("to_plan_id", type_=PAGES.c.plan_id.type), PAGES.c.plan_id
            ),
            "alert_count": PAGES.c.alert_count + sa.bindparam("added"),
            "message": sa.func.coalesce(
                sa.bindparam("to_message", type_=PAGES.c.message.type), PAGES.c.message
            ),
        }
    )
)


def _add_events(tx: Transaction, events: Sequence[tuple[int, Event]], now: datetime) -> None:
    rows = [
        {"page_id": page_id, "at": now, "kind": event.kind, "detail": event.detail, "user_id": event.user_id}
        for page_id, event in events
    ]
    bulk.insert(tx.connection, EVENTS, rows)
    told = [(page_id, event) for page_id, event in events if event.kind in _LOUD or event.kind in _LOGGED]
    if told:
        tx.after_commit(lambda: _log_events(told))


def _log_events(events: Sequence[tuple[int, Event]]) -> None:
    """Say in the log what became of pages, and aloud, with a metric, that somebody does not hear of one."""
    pages_by_kind: dict[str, list[int]] = defaultdict(list)
    for page_id, event in events:
        if event.kind in _LOUD:
            said, counter = _LOUD[event.kind]
            counter.inc()
            _log.error(said, page_id=page_id, kind=event.kind, detail=event.detail)
        else:
            pages_by_kind[event.kind].append(page_id)
    for kind, page_ids in pages_by_kind.items():
        _log.info(_LOGGED[kind], page_ids=page_ids)


def _add_notifications(tx: Transaction, changes: Sequence[Change], now: datetime) -> None:
    orders = [
        outbox.Order(change.page.id, change.page.priority, notify, change.page.plan.avoid)
        for change in changes
        for notify in change.notify
    ]
    outbox.add(tx, orders, now)
