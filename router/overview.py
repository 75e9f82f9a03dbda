"""What is wrong now and what to do next: the start page of admins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import Connection

from router.doctor import Remark, people, rules, senders, work
from router.doctor.rules import Loaded
from router.in_force import Rules
from router.lifecycle.model import PRIORITIES, Priority
from router.store import failed_deliveries, quarantine
from router.store.failed_deliveries import Wanted
from router.store.tables import PAGES

_LATELY = timedelta(hours=24)
_LINKS = {
    "people": "/api/users",
    "delivery": "/api/deliveries",
    "chains": "/api/rules/tree",
    "rules": "/api/rules",
    "senders": "/api/integrations",
    "heartbeats": "/api/heartbeats",
    "scheduler": "/api/pages?status=active",
    "outbox": "/api/deliveries?state=retrying",
}


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that is wrong.

    Parameters:
      severity: an `error` keeps somebody from being paged, or waits for one.
      about: what is concerned, in a word.
      remedy: what to do next.
      link: where the API shows it.
    """

    severity: Literal["error", "warning"]
    about: str
    sentence: str
    remedy: str
    link: str


@dataclass(frozen=True, slots=True)
class OpenPages:
    """How many pages of a priority are open."""

    priority: Priority
    active: int
    acknowledged: int


@dataclass(frozen=True, slots=True)
class Overview:
    """How an organisation stands.

    Parameters:
      pages: by priority, critical first.
      concerns: errors first.
    """

    pages: tuple[OpenPages, ...]
    concerns: tuple[Concern, ...]


def look_over(
    connection: Connection, org_id: int, in_force: Rules | None, loading: Mapping[str, Any], now: datetime
) -> Overview:
    """Return what is wrong in an organisation; nothing is sent and nothing changed.

    Parameters:
      in_force: the rules that serve it; None when there are none.
      loading: how they were last loaded, as `RuleDesk.describe` says it.
      now: UTC.
    """
    pages = _open_pages(connection, org_id)
    concerns = [*_waiting(pages)]
    if in_force is not None:
        concerns += _loading(loading)
    concerns += [_concern(one) for one in _remarks(connection, org_id, in_force, now) if one.severity != "ok"]
    concerns += _failed(connection, org_id, now)
    concerns += _quarantined(connection, org_id, now)
    return Overview(pages, tuple(sorted(concerns, key=lambda one: one.severity)))


def _remarks(connection: Connection, org_id: int, in_force: Rules | None, now: datetime) -> Iterator[Remark]:
    yield from people.look(connection, org_id)
    if in_force is not None:
        loaded = Loaded(in_force.ruleset, in_force.sources)
        yield from rules.look_at_chains(connection, org_id, loaded)
    yield from senders.look(connection, now, org_id)
    yield from senders.look_at_heartbeats(connection, org_id)
    yield from work.look(connection, now)


def _concern(remark: Remark) -> Concern:
    assert remark.severity != "ok"
    return Concern(remark.severity, remark.about, remark.message, remark.remedy, _LINKS[remark.about])


def _open_pages(connection: Connection, org_id: int) -> tuple[OpenPages, ...]:
    query = (
        sa.select(PAGES.c.priority, PAGES.c.status, sa.func.count())
        .where(PAGES.c.org_id == org_id, PAGES.c.closed_at.is_(None))
        .group_by(PAGES.c.priority, PAGES.c.status)
    )
    counted = {(priority, status): count for priority, status, count in connection.execute(query)}
    return tuple(
        OpenPages(each, counted.get((each, "active"), 0), counted.get((each, "acknowledged"), 0))
        for each in reversed(PRIORITIES)
    )


def _waiting(pages: tuple[OpenPages, ...]) -> Iterator[Concern]:
    for each in pages:
        if each.active:
            severity: Literal["error", "warning"] = (
                "error" if each.priority in ("critical", "high") else "warning"
            )
            count = f"{each.active} {each.priority} page{'s' if each.active > 1 else ''}"
            yield Concern(
                severity,
                "pages",
                f"Nobody has acknowledged {count}.",
                "Acknowledge what you take in hand.",
                f"/api/pages?status=active&priority={each.priority}",
            )


def _loading(said: Mapping[str, Any]) -> Iterator[Concern]:
    """Yield whether the last attempt to load the rules failed, and with what they were loaded."""
    findings = said["findings"]
    if not said["last_reload_successful"]:
        wrong = [one for one in findings if one["severity"] == "error"]
        first = said["refused"] or (_found(wrong[0]) if wrong else "see the findings")
        yield Concern(
            "error",
            "rules",
            f"The rules could not all be loaded, so what was in force before still is: {first}",
            "Correct the files; they are loaded within seconds.",
            _LINKS["rules"],
        )
    elif findings:
        yield Concern(
            "warning",
            "rules",
            f"The rules were loaded with warnings ({len(findings)}): {_found(findings[0])}",
            "Correct the files, or the roster.",
            _LINKS["rules"],
        )


def _found(finding: Mapping[str, Any]) -> str:
    return f"{finding['file']}:{finding['line']}: {finding['message']}"


def _failed(connection: Connection, org_id: int, now: datetime) -> Iterator[Concern]:
    lately = Wanted("failed", since=now - _LATELY)
    _, count = failed_deliveries.failed(connection, org_id, lately, limit=1, offset=0)
    if count:
        yield Concern(
            "warning",
            "delivery",
            f"Deliveries failed within 24 hours ({count}).",
            "See what the provider said, mend the contact, and send again what is still needed.",
            _LINKS["delivery"],
        )


def _quarantined(connection: Connection, org_id: int, now: datetime) -> Iterator[Concern]:
    count = quarantine.waiting_between(connection, org_id, now - _LATELY, now)
    if count:
        yield Concern(
            "warning",
            "quarantine",
            f"What came within 24 hours could not all be read ({count} in quarantine).",
            "Read why, mend the sender, and replay or dismiss it.",
            "/api/quarantine?state=waiting",
        )
