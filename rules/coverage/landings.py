"""Where alerts land: a route of ours or a heartbeat, and whom that pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rules.coverage.entrances import Post
from rules.coverage.people import People
from rules.coverage.stops import Stop
from rules.explain import Paged
from rules.model import Heartbeat, Route, RuleSet, Terminal

Kind = Literal["people", "heartbeat", "default", "nobody", "swallowed"]


DEFAULT = "default"


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


class Landings:
    """Makes landings, one for each route and post.

    Parameters:
      now: UTC; hours that have passed by then never come again.
    """

    def __init__(self, ruleset: RuleSet, now: datetime) -> None:
        self._people = People(ruleset, now)
        self._default_terminal = ruleset.terminals[DEFAULT]
        self._known: dict[tuple[int, str, str], Landing] = {}

    def default(self, post: Post) -> Landing:
        """Return where alerts land that no route takes."""
        terminal = self._default_terminal
        pages = self._people.paged(terminal)
        if not pages:
            return Landing(post, "nobody", terminal, why="the groups of the default chain have no members")
        return Landing(post, "default", terminal, pages=pages)

    def of(self, post: Post, stop: Stop) -> Landing:
        """Return where alerts land that a heartbeat or a route takes."""
        key = (id(stop.meant), post.receiver, post.known["__adapter__"])
        if key not in self._known:
            self._known[key] = self._landed_at(post, stop)
        return self._known[key]

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
