"""Whose key this is, from a cache so short-lived that a revoked key is dead within a second everywhere."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

import sqlalchemy as sa

from router.settings import Network
from router.store.credentials.integrations import Kind, key_hash, looks_like_a_key, parse_networks
from router.store.credentials.signing import Signing, secrets_of, signing_of
from router.store.engine import Database
from router.store.tables import API_KEYS, INTEGRATIONS

_FRESH_S = 0.8
"""Seconds that an answer is good for; with the look-up itself, revocation works within a second."""
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Credential:
    """What a key says of its bearer.

    Parameters:
      integration: its name.
      allow_ips: empty for all.
      signing: None when the integration's bodies are not signed.
    """

    key_id: int
    integration_id: int
    integration: str
    kind: Kind
    org_id: int
    owner_user_id: int | None
    allow_ips: tuple[Network, ...] = ()
    signing: Signing | None = None

    def allows(self, address: IPv4Address | IPv6Address | None) -> bool:
        """Return whether the key may be used from an address; None is one that cannot be told."""
        if not self.allow_ips:
            return True
        return address is not None and any(address in network for network in self.allow_ips)


@dataclass(frozen=True, slots=True)
class Found:
    """An answer from the cache; `credential` is None for a key that nobody has."""

    credential: Credential | None
    at: float


class KeyRing:
    """Finds keys. A hit costs a SHA-256 and a look-up; shared between threads.

    Parameters:
      monotonic: seconds that only grow; for tests.
    """

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._known: dict[str, Found] = {}
        self._unknown: dict[str, Found] = {}  # apart, so that guesses push no good key out

    def peek(self, key: str) -> Found | None:
        """Return what is known of a key without asking the database; None when that is needed.

        For the event loop: on None, call `find` on a thread.
        """
        if not looks_like_a_key(key):
            return Found(None, 0)
        digest = key_hash(key)
        found = self._known.get(digest) or self._unknown.get(digest)
        if found is None or self._monotonic() - found.at >= _FRESH_S:
            return None
        return found

    def find(self, key: str) -> Credential | None:
        """Return whose key it is; None for one that is unknown or revoked. May ask the database."""
        peeked = self.peek(key)
        if peeked is not None:
            return peeked.credential
        digest = key_hash(key)
        at = self._monotonic()  # before the look-up: what is revoked during it is forgotten in time
        found = Found(self._look_up(digest), at)
        keep, forget = (
            (self._known, self._unknown) if found.credential is not None else (self._unknown, self._known)
        )
        forget.pop(digest, None)
        if len(keep) >= _MOST:
            keep.clear()
        keep[digest] = found
        return found.credential

    def forget(self) -> None:
        """Forget every answer, for a revocation in this very process."""
        self._known.clear()
        self._unknown.clear()

    def _look_up(self, digest: str) -> Credential | None:
        query = (
            sa.select(
                API_KEYS.c.id,
                API_KEYS.c.allow_ips,
                INTEGRATIONS.c.id.label("integration_id"),
                INTEGRATIONS.c.name,
                INTEGRATIONS.c.kind,
                INTEGRATIONS.c.org_id,
                INTEGRATIONS.c.owner_user_id,
                INTEGRATIONS.c.signature_header,
                INTEGRATIONS.c.timestamp_header,
            )
            .join_from(API_KEYS, INTEGRATIONS, API_KEYS.c.integration_id == INTEGRATIONS.c.id)
            .where(API_KEYS.c.key_hash == digest, API_KEYS.c.revoked_at.is_(None))
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            secrets = secrets_of(connection, [row.integration_id]).get(row.integration_id, ())
        return Credential(
            key_id=row.id,
            integration_id=row.integration_id,
            integration=row.name,
            kind=row.kind,
            org_id=row.org_id,
            owner_user_id=row.owner_user_id,
            allow_ips=parse_networks(json.loads(row.allow_ips)),
            signing=signing_of(secrets, row.signature_header, row.timestamp_header),
        )
