"""The words of a page's life, as frozen values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from rules.places import LastChange

Status = Literal["active", "acknowledged", "expired", "cancelled"]
ClosedReason = Literal["resolved", "stale", "cancelled", "expired", "superseded"]
DeliveryMode = Literal["single", "group", "broadcast"]
Priority = Literal["low", "normal", "high", "critical"]
AcknowledgeMode = Literal["all", "any"]
AcknowledgeMethod = Literal["app", "web", "sms", "voice"]
NotificationKind = Literal["page", "repeat", "escalation", "joined", "fallback", "resolved"]

PRIORITIES: tuple[Priority, ...] = ("low", "normal", "high", "critical")
LONGEST_WHY = 300
RANK: dict[str, int] = {name: rank for rank, name in enumerate(PRIORITIES)}


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a step pages: `user` or `group`, by id (the API's) or by name (the rules')."""

    kind: Literal["user", "group"]
    id: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """An escalation step: `after_s` seconds from the page's `created_at`, whom, and whether repeats go on."""

    after_s: int
    targets: tuple[Target, ...]
    repeat: bool = True


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach a person; `destination` names what sends share their fate with."""

    id: int
    destination: str


@dataclass(frozen=True, slots=True)
class Person:
    """An active user and the contacts in the order in which they are tried."""

    user_id: int
    name: str = ""
    contacts: tuple[Contact, ...] = ()


Reach = Callable[[Target], tuple[Person, ...]]
"""Who a target is at this moment: active members only, empty when nobody or unknown."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that rules or a sender chose for a page, copied once; editing git changes no live page.

    Parameters:
      steps: the chain; the first has `after_s` 0.
      fallback: the default chain's, for a page that would reach nobody.
      repeat_interval_s: seconds.
      expires_s: seconds from `created_at`; None for never.
      acknowledge: `any` stops at the first acknowledgement, `all` waits for everybody.
      acknowledgement_timeout_s: seconds an acknowledgement holds while it still fires; None for ever.
      notify_resolved: tell those who were paged when it is over.
      resolve_hold_s: seconds that the end of the last alert must hold before the page closes.
      reopen_within_s: seconds after its end within which an alert that fires again is the same trouble; 0 for
        never. So long a page of a flapping alert must be steady before it closes.
      flap_limit: an alert that fires more often than this within an hour flaps.
      subject, message: templates; empty for a page whose text was given.
      avoid: a destination by which nobody is told of it who has another; empty for none.
      is_test: closes at `expires_s`, acknowledged or not, as if what it tells of had ended.
      route: `payments/stripe`; empty for a page sent by hand.
      trace: lines `payments.yml:14: stripe: service="stripe"`, outermost first.
      revision: of the rules.
      file, line: where the route stands in them; empty and 0 for a page sent by hand.
      chain: `stripe`; empty where no rules chose one.
      last_change: of the route, in git; None where that is not known.
    """

    steps: tuple[Step, ...]
    fallback: tuple[Step, ...] = ()
    repeat_interval_s: int = 60
    expires_s: int | None = None
    acknowledge: AcknowledgeMode = "all"
    acknowledgement_timeout_s: int | None = None
    notify_resolved: bool = False
    is_test: bool = False
    avoid: str = ""
    resolve_hold_s: int = 0
    reopen_within_s: int = 600
    flap_limit: int = 6
    subject: str = ""
    message: str = ""
    route: str = ""
    trace: tuple[str, ...] = ()
    revision: str = ""
    file: str = ""
    line: int = 0
    chain: str = ""
    last_change: LastChange | None = None

    def __hash__(self) -> int:
        """Cheap, since plans are looked up for every page and few share a route and an interval."""
        return hash((self.route, self.revision, self.repeat_interval_s))


@dataclass(frozen=True, slots=True)
class Recipient:
    """A page and a user. `id` is 0 until stored.

    Parameters:
      why: by which step of the rules, `group payments, step 2 of chain stripe`; empty where none paged them.
    """

    user_id: int
    id: int = 0
    name: str = ""
    first_sent_at: datetime | None = None
    acknowledged_at: datetime | None = None
    note: str | None = None
    method: AcknowledgeMethod | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One call for attention, as the documented API has it; times are UTC.

    Parameters:
      next_step: index into `plan.steps` of the step that fires next.
      repeating: whether a repeat is due every `plan.repeat_interval_s`.
      next_repeat_at: when the next repeat goes out; None when it does not repeat.
      next_wake_at: when `due` has something to do; None when never.
      fallback_used: the fallback chain has been brought in.
      linked_page_id: the page that this one follows.
      closes_at: its alerts have ended, and it closes then unless one fires before; None while one fires.
      doubted_at: its alerts ended in a mass of resolves then, which a heartbeat has to prove true; else None.
      awaits_heartbeat: the name of that heartbeat.
      monitoring_down: it went missing, and the timeline says so.
      flapping: an alert on it flaps, so that it stays until it has been steady for a while.
      version: counts changes; a save that finds another one is refused.
    """

    id: int
    org_id: int
    plan: Plan
    priority: Priority
    created_at: datetime
    status: Status = "active"
    recipients: tuple[Recipient, ...] = ()
    next_step: int = 0
    repeating: bool = True
    next_repeat_at: datetime | None = None
    next_wake_at: datetime | None = None
    expires_at: datetime | None = None
    acknowledged_at: datetime | None = None
    closed_at: datetime | None = None
    closed_reason: ClosedReason | None = None
    fallback_used: bool = False
    linked_page_id: int | None = None
    closes_at: datetime | None = None
    doubted_at: datetime | None = None
    awaits_heartbeat: str | None = None
    monitoring_down: bool = False
    flapping: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True)
class Event:
    """A line on a page's timeline.

    Parameters:
      kind: `created`, `escalated`, `repeated`, `acknowledged`, `expired`, `cancelled`, `resolved`, `joined`,
        `unreachable`, `fallback`, … listed in docs/api.md.
      detail: a sentence for people.
      user_id: who did it, or whom it is about.
    """

    kind: str
    detail: str
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Notify:
    """An order to reach one person: becomes a notification for the person's first contact."""

    person: Person
    kind: NotificationKind


@dataclass(frozen=True, slots=True)
class Change:
    """What a transition makes of a page: the new value, timeline lines, and whom to notify."""

    page: Page
    events: tuple[Event, ...] = ()
    notify: tuple[Notify, ...] = field(default_factory=tuple)
