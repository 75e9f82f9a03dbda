"""How alerts get from their sender to us: which of its receivers post here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from rules.alertmanager.model import Receiver, SenderRoute, Webhook

ADDRESSES = ("/api/adapters/alertmanager", "/api/adapters/grafana", "/api/external/pages")
"""The paths at which PingParrot takes webhooks of senders."""


@dataclass(frozen=True, slots=True)
class Post:
    """A webhook of ours that a sender calls.

    Parameters:
      receiver: its name at the sender; empty when it is not known.
      known: what rules see of where an alert comes from, as far as it is known: `__adapter__` and so on.
    """

    receiver: str
    known: Mapping[str, str]


def is_ours(webhook: Webhook) -> bool:
    """Return whether a webhook goes to PingParrot, told by its path."""
    try:
        path = urlsplit(webhook.url or "").path.rstrip("/")
    except ValueError:
        return False
    return path.endswith(ADDRESSES)


def own_webhooks(receiver: Receiver, named: Collection[str]) -> tuple[Webhook, ...]:
    """Return the webhooks of a receiver that go to PingParrot.

    Parameters:
      named: receivers that somebody said are ours, all of whose webhooks are, unless some have our path.
    """
    ours = tuple(webhook for webhook in receiver.webhooks if is_ours(webhook))
    return receiver.webhooks if not ours and receiver.name in named else ours


@dataclass(frozen=True, slots=True)
class Entrance:
    """A sender with what it routes, or one of whose routes nothing is known.

    Parameters:
      adapter: `alertmanager` or `grafana`.
      integration: its name with us; empty when it is not known.
      root: its route tree; None when nothing is known of it, and then all of its alerts come here.
      receivers: by name.
      named: receivers that somebody said are ours.
    """

    adapter: str
    integration: str = ""
    root: SenderRoute | None = None
    receivers: Mapping[str, Receiver] | None = None
    named: Collection[str] = ()

    def post(self, receiver: str = "") -> Post:
        """Return how an alert arrives by a receiver; by an unknown one when it has no name."""
        known = {"__adapter__": self.adapter}
        if self.integration:
            known["__integration__"] = self.integration
        if receiver:
            known["__receiver__"] = receiver
        return Post(receiver, known)

    def posts_of(self, receiver: str) -> tuple[Post, ...]:
        """Return how alerts arrive that are sent to a receiver; empty when they do not.

        Where nothing is known of the receivers, or of which one it is, it is taken for ours.
        """
        if self.receivers is None or not receiver:
            return (self.post(receiver),)
        found = self.receivers.get(receiver)
        if found is None:
            return (self.post(receiver),) if receiver in self.named else ()
        return (self.post(receiver),) if own_webhooks(found, self.named) else ()
