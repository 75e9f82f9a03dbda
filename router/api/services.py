"""What the API stands on: built once by a composition root, handed to every endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from starlette.responses import Response

from router.api.guesses import Guesses
from router.api.hashing import Hashing
from router.api.throttle import Throttle
from router.clock import Clock
from router.in_force import Rules
from router.lifecycle.model import Step
from router.oidc import Provider
from router.replay import Replays
from router.settings import Settings
from router.store.credentials import Credential, KeyRing, LastUsed
from router.store.engine import Database
from router.store.secrets import Secrets
from router.store.tables import API_KEYS, TOKENS
from router.store.writer import Writer

_YEAR_S = 365 * 24 * 3600


class TakeWebhook(Protocol):
    """How the body of a webhook goes on its way, whichever address it was posted to."""

    async def __call__(self, credential: Credential, sender: str, body: bytes, fault: str = "") -> Response:
        """Store a webhook with all that follows from it, and return the answer to its sender.

        Parameters:
          credential: whose key it came with.
          sender: as `adapters.detect.sender_of` tells it.
          body: as received.
          fault: why it cannot be read, if that is known already; it is then quarantined.
        """


class RuleAccess(Protocol):
    """The rules in force, as far as the API speaks of them."""

    def fallback(self, org_id: int) -> tuple[Step, ...]:
        """Return the steps of the default chain, for pages that would reach nobody."""

    def describe(self) -> Mapping[str, Any]:
        """Return the revision in force, when it was loaded, and every finding, ready for JSON."""

    def in_force(self, org_id: int) -> Rules | None:
        """Return the rules that serve an organisation, None when there are none."""

    def explain(self, labels: Mapping[str, str], at: datetime) -> Mapping[str, Any]:
        """Return what the rules decide for labels at a moment, as `pingparrot rules explain` prints it."""

    def reload(self, *, confirmed: bool) -> Mapping[str, Any]:
        """Load the rules anew and return as `describe`; `confirmed` lets a reload remove many people."""


@dataclass(frozen=True)
class Services:
    """Everything an endpoint may use.

    Parameters:
      clock: the present moment, UTC.
      guesses, hashing: who may try a password, and where that is hashed.
      logins_noted: log-ins that the audit log takes in, by outcome and account.
      links: one-time links that were tried, by client network.
      trials: test messages, by who had them sent.
      provider: of OpenID, by which people may log in; None without one.
      provided: log-ins by it, begun or finished, by client network.
      refusals_told: lines of the log about senders that were refused, by client network; proxies_told: about
        proxies that nobody named.
    """

    database: Database
    writer: Writer
    settings: Settings
    clock: Clock
    keyring: KeyRing
    secrets: Secrets
    rules: RuleAccess
    take_webhook: TakeWebhook
    replays: Replays
    guesses: Guesses = field(default_factory=Guesses)
    hashing: Hashing = field(default_factory=Hashing)
    logins_noted: Throttle = field(default_factory=lambda: Throttle(10, window_s=3600))
    links: Throttle = field(default_factory=lambda: Throttle(30))
    trials: Throttle = field(default_factory=lambda: Throttle(5))
    provider: Provider | None = None
    provided: Throttle = field(default_factory=lambda: Throttle(30))
    refusals_told: Throttle = field(default_factory=lambda: Throttle(1))
    proxies_told: Throttle = field(default_factory=lambda: Throttle(1, window_s=_YEAR_S, max_keys=1000))

    @cached_property
    def key_uses(self) -> LastUsed:
        """When and from where each API key was last used."""
        return LastUsed(self.writer, API_KEYS, self.clock)

    @cached_property
    def token_uses(self) -> LastUsed:
        """The same for bearer tokens and sessions of the dashboard."""
        return LastUsed(self.writer, TOKENS, self.clock)
