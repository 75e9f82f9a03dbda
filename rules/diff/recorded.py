"""Which of the alerts that really fired would have gone elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from rules.diff.answers import Answer, Answers, Called, Lookup
from rules.diff.branches import Branch, Grove
from rules.diff.effects import Difference, differences, edits
from rules.diff.everywhere import members_of
from rules.diff.hours import OpenHours
from rules.diff.level import crossed_out
from rules.diff.wording import people
from rules.heartbeats import taken_by
from rules.history import Alert, Header, Webhook
from rules.match import match
from rules.model import Decision, Heartbeat, Route, RuleSet

SHOWN_EXAMPLES = 3


@dataclass(slots=True)
class Moved:
    """Recorded alerts that would have gone elsewhere in the same way.

    Parameters:
      first, last: UTC, when the first and the last of them fired.
      examples: labels of some, with different names.
    """

    differences: tuple[Difference, ...]
    first: datetime
    last: datetime
    count: int = 0
    examples: dict[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What would have become of recorded alerts.

    Parameters:
      alerts: how many fired, each counted once however often its sender spoke of it.
      moved: those that would have gone elsewhere, the most first.
      since, until: UTC, what the recording is about.
      kept: names of labels whose values are as they were; None when all are.
    """

    alerts: int
    moved: tuple[Moved, ...]
    since: datetime
    until: datetime
    kept: tuple[str, ...] | None

    @property
    def elsewhere(self) -> int:
        """How many would have gone elsewhere."""
        return sum(moved.count for moved in self.moved)


class Recording:
    """Asks two rule sets about alerts as they fired, one webhook after the other."""

    def __init__(self, old: RuleSet, new: RuleSet) -> None:
        answers = Answers({})
        self._grove = Grove(answers)
        self._old, self._new = _Asked(old, new, answers), _Asked(new, old, answers)
        self._seen: set[int] = set()
        self._known: dict[tuple[object, ...], Moved | None] = {}
        self._moved: dict[tuple[Difference, ...], Moved] = {}
        self._alerts = 0

    def hear(self, webhook: Webhook) -> None:
        """Take one webhook; what it names again, or what fired before the recording, is passed over."""
        for alert in webhook.alerts:
            key = hash((webhook.integration, webhook.receiver, alert.fingerprint, alert.starts_at))
            if alert.status == "resolved":
                if alert.starts_at is None:
                    self._seen.discard(key)
            elif key not in self._seen:
                self._seen.add(key)
                if not webhook.resumed:
                    self._alerts += 1
                    self._ask(webhook, alert)

    def recorded(self, header: Header) -> Recorded:
        """Return what came of it."""
        moved = sorted(self._moved.values(), key=lambda each: (-each.count, each.first))
        kept = None if header.kept is None else tuple(header.kept)
        return Recorded(self._alerts, tuple(moved), header.since, header.until, kept)

    def _ask(self, webhook: Webhook, alert: Alert) -> None:
        labels = webhook.labels_of(alert)
        old, new = self._old.taken(labels, webhook.at), self._new.taken(labels, webhook.at)
        key = _known_by(old), _known_by(new), webhook.integration
        if key not in self._known:
            self._known[key] = self._told_apart(old, new, webhook)
        moved = self._known[key]
        if moved is not None:
            moved.count += 1
            moved.last = webhook.at
            name = alert.labels.get("alertname", "")
            if len(moved.examples) < SHOWN_EXAMPLES and name not in moved.examples:
                moved.examples[name] = alert.labels

    def _told_apart(self, old: _Taken, new: _Taken, webhook: Webhook) -> Moved | None:
        lost, gained = crossed_out(
            [self._leaf(self._old, each, webhook.integration) for each in old],
            [self._leaf(self._new, each, webhook.integration) for each in new],
        )
        if not lost and not gained:
            return None
        found = differences(
            edits([self._shown(each) for each in lost], [self._shown(each) for each in gained])
        )
        return self._moved.setdefault(found, Moved(found, webhook.at, webhook.at))

    def _leaf(self, side: _Asked, taken: Decision | Heartbeat, integration: str) -> Branch:
        return self._grove.leaf(taken.terminal, side.answer(taken, integration))

    def _shown(self, branch: Branch) -> Branch:
        """Return it without the moment until which it is held, so that all that is held is one."""
        hours = branch.answer.hours
        if hours is None:
            return branch
        return self._grove.answering(
            branch, replace(branch.answer, hours=OpenHours(hours.words, hours.words))
        )


_Taken = tuple[Decision, ...] | tuple[Heartbeat]


def _known_by(taken: _Taken) -> tuple[object, ...]:
    """Return what tells apart what the rules do, without hours that are not looked at."""
    return tuple(
        id(each)
        if isinstance(each, Heartbeat)
        else (id(each.terminal), each.priority, each.held, each.held_until)
        for each in taken
    )


class _Asked:
    """One rule set that is asked about alerts; groups that have others in the other one are known by them."""

    def __init__(self, ruleset: RuleSet, other: RuleSet, answers: Answers) -> None:
        self._ruleset = ruleset
        self._answers = answers
        self._hours = dict(_hours_of(ruleset.routes, answers))
        own, others = members_of(ruleset), members_of(other)
        self._groups = {
            name: f"{name} ({people(own[name])})" if name in own else name
            for name in own.keys() | others.keys()
            if own.get(name) != others.get(name)
        }

    def taken(self, labels: Mapping[str, str], at: datetime) -> _Taken:
        """Return what takes an alert."""
        beat = taken_by(self._ruleset, labels)
        return match(self._ruleset, labels, at) if beat is None else (beat,)

    def answer(self, taken: Decision | Heartbeat, integration: str) -> Answer:
        """Return what becomes of it, for one sender's alerts at one moment."""
        if isinstance(taken, Heartbeat):
            return self._named(self._answers.of_heartbeat(taken))
        terminal = taken.terminal
        hours = None
        if taken.held:
            words = self._hours[id(terminal)]
            hours = OpenHours(taken.held_until or "never", f"held: {words}")
        answer = self._named(self._answers.of_terminal(terminal, hours))
        if terminal.suppress is not None:
            return answer
        hold_s = self._ruleset.resolve_hold_s(terminal, integration)
        return replace(answer, priority=Lookup("", (), taken.priority), resolve_hold_s=Lookup("", (), hold_s))

    def _named(self, answer: Answer) -> Answer:
        calls = tuple(
            Called(
                each.after_s,
                tuple(
                    (kind, self._groups.get(name, name) if kind == "group" else name)
                    for kind, name in each.targets
                ),
                each.repeat,
            )
            for each in answer.calls
        )
        return replace(answer, calls=calls)


def _hours_of(routes: Iterable[Route], answers: Answers) -> Iterator[tuple[int, str]]:
    for route in routes:
        hours = answers.of_route(route).hours
        if hours is not None:
            yield id(route.terminal), hours.words
        yield from _hours_of(route.routes, answers)
