"""The pages of a simulation: whom they tell when, and when they next have something to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, Protocol

from router.backtest.crew import Crew
from router.backtest.live import JoinKey, LivePage
from router.lifecycle.due import lapse_at, step_at
from router.lifecycle.incidents import OpenPage
from router.lifecycle.model import Change, NotificationKind, Notify, Page
from router.lifecycle.sending import Standing, not_wanted

_MOMENT = timedelta.resolution


class Listener(Protocol):
    """Hears what happens in a simulation."""

    def opened(self, live: LivePage) -> None:
        """A page was opened."""
        ...

    def told(
        self, live: LivePage, user_id: int, kind: NotificationKind, at: datetime, every_s: int, times: int
    ) -> None:
        """Somebody was told of a page: once, or so many times at intervals, the first time at `at`."""
        ...


class Noting(Protocol):
    """Notes that a page is to be woken."""

    def __call__(self, live: LivePage, at: datetime) -> None:
        """Wake it then."""
        ...


class Pages:
    """Holds the pages; whatever becomes of one is said here.

    Parameters:
      note: keeps in mind when a page has something to do.
    """

    def __init__(self, crew: Crew, listener: Listener, note: Noting) -> None:
        self._crew = crew
        self._listener = listener
        self._note = note
        self._opened = 0
        self._beside: dict[tuple[str, JoinKey], list[LivePage]] = {}
        self._open: dict[int, LivePage] = {}

    def next_id(self) -> int:
        """Return the number of the next page."""
        self._opened += 1
        return self._opened

    def open(self) -> Sequence[LivePage]:
        """Return the pages that are not over."""
        return list(self._open.values())

    def joinable(self, route: str, key: JoinKey) -> Sequence[tuple[LivePage, OpenPage]]:
        """Return the pages of a route and group that are not over."""
        return [(live, _as_joinable(live.page)) for live in self._beside.get((route, key), ())]

    def add(self, live: LivePage, change: Change) -> None:
        """Take a new page, and tell who is to be told."""
        if live.join_key is not None:
            self._beside.setdefault((live.page.plan.route, live.join_key), []).append(live)
        self._open[live.page.id] = live
        self._listener.opened(live)
        self.apply(live, change, live.page.created_at)

    def apply(self, live: LivePage, change: Change, now: datetime) -> None:
        """Let a change come true."""
        live.page = change.page
        if any(event.kind == "joined" for event in change.events):
            live.joined_at = now
        for notify in change.notify:
            self._tell(live, notify, now)
        if live.page.closed_at is not None and self._open.pop(live.page.id, None) is not None:
            self._forget(live)
        self._schedule(live, now)

    def wake_at(self, live: LivePage, at: datetime) -> None:
        """Have a page woken at a moment."""
        live.wakes_at = at
        self._note(live, at)

    def catch_up(self, live: LivePage, now: datetime) -> Page:
        """Let the repeats go out that were due since anybody last looked, and return the page.

        As `lifecycle.due.wake` would at the time of each: what else is due is not passed over, since the
        agenda wakes a page for that. A repeat that was overdue already is left to `wake`: one for many.
        """
        page, at = live.page, live.page.next_repeat_at
        since, live.as_of = live.as_of, now
        quiet = page.status != "active" or page.closes_at is not None or not page.repeating
        if quiet or at is None or not since < at <= now:
            return page
        stops = [moment for moment in (page.expires_at, step_at(page)) if moment is not None]
        last = min([now, *(moment - _MOMENT for moment in stops)])
        if at > last:
            return page
        every_s = page.plan.repeat_interval_s
        every = timedelta(seconds=every_s)
        times = (last - at) // every + 1
        for recipient in page.recipients:
            if recipient.acknowledged_at is None:
                live.told_at[recipient.user_id] = at + every * (times - 1)
                if self._crew.contacts_of(recipient.user_id):
                    live.heard_at.setdefault(recipient.user_id, at)
                    self._listener.told(live, recipient.user_id, "repeat", at, every_s, times)
        live.page = replace(page, next_repeat_at=at + every * times)
        return live.page

    def _tell(self, live: LivePage, notify: Notify, now: datetime) -> None:
        user_id = notify.person.user_id
        live.told_at[user_id] = now
        page = live.page
        acknowledged_at = next((r.acknowledged_at for r in page.recipients if r.user_id == user_id), None)
        heard_at = live.heard_at.get(user_id)
        standing = Standing(page.status, page.closed_reason, heard_at, acknowledged_at)
        if self._crew.contacts_of(user_id) and not_wanted(notify.kind, standing) is None:
            live.heard_at.setdefault(user_id, now)
            self._listener.told(live, user_id, notify.kind, now, 0, 1)

    def _forget(self, live: LivePage) -> None:
        if live.join_key is not None:
            key = live.page.plan.route, live.join_key
            self._beside[key].remove(live)
            if not self._beside[key]:
                del self._beside[key]

    def _schedule(self, live: LivePage, now: datetime) -> None:
        at = _next_event(live.page, now)
        if at is None:
            live.wakes_at = None
        elif live.wakes_at != (at := max(at, now)):
            self.wake_at(live, at)


def _next_event(page: Page, now: datetime) -> datetime | None:
    """Return when more than a repeat is due on a page: those in between are told all at once."""
    if page.closed_at is not None:
        return None
    if page.closes_at is not None:
        return page.closes_at
    if page.status == "acknowledged":
        return page.expires_at if page.plan.is_test else lapse_at(page)
    moments = [page.expires_at, step_at(page)]
    if page.repeating and page.next_repeat_at is not None and page.next_repeat_at <= now:
        moments.append(now)
    return min((moment for moment in moments if moment is not None), default=None)


def _as_joinable(page: Page) -> OpenPage:
    status: Literal["active", "acknowledged"] = "acknowledged" if page.status == "acknowledged" else "active"
    return OpenPage(page.id, status, page.priority, page.closes_at is not None)
