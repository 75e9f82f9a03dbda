"""What a rule-made page says: the route's templates over its alerts, and plain text where they fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from router.lifecycle.model import Plan
from router.particulars import below, runbooks, with_runbooks
from router.store.incidents import StoredAlert
from rules.subjects import MAX_SUBJECT, finished
from rules.templates import Alert, TemplateFault, prepare, render

LONGEST_MESSAGE = 20_000
MOST_ALERTS = 50
"""Alerts that a template sees; a storm's page says how many more there are."""


@dataclass(frozen=True, slots=True)
class Texts:
    """A page's texts; `fault` says why a template was not used."""

    subject: str
    message: str
    fault: str | None = None


def of_page(
    plan: Plan, alerts: Sequence[StoredAlert], receiver: str, integration: str, remark: str = ""
) -> Texts:
    """Return a page's texts over its alerts; never fails, and never returns an empty subject.

    Parameters:
      remark: what both texts end with, such as `4th time in 40 minutes`; the subject is cut before it.
    """
    shown = alerts[:MOST_ALERTS]
    context = prepare(_context(plan, shown, receiver, integration))
    try:
        subject = render(plan.subject, context).strip()
        message = render(plan.message, context).strip()
        fault = None
    except TemplateFault as error:
        subject, message, fault = "", _plain_message(shown), str(error)
    subject = finished(subject or _plain_subject(shown), [alert.labels for alert in shown])
    if len(alerts) > len(shown):
        message = f"{message}\nand {len(alerts) - len(shown)} more alerts"
    message = below(message or subject, shown)
    if remark:
        subject = f"{_cut(subject, MAX_SUBJECT - len(remark) - 3)} ({remark})"
        message = f"{_cut(message, LONGEST_MESSAGE - len(remark) - 2)}\n{remark}."
    return Texts(subject, with_runbooks(message, runbooks(shown), LONGEST_MESSAGE), fault)


def _context(plan: Plan, alerts: Sequence[StoredAlert], receiver: str, integration: str) -> dict[str, Any]:
    first = alerts[0]
    return {
        "labels": first.labels,
        "annotations": first.detail.annotations,
        "alerts": [
            Alert(
                {
                    "labels": alert.labels,
                    "annotations": alert.detail.annotations,
                    "generator_url": alert.detail.generator_url,
                    "links": alert.detail.links,
                    "values": alert.detail.values,
                }
            )
            for alert in alerts
        ],
        "group_labels": first.detail.group_labels,
        "common_labels": _common([alert.labels for alert in alerts]),
        "common_annotations": {
            **first.detail.group_texts,
            **_common([alert.detail.annotations for alert in alerts]),
        },
        "receiver": receiver,
        "integration": integration,
        "external_url": first.detail.external_url,
        "route": plan.route,
    }


def _common(mappings: Sequence[Mapping[str, str]]) -> dict[str, str]:
    if len(mappings) == 1:
        return dict(mappings[0])
    first, *rest = mappings
    return {
        name: value for name, value in first.items() if all(mapping.get(name) == value for mapping in rest)
    }


def _plain_subject(alerts: Sequence[StoredAlert]) -> str:
    labels = alerts[0].labels
    name = labels.get("alertname") or "Alert"
    return f"{name} on {labels['instance']}" if labels.get("instance") else name


def _plain_message(alerts: Sequence[StoredAlert]) -> str:
    return "\n".join(
        alert.detail.annotations.get("summary")
        or ", ".join(f"{name}={value}" for name, value in alert.labels.items())
        for alert in alerts
    )


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
