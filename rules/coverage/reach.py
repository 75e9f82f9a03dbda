"""What becomes of a rule's alerts: every outcome that they can have, each with labels that have it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from rules.alertmanager.model import SenderRoute
from rules.coverage.alerting import AlertingRule
from rules.coverage.entrances import Entrance, Post
from rules.coverage.knowledge import Knowledge
from rules.coverage.landings import Kind, Landing, Landings
from rules.coverage.stops import Stop, names_in, narrowed, stops_of_rules, stops_of_sender
from rules.explain import OURS
from rules.model import RuleSet
from rules.regions import Limit, Region, Undecided, walk

MAX_PARTS = 20_000
_BEST: tuple[Kind, ...] = ("people", "heartbeat", "default", "nobody")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing that can become of a rule's alerts; rules of which the same is known share it.

    Parameters:
      key: the same for what comes to the same.
      conditions: what must hold of labels that are not known, as matchers; empty for `otherwise`, and
        when it is the only outcome.
      example: labels that decide it, as far as anybody looks at them.
      landings: where it arrives; empty when it is swallowed.
      taken_by: the sender's routes that take it and do not post here.
      entered: the names of our routes that are entered on the way.
      posted_by: the sender's routes that post it here.
      whens: the rule's ways of firing that have it.
      others: labels that are known of those ways, where a rule has several.
    """

    key: object
    kind: Kind
    conditions: tuple[str, ...]
    example: Mapping[str, str]
    landings: tuple[Landing, ...]
    taken_by: tuple[SenderRoute, ...]
    entered: frozenset[str]
    posted_by: tuple[SenderRoute, ...]
    whens: tuple[str, ...] = ("",)
    others: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Covered:
    """A rule, and all that can become of its alerts.

    Parameters:
      kind: what its alerts have in common: a Kind, `mixed` when they differ, or `undecided`.
      labels: that all of them have, or may have.
      undecided: why not all of it could be worked out; empty when `outcomes` are all.
    """

    rule: AlertingRule
    kind: str
    outcomes: tuple[Outcome, ...]
    labels: Mapping[str, str]
    undecided: str = ""

    def witness(self, outcome: Outcome) -> dict[str, str]:
        """Return labels of an alert of the rule that has an outcome."""
        return {**self.labels, **outcome.others, **outcome.example}


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of what a way of firing allows, and what becomes of it."""

    region: Region
    theirs: tuple[Stop, ...] = ()
    ours: tuple[tuple[Post, tuple[Stop, ...]], ...] = ()


class _Walk:
    """Follows one region through a sender's routes and into ours.

    Parameters:
      rules: returns what an alert meets that comes by a post.
    """

    def __init__(self, entrance: Entrance, rules: Callable[[Post], tuple[Stop, ...]], limit: Limit) -> None:
        self._entrance = entrance
        self._rules = rules
        self._met: dict[str, tuple[Stop, ...]] = {}
        self._limit = limit

    def parts(self, region: Region, theirs: tuple[Stop, ...], receiver: str) -> Iterator[_Part]:
        """Yield the parts of a region, each with all that becomes of it.

        Parameters:
          theirs: the sender's routes; when there are none all of it goes to `receiver`.
        """
        count = 0
        for part, stops in walk(theirs, region, self._limit) if theirs else ((region, ()),):
            receivers = [stop.meant.receiver for stop in stops if isinstance(stop.meant, SenderRoute)]
            names = dict.fromkeys(receivers if theirs else [receiver])
            posts = [post for name in names for post in self._entrance.posts_of(name)]
            for whole in self._landed(_Part(part, stops), posts):
                count += 1
                if count > MAX_PARTS:
                    raise Undecided(f"it has more than {MAX_PARTS:,} outcomes.")
                yield whole

    def _landed(self, part: _Part, posts: Sequence[Post]) -> Iterator[_Part]:
        """Yield the parts of a part in which it is known what each of the posts comes to."""
        if not posts:
            yield part
            return
        post, *others = posts
        if post.receiver not in self._met:
            self._met[post.receiver] = self._rules(post)
        for region, stops in walk(self._met[post.receiver], part.region, self._limit):
            found = replace(part, region=region, ours=(*part.ours, (post, stops)))
            yield from self._landed(found, others)


class Reach:
    """Walks rules through a sender's routes into ours, and remembers what it has walked.

    Parameters:
      limit: a new limit for each way in which a rule fires.
      now: UTC; hours that have passed by then never come again.
    """

    def __init__(self, ruleset: RuleSet, limit: Callable[[], Limit], now: datetime) -> None:
        self._ruleset = ruleset
        self._limit = limit
        self._landings = Landings(ruleset, now)
        self._ours: dict[tuple[tuple[str, str], ...], tuple[Stop, ...]] = {}
        self._theirs: dict[int, Stop] = {}
        self._looked_at: dict[tuple[int, int], frozenset[str]] = {}
        self._walked: dict[object, tuple[Outcome, ...] | str] = {}

    def cover(self, rule: AlertingRule, entrance: Entrance) -> Covered:
        """Return all that can become of a rule's alerts that are sent by way of `entrance`."""
        ways: list[tuple[str, Mapping[str, str], tuple[Outcome, ...]]] = []
        undecided = ""
        for way in rule.ways:
            known = way.known
            for name in OURS:
                known = known.forgetting(name)  # what stands there is ours to say, not the alert's
            try:
                labels = self._labels(known)
                if labels is not None:  # else what is known contradicts itself: it never fires
                    ways.append((way.when, labels, self._outcomes(known, entrance, rule.receiver)))
            except Undecided as error:
                undecided = str(error)
        shared, outcomes = (ways[0][1], ways[0][2]) if len(ways) == 1 else ({}, _merged(ways))
        kinds = {outcome.kind for outcome in outcomes}
        kind = "undecided" if undecided or not kinds else "mixed" if len(kinds) > 1 else kinds.pop()
        return Covered(rule, kind, outcomes, shared, undecided)

    def _outcomes(self, known: Knowledge, entrance: Entrance, receiver: str) -> tuple[Outcome, ...]:
        """Return what can become of what is allowed."""
        theirs = () if receiver or entrance.root is None else (self._sender(entrance.root),)
        names = self._names(entrance, theirs)
        seen = known.seen_by(names)
        key = (id(entrance), receiver, tuple(seen.fixed.items()), tuple(map(str, seen.matchers)))
        if key not in self._walked:
            self._walked[key] = self._walk(seen, names, entrance, theirs, receiver)
        walked = self._walked[key]
        if isinstance(walked, str):
            raise Undecided(walked)
        return walked

    def _walk(
        self,
        seen: Knowledge,
        names: frozenset[str],
        entrance: Entrance,
        theirs: tuple[Stop, ...],
        receiver: str,
    ) -> tuple[Outcome, ...] | str:
        """Return the outcomes, or why not all of them are found."""
        limit = self._limit()
        found: dict[object, Outcome] = {}
        walked = _Walk(entrance, lambda post: narrowed(self._rules(post.known), seen.fixed), limit)
        try:
            for part in walked.parts(seen.region(names), narrowed(theirs, seen.fixed), receiver):
                outcome = self._outcome(part, seen, limit)
                before = found.setdefault(outcome.key, outcome)
                if before is not outcome:
                    found[outcome.key] = _joined(before, outcome)
        except Undecided as error:
            return str(error)
        return tuple(found.values())

    def _outcome(self, part: _Part, seen: Knowledge, limit: Limit) -> Outcome:
        landed = tuple((post.receiver, tuple(stop.names for stop in stops)) for post, stops in part.ours)
        receivers = {post.receiver for post, _ in part.ours}
        theirs = [stop.meant for stop in part.theirs if isinstance(stop.meant, SenderRoute)]
        taken_by = tuple(route for route in theirs if route.receiver not in receivers)
        landings = tuple(
            landing
            for post, stops in part.ours
            for landing in (
                [self._landings.of(post, stop) for stop in stops] or [self._landings.default(post)]
            )
        )
        kinds = {landing.kind for landing in landings}
        stops = (*part.theirs, *(stop for _, each in part.ours for stop in each))
        conditions = dict.fromkeys(
            str(matcher) for stop in stops for matcher in stop.way if seen.value(matcher.name) is None
        )
        return Outcome(
            key=(landed, () if landed else tuple(map(id, taken_by))),
            kind=next((each for each in _BEST if each in kinds), "swallowed"),
            conditions=tuple(conditions),
            example=part.region.witness(limit) or {},
            landings=landings,
            taken_by=taken_by,
            entered=frozenset(name for stop in stops for name in stop.names),
            posted_by=tuple(route for route in theirs if route.receiver in receivers),
        )

    def _names(self, entrance: Entrance, theirs: tuple[Stop, ...]) -> frozenset[str]:
        """Return the labels that somebody looks at on the way."""
        key = (id(entrance), len(theirs))
        if key not in self._looked_at:
            stops = (*theirs, *self._rules(entrance.post().known))
            self._looked_at[key] = frozenset(names_in(stops))
        return self._looked_at[key]

    def _labels(self, known: Knowledge) -> dict[str, str] | None:
        """Return labels that are allowed, None when none are; those looked at on the way replace them."""
        others = known.region(matcher.name for matcher in known.matchers).witness(self._limit())
        if others is None:
            return None
        return {**others, **{name: value for name, value in known.fixed.items() if value}}

    def _rules(self, known: Mapping[str, str]) -> tuple[Stop, ...]:
        key = tuple(sorted(known.items()))
        if key not in self._ours:
            self._ours[key] = stops_of_rules(self._ruleset, known)
        return self._ours[key]

    def _sender(self, root: SenderRoute) -> Stop:
        if id(root) not in self._theirs:
            self._theirs[id(root)] = stops_of_sender(root)
        return self._theirs[id(root)]


def _merged(ways: Sequence[tuple[str, Mapping[str, str], tuple[Outcome, ...]]]) -> tuple[Outcome, ...]:
    """Return the outcomes of several ways of firing, each once.

    Parameters:
      ways: when, labels that are known then, and the outcomes.
    """
    found: dict[object, Outcome] = {}
    for when, labels, outcomes in ways:
        for each in outcomes:
            before = found.get(each.key)
            if before is None:
                found[each.key] = replace(each, whens=(when,), others=labels)
            else:
                whens = before.whens if when in before.whens else (*before.whens, when)
                found[each.key] = replace(_joined(before, each), whens=whens)
    return tuple(found.values())


def _joined(one: Outcome, other: Outcome) -> Outcome:
    """Return one outcome for two ways to it: only what both need must hold."""
    conditions = tuple(each for each in one.conditions if each in other.conditions)
    posted_by = (*one.posted_by, *(each for each in other.posted_by if each not in one.posted_by))
    return replace(one, conditions=conditions, posted_by=posted_by)
