"""Model values for tests of what stands on the model, without a loader."""

from __future__ import annotations

from datetime import UTC, datetime

from rules.explain import Explained, opening, timeline
from rules.model import Chain, Decision, Priority, PriorityRule, Step, Target, Terminal, Traced
from rules.places import Place

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STRIPE = Chain(
    "payments/stripe",
    (
        Step(0, (Target("group", "payments"),)),
        Step(300, (Target("user", "jane@example.com"),)),
        Step(900, (Target("group", "managers"), Target("group", "sre")), repeat=False),
    ),
    Place("payments.yml", 5, 3),
)
AUDIT = Chain("payments/audit", (Step(0, (Target("group", "auditors"),)),), Place("payments.yml", 4, 3))


def terminal(
    name: str = "payments/stripe",
    chain: Chain | None = STRIPE,
    *,
    suppress: str | None = None,
    expires_s: int | None = 86400,
) -> Terminal:
    """Return a route as it answers."""
    place = Place("payments.yml", 20, 5)
    return Terminal(
        name=name,
        place=place,
        chain=chain,
        fallback=None,
        suppress=suppress,
        group_by=None,
        priority=PriorityRule(None, {}, "high"),
        repeat_interval_s=60,
        expires_s=expires_s,
        acknowledge="any",
        acknowledgement_timeout_s=None,
        notify_resolved=True,
        resolve_hold_s=0,
        reopen_within_s=600,
        flap_limit=6,
        subject="{{ labels.alertname }}",
        message="",
        trace=(Traced(name, place, 'service="stripe"'),),
        revision="5f0c1a2b",
    )


def explained(
    route: Terminal,
    *,
    priority: Priority = "high",
    held: bool = False,
    held_until: datetime | None = None,
    subject: str = "StripeDown",
    now: datetime = NOON,
) -> Explained:
    """Return a decision of a route at `now`, and what follows from it."""
    decision = Decision(route, priority, held, held_until)
    opens_at = opening(decision, now)
    return Explained(decision, opens_at, () if opens_at is None else timeline(route), subject)
