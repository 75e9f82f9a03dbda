"""The rule set that is to be written: the same tree, with names, and what could not be carried over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.alertmanager.model import Sender, SenderRoute
from rules.importing.naming import Taken, described, tidy
from rules.importing.recipients import Recipient
from rules.places import Place

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that stays in Alertmanager, or is lost.

    Parameters:
      subject: the key of alertmanager.yml that it is about (`group_by`).
      message: a sentence.
    """

    place: Place
    subject: str
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class PlannedRoute:
    """A route to be written.

    Parameters:
      source: the route of alertmanager.yml that it is made from.
      chain: to be written; None where it inherits it, or pages nobody.
      suppress: why it pages nobody; None where it pages.
      is_silent: the route that it is made from pages nobody itself.
      is_rest: it takes what such a route leaves to none of its children.
    """

    name: str
    source: SenderRoute
    chain: str | None
    suppress: str | None
    routes: tuple[PlannedRoute, ...] = ()
    is_silent: bool = False
    is_rest: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Everything to be written.

    Parameters:
      chain: of `defaults`; None where the topmost route pages nobody.
      recipients: of the receivers that routes use, by the receiver's name.
      intervals: the names of the hours that routes use, by their names in alertmanager.yml.
    """

    sender: Sender
    chain: str | None
    routes: tuple[PlannedRoute, ...]
    recipients: Mapping[str, Recipient]
    intervals: Mapping[str, str]


def make_plan(sender: Sender, recipients: Mapping[str, Recipient]) -> Plan:
    """Return what to write for a configuration.

    Parameters:
      recipients: what becomes of each receiver, from `make_recipients`.
    """
    routes = list(every_route(sender.root))
    receivers = {route.receiver for route in routes}
    paging = [route for route in routes if recipients[route.receiver].chain is not None]
    named = {name for route in paging for name in (*route.active, *route.mute)}
    taken = Taken()
    root = recipients[sender.root.receiver]
    return Plan(
        sender=sender,
        chain=root.chain,
        routes=_Planner(recipients).beneath(sender.root, root.chain, ""),
        recipients={name: recipient for name, recipient in recipients.items() if name in receivers},
        intervals={name: taken.claim(tidy(name)) for name in sender.intervals if name in named},
    )


def every_route(route: SenderRoute) -> Iterator[SenderRoute]:
    """Yield a route and all below it, in the order in which they are written."""
    yield route
    for child in route.routes:
        yield from every_route(child)


class _Planner:
    """Names routes as it goes down the tree."""

    def __init__(self, recipients: Mapping[str, Recipient]) -> None:
        self._recipients = recipients
        self._names = Taken((DEFAULT,))

    def beneath(self, parent: SenderRoute, inherited: str | None, above: str) -> tuple[PlannedRoute, ...]:
        """Return the routes to be written below one.

        Parameters:
          inherited: the chain that they have from above, None for the built-in one.
          above: the name of the parent, empty at the top.
        """
        routes = tuple(self._planned(child, inherited, above) for child in parent.routes)
        whom = self._recipients[parent.receiver]
        if whom.chain is not None or any(not child.matchers for child in parent.routes):
            return routes
        rest = self._names.claim(f"{above}-rest" if above else "rest")
        return (*routes, PlannedRoute(rest, parent, None, whom.reason, is_silent=True, is_rest=True))

    def _planned(self, route: SenderRoute, inherited: str | None, above: str) -> PlannedRoute:
        whom = self._recipients[route.receiver]
        short = described(route.matchers) or tidy(route.receiver)
        longer = [f"{above}-{short}"] if above else []
        name = self._names.claim(short, *longer, f"{short}-{tidy(route.receiver)}")
        chain = whom.chain if whom.chain != inherited else None
        if not route.routes:
            return PlannedRoute(name, route, chain, whom.reason or None, is_silent=whom.chain is None)
        below = self.beneath(route, whom.chain or inherited, name)
        return PlannedRoute(name, route, chain, None, below, is_silent=whom.chain is None)
