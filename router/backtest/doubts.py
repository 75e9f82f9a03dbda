"""Resolves that may not be true, and what truncated webhooks leave behind.

The same as `router.doubts` and `router.staleness` do with rows.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from router.backtest.live import Incident, LivePage
from router.backtest.world import LEFT, STALE, World
from router.lifecycle.doubting import doubt
from router.lifecycle.resolves import MASS_WITHIN, is_mass

_LOOK_AGAIN = timedelta(minutes=1)


@dataclass(slots=True)
class Doubts:
    """Lets pages wait for a heartbeat when very much resolves at once, and ends what nobody speaks of."""

    world: World
    _resolved: dict[str, deque[tuple[datetime, Incident]]] = field(default_factory=lambda: defaultdict(deque))

    def tell(self, resolved: Sequence[Incident], watched: Mapping[str, str], now: datetime) -> None:
        """Doubt a mass of resolves, where a heartbeat can prove it true.

        Parameters:
          resolved: in this round.
          watched: the integrations that have a heartbeat, and its name.
        """
        if not self.world.rules.proofs:
            return
        for one in resolved:
            self._resolved[one.integration].append((now, one))
        for integration in sorted({one.integration for one in resolved} & watched.keys()):
            lately = self._resolved[integration]
            while lately[0][0] < now - MASS_WITHIN:
                lately.popleft()
            count = len({one.fingerprint for _, one in lately})
            if is_mass(count, 0) and is_mass(count, self._firing(integration)):
                for page in dict.fromkeys(one.page for _, one in lately if one.page is not None):
                    if page.page.closes_at is not None and page.page.doubted_at is None:
                        change = doubt(self.world.pages.catch_up(page, now), watched[integration], "", now)
                        self.world.change(page, change, now)

    def look_later(self, page: LivePage, now: datetime) -> None:
        """Look in time whether a page, which truncated webhooks have emptied, is still there."""
        if not page.incidents and page.page.closed_at is None:
            page.emptied_at = now
            self.world.agenda.note(now + self._stale_after, LEFT, (page, now))

    def expect(self, incident: Incident) -> None:
        """Look in time whether somebody has spoken of an incident."""
        self.world.agenda.note(incident.last_heard_at + self._stale_after, STALE, incident)

    def end_stale(self, incidents: Sequence[Incident], spared: Mapping[str, str], now: datetime) -> None:
        """End incidents that nobody has spoken of for `stale_after`.

        Parameters:
          spared: integrations whose monitoring is silent itself.
        """
        touched = set()
        for incident in incidents:
            if incident.ended_at is not None:
                continue
            if incident.last_heard_at + self._stale_after > now:
                self.expect(incident)
            elif incident.integration in spared and incident.outcome != "heartbeat":
                self.world.agenda.note(now + _LOOK_AGAIN, STALE, incident)
            else:
                page = incident.page
                self.world.end(incident, "stale", now)
                if page is not None:
                    touched.add(page)
        for page in sorted(touched, key=lambda live: live.page.id):
            if not page.incidents:
                self.world.close(page, "stale", now)

    def close_left(self, left: Sequence[tuple[LivePage, datetime]], now: datetime) -> None:
        """Close pages that were left without alerts, and have had none since."""
        for page, since in left:
            if not page.incidents and page.page.closes_at is None and page.emptied_at == since:
                self.world.close(page, "stale", now)

    @property
    def _stale_after(self) -> timedelta:
        return timedelta(seconds=self.world.rules.ruleset.stale_after_s)

    def _firing(self, integration: str) -> int:
        return len(
            {
                one.fingerprint
                for one in self.world.incidents.firing()
                if one.integration == integration and one.outcome != "heartbeat"
            }
        )
