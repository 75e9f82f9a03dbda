"""The ticking: wakes pages and held alerts whose time has come, misses heartbeats, and ends what is stale.

Every process ticks; PostgreSQL's row locks and the pages' versions keep them out of each other's way.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import OperationalError

from router import heartbeats, metrics, paging
from router.arrivals import Arrival
from router.clock import Clock
from router.lifecycle import closing, transitions
from router.lifecycle.doubting import weigh
from router.lifecycle.due import fall_back, lapsed, test_over, wake
from router.lifecycle.listening import Listening, listen, may_judge
from router.lifecycle.model import Change, Event, Page
from router.ruleset import RuleBook
from router.staleness import end_stale
from router.store import failing, incidents, outbox, pages, plans, retention
from router.store import heartbeats as heartbeat_rows
from router.store.ids import reserve
from router.store.incidents import OpenIncident
from router.store.reach import reaching
from router.store.tables import INTEGRATIONS, PAGES
from router.store.writer import Conflict, Transaction, Writer
from router.webhook import Sender

TICK_S = 0.5
_BATCH = 100
_FAILING_EVERY = timedelta(seconds=15)
_STALE_EVERY = timedelta(seconds=60)
_RETENTION_EVERY = timedelta(hours=1)
_ANSWERS_KEPT = timedelta(days=1)
_POSTPONED = timedelta(minutes=5)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept."""

    webhooks: timedelta
    incidents: timedelta


