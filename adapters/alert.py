"""The normalised words of every sender: Alert and Batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

AlertStatus = Literal["firing", "resolved"]


class PayloadError(ValueError):
    """A body as a whole that no parser of its adapter understands; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One labelled thing, firing or resolved.

    Parameters:
      fingerprint: what identifies the alert for its sender; computed when the sender gave none.
      status: the alert's own status; the group's says nothing about it (docs/facts.md, section 2).
      labels: names and values, without empty values, control characters removed, lengths capped.
      annotations: free text by name, cleaned and capped likewise.
      starts_at: UTC; None when the sender gave none, or the year 1.
      ends_at: UTC; None while firing.
      generator_url: the sender's link to the expression, http or https; may be empty.
      links: further such links by name (`silence`, `dashboard`, `panel`, `image`), none of them empty.
      values: the sender's numbers as text, by name.
    """

    fingerprint: str
    status: AlertStatus
    labels: Mapping[str, str]
    annotations: Mapping[str, str] = field(default_factory=dict)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    generator_url: str = ""
    links: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rejected:
    """One alert of a body that could not be read, kept so that nothing is lost.

    Parameters:
      index: its place in the body's list, from 0.
      reason: where, which value and why.
      excerpt: the alert as received, cut at 2,000 characters.
    """

    index: int
    reason: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What one webhook carried.

    Parameters:
      adapter: `alertmanager` or `grafana`.
      receiver: the sender's receiver, unquoted (docs/facts.md, section 6, 10).
      group_key: the sender's grouping key; empty when it has none.
      alerts: those that could be read, in the body's order, no two with the same fingerprint.
      rejected: those that could not.
      truncated: how many alerts the sender cut off.
    """

    adapter: str
    receiver: str
    group_key: str
    alerts: tuple[Alert, ...]
    rejected: tuple[Rejected, ...] = ()
    group_labels: Mapping[str, str] = field(default_factory=dict)
    common_labels: Mapping[str, str] = field(default_factory=dict)
    common_annotations: Mapping[str, str] = field(default_factory=dict)
    external_url: str = ""
    truncated: int = 0
