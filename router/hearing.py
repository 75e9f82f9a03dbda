"""What a round of webhooks means, by the law of intake, and the writing of it.

Source: docs/architecture.md, "Incidents: the law of intake".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from adapters.alert import Batch
from adapters.grafana.trial import is_test
from router import doubts, paging, refiring, trial
from router.arrivals import Arrival
from router.beats import Beats
from router.doubts import Resolved
from router.in_force import Rules
from router.lifecycle.doubting import WAIT_S
from router.lifecycle.incidents import Told, meaning
from router.lifecycle.model import Page
from router.spoken import Spoken
from router.store import incidents, pages, plans
from router.store.incidents import OpenIncident
from router.store.writer import Transaction
from router.taken import Heard, Taken
from router.webhook import AlertAnswer
from rules.match import match

_ENDED = "Every alert has ended."
_VANISHED = "Every alert has ended: series vanished (MissingSeries), so nothing says whether it is mended."


@dataclass(frozen=True, slots=True)
class _Again:
    """An alert that still fires although its page expired."""

    spoken: Spoken
    incident: OpenIncident


@dataclass(slots=True)
class _Gathered:
    """What a round asks for, before anything is written."""

    reminded: list[int] = field(default_factory=list)
    ended: dict[str, list[OpenIncident]] = field(default_factory=lambda: defaultdict(list))
    truncated: set[int] = field(default_factory=set)
    resolved: list[Resolved] = field(default_factory=list)
    new: list[Taken] = field(default_factory=list)
    again: list[_Again] = field(default_factory=list)
    held: dict[datetime, list[int]] = field(default_factory=lambda: defaultdict(list))
    beats: Beats = field(default_factory=Beats)


def hear(tx: Transaction, rules: Rules, round_: Sequence[Heard], now: datetime) -> list[Page]:
    """Decide and write what webhooks that have no alert in common mean; returns the pages opened.

    Parameters:
      round_: in the order of arrival; their answers are filled.
      now: UTC.
    """
    batches = [(heard, heard.webhook.batch) for heard in round_ if heard.webhook.batch is not None]
    fingerprints = sorted({alert.fingerprint for _, batch in batches for alert in batch.alerts})
    known = incidents.open_by_fingerprint(tx.connection, fingerprints)
    gathered = _Gathered()
    for heard, batch in batches:
        for alert in batch.alerts:
            told = Told(alert.status == "firing", alert.starts_at, alert.ends_at)
            beside = known.get((heard.webhook.sender.integration_id, alert.fingerprint), ())
            _listen(gathered, rules, Spoken(heard, batch, alert, told, beside), now)
    names = {heard.webhook.sender.integration_id: heard.webhook.sender.name for heard in round_}
    return _write(tx, rules, gathered, names, now)


def _listen(gathered: _Gathered, rules: Rules, spoken: Spoken, now: datetime) -> None:
    heard, alert, mine = spoken.heard, spoken.alert, spoken.mine
    heard_beat = gathered.beats.listen(rules, spoken)
    if heard_beat is not None:
        gathered.reminded += heard_beat.reminded
        gathered.new += heard_beat.new
        _end(gathered, heard_beat.reason, heard_beat.ended, spoken.batch)
        return
    was_beat = [incident for incident in mine if incident.outcome == "heartbeat"]
    if was_beat:  # the rules no longer say so: it is an alert like any other
        gathered.ended["superseded"] += was_beat
        mine = [incident for incident in mine if incident.outcome != "heartbeat"]
    means = meaning(spoken.told, [incident.episode for incident in mine])
    if means == "reminder":
        _remind(gathered, rules, spoken, mine, now)
    elif means == "resolved":
        _end(gathered, "vanished" if spoken.vanished else "resolved", mine, spoken.batch)
        gathered.resolved += [Resolved(incident, alert.labels) for incident in mine]
        heard.answers.extend(_answer(incident, "resolved") for incident in mine)
    elif means == "unknown_resolve":
        heard.answers.append(AlertAnswer(alert.fingerprint, "unknown_resolve"))
    else:
        gathered.ended["superseded"] += mine
        _route(gathered, rules, spoken, now)


def _end(gathered: _Gathered, reason: str, ended: Sequence[OpenIncident], batch: Batch) -> None:
    gathered.ended[reason] += ended
    if batch.truncated:
        gathered.truncated |= {incident.page_id for incident in ended if incident.page_id}


def _remind(
    gathered: _Gathered, rules: Rules, spoken: Spoken, mine: Sequence[OpenIncident], now: datetime
) -> None:
    answers = spoken.heard.answers
    for incident in mine:
        gathered.reminded.append(incident.id)
        again = incident.page_expired and incident.plan_id is not None and incident.held_until is None
        until = _held_until(rules, spoken, incident.route, now) if again else None
        if until is not None:
            gathered.held[until].append(incident.id)
            answers.append(AlertAnswer(incident.fingerprint, "held", incident.route, held_until=until))
        elif again:
            gathered.again.append(_Again(spoken, incident))
        else:
            answers.append(_answer(incident, "reminder"))


def _held_until(rules: Rules, spoken: Spoken, route: str, now: datetime) -> datetime | None:
    """Return when the hours of a route come that it is outside of now: an expired page pages again then."""
    decisions = match(rules.ruleset, spoken.labels, now)
    return next((one.held_until for one in decisions if one.terminal.name == route and one.held), None)


def _route(gathered: _Gathered, rules: Rules, spoken: Spoken, now: datetime) -> None:
    if is_test(spoken.batch):
        gathered.new.append(_tried(rules, spoken))
        return
    sender, batch, alert = spoken.sender, spoken.batch, spoken.alert
    labels, stored, twins = spoken.labels, spoken.stored, spoken.twins
    for decision in match(rules.ruleset, labels, now):
        terminal = decision.terminal
        group_by = None if terminal.group_by is None else {n: labels.get(n, "") for n in terminal.group_by}
        group_key = batch.group_key or alert.labels.get("alertname", "")
        key = paging.join_key(sender.integration_id, group_key, group_by)
        plan = rules.plan_of(terminal, sender.name) if terminal.suppress is None else None
        arrival = None
        if plan is not None and not decision.held:
            arrival = Arrival(
                sender,
                batch.receiver,
                plan,
                decision.priority,
                key,
                stored,
                twin_page=twins.get(terminal.name),
            )
        gathered.new.append(Taken(spoken.heard, batch, alert, stored, decision, key, plan, arrival))


def _tried(rules: Rules, spoken: Spoken) -> Taken:
    """A Test button was pressed: a page of its own, which no rule has a part in."""
    sender, batch, alert, stored = spoken.sender, spoken.batch, spoken.alert, spoken.stored
    decision, plan = trial.decide(rules, sender.owner_user_id)
    key = paging.join_key(sender.integration_id, alert.fingerprint, None)
    arrival = Arrival(sender, batch.receiver, plan, decision.priority, key, stored)
    return Taken(spoken.heard, batch, alert, stored, decision, key, plan, arrival)


def _write(
    tx: Transaction, rules: Rules, gathered: _Gathered, integrations: Mapping[int, str], now: datetime
) -> list[Page]:
    incidents.heard(tx, gathered.reminded, now)
    for until, incident_ids in gathered.held.items():
        incidents.hold(tx, incident_ids, until)
    for reason, group in gathered.ended.items():
        incidents.end(tx, [incident.id for incident in group], reason, now)
    ended = _ended_by_page(gathered)
    emptied = _emptied(tx, ended.keys())
    again = _page_again(tx, gathered.again)
    refiring.recall(tx, gathered.new, rules, now)
    arrivals = [new.arrival for new in gathered.new if new.arrival is not None]
    opened = paging.place(tx, [*arrivals, *again], now, emptied)
    refiring.count(tx, arrivals)
    for told, arrival in zip(gathered.again, again, strict=True):
        outcome = "created" if arrival.outcome == "paged" else "joined"
        recipients = arrival.recipients if outcome == "created" else None
        answer = AlertAnswer(
            told.incident.fingerprint,
            outcome,
            told.incident.route,
            arrival.page_id,
            recipients=recipients,
        )
        told.spoken.heard.answers.append(answer)
    plan_ids = plans.keep(tx, {new.plan for new in gathered.new if new.plan is not None})
    # What is on no page meets other processes only here, in the index of open incidents: in one order.
    incidents.insert(tx, [new.row(plan_ids, now) for new in sorted(gathered.new, key=_pageless_in_order)])
    for new in gathered.new:
        new.heard.answers.append(new.answer())
    joined = {arrival.page_id for arrival in (*arrivals, *again)}
    over = emptied - joined - gathered.truncated
    watched = doubts.watched(tx, rules, integrations.keys()) if gathered.resolved else {}
    _close(tx, gathered, {page: ended[page] for page in over}, watched, now)
    doubts.tell_mass(tx, gathered.resolved, integrations, watched, now)
    paging.note_ended(tx, {page: ended[page] for page in ended.keys() - over}, integrations, now)
    doubts.tell_down(tx, gathered.resolved, doubts.found_down(gathered.new), now)
    gathered.beats.write(tx, rules, now)
    return opened


def _pageless_in_order(new: Taken) -> tuple[int | str, ...]:
    if new.arrival is not None:
        return (1,)
    terminal = new.decision.terminal
    integration_id = new.heard.webhook.sender.integration_id
    return 0, integration_id, new.batch.receiver, new.alert.fingerprint, terminal.name


def _close(
    tx: Transaction,
    gathered: _Gathered,
    over: Mapping[int, Sequence[OpenIncident]],
    watched: Mapping[int, str],
    now: datetime,
) -> None:
    """End pages, or let them wait whether the end holds; not where an alert has begun anew on another."""
    gone = {incident.id for incident in gathered.ended["vanished"]}
    anew = {incident.id for incident in gathered.ended["superseded"]}
    vanished = {page for page, theirs in over.items() if any(one.id in gone for one in theirs)}
    begun_anew = {page for page, theirs in over.items() if any(one.id in anew for one in theirs)}
    paging.close(tx, begun_anew, "resolved", _ENDED, now)
    doubtful = {page for page, theirs in over.items() if any(one.integration_id in watched for one in theirs)}
    for page_ids, detail in ((over.keys() - vanished, _ENDED), (vanished, _VANISHED)):
        left = page_ids - begun_anew
        paging.resolve(tx, left & doubtful, detail, now, WAIT_S)
        paging.resolve(tx, left - doubtful, detail, now)


def _ended_by_page(gathered: _Gathered) -> dict[int, list[OpenIncident]]:
    """Return the incidents that end, by the open page that they are on."""
    found: dict[int, list[OpenIncident]] = defaultdict(list)
    for group in gathered.ended.values():
        for incident in group:
            if incident.page_id is not None and incident.page_open:
                found[incident.page_id].append(incident)
    return found


def _emptied(tx: Transaction, touched: Collection[int]) -> set[int]:
    """Return those pages whose last alert has just ended, holding all of them."""
    if not touched:
        return set()
    pages.lock(tx, touched)
    return set(touched) - incidents.still_open(tx.connection, touched).keys()


def _page_again(tx: Transaction, again: Sequence[_Again]) -> list[Arrival]:
    """They page by the plan and under the key that they were given when they were routed."""
    found = plans.load(tx, {one.incident.plan_id for one in again if one.incident.plan_id is not None})
    return [
        Arrival(
            one.spoken.sender,
            one.spoken.batch.receiver,
            found[one.incident.plan_id or 0],
            one.incident.priority,
            one.incident.join_key or "",
            one.spoken.stored,
            incident_id=one.incident.id,
            twin_page=one.spoken.twins.get(one.incident.route),
            link=one.incident.page_id,
        )
        for one in again
    ]


def _answer(incident: OpenIncident, outcome: str) -> AlertAnswer:
    reason = incident.reason or None
    return AlertAnswer(
        incident.fingerprint, outcome, incident.route, incident.page_id, reason, incident.held_until
    )