class Scheduler:
    """One for each process; `tick` may also be called by itself, with a clock of one's own."""

    def __init__(self, writer: Writer, rulebook: RuleBook, clock: Clock, keep: Retention) -> None:
        self._writer = writer
        self._rulebook = rulebook
        self._clock = clock
        self._keep = keep
        self._stop = threading.Event()
        self._next_watch: datetime | None = None
        self._next_failing: datetime | None = None
        self._next_stale: datetime | None = None
        self._listening: Listening | None = None
        self._next_retention: datetime | None = None
        self._thread = threading.Thread(target=self._loop, name="scheduler", daemon=True)

    def start(self) -> None:
        """Start to tick, every half second."""
        self._thread.start()

    def stop(self) -> None:
        """Stop ticking; what is due is found by the next process that starts."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def tick(self) -> None:
        """Do all that is due now."""
        now = self._clock()
        self._wake_pages(now)
        self._repeatedly(lambda tx: release_held(tx, now))
        if self._next_watch is None or now >= self._next_watch:
            started, rules = self._next_watch is None, self._rulebook.current
            self._writer.run(lambda tx: heartbeats.watch(tx, rules, now, started=started))
            self._next_watch = now + heartbeats.WATCH_EVERY
        if self._next_failing is None or now >= self._next_failing:
            self._next_failing = now + _FAILING_EVERY
            self._writer.run(lambda tx: failing.watch(tx, now))
        if self._next_stale is None or now >= self._next_stale:
            self._next_stale = now + _STALE_EVERY
            self._listening = listen(self._listening, now)
            if may_judge(self._listening):
                judged_by = self._rulebook.current
                self._repeatedly(lambda tx: end_stale(tx, judged_by, now))
        if self._next_retention is None or now >= self._next_retention:
            self._next_retention = now + _RETENTION_EVERY
            self._repeatedly(lambda tx: retention.delete_webhooks(tx, now - self._keep.webhooks))
            self._repeatedly(lambda tx: retention.delete_incidents(tx, now - self._keep.incidents))
            self._repeatedly(lambda tx: retention.delete_pages(tx, now - self._keep.incidents))
            self._repeatedly(lambda tx: retention.delete_quarantine(tx, now - self._keep.incidents))
            self._repeatedly(lambda tx: retention.delete_audit(tx, now - self._keep.incidents))
            self._repeatedly(lambda tx: retention.delete_idempotency_keys(tx, now - _ANSWERS_KEPT))

    def _repeatedly(self, job: Callable[[Transaction], int]) -> None:
        """Run a job in small transactions, so that webhooks get in between, until it finds nothing more."""
        while self._writer.run(job) and not self._stop.is_set():
            continue

    def _loop(self) -> None:
        while not self._stop.wait(TICK_S):
            try:
                self.tick()
            except Exception as error:  # noqa: BLE001 - the database is away; what is due stays due
                metrics.SCHEDULER_FAILURES.inc()
                _log.warning("scheduler failed, trying again", error=f"{type(error).__name__}: {error}"[:300])

    def _wake_pages(self, now: datetime) -> None:
        try:
            self._repeatedly(lambda tx: wake_pages(tx, _due(tx, now), now))
        except Exception as error:  # noqa: BLE001 - one page that cannot be judged must not hold up the others
            _log.warning("pages are woken one by one", error=f"{type(error).__name__}: {error}"[:300])
            for page_id in self._writer.run(lambda tx: _due(tx, now)):
                self._wake_alone(page_id, now)

    def _wake_alone(self, page_id: int, now: datetime) -> None:
        try:
            self._writer.run(lambda tx: wake_pages(tx, [page_id], now))
        except (Conflict, OperationalError) as error:  # a lost race or lock: it stays due
            _log.warning("page is woken at the next tick", page_id=page_id, error=type(error).__name__)
        except Exception:  # noqa: BLE001 - a database that is away fails the postponing as well
            self._writer.run(lambda tx: postpone(tx, page_id, now))
            metrics.SCHEDULER_FAILURES.inc()
            _log.exception("page could not be woken, tried again in 5 minutes", page_id=page_id)


def _due(tx: Transaction, now: datetime) -> Sequence[int]:
    due = (
        sa.select(PAGES.c.id)
        .where(PAGES.c.next_wake_at <= now)
        .order_by(PAGES.c.next_wake_at)
        .limit(_BATCH)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return tx.connection.execute(due).scalars().all()


def wake_pages(tx: Transaction, page_ids: Sequence[int], now: datetime) -> int:
    """Do what is due on pages; returns how many there were."""
    found = pages.load(tx.connection, page_ids, lock=True).values()
    # A lapsed page may join another that is due as well: that one is judged in the next round.
    lapses = [page for page in found if lapsed(page, now)]
    judged = [(page, _judged(tx, page, now)) for page in lapses or found]
    contacts = _contacts_asked_for(tx, [change for _, change in judged])
    saves = [pages.Save(page, _heard(tx, change, contacts, now)) for page, change in judged]
    pages.save(tx, saves, now)
    return len(page_ids)


def postpone(tx: Transaction, page_id: int, now: datetime) -> None:
    """Look at a page that cannot be judged again in 5 minutes."""
    values = {"next_wake_at": now + _POSTPONED, "version": PAGES.c.version + 1}
    tx.connection.execute(sa.update(PAGES).where(PAGES.c.id == page_id).values(values))
    event = Event("postponed", "The page could not be judged: it is tried again in 5 minutes.")
    pages.add_event(tx, page_id, event, now)


def _judged(tx: Transaction, page: Page, now: datetime) -> Change:
    if test_over(page, now):
        incidents.end_on_page(tx, page.id, "resolved", now)
        return closing.close(page, "resolved", "The test is over: it closes by itself.", now)
    if lapsed(page, now):
        return hand_over(tx, page, now)
    if page.awaits_heartbeat is not None and page.closes_at is not None and page.closes_at <= now:
        return weigh(page, heartbeat_rows.pulse(tx.connection, page.org_id, page.awaits_heartbeat), now)
    return wake(page, now, reaching(tx.connection, page.org_id))


def _contacts_asked_for(tx: Transaction, changes: Sequence[Change]) -> Container[int]:
    """Return who of those that a repeat goes to can be reached at all."""
    asked = {one.person.user_id for change in changes for one in change.notify if one.kind == "repeat"}
    return outbox.contacts_of(tx.connection, asked) if asked else ()


def _heard(tx: Transaction, change: Change, contacts: Container[int], now: datetime) -> Change:
    """Bring in the default chain for a page all of whose people have left, or lost their contacts."""
    page = change.page
    repeats = any(one.kind == "repeat" for one in change.notify)
    reached = any(one.person.contacts or one.person.user_id in contacts for one in change.notify)
    in_hand = any(recipient.acknowledged_at for recipient in page.recipients)
    if not repeats or reached or in_hand or page.status != "active":
        return change
    if page.plan.fallback and not page.fallback_used:
        return fall_back(change, now, reaching(tx.connection, page.org_id))
    tx.after_commit(lambda: _say_unreached(page.id))
    return change


def _say_unreached(page_id: int) -> None:
    metrics.UNREACHABLE.inc()
    _log.error("a repeat reached nobody", page_id=page_id)


def hand_over(tx: Transaction, page: Page, now: datetime) -> Change:
    """Page anew for what still fires although it was acknowledged long ago; returns the old page's end.

    Where its group has an active page already (a more urgent alert has opened one), the alerts join that.
    """
    said = pages.words(tx.connection, page.id)
    why = f"Still firing, although acknowledged by {transitions.holders(page)}."
    active = _active_beside(tx, page, said.join_key)
    if active is None:
        (successor,) = reserve(tx, PAGES, 1)
        reach = reaching(tx.connection, page.org_id)
        why = f"{why} It follows page {page.id}."
        change = transitions.open_page(
            successor, page.org_id, page.plan, page.priority, now, reach, why, page.id
        )
        pages.insert(tx, [replace(said, change=change)], now)
        tx.after_commit(lambda: paging.count_opened([change.page]))
    else:
        successor = active.id
        added = incidents.still_open(tx.connection, {page.id}).get(page.id, 0)
        change = transitions.join(active, page.priority, f"{why} Its alerts come from page {page.id}.", now)
        pages.save(tx, [pages.Save(active, change, alerts_added=added)], now)
    tx.after_commit(metrics.LAPSED.inc)
    incidents.move(tx, page.id, successor)
    heartbeat_rows.move(tx, page.id, successor)
    return transitions.hand_over(page, now, successor)


def _active_beside(tx: Transaction, page: Page, join_key: str | None) -> Page | None:
    if join_key is None:
        return None
    group = (page.org_id, page.plan.route, join_key)
    for other in incidents.pages_by_join_key(tx.connection, {join_key}).get(group, ()):
        if other.status == "active":
            return pages.load(tx.connection, [other.id], lock=True).get(other.id)
    return None


def release_held(tx: Transaction, now: datetime) -> int:
    """Page for held alerts that still fire now that their hours have come; returns how many."""
    due = incidents.held_due(tx.connection, now, _BATCH)
    if not due:
        return 0
    alerts = incidents.alerts_by_id(tx.connection, [incident.id for incident in due])
    kept = plans.load(tx, {incident.plan_id for incident in due if incident.plan_id is not None})
    senders = _senders(tx, {incident.integration_id for incident in due})
    twins = _pages_of_twins(tx, due)
    keys: dict[tuple[int, str, str], str] = {}  # what two receivers were told of is one alert, and one page
    arrivals = [
        Arrival(
            senders[incident.integration_id],
            incident.receiver,
            kept[incident.plan_id or 0],
            incident.priority,
            keys.setdefault(_alert_on_route(incident), incident.join_key or ""),
            alerts[incident.id],
            incident_id=incident.id,
            twin_page=twins.get(_alert_on_route(incident)),
            link=incident.page_id,
        )
        for incident in due
    ]
    opened = paging.place(tx, arrivals, now)
    tx.after_commit(lambda: paging.count_opened(opened))
    return len(due)


def _alert_on_route(incident: OpenIncident) -> tuple[int, str, str]:
    return incident.integration_id, incident.fingerprint, incident.route


def _pages_of_twins(tx: Transaction, held: Sequence[OpenIncident]) -> dict[tuple[int, str, str], int]:
    """Return the open pages on which held alerts have been heard through another receiver."""
    known = incidents.open_by_fingerprint(tx.connection, sorted({one.fingerprint for one in held}))
    return {
        _alert_on_route(incident): incident.page_id
        for beside in known.values()
        for incident in beside
        if incident.page_open and incident.page_id is not None
    }


def _senders(tx: Transaction, integration_ids: set[int]) -> dict[int, Sender]:
    query = sa.select(INTEGRATIONS.c.id, INTEGRATIONS.c.name, INTEGRATIONS.c.org_id)
    rows = tx.connection.execute(query.where(INTEGRATIONS.c.id.in_(integration_ids)))
    return {row.id: Sender(row.id, row.name, row.org_id) for row in rows}
