"""Whether rules route as an alertmanager.yml does, decided for all labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rules.alertmanager.model import SenderRoute
from rules.match import match
from rules.model import Route, RuleSet
from rules.regions import Limit, Region, Undecided, walk


class DiffersError(Exception):
    """Labels that the two route differently; `labels` are they."""

    def __init__(self, labels: Mapping[str, str], theirs: Sequence[str], ours: Sequence[str]) -> None:
        super().__init__(f"{dict(labels)} goes to {list(theirs)} there, and to {list(ours)} here")
        self.labels = labels


@dataclass(frozen=True, slots=True)
class Witness:
    """Labels of an alert that one route of alertmanager.yml answers, and the routes of ours that take it."""

    route: SenderRoute
    labels: Mapping[str, str]
    taking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found out.

    Parameters:
      witnesses: for each route that answers some alert, as far as was looked.
      unreached: routes that no alert enters; empty while `is_whole` is false.
      regions: how many sorts of alerts, each answered alike, were compared.
      is_whole: the two agree on all labels; else on those that there was time for.
    """

    witnesses: tuple[Witness, ...]
    regions: int
    is_whole: bool
    unreached: tuple[SenderRoute, ...] = ()


def compare_routing(
    root: SenderRoute, ruleset: RuleSet, paged: Callable[[str], str | None], now: datetime, limit: Limit
) -> Proof:
    """Return the proof that both page the same receivers for the same labels.

    Parameters:
      root: Alertmanager's tree.
      paged: says for a receiver which chain is paged, None for nobody.
      now: UTC-aware; when the witnesses are asked, which changes no route.
      limit: how much may be spent.

    Raises:
      DiffersError: when they do not agree.
    """
    witnesses: dict[SenderRoute, Witness] = {}
    regions: list[tuple[Region, list[str]]] = []
    try:
        for region, answers in walk((root,), Region.everything, limit):
            labels = region.witness(limit)
            if labels is None:
                continue
            theirs = [chain for route in answers if (chain := paged(route.receiver)) is not None]
            decided = [decision.terminal for decision in match(ruleset, labels, now)]
            ours = [terminal.chain.name for terminal in decided if terminal.chain is not None]
            if ours != theirs:
                raise DiffersError(labels, theirs, ours)
            regions.append((region, theirs))
            taking = tuple(terminal.name for terminal in decided)
            for route in answers:
                known = witnesses.get(route)
                if known is None or (len(taking), len(labels)) < (len(known.taking), len(known.labels)):
                    witnesses[route] = Witness(route, labels, taking)
        for region, theirs in regions:
            _compare(region, theirs, ruleset, limit)
    except Undecided:
        return Proof(tuple(witnesses.values()), len(regions), is_whole=False)
    return Proof(tuple(witnesses.values()), len(regions), True, tuple(_unreached(root, witnesses)))


def _unreached(route: SenderRoute, answering: Mapping[SenderRoute, Witness]) -> Iterator[SenderRoute]:
    """Yield the routes that no alert enters, without those below them."""
    if _is_entered(route, answering):
        for child in route.routes:
            yield from _unreached(child, answering)
    else:
        yield route


def _is_entered(route: SenderRoute, answering: Mapping[SenderRoute, Witness]) -> bool:
    return route in answering or any(_is_entered(child, answering) for child in route.routes)


def _compare(region: Region, theirs: list[str], ruleset: RuleSet, limit: Limit) -> None:
    """Compare a region that Alertmanager answers alike with all that we answer in it."""
    for part, answers in walk(ruleset.routes, region, limit):
        ours = _chains(answers, ruleset)
        if ours != theirs:
            raise DiffersError(part.witness(limit) or {}, theirs, ours)


def _chains(answers: Sequence[Route], ruleset: RuleSet) -> list[str]:
    terminals = [route.terminal for route in answers] or [ruleset.terminals["default"]]
    return [terminal.chain.name for terminal in terminals if terminal.chain is not None]
