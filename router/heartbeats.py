"""Heartbeats at work: beats taken, missing ones paged for, and their pages closed when they are back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from router import metrics, paging
from router.in_force import Rules
from router.lifecycle import heartbeats as law
from router.lifecycle import transitions
from router.lifecycle.heartbeats import State, Stop
from router.lifecycle.model import Page
from router.store import heartbeats as rows
from router.store import pages
from router.store.heartbeats import StoredHeart
from router.store.ids import reserve
from router.store.reach import reaching
from router.store.tables import PAGES
from router.store.writer import Batched, Transaction
from rules.heartbeats import missing_subject
from rules.loading.reading import spell_duration
from rules.model import Heartbeat

WATCH_EVERY = timedelta(seconds=5)
_FORGET_AFTER = timedelta(minutes=10)
_LONGEST_SUBJECT = 200
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Signal:
    """What was heard of a heartbeat.

    Parameters:
      stop: None for a beat.
      integration_id: whose key it came with.
      ended_at: the sender's, of a resolve of which no firing is known: it says nothing of later beats. UTC.
    """

    heartbeat: Heartbeat
    stop: Stop | None
    integration_id: int
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a heartbeat stands after a signal; `due_at` is None and `page_id` given while it is missing."""

    state: State
    due_at: datetime | None
    page_id: int | None


@dataclass(frozen=True, slots=True)
class _Outage:
    """A heartbeat that is to be paged for; `again` when its last page expired while it was missing."""

    stored: StoredHeart
    heartbeat: Heartbeat
    again: bool = False


def take(tx: Transaction, rules: Rules, signals: Sequence[Signal], now: datetime) -> dict[str, Standing]:
    """Store what was heard of heartbeats, each named once, and what follows: pages opened and closed.

    Parameters:
      rules: those in force; the heartbeats are of their organisation.
      now: UTC.
    """
    by_name = {signal.heartbeat.name: signal for signal in signals}
    found = rows.ensure(tx, rules.org_id, by_name, now)
    hearts: dict[str, StoredHeart] = {}
    outages: list[_Outage] = []
    for name, signal in by_name.items():
        before = found[name]
        if signal.stop is None:
            integration_id = signal.integration_id
            hearts[name] = replace(before, heart=law.beat(before.heart, now), integration_id=integration_id)
        elif _counts(tx, rules, signal, before, now):
            hearts[name] = replace(before, heart=law.miss(before.heart, signal.stop, now))
            if hearts[name].heart != before.heart:
                outages.append(_Outage(hearts[name], signal.heartbeat))
        else:
            hearts[name] = before
    hearts |= _page(tx, rules, outages, now)
    rows.save(tx, [heart for name, heart in hearts.items() if heart != found[name]])
    _welcome_back(tx, [found[name] for name, heart in hearts.items() if heart.heart.state != "missing"], now)
    return {name: _standing(heart, by_name[name].heartbeat) for name, heart in hearts.items()}


def _counts(tx: Transaction, rules: Rules, signal: Signal, stored: StoredHeart, now: datetime) -> bool:
    """Whether a heartbeat stops by a signal: a resolve does only if no other of its alerts is heard."""
    if signal.stop != "resolved":
        return True
    if signal.ended_at is not None and stored.heart.has_beaten and signal.ended_at < stored.heart.heard_at:
        return False
    heard_after = now - timedelta(seconds=signal.heartbeat.within_s)
    route = signal.heartbeat.terminal.name
    return not rows.still_beating(tx.connection, rules.org_id, route, heard_after)


