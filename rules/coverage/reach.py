"""What becomes of a rule's alerts: every outcome that they can have, each with labels that have it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rules.alertmanager.model import SenderRoute
from rules.coverage.alerting import AlertingRule
from rules.coverage.entrances import Entrance, Post
from rules.coverage.knowledge import Knowledge
from rules.coverage.landings import Kind, Landing, Landings
from rules.coverage.stops import Stop, names_in, stops_of_rules, stops_of_sender
from rules.explain import OURS
from rules.model import RuleSet
from rules.regions import Limit, Region, Undecided, walk

MAX_PARTS = 20_000
_BEST: tuple[Kind, ...] = ("people", "heartbeat", "default", "nobody")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing that can become of a rule's alerts.

    Parameters:
      whens: the rule's ways of firing that have it.
      conditions: what must hold of labels that are not known, as matchers; empty for `otherwise`, and
        when it is the only outcome.
      witness: labels that have it.
      landings: where it arrives; empty when it is swallowed.
      taken_by: the sender's routes that take it and do not post here.
      entered: the names of our routes that are entered on the way.
      posted_by: the sender's routes that post it here.
    """

    kind: Kind
    whens: tuple[str, ...]
    conditions: tuple[str, ...]
    witness: Mapping[str, str]
    landings: tuple[Landing, ...]
    taken_by: tuple[SenderRoute, ...]
    entered: frozenset[str] = frozenset()
    posted_by: tuple[SenderRoute, ...] = ()


@dataclass(frozen=True, slots=True)
class Covered:
    """A rule, and all that can become of its alerts.

    Parameters:
      undecided: why not all of it could be worked out; empty when `outcomes` are all.
    """

    rule: AlertingRule
    outcomes: tuple[Outcome, ...]
    undecided: str = ""

    @property
    def kind(self) -> str:
        """What its alerts have in common: a Kind, `mixed` when they differ, or `undecided`."""
        kinds = {outcome.kind for outcome in self.outcomes}
        if self.undecided or not kinds:
            return "undecided"
        return kinds.pop() if len(kinds) == 1 else "mixed"


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of what a way of firing allows, and what becomes of it."""

    region: Region
    theirs: tuple[Stop, ...] = ()
    ours: tuple[tuple[Post, tuple[Stop, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class _Become:
    """What becomes of a part, for any rule that has it; the fields are those of an `Outcome`.

    Parameters:
      key: the same for what is the same outcome.
      example: labels that lie in the part.
    """

    key: object
    kind: Kind
    conditions: tuple[str, ...]
    example: Mapping[str, str]
    landings: tuple[Landing, ...]
    taken_by: tuple[SenderRoute, ...]
    entered: frozenset[str]
    posted_by: tuple[SenderRoute, ...]


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
        self._walked: dict[object, Sequence[_Become]] = {}

    def cover(self, rule: AlertingRule, entrance: Entrance) -> Covered:
        """Return all that can become of a rule's alerts that are sent by way of `entrance`."""
        found: dict[object, Outcome] = {}
        undecided = ""
        for way in rule.ways:
            known = way.known
            for name in OURS:
                known = known.forgetting(name)  # what stands there is ours to say, not the alert's
            try:
                labels = self._labels(known)
                if labels is not None:  # else what is known contradicts itself: it never fires
                    for each in self._becomes(known, entrance, rule.receiver):
                        _add(found, each, labels, way.when)
            except Undecided as error:
                undecided = str(error)
        return Covered(rule, tuple(found.values()), undecided)

    def _becomes(self, known: Knowledge, entrance: Entrance, receiver: str) -> Sequence[_Become]:
        """Return what can become of what is allowed."""
        theirs = () if receiver or entrance.root is None else (self._sender(entrance.root),)
        names = self._names(entrance, theirs)
        seen = known.seen_by(names)
        key = (id(entrance), receiver, tuple(seen.fixed.items()), tuple(map(str, seen.matchers)))
        if key not in self._walked:
            limit = self._limit()
            found: dict[object, _Become] = {}
            for part in self._walk(seen.region(names), theirs, entrance, receiver, limit):
                become = self._become(part, seen, limit)
                before = found.setdefault(become.key, become)
                if before is not become:
                    found[become.key] = replace(before, posted_by=_both(before.posted_by, become.posted_by))
            self._walked[key] = tuple(found.values())
        return self._walked[key]

    def _become(self, part: _Part, seen: Knowledge, limit: Limit) -> _Become:
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
        return _Become(
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

    def _walk(
        self, region: Region, theirs: tuple[Stop, ...], entrance: Entrance, receiver: str, limit: Limit
    ) -> Iterator[_Part]:
        count = 0
        for part, stops in walk(theirs, region, limit) if theirs else ((region, ()),):
            receivers = [stop.meant.receiver for stop in stops if isinstance(stop.meant, SenderRoute)]
            if not theirs:
                receivers = [receiver]
            posts = [post for name in dict.fromkeys(receivers) for post in entrance.posts_of(name)]
            for whole in self._landed(_Part(part, stops), posts, limit):
                count += 1
                if count > MAX_PARTS:
                    raise Undecided(f"it has more than {MAX_PARTS:,} outcomes.")
                yield whole

    def _landed(self, part: _Part, posts: list[Post], limit: Limit) -> Iterator[_Part]:
        """Yield the parts of a part in which it is known what each of the posts comes to."""
        if not posts:
            yield part
            return
        post, *others = posts
        for region, stops in walk(self._rules(post.known), part.region, limit):
            yield from self._landed(
                replace(part, region=region, ours=(*part.ours, (post, stops))), others, limit
            )

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


def _add(found: dict[object, Outcome], become: _Become, labels: Mapping[str, str], when: str) -> None:
    """Add what becomes of a rule's alerts to its outcomes.

    Parameters:
      labels: that are known, or allowed; those of the example replace them.
    """
    before = found.get(become.key)
    if before is None:
        found[become.key] = Outcome(
            become.kind,
            (when,),
            become.conditions,
            {**labels, **become.example},
            become.landings,
            become.taken_by,
            become.entered,
            become.posted_by,
        )
        return
    whens = before.whens if when in before.whens else (*before.whens, when)
    found[become.key] = replace(before, whens=whens, posted_by=_both(before.posted_by, become.posted_by))


def _both(some: tuple[SenderRoute, ...], others: tuple[SenderRoute, ...]) -> tuple[SenderRoute, ...]:
    return (*some, *(each for each in others if each not in some))
