"""The alerts of a simulation: those that fire, and how each last ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from router.backtest.live import AlertKey, Incident


class Incidents:
    """What fires, by integration and fingerprint; what was last on a page, by alert and route."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], list[Incident]] = {}
        self.last: dict[AlertKey, Incident] = {}
        self._added = 0

    def beside(self, integration: str, fingerprint: str) -> Sequence[Incident]:
        """Return the open incidents of an alert, whatever their receiver, oldest first."""
        return self._open.get((integration, fingerprint), ())

    def add(self, incident: Incident) -> None:
        """Put a new incident on record."""
        self._added += 1
        incident.number = self._added
        self._open.setdefault((incident.integration, incident.fingerprint), []).append(incident)
        if incident.page is not None:
            incident.page.incidents.add(incident)

    def end(self, incident: Incident, now: datetime, *, heard: bool) -> None:
        """End an incident.

        Parameters:
          heard: somebody spoke of it now.
        """
        beside = self._open[incident.integration, incident.fingerprint]
        beside.remove(incident)
        if not beside:
            del self._open[incident.integration, incident.fingerprint]
        incident.ended_at, incident.held_until = now, None
        if heard:
            incident.last_heard_at = now
        if incident.page is not None:
            incident.page.incidents.discard(incident)
            self.last[incident.key] = incident

    def firing(self) -> Sequence[Incident]:
        """Return everything that fires."""
        return [incident for beside in self._open.values() for incident in beside]
