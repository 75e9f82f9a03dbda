"""Route trees in a form in which equal ones are known by a number."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from rules.diff.answers import Answer, Answers
from rules.matchers import Matcher
from rules.model import Heartbeat, Route, RuleSet, Terminal
from rules.places import Place


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """A route with what lies below it, or a heartbeat, which stands before all routes and has no children.

    Parameters:
      inside: a number that is equal for branches that do the same with whatever enters them.
      whole: the same for what enters them as well.
      among: the same for what enters them alone.
    """

    name: str
    place: Place
    matchers: tuple[Matcher, ...]
    proceed: bool
    answer: Answer
    routes: tuple[Branch, ...]
    inside: int
    whole: int
    among: int


class Grove:
    """Makes the branches of two rule sets, with numbers that they share."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._numbers: dict[Hashable, int] = {}

    def root(self, ruleset: RuleSet) -> Branch:
        """Return a branch that everything enters: the heartbeats, the routes, and the default's answer."""
        beats = [self._beat(each) for each in ruleset.heartbeats.values() if each.matchers is not None]
        routes = [self._branch(route) for route in ruleset.routes]
        default = ruleset.terminals["default"]
        return self._make(
            default.name, default.place, (), False, self._answers.of_terminal(default), (*beats, *routes)
        )

    def alone(self, branch: Branch) -> Branch:
        """Return a branch as it answers itself, without its children."""
        return self._make(branch.name, branch.place, (), False, branch.answer, ())

    def answering(self, branch: Branch, answer: Answer) -> Branch:
        """Return a branch as it answers itself, by another answer."""
        return self._make(branch.name, branch.place, (), False, answer, ())

    def leaf(self, terminal: Terminal, answer: Answer) -> Branch:
        """Return a branch that stands alone."""
        return self._make(terminal.name, terminal.place, (), False, answer, ())

    def _branch(self, route: Route) -> Branch:
        children = [self._branch(child) for child in route.routes]
        return self._make(
            route.name, route.place, route.matchers, route.proceed, self._answers.of_route(route), children
        )

    def _beat(self, heartbeat: Heartbeat) -> Branch:
        answer = self._answers.of_heartbeat(heartbeat)
        return self._make(heartbeat.name, heartbeat.place, heartbeat.matchers or (), False, answer, ())

    def _make(
        self,
        name: str,
        place: Place,
        matchers: Iterable[Matcher],
        proceed: bool,
        answer: Answer,
        routes: Sequence[Branch],
    ) -> Branch:
        own = tuple(dict.fromkeys(matchers))
        among = self._number(frozenset(own))
        inside = self._number((answer, tuple(route.whole for route in routes)))
        whole = self._number((among, proceed, inside))
        return Branch(name, place, own, proceed, answer, tuple(routes), inside, whole, among)

    def _number(self, form: Hashable) -> int:
        return self._numbers.setdefault(form, len(self._numbers))
