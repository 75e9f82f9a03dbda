"""An Alertmanager's configuration, as far as it says which alerts go where, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.document import Node
from rules.intervals import Interval
from rules.matchers import Matcher
from rules.places import Place

ALL_LABELS = "..."
"""The `group_by` that puts every alert into a group of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class SenderRoute:
    """A node of Alertmanager's route tree, with what it inherits worked out; a `rules.regions.Node`.

    Parameters:
      matchers: its own, in whichever spelling they were written; the root has none.
      proceed: `continue: true`.
      receiver: whose notifiers send; inherited.
      group_by: label names, or only ALL_LABELS; inherited when it is left out. Empty: one group of all
        (for an empty list of a child, Alertmanager before 0.31 takes its parent's).
      group_wait_s, group_interval_s, repeat_interval_s: seconds; inherited.
      active, mute: names of time intervals; they are not inherited.
      given: the places of the keys that this route has itself, by key.
      routes: its children, in order.
    """

    place: Place
    matchers: tuple[Matcher, ...]
    proceed: bool
    receiver: str
    group_by: tuple[str, ...]
    group_wait_s: float
    group_interval_s: float
    repeat_interval_s: float
    active: tuple[str, ...]
    mute: tuple[str, ...]
    given: Mapping[str, Place]
    routes: tuple[SenderRoute, ...] = ()


@dataclass(frozen=True, slots=True)
class Webhook:
    """One of a receiver's `webhook_configs`.

    Parameters:
      url: without user, password, query and fragment; None when it is read from a file or a secret. Its
        path can be a secret: it is in no repr and belongs into no message.
      send_resolved: whether it tells of alerts that end.
      max_alerts: more than so many in one body are cut off; 0 for any number.
      auth: `basic`, `oauth2`, the `type` of an `authorization` (`Bearer`), `headers` for others, or empty
        for none.
    """

    place: Place
    url: str | None = field(repr=False)
    send_resolved: bool = True
    max_alerts: int = 0
    auth: str = ""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Whom Alertmanager notifies by one name.

    Parameters:
      kinds: how many notifiers of each kind (`webhook`, `email`, `slack`) it has; none notifies nobody.
      emails: the addresses of its `email_configs`, in lower case; what is a template is left out.
    """

    name: str
    place: Place
    kinds: Mapping[str, int]
    webhooks: tuple[Webhook, ...] = ()
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SenderIntervals:
    """An entry of `time_intervals` or `mute_time_intervals`; a moment is in it when it is in one of them.

    Parameters:
      entries: the intervals as written.
    """

    name: str
    place: Place
    intervals: tuple[Interval, ...]
    entries: tuple[Node, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class InhibitRule:
    """Alerts that hold back others, which agree with them on the labels `equal`."""

    place: Place
    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sender:
    """What an alertmanager.yml says.

    Parameters:
      root: the route that takes everything.
      receivers, intervals: by name, in the order written.
      resolve_timeout_s: seconds after which an alert without an end of its own is over.
      templates: the paths of template files.
    """

    place: Place
    root: SenderRoute
    receivers: Mapping[str, Receiver]
    intervals: Mapping[str, SenderIntervals]
    inhibit_rules: tuple[InhibitRule, ...]
    resolve_timeout_s: float
    templates: tuple[str, ...]
