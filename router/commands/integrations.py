"""What admins do with senders: make and change integrations, and give them keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from router.commands.refusals import Missing, invalid
from router.lifecycle.model import Target
from router.store import audit, credentials
from router.store.audit import Doer
from router.store.credentials import Integration
from router.store.credentials.integrations import Kind, change_integration, key_prefix
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
    by: Doer,
    name: str,
    kind: Kind,
    now: datetime,
    columns: Mapping[str, Any] | None = None,
    signature: Signature | None = None,
) -> Integration:
    """Make an integration. Raises NotAcceptedError, and Invalid for a name that is taken or a strange owner.

    Parameters:
      by: who makes it, for the audit log.
      columns: as `alter_integration` changes them.
    """
    if credentials.find_integration(tx.connection, org_id, name) is not None:
        raise invalid("name", f"There is an integration {name!r} already: give it another key.")
    return ensure_integration(tx, org_id, by, name, kind, now, columns or {}, signature)


def ensure_integration(
    tx: Transaction,
    org_id: int,
    by: Doer,
    name: str,
    kind: Kind | None,
    now: datetime,
    columns: Mapping[str, Any],
    signature: Signature | None = None,
) -> Integration:
    """Return an integration by its name, changed as `alter_integration` does, making it if it is new.

    Parameters:
      kind: None for whatever it is, `generic` for a new one.
    Raises NotAcceptedError, also for another kind than it is of.
    """
    is_new = credentials.find_integration(tx.connection, org_id, name.strip()) is None
    made = credentials.ensure_integration(tx.connection, org_id, name, now, kind=kind)
    if is_new:
        audit.record(tx.connection, org_id, by, "integration.added", _about(made), f"kind: {made.kind}", now)
    return alter_integration(tx, org_id, by, made.id, columns, now, signature)


def alter_integration(
    tx: Transaction,
    org_id: int,
    by: Doer,
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
    before = get_integration(tx.connection, org_id, integration_id)
    if "name" in changes:
        taken = credentials.find_integration(tx.connection, org_id, changes["name"])
        if taken is not None and taken.id != integration_id:
            raise invalid("name", f"There is an integration {changes['name']!r} already.")
    owner = changes.get("owner_user_id")
    if owner is not None and not known_targets(tx.connection, org_id, [Target("user", owner)]):
        raise invalid("owner_user_id", "The selected owner_user_id is invalid.")
    if changes:
        change_integration(tx.connection, integration_id, **changes)
    after = get_integration(tx.connection, org_id, integration_id)
    if after != before:
        changed = {name: getattr(after, name) for name in changes}
        detail = audit.difference(before, changed)
        audit.record(tx.connection, org_id, by, "integration.changed", _about(before), detail, now)
    if signature is not None:
        _sign(tx, by, after, signature, now)
    return after


def _sign(tx: Transaction, by: Doer, integration: Integration, signature: Signature, now: datetime) -> None:
    connection, encrypted = tx.connection, signature.secret_encrypted
    if encrypted is not None:
        credentials.set_secret(connection, integration.id, encrypted, now, signature.overlap)
        audit.record(
            connection, integration.org_id, by, "integration.signing_set", _about(integration), "", now
        )
    elif credentials.remove_secrets(connection, integration.id):
        audit.record(
            connection, integration.org_id, by, "integration.signing_removed", _about(integration), "", now
        )


def add_key(
    tx: Transaction, org_id: int, by: Doer, integration_id: int, allow_ips: Sequence[str], now: datetime
) -> tuple[int, str]:
    """Make a key; returns its id and the key, which nobody can read again.

    Raises Missing, and NotAcceptedError for what is no network.
    """
    integration = get_integration(tx.connection, org_id, integration_id)
    key_id, key = credentials.create_key(tx.connection, integration_id, now, allow_ips)
    about = f"key {key_id} ({key_prefix(key)}…) of {integration.name}"
    detail = f"allowed from {', '.join(allow_ips)}" if allow_ips else ""
    audit.record(tx.connection, org_id, by, "key.made", about, detail, now)
    return key_id, key


def revoke_key(tx: Transaction, org_id: int | None, by: Doer, key_id: int, now: datetime) -> None:
    """Revoke a key for good; again changes nothing. Raises Missing.

    Parameters:
      org_id: None for a key of any organisation.
    """
    key = credentials.find_key(tx.connection, key_id, org_id)
    if key is None:
        raise Missing("Key")
    if key.revoked_at is None:
        credentials.revoke_key(tx.connection, key_id, now)
        about = f"key {key_id} ({key.prefix}…) of {key.integration}"
        audit.record(tx.connection, key.org_id, by, "key.revoked", about, "", now)


def _about(integration: Integration) -> str:
    return f"integration {integration.name}"
