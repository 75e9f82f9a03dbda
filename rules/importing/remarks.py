"""What of an alertmanager.yml is not in the rules made from it, said at its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules.alertmanager.model import Receiver, SenderRoute
from rules.importing.plan import Plan, PlannedRoute, Remark
from rules.importing.recipients import Recipient
from rules.loading.reading import spell_duration

TIMES = ("group_wait", "group_interval", "repeat_interval")
HOURS = ("active_time_intervals", "mute_time_intervals")


def general_remarks(plan: Plan, recipients: Sequence[Recipient]) -> tuple[Remark, ...]:
    """Return what is to be said about the whole, in the order of alertmanager.yml's lines.

    Parameters:
      recipients: of all receivers, used or not.
    """
    sender = plan.sender
    remarks = [*_grouping(sender.root)]
    for recipient in recipients:
        receiver = recipient.receiver
        if receiver.name not in plan.recipients:
            remarks.append(
                Remark(receiver.place, "receivers", f"receiver {receiver.name}: no route uses it; left out.")
            )
        elif receiver.kinds:
            remarks.append(Remark(receiver.place, "receivers", _notifiers(recipient)))
    remarks += [
        Remark(
            intervals.place, "time_intervals", f"time interval {name}: no route that pages uses it; left out."
        )
        for name, intervals in sender.intervals.items()
        if name not in plan.intervals
    ]
    if sender.inhibit_rules:
        count = len(sender.inhibit_rules)
        remarks.append(
            Remark(
                sender.inhibit_rules[0].place,
                "inhibit_rules",
                f"{count} inhibit rule{'s' * (count > 1)}: Alertmanager goes on applying them before it "
                "posts here; keep them there.",
            )
        )
    if sender.templates:
        remarks.append(
            Remark(
                sender.place,
                "templates",
                "templates: what a page says is written as subject and message, in defaults or in a route.",
            )
        )
    return tuple(sorted(remarks, key=lambda remark: (remark.place.file, remark.place.line)))


def route_remarks(route: PlannedRoute) -> tuple[Remark, ...]:
    """Return what is to be said about one route that is written."""
    remarks: list[Remark] = []
    if not route.is_rest:
        remarks += _grouping(route.source)
        remarks += [
            Remark(route.source.given[key], key, f"{key}: without effect, since this route pages nobody.")
            for key in HOURS
            if route.is_silent and getattr(route.source, key.partition("_")[0])
        ]
    elif any(child.proceed for child in route.source.routes):
        remarks.append(
            Remark(
                route.source.place,
                "continue",
                "Alerts that only routes with continue: true take count as suppressed, too; they page all "
                "the same.",
            )
        )
    return tuple(remarks)


def all_remarks(plan: Plan, recipients: Sequence[Recipient]) -> tuple[Remark, ...]:
    """Return everything that is said in the file, in the order in which it stands there."""
    below = [remark for route in every_planned(plan.routes) for remark in route_remarks(route)]
    return (*general_remarks(plan, recipients), *below)


def every_planned(routes: Sequence[PlannedRoute]) -> Iterator[PlannedRoute]:
    """Yield routes and all below them, in the order in which they are written."""
    for route in routes:
        yield route
        yield from every_planned(route.routes)


def _grouping(route: SenderRoute) -> list[Remark]:
    """Return what is said of how a route bundles and repeats; only of what it gives itself."""
    remarks: list[Remark] = []
    kept = [f"{key} {spell_seconds(getattr(route, f'{key}_s'))}" for key in TIMES[:2] if key in route.given]
    if "group_by" in route.given:
        kept.insert(0, f"group_by [{', '.join(route.group_by)}]")
    if kept:
        place = next(route.given[key] for key in ("group_by", *TIMES) if key in route.given)
        remarks.append(Remark(place, "group_by", f"{', '.join(kept)}: Alertmanager goes on grouping."))
    if "labels" in route.given:
        remarks.append(
            Remark(route.given["labels"], "labels", "labels: only Alertmanager's templates see them.")
        )
    if "repeat_interval" in route.given:
        remarks.append(
            Remark(
                route.given["repeat_interval"],
                "repeat_interval",
                f"repeat_interval {spell_seconds(route.repeat_interval_s)}: a page repeats every 60s "
                "until acknowledged (repeat_interval here, 30s to 1h).",
            )
        )
    return remarks


def spell_seconds(seconds: float) -> str:
    """Return a duration as Prometheus writes it."""
    whole = spell_duration(int(seconds))
    return whole if seconds == int(seconds) else f"{round(seconds * 1000)}ms"


def _notifiers(recipient: Recipient) -> str:
    receiver = recipient.receiver
    if recipient.chain is None:
        return f"receiver {receiver.name} ({listed_kinds(receiver)}): suppressed, as chosen."
    whom = ", ".join(f"{target.kind} {target.name}" for target in recipient.targets)
    return (
        f"receiver {receiver.name} ({listed_kinds(receiver)}): pages {whom}, by the contacts that they have."
    )


def listed_kinds(receiver: Receiver) -> str:
    """Return what a receiver notifies by (`2 slack, webhook`)."""
    return ", ".join(kind if count == 1 else f"{count} {kind}" for kind, count in receiver.kinds.items())
