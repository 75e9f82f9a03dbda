"""Answers "why was nobody paged on 3 March": what came then, what was done, and what the rules then said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import Connection

from router.store import ledger, quarantine, revisions
from router.store.ledger import Entry, Wanted
from rules.explain import OURS, Explained, explain, str_of
from rules.load import empty, load
from rules.model import RuleSet, Terminal
from rules.sources import Sources

MOST_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Parameters:
      labels: those that are known of the alert; `__integration__` and its like say where it came from.
      at: the moment in question, UTC.
      around: how long before and after it to look.
      alerts_since, webhooks_since: what is older than these has been deleted, UTC.
    """

    labels: Mapping[str, str]
    at: datetime
    around: timedelta
    alerts_since: datetime
    webhooks_since: datetime

    @property
    def since(self) -> datetime:
        """Where the time looked at begins."""
        return self.at - self.around

    @property
    def until(self) -> datetime:
        """Where the time looked at ends."""
        return self.at + self.around


@dataclass(frozen=True, slots=True)
class Found:
    """The answer.

    Parameters:
      because: sentences, the most telling first.
      entries: of the ledger, newest first, at most 50 of `total`.
      revision: of the rules in force at that moment; None when none of then are kept.
      explained: what these rules decide for the labels alone, had they come just then.
      webhooks, quarantined: how many came in that time, and how much of it could not be read and waits;
        None once webhooks of then are deleted.
    """

    because: tuple[str, ...]
    entries: tuple[Entry, ...]
    total: int
    revision: str | None
    explained: tuple[Explained, ...]
    webhooks: int | None
    quarantined: int


def inquire(connection: Connection, org_id: int, question: Question) -> Found:
    """Return what is known of alerts with these labels around a moment, and why nobody was paged."""
    wanted = Wanted(
        tuple((name, value) for name, value in question.labels.items() if name not in OURS),
        since=question.since,
        until=question.until,
        integration=question.labels.get("__integration__"),
    )
    entries, total = ledger.entries(connection, org_id, wanted, limit=MOST_ENTRIES, offset=0)
    webhooks = None
    if question.since >= question.webhooks_since:
        webhooks = ledger.webhooks_between(connection, org_id, question.since, question.until)
    quarantined = quarantine.waiting_between(connection, org_id, question.since, question.until)
    rules = _rules_at(connection, org_id, question.at)
    explained = () if rules is None else explain(rules, question.labels, question.at)
    by_revision = {
        name: _rules_named(connection, org_id, name) for name in {e.row["revision"] for e in entries}
    }
    because = [_fate(entry, by_revision[entry.row["revision"]]) for entry in entries]
    if not entries:
        because += _nothing_came(question, webhooks, quarantined)
        because += [_would(one) for one in explained]
    if rules is None:
        because.append("The rules of that time are not kept.")
    revision = None if rules is None else rules.revision
    return Found(tuple(because), tuple(entries), total, revision, explained, webhooks, quarantined)


def _rules_at(connection: Connection, org_id: int, at: datetime) -> RuleSet | None:
    kept = revisions.at(connection, org_id, at)
    if kept is not None:
        return _loaded(kept.sources)
    return None if revisions.has_any(connection, org_id) else empty()


def _rules_named(connection: Connection, org_id: int, revision: str) -> RuleSet | None:
    kept = revisions.named(connection, org_id, revision)
    return None if kept is None else _loaded(kept.sources)


@lru_cache(maxsize=4)
def _loaded(sources: str) -> RuleSet | None:
    """Load kept rules; contacts are of no matter, so that nothing secret is looked up."""
    return load(Sources.from_json(sources), lambda _: None).ruleset


def _fate(entry: Entry, rules: RuleSet | None) -> str:
    """Return what became of an alert, and by which line of which rules."""
    row = entry.row
    name = entry.labels.get("alertname", "An alert without a name")
    came = f"{name}, first heard {_said(row['first_heard_at'])} of {entry.integration},"
    where = _where(entry, rules)
    if row["outcome"] == "suppressed":
        return f"{came} was suppressed by {where}: {row['reason']}"
    if row["outcome"] == "heartbeat":
        return f"{came} was taken as a beat of {where}: beats page nobody."
    if row["page_id"] is None:
        until = row["held_until"]
        waits = "until its hours come" if until is None else f"until {_said(until)}"
        ended = f", and ended before ({row['ended_reason']})" if row["ended_at"] is not None else ""
        return f"{came} was held by {where} {waits}{ended}."
    act = "opened" if row["outcome"] == "paged" else "joined"
    return f"{came} {act} page {row['page_id']} by {where}, {_who_heard(entry)}."


def _who_heard(entry: Entry) -> str:
    told = [one for one in entry.told if one.told_at is not None]
    if not told:
        return f"of which nobody has heard ({entry.page_status}): its timeline says why"
    said = ", ".join(f"{one.user} at {_said(one.told_at)}" for one in told if one.told_at)
    return f"of which these heard first: {said}"


def _where(entry: Entry, rules: RuleSet | None) -> str:
    """Return the route that took an alert, where it stands and in which rules."""
    route, revision = entry.row["route"], entry.row["revision"]
    terminal = None if rules is None else rules.terminals.get(route)
    place = (
        "" if terminal is None or _is_built_in(terminal) else f"{terminal.place.file}:{terminal.place.line}, "
    )
    return f"route {route} ({place}revision {revision})"


def _said(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat(' ', 'seconds')} UTC"


def _is_built_in(terminal: Terminal) -> bool:
    return terminal.place.file.startswith("(")


def _nothing_came(question: Question, webhooks: int | None, quarantined: int) -> Iterator[str]:
    between = f"between {_said(question.since)} and {_said(question.until)}"
    yield f"No alert with these labels was heard of, or still open, {between}."
    if question.since < question.alerts_since:
        yield "Alerts that ended then may have been deleted since (PINGPARROT_INCIDENT_RETENTION_DAYS)."
    if webhooks == 0:
        yield "No webhook at all came in that time: did the senders run, and could they reach this server?"
    elif webhooks is not None:
        yield (
            f"Webhooks came in that time ({webhooks}): it did not fire, was silenced or inhibited at its "
            "sender, was not sent here, or had other labels."
        )
    if quarantined:
        waits = f"What could not be read of that time waits in quarantine ({quarantined})"
        yield f"{waits}: it may have been there."


def _would(explained: Explained) -> str:
    """Return what the rules of then would have done with the labels."""
    terminal = explained.decision.terminal
    where = terminal.name if _is_built_in(terminal) else f"{terminal.name} ({terminal.place})"
    had = f"Had it come, route {where} would have"
    if explained.heartbeat is not None:
        return f"{had} taken it as a beat of the heartbeat {explained.heartbeat.name}."
    if terminal.suppress is not None:
        return f"{had} suppressed it: {terminal.suppress}"
    if explained.opens_at is None:
        return f"{had} held it, for hours that never come."
    first = ", ".join(str_of(paged.target) for paged in explained.timeline if paged.at_s == 0)
    held = f" held it until {_said(explained.opens_at)}, and then" if explained.decision.held else ""
    return f"{had}{held} paged {first or 'nobody'}."
