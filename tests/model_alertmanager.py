"""A small Alertmanager for tests: pure, on a clock that the test moves; it sends what a real one would.

It groups, waits, repeats, silences, inhibits, truncates, loses resolves and restarts as docs/facts.md,
section 2, has it (and prometheus/alertmanager: dispatch/dispatch.go, notify/notify.go `needsUpdate`). A
`World` holds what is true: which alerts fire since when; each `Alertmanager` hears of it and posts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from adapters.fingerprint import fingerprint_of

Labels = Mapping[str, str]

_ZERO = "0001-01-01T00:00:00Z"
_ESCAPED = {ord(sign): f"\\{sign}" for sign in r"\.+*?()|[]{}^$"}


@dataclass(frozen=True)
class Receiver:
    """A receiver with its one route.

    Parameters:
      matchers: labels that an alert needs to get here; routes all continue.
      group_by: label names; None for `...`, every label.
      max_alerts: 0 for no bound.
    """

    name: str
    group_by: tuple[str, ...] | None = ("alertname",)
    matchers: Labels = field(default_factory=dict)
    group_wait_s: int = 30
    group_interval_s: int = 300
    repeat_interval_s: int = 14_400
    send_resolved: bool = True
    max_alerts: int = 0


@dataclass(frozen=True)
class Alert:
    """One alert firing once, as Prometheus tells it."""

    labels: Labels
    starts_at: datetime
    ends_at: datetime | None = None

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.labels)


@dataclass(frozen=True)
class Post:
    """A webhook on its way.

    Parameters:
      at: when its body was built.
      firing: what it says is firing.
    """

    at: datetime
    receiver: Receiver
    body: bytes
    firing: tuple[Alert, ...]
    truncated: int


@dataclass
class _Group:
    receiver: Receiver
    labels: Labels
    flush_at: datetime
    alerts: dict[str, Alert] = field(default_factory=dict)

    @property
    def key(self) -> str:
        inner = ", ".join(f'{name}="{value}"' for name, value in sorted(self.labels.items()))
        return f'{{}}/{{receiver="{self.receiver.name}"}}:{{{inner}}}'


@dataclass(frozen=True)
class _Sent:
    """What the notification log has of a group."""

    at: datetime
    firing: frozenset[str]
    resolved: frozenset[str]


@dataclass
class World:
    """What is true: the latest episode of every alert, and what nobody wants to hear of."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    silences: dict[str, Labels] = field(default_factory=dict)

    def fire(self, labels: Labels, now: datetime) -> Alert:
        """Begin an episode, unless it fires already."""
        alert = self.alerts.get(fingerprint_of(labels))
        if alert is None or alert.ends_at is not None:
            alert = Alert(dict(labels), now)
            self.alerts[alert.fingerprint] = alert
        return alert

    def resolve(self, labels: Labels, now: datetime) -> Alert | None:
        """End an episode; None when there is none."""
        alert = self.alerts.get(fingerprint_of(labels))
        if alert is None or alert.ends_at is not None:
            return None
        ended = Alert(alert.labels, alert.starts_at, now)
        self.alerts[ended.fingerprint] = ended
        return ended

    def is_muted(self, alert: Alert) -> bool:
        """Return whether a silence or an inhibition keeps an alert back, firing or resolved.

        A firing alert of severity critical inhibits those of severity warning with the same `service`.
        """
        if any(silence.items() <= alert.labels.items() for silence in self.silences.values()):
            return True
        return alert.labels.get("severity") == "warning" and any(
            source.ends_at is None
            and source.labels.get("severity") == "critical"
            and source.labels.get("service") == alert.labels.get("service")
            for source in self.alerts.values()
        )


