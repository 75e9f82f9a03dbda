"""What an integration's bodies are signed with: secrets that replace each other with an overlap."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from router.store.names import NotAcceptedError
from router.store.tables import HMAC_SECRETS

SIGNATURE_HEADER = "X-Grafana-Alerting-Signature"
TIMESTAMP_HEADER = "X-Grafana-Alerting-Timestamp"
"""Grafana names no timestamp header by itself; this one is looked at unless another is set."""

OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=30)
MOST_SECRETS = 5
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", re.ASCII)  # RFC 9110, section 5.6.2


@dataclass(frozen=True, slots=True)
class HmacSecret:
    """A secret as it is stored; `expires_at` is None for the newest, UTC for one that was replaced."""

    id: int
    integration_id: int
    secret_encrypted: bytes = field(repr=False)
    created_at: datetime
    expires_at: datetime | None
    managed_by: str = ""

    def holds(self, now: datetime) -> bool:
        """Return whether a body may still be signed with it."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class Signing:
    """How an integration's bodies are checked.

    Parameters:
      secrets: newest first, those that have expired meanwhile among them.
      header: where the signature stands.
      timestamp_header: where its Unix seconds stand.
      needs_timestamp: a body without a timestamp is refused.
    """

    secrets: tuple[HmacSecret, ...]
    header: str = SIGNATURE_HEADER
    timestamp_header: str = TIMESTAMP_HEADER
    needs_timestamp: bool = False


def signing_of(
    secrets: tuple[HmacSecret, ...], signature_header: str | None, timestamp_header: str | None
) -> Signing | None:
    """Return how bodies are checked by an integration's columns; None when they are not signed."""
    if not secrets:
        return None
    return Signing(
        secrets,
        signature_header or SIGNATURE_HEADER,
        timestamp_header or TIMESTAMP_HEADER,
        timestamp_header is not None,
    )


def set_secret(
    connection: Connection,
    integration_id: int,
    secret_encrypted: bytes,
    now: datetime,
    overlap: timedelta = OVERLAP,
    managed_by: str = "",
) -> None:
    """Give an integration a secret; the one that it replaces holds for `overlap` more.

    Raises NotAcceptedError for an overlap of more than 30 days, and when five secrets hold at once.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise NotAcceptedError("hmac_overlap_s", "Two secrets may overlap by 0 seconds to 30 days.")
    mine = HMAC_SECRETS.c.integration_id == integration_id
    connection.execute(
        sa.update(HMAC_SECRETS)
        .where(mine, HMAC_SECRETS.c.expires_at.is_(None))
        .values(expires_at=now + overlap)
    )
    connection.execute(sa.delete(HMAC_SECRETS).where(mine, HMAC_SECRETS.c.expires_at <= now))
    held = connection.execute(sa.select(sa.func.count()).select_from(HMAC_SECRETS).where(mine)).scalar_one()
    if held >= MOST_SECRETS:
        raise NotAcceptedError(
            "hmac_secret",
            f"{held} secrets hold already: wait until one expires, or take signing away and set it anew.",
        )
    values = {
        "integration_id": integration_id,
        "secret_encrypted": secret_encrypted,
        "created_at": now,
        "managed_by": managed_by,
    }
    connection.execute(sa.insert(HMAC_SECRETS).values(**values, expires_at=None))


def make_room(connection: Connection, held: Sequence[HmacSecret]) -> None:
    """End the oldest of an integration's replaced secrets at once if one more would be too many."""
    replaced = [one for one in held if one.expires_at is not None]
    if len(held) >= MOST_SECRETS and replaced:
        connection.execute(sa.delete(HMAC_SECRETS).where(HMAC_SECRETS.c.id == replaced[-1].id))


def remove_secrets(connection: Connection, integration_id: int) -> int:
    """Take signing away from an integration: its bodies are accepted as they come.

    Returns how many secrets it had.
    """
    mine = HMAC_SECRETS.c.integration_id == integration_id
    return connection.execute(sa.delete(HMAC_SECRETS).where(mine)).rowcount


def secrets_of(connection: Connection, integration_ids: Collection[int]) -> dict[int, tuple[HmacSecret, ...]]:
    """Return the secrets of integrations, newest first; those without are missing."""
    query = (
        sa.select(HMAC_SECRETS)
        .where(HMAC_SECRETS.c.integration_id.in_(integration_ids))
        .order_by(HMAC_SECRETS.c.id.desc())
    )
    found: dict[int, list[HmacSecret]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.integration_id].append(HmacSecret(**row._mapping))
    return {integration_id: tuple(secrets) for integration_id, secrets in found.items()}


def header_name(text: str, field_name: str) -> str:
    """Return the name of an HTTP header; raises NotAcceptedError for what is none."""
    if _HEADER.fullmatch(text.strip()) is None:
        raise NotAcceptedError(field_name, f"{text[:80]!r} is no name of an HTTP header.")
    return text.strip()
