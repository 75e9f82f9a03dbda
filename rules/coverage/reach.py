"""What becomes of a rule's alerts: every outcome that they can have, each with labels that have it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from rules.alertmanager.model import SenderRoute
from rules.coverage.alerting import AlertingRule
from rules.coverage.entrances import Entrance, Post
from rules.coverage.knowledge import Knowledge
from rules.coverage.people import People
from rules.coverage.stops import Stop, names_in, stops_of_rules, stops_of_sender
from rules.explain import OURS, Paged
from rules.model import Heartbeat, Route, RuleSet, Terminal
from rules.regions import Limit, Region, Undecided, walk

Kind = Literal["people", "heartbeat", "default", "nobody", "swallowed"]

MAX_PARTS = 20_000
DEFAULT = "default"

_BEST: tuple[Kind, ...] = ("people", "heartbeat", "default", "nobody")


@dataclass(frozen=True, slots=True)
class Landing:
    """One route of ours that answers for an alert, or the heartbeat that it is a beat of.

    Parameters:
      post: how the alert came here.
      route: as written; None for `default` and for a heartbeat.
      pages: whom it pages, earliest first.
      rescued: nobody is behind its own chain, or behind the first step of it, so that `pages` has the default
        chain's too.
      why: why it pages nobody; empty when it does.
    """

    post: Post
    kind: Kind
    terminal: Terminal
    route: Route | None = None
    heartbeat: Heartbeat | None = None
    pages: tuple[Paged, ...] = ()
    rescued: bool = False
    why: str = ""


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


class Reach:
    """Walks rules through a sender's routes into ours, and remembers what it has walked.

    Parameters:
      limit: a new limit for each way in which a rule fires.
      now: UTC; hours that have passed by then never come again.
    """

    def __init__(self, ruleset: RuleSet, limit: Callable[[], Limit], now: datetime) -> None:
        self._ruleset = ruleset
        self._limit = limit
        self._people = People(ruleset, now)
        self._ours: dict[tuple[tuple[str, str], ...], tuple[Stop, ...]] = {}
        self._theirs: dict[int, Stop] = {}
        self._landings: dict[int, Landing] = {}
        self._looked_at: dict[tuple[int, int], frozenset[str]] = {}
        self._walked: dict[object, tuple[tuple[_Part, Mapping[str, str]], ...]] = {}

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
                if labels is None:
                    continue  # what is known contradicts itself: it never fires
                for part, witness in self._parts(known, entrance, rule.receiver):
                    self._note(found, part, {**labels, **witness}, way.when, known)
            except Undecided as error:
                undecided = str(error)
        return Covered(rule, tuple(found.values()), undecided)

    def _note(
        self,
        found: dict[object, Outcome],
        part: _Part,
        witness: Mapping[str, str],
        when: str,
        known: Knowledge,
    ) -> None:
        landed = tuple((post.receiver, tuple(stop.names for stop in stops)) for post, stops in part.ours)
        receivers = {post.receiver for post, _ in part.ours}
        theirs = [stop.meant for stop in part.theirs if isinstance(stop.meant, SenderRoute)]
        posted_by = tuple(route for route in theirs if route.receiver in receivers)
        taken_by = tuple(route for route in theirs if route.receiver not in receivers)
        key = (landed, () if landed else tuple(map(id, taken_by)))
        before = found.get(key)
        if before is not None:
            found[key] = replace(
                before,
                whens=before.whens if when in before.whens else (*before.whens, when),
                posted_by=(*before.posted_by, *(each for each in posted_by if each not in before.posted_by)),
            )
            return
        landings = tuple(
            landing
            for post, stops in part.ours
            for landing in ([self._landing(post, stop) for stop in stops] or [self._default(post)])
        )
        kinds = {landing.kind for landing in landings}
        kind: Kind = next((each for each in _BEST if each in kinds), "swallowed")
        stops = (*part.theirs, *(stop for _, each in part.ours for stop in each))
        conditions = dict.fromkeys(
            str(matcher) for stop in stops for matcher in stop.way if known.value(matcher.name) is None
        )
        entered = frozenset(name for stop in stops for name in stop.names)
        found[key] = Outcome(
            kind, (when,), tuple(conditions), witness, landings, taken_by, entered, posted_by
        )

    def _parts(
        self, known: Knowledge, entrance: Entrance, receiver: str
    ) -> tuple[tuple[_Part, Mapping[str, str]], ...]:
        """Return the parts of what is allowed, each with labels in it."""
        theirs = () if receiver or entrance.root is None else (self._sender(entrance.root),)
        names = self._names(entrance, theirs)
        seen = known.seen_by(names)
        key = (id(entrance), receiver, tuple(seen.fixed.items()), tuple(map(str, seen.matchers)))
        if key not in self._walked:
            limit = self._limit()
            parts = self._walk(seen.region(names), theirs, entrance, receiver, limit)
            self._walked[key] = tuple((part, part.region.witness(limit) or {}) for part in parts)
        return self._walked[key]

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

    def _default(self, post: Post) -> Landing:
        terminal = self._ruleset.terminals[DEFAULT]
        pages = self._people.paged(terminal)
        if not pages:
            return Landing(post, "nobody", terminal, why="the groups of the default chain have no members")
        return Landing(post, "default", terminal, pages=pages)

    def _landing(self, post: Post, stop: Stop) -> Landing:
        # Stops are made anew for whatever else is known of a post, so that one stands for both.
        if id(stop) not in self._landings:
            self._landings[id(stop)] = self._landed_at(post, stop)
        return self._landings[id(stop)]

    def _landed_at(self, post: Post, stop: Stop) -> Landing:
        if isinstance(stop.meant, Heartbeat):
            return Landing(post, "heartbeat", stop.meant.terminal, heartbeat=stop.meant)
        assert isinstance(stop.meant, Route)
        route, terminal = stop.meant, stop.meant.terminal
        if terminal.suppress is not None:
            return Landing(post, "nobody", terminal, route, why=f"suppressed: {terminal.suppress}")
        if self._people.never_comes(route):
            return Landing(post, "nobody", terminal, route, why="its hours never come")
        pages = self._people.paged(terminal)
        if any(paged.at_s == 0 for paged in pages):
            return Landing(post, "people", terminal, route, pages=pages)
        rescue = self._people.rescued(terminal)
        both = tuple(sorted((*pages, *rescue), key=lambda paged: paged.at_s))
        if not both:
            return Landing(post, "nobody", terminal, route, why="the groups of its chain have no members")
        kind: Kind = "people" if pages else "default"
        return Landing(post, kind, terminal, route, pages=both, rescued=bool(rescue))