def watch(tx: Transaction, rules: Rules, now: datetime, *, started: bool) -> None:
    """Look at all heartbeats: page for those whose time is over, and note that somebody looked.

    Parameters:
      started: it is this process's first look.
    """
    wanted = rules.ruleset.heartbeats
    known = rows.load(tx.connection, rules.org_id, lock=True)
    if wanted.keys() - known.keys():
        known |= rows.ensure(tx, rules.org_id, list(wanted), now)
    outages: list[_Outage] = []
    changed: dict[str, StoredHeart] = {}
    only_watched: list[int] = []
    for name, heartbeat in wanted.items():
        before = known[name]
        heart = law.watch(before.heart, heartbeat.within_s, now, started=started)
        if law.falls_silent(heart, heartbeat.within_s, now):
            changed[name] = replace(before, heart=law.miss(heart, "silent", now))
            outages.append(_Outage(changed[name], heartbeat))
        elif heart.state == "missing" and before.page_closed == "expired":
            changed[name] = replace(before, heart=heart)
            outages.append(_Outage(changed[name], heartbeat, again=True))
        elif replace(heart, watched_at=before.heart.watched_at) != before.heart:
            changed[name] = replace(before, heart=heart)
        elif now - before.heart.watched_at >= WATCH_EVERY:
            only_watched.append(before.id)
    changed |= _page(tx, rules, outages, now)
    rows.save(tx, changed.values())
    rows.watched(tx, only_watched, now)
    _forget(tx, [stored for name, stored in known.items() if name not in wanted], now)


def _page(tx: Transaction, rules: Rules, outages: Sequence[_Outage], now: datetime) -> dict[str, StoredHeart]:
    """Open a page for each heartbeat that stopped; returns them with their pages."""
    if not outages:
        return {}
    reach = reaching(tx.connection, rules.org_id)
    drafts: list[pages.Draft] = []
    paged: dict[str, StoredHeart] = {}
    for page_id, outage in zip(reserve(tx, PAGES, len(outages)), outages, strict=True):
        stored, heartbeat = outage.stored, outage.heartbeat
        plan = rules.plan_of(heartbeat.terminal, "")
        priority = heartbeat.terminal.priority.of({})
        link = stored.page_id if outage.again else None
        why = _why(outage, plan.revision)
        change = transitions.open_page(page_id, rules.org_id, plan, priority, now, reach, why, link)
        draft = pages.Draft(
            change,
            missing_subject(heartbeat, stored.heart.stop or "silent")[:_LONGEST_SUBJECT],
            _message(stored, heartbeat),
            paging.delivery_mode(plan),
            integration_id=stored.integration_id,
        )
        drafts.append(draft)
        paged[stored.name] = replace(stored, page_id=page_id, page_closed=None)
    pages.insert(tx, drafts, now)
    tx.after_commit(lambda: _say_missing(paged.values(), [draft.change.page for draft in drafts]))
    return paged


def _welcome_back(tx: Transaction, before: Sequence[StoredHeart], now: datetime) -> None:
    """Close the pages of heartbeats that were missing before and have just been heard."""
    back = [stored for stored in before if stored.heart.missing_since is not None]
    for stored in back:
        away = spell_away(now - (stored.heart.missing_since or now))
        detail = f"The heartbeat is back: {stored.name} was heard again after {away}."
        paging.close(tx, {stored.page_id} if stored.page_id else (), "resolved", detail, now)
    if back:
        names = [stored.name for stored in back]
        tx.after_commit(lambda: _log.info("heartbeat back", heartbeats=names))


def _forget(tx: Transaction, unknown: Sequence[StoredHeart], now: datetime) -> None:
    """Delete heartbeats that no process's rules have had for some time, and end their pages."""
    gone = [stored for stored in unknown if now - stored.heart.watched_at > _FORGET_AFTER]
    open_pages = {stored.page_id for stored in gone if stored.heart.missing_since and stored.page_id}
    paging.close(tx, open_pages, "stale", "The rules no longer have this heartbeat.", now)
    rows.forget(tx, [stored.id for stored in gone])


def _standing(stored: StoredHeart, heartbeat: Heartbeat) -> Standing:
    due_at = law.due_at(stored.heart, heartbeat.within_s)
    missing = stored.heart.state == "missing"
    return Standing(stored.heart.state, due_at, stored.page_id if missing else None)


