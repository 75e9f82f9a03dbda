"""Heartbeats: which alerts are beats, and what a page for a missing one is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from rules.index import Siblings
from rules.loading.reading import spell_duration
from rules.model import Heartbeat, RuleSet

Stop = Literal["silent", "resolved", "failed"]
"""How a heartbeat stops: nothing is heard, its alert resolves, or it says so itself (`?status=fail`)."""


class CompiledTakers:
    """Finds the heartbeat that takes an alert, in the time of a look-up."""

    __slots__ = ("_heartbeats", "_index")

    def __init__(self, heartbeats: Iterable[Heartbeat]) -> None:
        self._heartbeats = tuple(heartbeat for heartbeat in heartbeats if heartbeat.matchers is not None)
        self._index = Siblings([heartbeat.matchers or () for heartbeat in self._heartbeats])

    def taking(self, labels: Mapping[str, str]) -> Heartbeat | None:
        """Return the first heartbeat all of whose matchers hold."""
        for ordinal in self._index.candidates(labels):
            heartbeat = self._heartbeats[ordinal]
            if all(matcher.holds(labels) for matcher in heartbeat.matchers or ()):
                return heartbeat
        return None


def taken_by(ruleset: RuleSet, labels: Mapping[str, str]) -> Heartbeat | None:
    """Return the heartbeat that an alert is a beat of, or None when the routes are to decide.

    Parameters:
      labels: as for `rules.match.match`.
    """
    return None if ruleset.takers is None else ruleset.takers.taking(labels)


def missing_subject(heartbeat: Heartbeat, stop: Stop) -> str:
    """Return the subject of the page for a heartbeat that stopped."""
    if stop == "resolved":
        return f"Heartbeat {heartbeat.name} is missing: its alert resolved"
    if stop == "failed":
        return f"Heartbeat {heartbeat.name} reports a failure"
    return f"Heartbeat {heartbeat.name} is missing: nothing heard for {spell_duration(heartbeat.within_s)}"
