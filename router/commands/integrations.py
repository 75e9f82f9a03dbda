"""What admins do with senders: make and change integrations, and give them keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from router.commands.refusals import Missing, invalid
from router.lifecycle.model import Target
from router.store import credentials
from router.store.credentials import Integration
from router.store.credentials.integrations import Kind, change_integration
from router.store.credentials.signing import OVERLAP
from router.store.targets import known_targets
from router.store.writer import Transaction


def get_integration(connection: Connection, org_id: int, integration_id: int) -> Integration:
    """Return an integration of an organisation. Raises Missing."""
    found = credentials.get_integration(connection, org_id, integration_id)
    if found is None:
        raise Missing("Integration")
    return found


@dataclass(frozen=True, slots=True)
class Signature:
    """What is to be changed about how an integration's bodies are signed.

    Parameters:
      secret_encrypted: a new secret; with None signing is taken away.
      overlap: how long the secret that it replaces holds on.
    """

    secret_encrypted: bytes | None
    overlap: timedelta = OVERLAP


def add_integration(
    tx: Transaction,
    org_id: int,
    name: str,
    kind: Kind,
    now: datetime,
    columns: Mapping[str, Any] | None = None,
    signature: Signature | None = None,
) -> Integration:
    """Make an integration. Raises NotAcceptedError, and Invalid for a name that is taken or a strange owner.

    Parameters:
      columns: as `alter_integration` changes them.
    """
    if credentials.find_integration(tx.connection, org_id, name) is not None:
        raise invalid("name", f"There is an integration {name!r} already: give it another key.")
    made = credentials.ensure_integration(tx.connection, org_id, name, now, kind=kind)
    return alter_integration(tx, org_id, made.id, columns or {}, now, signature)


def alter_integration(
    tx: Transaction,
    org_id: int,
    integration_id: int,
    changes: Mapping[str, Any],
    now: datetime,
    signature: Signature | None = None,
) -> Integration:
    """Change an integration and return it.

    Parameters:
      changes: `name`, `owner_user_id`, `signature_header`, `timestamp_header`.
      signature: None leaves it as it is.
    Raises Missing, NotAcceptedError, and Invalid for a name that is taken and for an owner who is not there.
    """
    get_integration(tx.connection, org_id, integration_id)
    if "name" in changes:
        taken = credentials.find_integration(tx.connection, org_id, changes["name"])
        if taken is not None and taken.id != integration_id:
            raise invalid("name", f"There is an integration {changes['name']!r} already.")
    owner = changes.get("owner_user_id")
    if owner is not None and not known_targets(tx.connection, org_id, [Target("user", owner)]):
        raise invalid("owner_user_id", "The selected owner_user_id is invalid.")
    if changes:
        change_integration(tx.connection, integration_id, **changes)
    if signature is not None and signature.secret_encrypted is None:
        credentials.remove_secrets(tx.connection, integration_id)
    elif signature is not None and signature.secret_encrypted is not None:
        credentials.set_secret(
            tx.connection, integration_id, signature.secret_encrypted, now, signature.overlap
        )
    return get_integration(tx.connection, org_id, integration_id)


def add_key(
    tx: Transaction, org_id: int, integration_id: int, allow_ips: Sequence[str], now: datetime
) -> tuple[int, str]:
    """Make a key; returns its id and the key, which nobody can read again.

    Raises Missing, and NotAcceptedError for what is no network.
    """
    get_integration(tx.connection, org_id, integration_id)
    return credentials.create_key(tx.connection, integration_id, now, allow_ips)


def revoke_key(tx: Transaction, org_id: int, key_id: int, now: datetime) -> None:
    """Revoke a key for good; again changes nothing. Raises Missing."""
    if not credentials.revoke_key(tx.connection, key_id, now, org_id):
        raise Missing("Key")