def _why(outage: _Outage, revision: str) -> str:
    place = outage.heartbeat.place
    routed = f"Routed by heartbeat {outage.stored.name} at {place.file}:{place.line} @{revision}."
    if outage.again:
        return f"Still missing, and page {outage.stored.page_id} has expired: this one follows it. {routed}"
    return f"{_what_happened(outage.stored, outage.heartbeat)} {routed}"


def _what_happened(stored: StoredHeart, heartbeat: Heartbeat) -> str:
    heart = stored.heart
    if heart.stop == "failed":
        return f"Heartbeat {stored.name} reported a failure (status=fail)."
    sender = f", from {stored.integration}" if stored.integration else ""
    last = f"It came last at {heart.heard_at:%Y-%m-%d %H:%M:%S} UTC{sender}."
    if not heart.has_beaten:
        last = (
            f"It has never come since {heart.heard_at:%Y-%m-%d %H:%M:%S} UTC, when it was first waited for."
        )
    if heart.stop == "resolved":
        return (
            f"The alert of heartbeat {stored.name} resolved, although it fires as long as all is well. {last}"
        )
    return f"Nothing was heard of heartbeat {stored.name} for {spell_duration(heartbeat.within_s)}. {last}"


def _message(stored: StoredHeart, heartbeat: Heartbeat) -> str:
    happened = _what_happened(stored, heartbeat)
    if stored.heart.stop == "failed":
        return f"{happened} Look at the job's own log."
    if heartbeat.matchers is None:
        return (
            f"{happened} The job may have failed, hang, or never have started; or it cannot reach PingParrot."
        )
    return (
        f"{happened} The monitoring behind it, or the way from there to PingParrot, may be down: until it is "
        "back no alert of it can be relied on, and what it resolves now may not be solved. Look at its "
        "Prometheus and Alertmanager."
    )


def spell_away(passed: timedelta) -> str:
    """Return how long something was away, for people: to the minute from two minutes on."""
    seconds = max(0, int(passed.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _say_missing(paged: Iterable[StoredHeart], opened: Iterable[Page]) -> None:
    for stored in paged:
        _log.warning(
            "heartbeat missing", heartbeat=stored.name, stop=stored.heart.stop, page_id=stored.page_id
        )
    for page in opened:
        metrics.PAGES_CREATED.labels(page.priority).inc()


def _take_in_order(tx: Transaction, items: Sequence[Reported]) -> list[Standing]:
    """Take what was reported by addresses; of what says the same twice in a row only the first is written."""
    answers: dict[int, Standing] = {}
    for turn in _turns(items):
        first = items[turn[0][0]]
        signals = [items[indices[0]].signal for indices in turn]
        stands = take(tx, first.rules, signals, first.now)
        for indices in turn:
            answers |= {index: stands[items[index].signal.heartbeat.name] for index in indices}
    return [answers[index] for index in range(len(items))]


def _turns(items: Sequence[Reported]) -> Iterator[list[list[int]]]:
    """Cut reports into turns that name each heartbeat once; a list of indices for each of them."""
    queues: dict[tuple[int, str], list[list[int]]] = {}
    for index, item in enumerate(items):
        queue = queues.setdefault((id(item.rules), item.signal.heartbeat.name), [])
        if queue and items[queue[-1][-1]].signal.stop == item.signal.stop:
            queue[-1].append(index)
        else:
            queue.append([index])
    for rules_id in dict.fromkeys(rules_id for rules_id, _ in queues):
        mine = [queue for (of, _), queue in queues.items() if of == rules_id]
        for place in range(max(map(len, mine))):
            yield [queue[place] for queue in mine if place < len(queue)]


@dataclass(frozen=True, slots=True)
class Reported:
    """A signal that came by a heartbeat's own address, UTC, under the rules that it was looked up in."""

    rules: Rules
    signal: Signal
    now: datetime


REPORTS: Batched[Reported, Standing] = Batched(_take_in_order)
"""Reports that wait share one commit, and those of one heartbeat one write."""
