"""A webhook on its way in, and what it is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from adapters.alert import Batch
from adapters.alertmanager.parse import parse as parse_alertmanager
from adapters.grafana.parse import parse as parse_grafana

Parse = Callable[[bytes, datetime], Batch]
PARSERS: dict[str, Parse] = {"alertmanager": parse_alertmanager, "grafana": parse_grafana}
"""What reads a body, by the name of its adapter; raises adapters.alert.PayloadError."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The integration that posted; its owner is paged by a Test button."""

    integration_id: int
    name: str
    org_id: int
    owner_user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """A body as received; `batch` is None when nothing of it could be read, and `fault` then says why.

    Parameters:
      traceparent: of the request that brought it; empty when it is not traced.
    """

    sender: Sender
    adapter: str
    body: bytes
    batch: Batch | None
    fault: str = ""
    traceparent: str = ""


class AlertAnswer(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What was done about one alert, on one route that took it.

    Parameters:
      outcome: `created`, `joined`, `reminder`, `resolved`, `held`, `suppressed`, `unknown_resolve`,
        `quarantined`, or `heartbeat`, whose page is given when it stops.
      reason: of a suppression, or of a quarantine.
      held_until: UTC; missing while held when its hours never come.
      recipients: how many people the page that was created is for.
    """

    fingerprint: str
    outcome: str
    route: str | None = None
    page_id: int | None = None
    reason: str | None = None
    held_until: datetime | None = None
    recipients: int | None = None


class Answer(msgspec.Struct, frozen=True):
    """What a webhook is answered.

    Parameters:
      status: `ok`, or `quarantined` when nothing of the body could be read.
      outcomes: how many alerts came to what.
    """

    webhook_id: int
    status: str
    outcomes: dict[str, int]
    alerts: list[AlertAnswer]