class Alertmanager:
    """One instance; two without gossip are two of these.

    Parameters:
      lag_s: how much later than the world it hears of things, as a second Prometheus would.
    """

    def __init__(self, world: World, receivers: tuple[Receiver, ...], url: str, lag_s: int = 0) -> None:
        self._world = world
        self._receivers = receivers
        self._url = url
        self._lag = timedelta(seconds=lag_s)
        self._groups: dict[str, _Group] = {}
        self._log: dict[str, _Sent] = {}

    def hear(self, alert: Alert, now: datetime) -> None:
        """Take an alert from Prometheus, firing or resolved."""
        alert = Alert(alert.labels, alert.starts_at + self._lag, alert.ends_at and alert.ends_at + self._lag)
        for receiver in self._receivers:
            if receiver.matchers.items() <= alert.labels.items():
                self._dispatch(receiver, alert, now)

    def _dispatch(self, receiver: Receiver, alert: Alert, now: datetime) -> None:
        names = alert.labels if receiver.group_by is None else receiver.group_by
        labels = {name: alert.labels[name] for name in names if name in alert.labels}
        wait = timedelta(seconds=receiver.group_wait_s)
        fresh = _Group(receiver, labels, now if alert.starts_at + wait < now else now + wait)
        group = self._groups.setdefault(fresh.key, fresh)
        group.alerts[alert.fingerprint] = alert

    def restart(self, now: datetime, *, keep_log: bool) -> None:
        """Stop and start: groups are built anew from what Prometheus sends again, which is what fires.

        Parameters:
          keep_log: False when it was killed before it saved what it had sent.
        """
        self._groups.clear()
        if not keep_log:
            self._log.clear()
        for alert in self._world.alerts.values():
            if alert.ends_at is None:
                self.hear(alert, now)

    def next_flush(self) -> datetime | None:
        """Return when a group is next looked at; None without groups."""
        return min((group.flush_at for group in self._groups.values()), default=None)

    def flush(self, now: datetime, post: Callable[[Post], bool]) -> None:
        """Look at every group that is due; `post` says whether the receiver answered 2xx."""
        for key, group in sorted(self._groups.items()):
            if group.flush_at > now:
                continue
            group.flush_at = now + timedelta(seconds=group.receiver.group_interval_s)
            if self._notify(key, group, now, post):
                gone = [name for name, alert in group.alerts.items() if alert.ends_at is not None]
                for name in gone:
                    del group.alerts[name]
                if not group.alerts:
                    del self._groups[key]

    def _notify(self, key: str, group: _Group, now: datetime, post: Callable[[Post], bool]) -> bool:
        heard = sorted(group.alerts.values(), key=lambda alert: sorted(alert.labels.items()))
        alerts = [alert for alert in heard if not self._world.is_muted(alert)]
        if not alerts:
            return True  # the pipeline ends here, and the log keeps what it has (notify.go, MultiStage)
        firing = frozenset(alert.fingerprint for alert in alerts if alert.ends_at is None)
        resolved = frozenset(alert.fingerprint for alert in alerts if alert.ends_at is not None)
        if not self._needs_update(self._log.get(key), group.receiver, firing, resolved, now):
            return True
        if not group.receiver.send_resolved:
            alerts = [alert for alert in alerts if alert.ends_at is None]
        if alerts and not post(self._post(group, alerts, now)):
            return False
        self._log[key] = _Sent(now, firing, resolved)
        return True

    @staticmethod
    def _needs_update(
        sent: _Sent | None,
        receiver: Receiver,
        firing: frozenset[str],
        resolved: frozenset[str],
        now: datetime,
    ) -> bool:
        if sent is None:
            return bool(firing)
        if not firing <= sent.firing:
            return True
        if not firing:
            return bool(sent.firing)
        if receiver.send_resolved and not resolved <= sent.resolved:
            return True
        return sent.at < now - timedelta(seconds=receiver.repeat_interval_s)

    def _post(self, group: _Group, alerts: list[Alert], now: datetime) -> Post:
        most = group.receiver.max_alerts
        shown = alerts[:most] if most else alerts
        cut = len(alerts) - len(shown)
        firing = tuple(alert for alert in shown if alert.ends_at is None)
        common = set.intersection(*(set(alert.labels.items()) for alert in shown))
        body = {
            "receiver": group.receiver.name.translate(_ESCAPED),
            "status": "firing" if firing else "resolved",
            "alerts": [_as_json(alert) for alert in shown],
            "groupLabels": dict(group.labels),
            "commonLabels": dict(sorted(common)),
            "commonAnnotations": {},
            "externalURL": self._url,
            "version": "4",
            "groupKey": group.key,
            "truncatedAlerts": cut,
        }
        text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        return Post(now, group.receiver, text.encode() + b"\n", firing, cut)


def run_until(
    alertmanagers: list[Alertmanager], until: datetime, post: Callable[[Post], bool]
) -> Iterator[datetime]:
    """Flush whatever comes due up to a moment; yields each moment before anything is sent at it."""
    while True:
        due = [at for one in alertmanagers if (at := one.next_flush()) is not None and at <= until]
        if not due:
            return
        now = min(due)
        yield now
        for one in alertmanagers:
            one.flush(now, post)


def _as_json(alert: Alert) -> dict[str, Any]:
    return {
        "status": "firing" if alert.ends_at is None else "resolved",
        "labels": dict(sorted(alert.labels.items())),
        "annotations": {"summary": f"{alert.labels['alertname']} is not well"},
        "startsAt": _rfc3339(alert.starts_at),
        "endsAt": _ZERO if alert.ends_at is None else _rfc3339(alert.ends_at),
        "generatorURL": "http://prometheus.example/graph",
        "fingerprint": alert.fingerprint,
    }


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
