"""Alice is on call, Bob is second, Carol leads; Mute has no contact; and a moved clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from router.lifecycle.model import Change, Contact, Page, Person, Plan, Reach, Step, Target
from router.lifecycle.transitions import Actor, open_page

START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)

ALICE = Person(1, "Alice", (Contact(11, "ntfy phone"),))
BOB = Person(2, "Bob", (Contact(12, "smtp mail"),))
CAROL = Person(3, "Carol", (Contact(13, "webhook desk"),))
MUTE = Person(4, "Mute")

ON_CALL = Target("group", name="on call")
SECOND = Target("group", name="second")
LEADS = Target("group", name="leads")
NOBODY = Target("group", name="empty")
MUTED = Target("user", 4)

ROSTER: Mapping[Target, tuple[Person, ...]] = {
    ON_CALL: (ALICE,),
    SECOND: (BOB,),
    LEADS: (CAROL,),
    NOBODY: (),
    MUTED: (MUTE,),
}


def at(seconds: float) -> datetime:
    """Return the moment so many seconds after the page opened."""
    return START + timedelta(seconds=seconds)


def asked_of(roster: Mapping[Target, tuple[Person, ...]]) -> Reach:
    """Return a Reach over a roster, which may be changed afterwards."""
    return lambda target: roster.get(target, ())


REACH = asked_of(ROSTER)


def step(after_s: int, *targets: Target, repeat: bool = True) -> Step:
    """Return a step."""
    return Step(after_s, targets, repeat)


def opened(plan: Plan, reach: Reach = REACH, priority: str = "normal") -> Page:
    """Return a page just opened at START."""
    return opening(plan, reach, priority).page


def opening(plan: Plan, reach: Reach = REACH, priority: str = "normal") -> Change:
    """Return what opening a page at START changes."""
    return open_page(42, 1, plan, priority, START, reach, "Routed by payments.yml:14 @a1b2c3d.")  # type: ignore[arg-type]


def as_actor(person: Person, *, admin: bool = False) -> Actor:
    """Return a person as one who acts."""
    return Actor(person.user_id, person.name, admin)


def told(change: Change) -> list[tuple[str, str]]:
    """Return whom a change notifies, and as what."""
    return [(notify.person.name, notify.kind) for notify in change.notify]


def kinds(change: Change) -> list[str]:
    """Return the timeline's kinds of a change."""
    return [event.kind for event in change.events]
