"""The law of intake once more, as plainly as it can be written: lists and dicts, one alert after the other.

It reads bodies by itself and knows the desk's rules by heart, so that it shares nothing with what it checks.
Source: docs/architecture.md, "Incidents: the law of intake".
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

RANKS = ["low", "normal", "high", "critical"]
EXPIRES = {"brief": timedelta(minutes=10)}
ADAY = timedelta(hours=24)
STALE = timedelta(hours=48)
LOAN = timedelta(hours=1)
HOLDS = {"patient": timedelta(minutes=10)}
REOPENS = {"brief": (timedelta(minutes=30), 2)}
REOPEN = (timedelta(minutes=10), 6)
MEMORY = timedelta(minutes=30)
HOUR = timedelta(hours=1)
NO = timedelta(0)


@dataclass
class Page:
    number: int
    route: str
    key: str
    priority: str
    created: datetime
    expires: datetime
    link: int | None
    status: str = "active"
    reason: str | None = None
    acknowledged: datetime | None = None
    closes: datetime | None = None
    flapping: bool = False

    @property
    def hold(self) -> timedelta:
        steady = REOPENS.get(self.route, REOPEN)[0] if self.flapping else NO
        return max(HOLDS.get(self.route, NO), steady)

    def resolve(self, now: datetime) -> None:
        if self.hold:
            self.closes = now + self.hold
        else:
            self.close("resolved")

    def close(self, reason: str) -> None:
        self.reason, self.closes = reason, None
        self.status = "acknowledged" if self.status == "acknowledged" else "cancelled"


@dataclass
class Incident:
    sender: str
    receiver: str
    fingerprint: str
    route: str
    key: str
    priority: str
    starts: datetime
    heard: datetime
    outcome: str = ""
    held_until: datetime | None = None
    page: Page | None = None
    ended: bool = False
    began: datetime | None = None
    over: datetime | None = None
    row: list[datetime] = field(default_factory=list)
    flaps: bool = False

    def end(self, now: datetime) -> None:
        self.ended, self.held_until, self.over = True, None, now


@dataclass
class Arrival:
    incident: Incident
    key: str
    twin: Page | None
    link: int | None = None
    awaited: Page | None = None


Said = tuple[str, str, str | None, int | None]  # fingerprint, outcome, route, page


class Law:
    """What should be, given everything that was said and done."""

    def __init__(self) -> None:
        self.pages: list[Page] = []
        self.incidents: list[Incident] = []
        self.next_stale: datetime | None = None
        self.looked: datetime | None = None
        self.listens_since: datetime | None = None

    def open(self) -> list[Incident]:
        return [incident for incident in self.incidents if not incident.ended]

    def hear(self, sender: str, body: bytes, now: datetime) -> list[Said]:
        """Return what is to be answered for one body."""
        said = json.loads(body)
        receiver = re.sub(r"\\(.)", r"\1", said["receiver"])
        answers: list[Said] = []
        arrivals: list[Arrival] = []
        fresh: list[Incident] = []
        over: list[Incident] = []
        anew: list[Incident] = []
        spared: list[Page | None] = []
        for alert in said["alerts"]:
            fingerprint, starts = alert["fingerprint"], moment(alert["startsAt"])
            beside = [one for one in self.open() if (one.sender, one.fingerprint) == (sender, fingerprint)]
            mine = [one for one in beside if one.receiver == receiver]
            if alert["status"] == "resolved":
                ended = [one for one in mine if moment(alert["endsAt"]) >= one.starts]
                over += ended
                spared += [one.page for one in ended if said["truncatedAlerts"]]
                answers += [(fingerprint, "resolved", one.route, number(one.page)) for one in ended]
                if not ended:
                    answers.append((fingerprint, "unknown_resolve", None, None))
                continue
            twins = {
                one.route: one.page
                for one in beside
                if one.receiver != receiver and one.page and not one.page.reason and not is_later(starts, one)
            }
            if mine and not any(is_later(starts, one) for one in mine):
                for one in mine:
                    self.remind(one, twins.get(one.route), now, answers, arrivals)
                continue
            over += mine
            anew += mine
            priority = PRIORITIES.get(alert["labels"].get("severity", ""), "normal")
            for route, outcome, until, key in routes(alert["labels"], sender, said["groupKey"], now):
                new = Incident(
                    sender, receiver, fingerprint, route, key, priority, starts, now, outcome, until
                )
                new.began, new.row = now, [now]
                fresh.append(new)
                if outcome == "paged":
                    arrivals.append(Arrival(new, key, twins.get(route)))
        for one in over:
            one.end(now)
        self.recall([one for one in arrivals if one.incident in fresh], now)
        touched = [page for page in self.pages if not page.reason and any(one.page is page for one in over)]
        emptied = [page for page in touched if not any(one.page is page for one in self.open())]
        self.place(arrivals, emptied, now)
        self.incidents += fresh
        answers += [answer(one.incident) for one in arrivals if one.incident not in fresh]
        answers += [answer(one) for one in fresh]
        self.close_pages([page for page in emptied if page not in spared], anew, now)
        return answers

    def remind(
        self,
        one: Incident,
        twin: Page | None,
        now: datetime,
        answers: list[Said],
        arrivals: list[Arrival],
    ) -> None:
        """Hear of an open incident again: if its page expired it pages again, within its hours."""
        one.heard = now
        again = one.page if one.page and one.page.reason == "expired" and not one.held_until else None
        until = opening(now) if again and one.route == "slow" else None
        if until:
            one.outcome, one.held_until = "held", until
            answers.append((one.fingerprint, "held", one.route, None))
        elif again:
            arrivals.append(Arrival(one, one.key, twin, again.number))
        else:
            answers.append((one.fingerprint, "reminder", one.route, number(one.page)))

    def close_pages(self, emptied: list[Page], anew: list[Incident], now: datetime) -> None:
        for page in emptied:
            if any(one.page is page for one in self.open()):
                continue
            if any(one.page is page for one in anew):
                page.close("resolved")
            else:
                page.resolve(now)

    def recall(self, arrivals: list[Arrival], now: datetime) -> None:
        for one in arrivals:
            self.recall_one(one, now)

    def recall_one(self, arrival: Arrival, now: datetime) -> None:
        """Look at how the alert fired last on this route, if that is not long ago."""
        new = arrival.incident
        mine = [
            one
            for one in self.incidents
            if (one.sender, one.receiver, one.fingerprint, one.route)
            == (new.sender, new.receiver, new.fingerprint, new.route)
            and one.page
            and one.over
            and now - one.over <= MEMORY
        ]
        if not mine:
            return
        last = mine[-1]
        page, within, limit = last.page, *REOPENS.get(new.route, REOPEN)
        assert page is not None
        assert last.over is not None
        assert last.began is not None
        if now - last.over <= within:
            new.row = [*last.row, now]
            steady = last.over - last.began > within
            lately = [began for began in new.row if began > now - HOUR]
            new.flaps = (last.flaps and not steady) or len(lately) > limit
            arrival.link = arrival.link or page.number
        waits = not page.reason and (page.closes or page.flapping)
        higher = RANKS.index(new.priority) > RANKS.index(page.priority)
        if waits and not (page.status == "acknowledged" and higher):
            arrival.awaited = page

    def place(self, arrivals: list[Arrival], emptied: list[Page], now: datetime) -> None:
        """Put arrivals on pages: those of a twin, else of the open page of their group, else a new one."""
        groups: dict[Any, list[Arrival]] = {}
        for one in arrivals:
            led = one.awaited or one.twin
            name = led.number if led else (one.incident.route, one.key)
            groups.setdefault(name, []).append(one)
        goals: list[tuple[Page | None, int | None, list[Arrival]]] = []
        for name, group in groups.items():
            top = max((one.incident.priority for one in group), key=RANKS.index)
            link = next((one.link for one in group if one.link), None)
            page = (group[0].awaited or group[0].twin) if isinstance(name, int) else None
            if page is None:
                there = [p for p in self.pages if (p.route, p.key) == name and not p.reason]
                active = [p for p in there if p.status == "active"]
                held = [p for p in there if p.status == "acknowledged" and p not in emptied and not p.closes]
                if active:
                    page = active[-1]
                elif held and RANKS.index(top) <= RANKS.index(held[-1].priority):
                    page = held[-1]
                elif held:
                    link = held[-1].number
            goals.append((page, link, group))
        for page, link, group in sorted(goals, key=lambda goal: goal[0] is None):
            top = max((one.incident.priority for one in group), key=RANKS.index)
            first = group[0].incident
            life = EXPIRES.get(first.route, ADAY)
            outcome = "joined"
            if page is None:
                outcome = "paged"
                page = Page(len(self.pages) + 1, first.route, group[0].key, top, now, now + life, link)
                self.pages.append(page)
            elif page.status == "active":
                page.priority = max(page.priority, top, key=RANKS.index)
                page.expires = max(page.expires, now + EXPIRES.get(page.route, ADAY))
            page.closes = None
            page.flapping = page.flapping or any(one.incident.flaps for one in group)
            for one in group:
                one.incident.page, one.incident.outcome = page, outcome
                one.incident.held_until = None

    def tick(self, now: datetime) -> None:
        """Do what the scheduler should."""
        for page in list(self.pages):
            held = page.status == "acknowledged" and not page.reason and page.route == "loaned"
            if held and not page.closes and page.acknowledged and page.acknowledged + LOAN <= now:
                self.hand_over(page, now)
        for page in self.pages:
            if page.closes:
                if page.closes <= now:
                    page.close("resolved")
            elif page.status == "active" and page.expires <= now:
                page.status = page.reason = "expired"
        due = [one for one in self.open() if one.held_until and one.held_until <= now]
        keys: dict[Any, str] = {}
        arrivals = []
        for one in sorted(due, key=lambda one: one.held_until or now):
            name = (one.sender, one.fingerprint, one.route)
            twins = [
                other.page
                for other in self.open()
                if (other.sender, other.fingerprint, other.route) == name and other.page
            ]
            twin = next((page for page in twins if not page.reason), None)
            arrivals.append(Arrival(one, keys.setdefault(name, one.key), twin, number(one.page)))
        self.place(arrivals, [], now)
        if self.next_stale is None or now >= self.next_stale:
            self.next_stale = now + timedelta(seconds=60)
            if self.looked is None or now - self.looked > timedelta(minutes=5):
                self.listens_since = now
            self.looked = now
            if self.listens_since and now - self.listens_since >= timedelta(minutes=10):
                self.end_stale(now)

    def restart(self) -> None:
        self.next_stale = self.looked = self.listens_since = None

    def end_stale(self, now: datetime) -> None:
        silent = [one for one in self.open() if one.heard < now - STALE]
        for one in silent:
            one.end(now)
        for page in self.pages:
            theirs = [one for one in self.incidents if one.page is page]
            if page.reason or page.closes or any(not one.ended for one in theirs):
                continue
            forgotten = page.created < now - STALE and all(one.heard < now - STALE for one in theirs)
            if forgotten or any(one.page is page for one in silent):
                page.close("stale")

    def hand_over(self, page: Page, now: datetime) -> None:
        theirs = [one for one in self.open() if one.page is page]
        beside = [
            p for p in self.pages if p.status == "active" and (p.route, p.key) == (page.route, page.key)
        ]
        if beside:
            successor = beside[0]
            successor.priority = max(successor.priority, page.priority, key=RANKS.index)
            successor.expires = max(successor.expires, now + ADAY)
            successor.closes = None
        else:
            successor = Page(
                len(self.pages) + 1, page.route, page.key, page.priority, now, now + ADAY, page.number
            )
            self.pages.append(successor)
        for one in theirs:
            one.page = successor
        page.reason = "superseded"

    def acknowledge(self, page: Page, now: datetime) -> None:
        if page.status == "active":
            page.status, page.acknowledged = "acknowledged", now

    def cancel(self, page: Page) -> None:
        page.status = page.reason = "cancelled"
        page.closes = None


PRIORITIES = {"critical": "critical", "warning": "normal", "info": "low"}


def routes(
    labels: dict[str, str], sender: str, group_key: str, now: datetime
) -> list[tuple[str, str, datetime | None, str]]:
    """Return (route, outcome, held until, key) as tests/intake/desk.py has its rules."""
    key = f"{sender} {group_key}"
    if labels.get("env") == "staging":
        return [("staging", "suppressed", None, key)]
    found: list[tuple[str, str, datetime | None, str]] = []
    if labels.get("audit") == "yes":
        found.append(("audit", "paged", None, key))
    if labels["alertname"] == "Login":
        found.append(("login", "paged", None, key))
    elif labels.get("speed") == "slow":
        until = opening(now)
        found.append(("slow", "held" if until else "paged", until, key))
    elif labels.get("zone"):
        found.append(("zones", "paged", None, f"zone {labels['zone']}"))
    elif labels.get("brief") == "yes":
        found.append(("brief", "paged", None, key))
    elif labels.get("patient") == "yes":
        found.append(("patient", "paged", None, key))
    elif labels.get("loaned") == "yes":
        found.append(("loaned", "paged", None, key))
    return found or [("default", "paged", None, key)]


def opening(now: datetime) -> datetime | None:
    """Return when the office opens next; None while it is open."""
    if now.weekday() < 5 and 9 <= now.hour < 17:
        return None
    day = now.replace(hour=9, minute=0, second=0, microsecond=0)
    while day <= now or day.weekday() >= 5:
        day += timedelta(days=1)
    return day


def is_later(starts: datetime, incident: Incident) -> bool:
    return starts > incident.starts and starts > incident.heard


def answer(incident: Incident) -> Said:
    outcome = "created" if incident.outcome == "paged" else incident.outcome
    return (incident.fingerprint, outcome, incident.route, number(incident.page))


def number(page: Page | None) -> int | None:
    return page.number if page else None


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
