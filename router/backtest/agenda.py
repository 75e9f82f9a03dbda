"""What a simulation has to do, in the order of its time."""

from __future__ import annotations

import heapq
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

Payload = TypeVar("Payload")


class Entry(NamedTuple, Generic[Payload]):
    """Something to do: at one moment by rank, then in the order in which it was noted."""

    at: datetime
    rank: int
    number: int
    payload: Payload


class Agenda(Generic[Payload]):
    """A queue by time."""

    def __init__(self) -> None:
        self._entries: list[Entry[Payload]] = []
        self._noted = 0

    def note(self, at: datetime, rank: int, payload: Payload) -> None:
        """Note something to be done."""
        self._noted += 1
        heapq.heappush(self._entries, Entry(at, rank, self._noted, payload))

    def next_until(self, moment: datetime) -> tuple[datetime, int] | None:
        """Return the time and the rank of what comes next, if that is not later than a moment."""
        if not self._entries or self._entries[0].at > moment:
            return None
        return self._entries[0].at, self._entries[0].rank

    def take(self, at: datetime, rank: int) -> list[Payload]:
        """Take everything of one rank that is to be done at a moment."""
        taken = []
        while self._entries and self._entries[0].at == at and self._entries[0].rank == rank:
            taken.append(heapq.heappop(self._entries).payload)
        return taken
