from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.lifecycle.model import NotificationKind, Priority
from router.lifecycle.storms import GATHER, MINUTE, STORM, Phone, Ring, decide
from tests.lifecycle.people import START

PAGE = Ring("page", "normal")


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def test_a_quiet_phone_rings_for_the_page_alone() -> None:
    assert decide(PAGE, Phone(rung=4), 5, START) == "alone"


def test_beyond_the_burst_a_page_waits_for_its_digest() -> None:
    assert decide(PAGE, Phone(rung=5), 5, START) == START + GATHER


def test_what_comes_while_others_wait_goes_with_them() -> None:
    due_at = START + seconds(4)
    assert decide(PAGE, Phone(rung=5, waiting=3, due_at=due_at), 5, START) == due_at


def test_digests_come_a_minute_apart() -> None:
    phone = Phone(rung=5, digest_at=START - seconds(20))
    assert decide(PAGE, phone, 5, START) == START + seconds(40)


def test_a_new_critical_page_waits_for_at_most_half_a_minute() -> None:
    phone = Phone(rung=5, digest_at=START - seconds(1), waiting=9, due_at=START + seconds(59))
    assert decide(Ring("page", "critical"), phone, 5, START) == START + seconds(29)


def test_few_that_have_waited_ring_one_by_one() -> None:
    assert decide(Ring("page", "normal", waited=True), Phone(rung=2, waiting=3), 5, START) == "alone"


def test_many_that_have_waited_are_told_together() -> None:
    assert decide(Ring("page", "normal", waited=True), Phone(rung=2, waiting=4), 5, START) == "together"


def test_in_a_storm_repeats_come_by_digest() -> None:
    phone = Phone(digest_at=START - seconds(100))
    assert decide(Ring("repeat", "high"), phone, 5, START) == START + GATHER
    assert decide(PAGE, phone, 5, START) == "alone"


@pytest.mark.parametrize("kind", ["escalation", "fallback"])
def test_many_escalations_to_one_person_are_told_together(kind: NotificationKind) -> None:
    assert decide(Ring(kind, "critical"), Phone(escalations=299), 5, START) == START + GATHER


def test_an_escalation_of_a_page_that_others_heard_of_by_digest_waits_for_its_company() -> None:
    assert decide(Ring("escalation", "high", of_storm=True), Phone(), 5, START) == START + GATHER


def test_burst_0_rings_for_everything() -> None:
    assert decide(PAGE, Phone(rung=900, waiting=9, due_at=START), 0, START) == "alone"


@dataclass
class Storm:
    """One person's phone, as the outbox drives it: what waits is looked at again when its time comes."""

    burst: int
    alone: list[tuple[datetime, int]] = field(default_factory=list)
    digests: list[tuple[datetime, set[int]]] = field(default_factory=list)
    waits: dict[int, datetime] = field(default_factory=dict)

    def arrive(self, page: int, kind: NotificationKind, priority: Priority, now: datetime) -> None:
        self._settle(now)
        verdict = decide(Ring(kind, priority), self._phone(page, now), self.burst, now)
        if verdict == "alone":
            self.alone.append((now, page))
        else:
            assert isinstance(verdict, datetime)
            self.waits[page] = verdict
            self.waits = {one: min(at, verdict) for one, at in self.waits.items()}

    def finish(self) -> None:
        self._settle(max(self.waits.values(), default=START))

    def _settle(self, now: datetime) -> None:
        while due := sorted(at for at in self.waits.values() if at <= now):
            self._tell(due[0])

    def _tell(self, at: datetime) -> None:
        page = next(one for one, due_at in self.waits.items() if due_at <= at)
        ring = Ring("page", "normal", waited=True)
        if decide(ring, self._phone(page, at), self.burst, at) == "alone":
            del self.waits[page]
            self.alone.append((at, page))
        else:
            self.digests.append((at, set(self.waits)))
            self.waits.clear()

    def _phone(self, page: int, now: datetime) -> Phone:
        rung = {one for at, one in self.alone if at > now - MINUTE and one != page}
        lately = [at for at, _ in self.digests if at > now - STORM]
        due_at = min(self.waits.values(), default=None)
        return Phone(len(rung), max(lately, default=None), len(self.waits), due_at)


ARRIVALS = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.sampled_from(("page", "repeat", "joined", "resolved")),
        st.sampled_from(("low", "normal", "high", "critical")),
    ),
    max_size=120,
)


@given(arrivals=ARRIVALS, burst=st.integers(1, 6))
def test_nobody_is_rung_more_often_than_the_burst_and_everything_is_told_within_70_seconds(
    arrivals: list[tuple[int, NotificationKind, Priority]], burst: int
) -> None:
    storm, now, came = Storm(burst), START, {}
    for page, (wait_s, kind, priority) in enumerate(arrivals):
        now += seconds(wait_s)
        came[page] = now
        storm.arrive(page, kind, priority, now)
    storm.finish()
    told = {page: at for at, page in storm.alone} | {p: at for at, pages in storm.digests for p in pages}
    assert told.keys() == came.keys()
    assert all(told[page] - came[page] <= seconds(70) for page in came)
    for at, _ in storm.alone:
        assert sum(at - MINUTE < other <= at for other, _ in storm.alone) <= burst
    moments = [at for at, _ in storm.digests]
    assert all(later - sooner >= seconds(30) for sooner, later in pairwise(moments))
