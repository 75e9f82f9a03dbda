"""Which pages somebody wants to see: read from the address, and written back into links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from router.store.matching import Chosen
from router.web.screen import Visit

SHOWN = ("open", "active", "acknowledged", "expired", "cancelled", "all")
PRIORITIES = ("critical", "high", "normal", "low")
_LONGEST = 200
_MOST_SCREENS = 100_000
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """A search for pages.

    Parameters:
      typed: what stands in the form, by field; what makes no sense was left out.
      number: which screen of the list, from 1.
      mine: only pages that one is a recipient of oneself.
    """

    typed: Mapping[str, str]
    chosen: Chosen
    number: int
    mine: bool

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the open pages was asked for."""
        return any(value for name, value in self.typed.items() if name != "show") or self.shown != "open"

    @property
    def shown(self) -> str:
        """One of `SHOWN`."""
        return self.typed["show"] or "open"

    def query(self, number: int) -> str:
        """Return the query of the address that shows another screen of the same list."""
        kept = {name: value for name, value in self.typed.items() if value}
        return urlencode({**kept, "page": number} if number > 1 else kept)


def find(visit: Visit) -> Finding:
    """Return what an address asks for."""
    number = visit.asked("page")
    days = {name: _day(visit.asked(name)) for name in ("from", "to")}
    typed = {
        "show": _one_of(visit.asked("show"), SHOWN),
        "priority": _one_of(visit.asked("priority"), PRIORITIES),
        "q": visit.asked("q")[:_LONGEST],
        "integration": visit.asked("integration")[:_LONGEST],
        "route": visit.asked("route")[:_LONGEST],
        **{name: day.strftime("%Y-%m-%d") if day else "" for name, day in days.items()},
        "mine": "yes" if visit.asked("mine") == "yes" else "",
    }
    show = typed["show"] or "open"
    chosen = Chosen(
        status=show if show not in ("open", "all") else None,
        priority=typed["priority"] or None,
        text=typed["q"] or None,
        route=typed["route"] or None,
        integration=typed["integration"] or None,
        since=days["from"],
        until=days["to"] + _DAY - timedelta(microseconds=1) if days["to"] else None,
        is_open=True if show == "open" else None,
    )
    turned = int(number) if number.isascii() and number.isdecimal() and len(number) < 7 else 1
    return Finding(typed, chosen, max(1, min(turned, _MOST_SCREENS)), typed["mine"] == "yes")


def _day(text: str) -> datetime | None:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return day if 2000 <= day.year < 9999 else None


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    return value if value in allowed else ""
