"""What admins do with senders: make and change integrations, and give them keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from router.commands.refusals import Missing, invalid
from router.store import credentials
from router.store.credentials import Integration
from router.store.credentials.integrations import Kind, change_integration
from router.store.writer import Transaction


def get_integration(connection: Connection, org_id: int, integration_id: int) -> Integration:
    """Return an integration of an organisation. Raises Missing."""
    found = credentials.get_integration(connection, org_id, integration_id)
    if found is None:
        raise Missing("Integration")
    return found


def add_integration(
    tx: Transaction, org_id: int, name: str, kind: Kind, hmac_secret_encrypted: bytes | None, now: datetime
) -> Integration:
    """Make an integration. Raises NotAcceptedError, and Invalid for a name that is taken."""
    if credentials.find_integration(tx.connection, org_id, name) is not None:
        raise invalid("name", f"There is an integration {name!r} already: give it another key.")
    return credentials.ensure_integration(
        tx.connection, org_id, name, now, kind=kind, hmac_secret_encrypted=hmac_secret_encrypted
    )


def alter_integration(
    tx: Transaction, org_id: int, integration_id: int, changes: Mapping[str, Any]
) -> Integration:
    """Change `name` or `hmac_secret_encrypted` of an integration and return it.

    Raises Missing, NotAcceptedError, and Invalid for a name that is taken.
    """
    get_integration(tx.connection, org_id, integration_id)
    if "name" in changes:
        taken = credentials.find_integration(tx.connection, org_id, changes["name"])
        if taken is not None and taken.id != integration_id:
            raise invalid("name", f"There is an integration {changes['name']!r} already.")
    if changes:
        change_integration(tx.connection, integration_id, **changes)
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
