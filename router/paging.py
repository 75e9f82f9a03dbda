"""Alerts that are to page somebody, put on pages: joined to an open one, or opening one together."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from router import metrics, texts
from router.arrivals import Arrival, Group
from router.lifecycle import closing, transitions
from router.lifecycle.incidents import OpenPage, page_to_join
from router.lifecycle.model import (
    Change,
    ClosedReason,
    DeliveryMode,
    Event,
    Page,
    Plan,
    Reach,
)
from router.store import incidents, pages
from router.store.ids import reserve
from router.store.incidents import OpenIncident
from router.store.reach import reaching
from router.store.tables import PAGES
from router.store.writer import Conflict, Transaction


def join_key(integration_id: int, group_key: str, group_by: Mapping[str, str] | None) -> str:
    """Return what bundles alerts into one page: the rule's `group_by` values, else the sender's group."""
    if group_by is None:
        text = f"sender\0{integration_id}\0{group_key}"
    else:
        text = "values\0" + "\0".join(f"{name}\0{value}" for name, value in sorted(group_by.items()))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def place(
    tx: Transaction, arrivals: Sequence[Arrival], now: datetime, emptied: Collection[int] = ()
) -> list[Page]:
    """Put arrivals on pages and store those pages; returns the new ones.

    Parameters:
      emptied: acknowledged pages whose last alert has just ended: they are about to close, nobody joins.
    Raises Conflict when a page that was to be joined has changed meanwhile.
    """
    if not arrivals:
        return []
    groups = _grouped(tx, arrivals, emptied)
    _join(tx, [group for group in groups if group.page_id is not None], now)
    opened = _open(tx, [group for group in groups if group.page_id is None], now)
    for arrival in arrivals:
        if arrival.incident_id is not None:
            incidents.place(tx, arrival.incident_id, arrival.page_id, arrival.outcome)
    return opened


def count_opened(opened: Iterable[Page]) -> None:
    """Count pages that alerts have opened."""
    for priority, count in Counter(page.priority for page in opened).items():
        metrics.PAGES_CREATED.labels(priority).inc(count)


def resolve(
    tx: Transaction, page_ids: Collection[int], detail: str, now: datetime, at_least_s: int = 0
) -> None:
    """End pages whose last alert resolved, or let them wait as long as that must hold; seconds, UTC."""
    found = pages.load(tx.connection, page_ids, lock=True)
    saves = [pages.Save(page, closing.resolve(page, detail, now, at_least_s)) for page in found.values()]
    pages.save(tx, saves, now)
    waiting = sum(save.change.page.closes_at is not None for save in saves)
    if waiting:
        tx.after_commit(lambda: metrics.RESOLVES_HELD.inc(waiting))


def close(
    tx: Transaction, page_ids: Collection[int], reason: ClosedReason, detail: str, now: datetime
) -> None:
    """End pages whose last alert ended: `resolved` or `stale`; those that are over already are left alone."""
    found = pages.load(tx.connection, page_ids, lock=True)
    saves = [pages.Save(page, closing.close(page, reason, detail, now)) for page in found.values()]
    pages.save(tx, saves, now)


def note_ended(
    tx: Transaction,
    ended: Mapping[int, Sequence[OpenIncident]],
    integrations: Mapping[int, str],
    now: datetime,
) -> None:
    """Say on pages that stay open which of their alerts ended, and write their text anew without those.

    Parameters:
      ended: by page.
      integrations: names by id.
    """
    found = pages.load(tx.connection, ended.keys(), lock=True)
    left = incidents.still_open(tx.connection, ended.keys()) if ended else {}
    saves = []
    for page in found.values():
        first, count = ended[page.id][0], len(ended[page.id])
        what = "1 alert has ended" if count == 1 else f"{count} alerts have ended"
        event = Event("alerts_ended", f"{what}, {left.get(page.id) or 'no known one'} still firing.")
        alerts = incidents.alerts_of_page(tx.connection, page.id, texts.MOST_ALERTS)
        message = None
        if alerts:
            said = texts.of_page(page.plan, alerts, first.receiver, integrations[first.integration_id])
            message = said.message
        saves.append(pages.Save(page, Change(page, (event,)), message=message))
    pages.save(tx, saves, now)


def _grouped(tx: Transaction, arrivals: Sequence[Arrival], emptied: Collection[int]) -> list[Group]:
    candidates = incidents.pages_by_join_key(tx.connection, {arrival.join_key for arrival in arrivals})
    groups: dict[object, Group] = defaultdict(Group)
    for arrival in arrivals:
        named = arrival.sender.org_id, arrival.plan.route, arrival.join_key
        key: object = arrival.awaited_by or arrival.twin_page or named
        groups[key].arrivals.append(arrival)
    for key, group in groups.items():
        if isinstance(key, int):
            group.page_id = key
            continue
        joinable = [page for page in candidates.get(key, ()) if not _is_over(page, emptied)]  # type: ignore[call-overload]
        group.page_id, link = page_to_join(joinable, group.priority)
        group.link = link or group.follows
    return _merged(groups.values())


def _merged(groups: Iterable[Group]) -> list[Group]:
    """One page is joined once, also when some of its arrivals were led there by their fingerprint."""
    joining: dict[int, Group] = {}
    opening = []
    for group in groups:
        if group.page_id is None:
            opening.append(group)
        elif group.page_id in joining:
            joining[group.page_id].arrivals += group.arrivals
        else:
            joining[group.page_id] = group
    return [*joining.values(), *opening]


def _is_over(page: OpenPage, emptied: Collection[int]) -> bool:
    """An acknowledged page whose alerts have ended takes only those back, and no new trouble."""
    return page.status == "acknowledged" and (page.closing or page.id in emptied)


def _join(tx: Transaction, groups: Sequence[Group], now: datetime) -> None:
    ids = [group.page_id for group in groups if group.page_id is not None]
    found = pages.load(tx.connection, ids, lock=True)
    saves = []
    for group in groups:
        page = found.get(group.page_id or 0)
        if page is None or page.closed_at is not None:
            raise Conflict(f"page {group.page_id} closed while alerts were joining it")
        for arrival in group.arrivals:
            arrival.page_id, arrival.outcome = page.id, "joined"
        alerts = incidents.alerts_of_page(tx.connection, page.id, texts.MOST_ALERTS)
        first = group.arrivals[0]
        shown = [*alerts, *(arrival.alert for arrival in group.arrivals)]
        said = texts.of_page(page.plan, shown, first.receiver, first.sender.name, group.remark(now))
        change = transitions.join(page, group.priority, group.news(now), now, again=group.known_to(page))
        if group.flaps:
            change = transitions.mark_flapping(change)
        saves.append(pages.Save(page, change, alerts_added=len(group.arrivals), message=said.message))
    pages.save(tx, saves, now)


def _open(tx: Transaction, groups: Sequence[Group], now: datetime) -> list[Page]:
    ids = reserve(tx, PAGES, len(groups))
    reaches: dict[int, Reach] = {}
    drafts = []
    for page_id, group in zip(ids, groups, strict=True):
        first = group.arrivals[0]
        org_id = first.sender.org_id
        reach = reaches.get(org_id) or reaches.setdefault(org_id, reaching(tx.connection, org_id))
        for arrival in group.arrivals:
            arrival.page_id, arrival.outcome = page_id, "paged"
        said = texts.of_page(
            first.plan,
            [arrival.alert for arrival in group.arrivals],
            first.receiver,
            first.sender.name,
            group.remark(now),
        )
        change = transitions.open_page(
            page_id, org_id, first.plan, group.priority, now, reach, _why(first, group.link), group.link
        )
        for arrival in group.arrivals:
            arrival.recipients = len(change.page.recipients)
        if group.again:
            event = Event("refired", group.news(now))
            change = Change(change.page, (*change.events, event), change.notify)
        if group.flaps:
            change = transitions.mark_flapping(change)
        if said.fault is not None:
            event = Event("template_failed", f"A template failed, plain text is used: {said.fault}")
            change = Change(change.page, (*change.events, event), change.notify)
        drafts.append(
            pages.Draft(
                change,
                said.subject,
                said.message,
                delivery_mode(first.plan),
                integration_id=first.sender.integration_id,
                join_key=first.join_key,
                alert_count=len(group.arrivals),
            )
        )
    pages.insert(tx, drafts, now)
    return [draft.change.page for draft in drafts]


def _why(arrival: Arrival, link: int | None) -> str:
    place = arrival.plan.trace[-1] if arrival.plan.trace else arrival.plan.route
    follows = f" It follows page {link}." if link else ""
    return f"Routed by {place} @{arrival.plan.revision}.{follows}"


def delivery_mode(plan: Plan) -> DeliveryMode:
    """Say in the documented words whom the first step pages."""
    if not plan.steps or not plan.steps[0].targets:
        return "group"
    first = plan.steps[0].targets[0]
    if first.kind == "user":
        return "single"
    return "broadcast" if first.name == "All" else "group"
