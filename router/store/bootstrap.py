"""What a bootstrap file declares, brought into the organisation `default` (docs/bootstrap.md).

The file owns the keys and HMAC secrets that it gave, and nothing else: whatever is made by hand stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from router.settings import SettingsError
from router.store import audit
from router.store.credentials import (
    HmacSecret,
    Integration,
    ensure_integration,
    find_integration,
    hash_password,
    remove_secrets,
    secrets_of,
    set_secret,
)
from router.store.credentials.integrations import Kind, insert_key, key_hash, key_prefix
from router.store.credentials.signing import make_room
from router.store.organisations import DEFAULT, ensure_organisation
from router.store.people import add_user, change_user, find_user
from router.store.secrets import Secrets, UndecipherableError
from router.store.tables import API_KEYS, HMAC_SECRETS, INTEGRATIONS
from rules.places import Place

BOOTSTRAP = "bootstrap"
"""`managed_by` of what the bootstrap file owns."""

_LOCK = 0x50504253  # "PPBS": any number that no other program takes on this PostgreSQL database


class BootstrapError(SettingsError):
    """A bootstrap file that cannot be applied; one sentence for each fault, each on its own line."""


@dataclass(frozen=True, slots=True)
class Admin:
    """The first admin; `place` is where the file names them."""

    email: str
    name: str
    password: str = field(repr=False)
    place: Place


@dataclass(frozen=True, slots=True)
class Key:
    """A key that a file holds; `file` is its path."""

    text: str = field(repr=False)
    file: str


@dataclass(frozen=True, slots=True)
class Sender:
    """An integration with its keys.

    Parameters:
      allow_ips: networks that may use the keys; none for all.
      hmac_secret: what its bodies are signed with; None when they are not.
      place: where the file names it.
    """

    name: str
    kind: Kind
    keys: tuple[Key, ...]
    allow_ips: tuple[str, ...]
    hmac_secret: str | None = field(repr=False)
    place: Place


@dataclass(frozen=True, slots=True)
class Declared:
    """All that a bootstrap file says."""

    admin: Admin | None
    senders: tuple[Sender, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a file did.

    Parameters:
      changes: what is other than before, in words; none when everything was as declared.
      remarks: sentences about what was left alone although the file may mean otherwise.
    """

    changes: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass
class _Work:
    connection: Connection
    secrets: Secrets
    org_id: int
    now: datetime
    changes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def did(self, act: audit.Act, about: str, change: str) -> None:
        """Note a change, in words for the log, and in the audit log."""
        self.changes.append(change)
        audit.record(self.connection, self.org_id, audit.BY_BOOTSTRAP, act, about, change, self.now)


def apply(connection: Connection, secrets: Secrets, declared: Declared, now: datetime) -> Applied:
    """Make admin, integrations, keys and HMAC secrets what a file declares; nothing when they are already.

    Of several processes one works and the others wait for it.

    Parameters:
      connection: in a transaction that writes.
      now: UTC.
    Raises BootstrapError, for what contradicts what is there; the transaction is then to be rolled back.
    """
    if connection.dialect.name == "postgresql":  # SQLite lets one transaction write at a time
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    work = _Work(connection, secrets, ensure_organisation(connection, DEFAULT, now), now)
    if declared.admin is not None:
        _apply_admin(work, declared.admin)
    known = _known_keys(connection, declared)
    for sender in declared.senders:
        integration = _apply_integration(work, sender)
        for key in sender.keys:
            _apply_key(work, sender, integration, key, known.get(key_hash(key.text)))
        _apply_signing(work, sender, integration)
    _revoke_what_is_gone(work, declared, known)
    return Applied(tuple(work.changes), tuple(work.remarks))


def _apply_admin(work: _Work, admin: Admin) -> None:
    """Make the first admin. An account that is there keeps its password, its rights and its state."""
    user = find_user(work.connection, admin.email)
    if user is None:
        password_hash = hash_password(admin.password)  # within a transaction, once in a database's life
        made = add_user(
            work.connection,
            work.org_id,
            admin.email,
            admin.name,
            work.now,
            password_hash=password_hash,
            is_admin=True,
        )
        work.did("user.added", f"user {made.email}", f"admin {admin.email} made")
        return
    if user.org_id != work.org_id:
        raise BootstrapError(
            f"{admin.place}: {admin.email} belongs to another organisation: name somebody else as admin."
        )
    if user.password_hash is None:
        change_user(work.connection, user.id, password_hash=hash_password(admin.password))
        work.did("user.password_set", f"user {user.email}", f"password of {admin.email} set")
    if not (user.is_admin and user.is_active):
        lacking = "is no admin" if user.is_active else "is inactive"
        work.remarks.append(
            f"{admin.place}: {admin.email} {lacking}, and an account that is there is left as it is: change "
            "it in the roster or by the API, or name somebody else."
        )


def _known_keys(connection: Connection, declared: Declared) -> dict[str, sa.Row[Any]]:
    """Return the keys that the file names or owns, by their hash."""
    hashes = [key_hash(key.text) for sender in declared.senders for key in sender.keys]
    query = (
        sa.select(API_KEYS, INTEGRATIONS.c.name, INTEGRATIONS.c.org_id)
        .join_from(API_KEYS, INTEGRATIONS, API_KEYS.c.integration_id == INTEGRATIONS.c.id)
        .where(
            API_KEYS.c.key_hash.in_(hashes)
            | ((API_KEYS.c.managed_by == BOOTSTRAP) & API_KEYS.c.revoked_at.is_(None))
        )
        .order_by(API_KEYS.c.id)
    )
    return {row.key_hash: row for row in connection.execute(query)}


def _apply_integration(work: _Work, sender: Sender) -> Integration:
    found = find_integration(work.connection, work.org_id, sender.name)
    if found is None:
        work.did("integration.added", f"integration {sender.name}", f"integration {sender.name} made")
        return ensure_integration(work.connection, work.org_id, sender.name, work.now, kind=sender.kind)
    if found.kind != sender.kind:
        raise BootstrapError(
            f"{sender.place}: integrations.{sender.name}.kind is {sender.kind}, but the integration is there "
            f"and is of the kind {found.kind}: write that, or give the new one a name of its own."
        )
    return found


def _apply_key(
    work: _Work, sender: Sender, integration: Integration, key: Key, row: sa.Row[Any] | None
) -> None:
    allow_ips = json.dumps(list(sender.allow_ips))
    if row is None:
        key_id = insert_key(work.connection, integration.id, key.text, work.now, allow_ips, BOOTSTRAP)
        about = f"key {key_id} ({key_prefix(key.text)}…) of {sender.name}"
        work.did("key.made", about, f"key of {sender.name} added from {key.file}")
        return
    if row.managed_by != BOOTSTRAP and (row.revoked_at is not None or row.integration_id != integration.id):
        if row.org_id != work.org_id or row.revoked_at is None:
            raise BootstrapError(
                f"{sender.place}: the key in {key.file!r}, of integrations.{sender.name}, belongs to another "
                "integration: make a new one."
            )
        work.remarks.append(
            f"{sender.place}: the key in {key.file!r}, of integrations.{sender.name}, was revoked by hand "
            f"(key {row.id}) and stays so: put a new one into the file."
        )
        return
    wanted: Mapping[str, Any] = {
        "integration_id": integration.id,
        "allow_ips": allow_ips,
        "managed_by": BOOTSTRAP,
        "revoked_at": None,
    }
    if any(getattr(row, column) != value for column, value in wanted.items()):
        work.connection.execute(sa.update(API_KEYS).where(API_KEYS.c.id == row.id).values(**wanted))
        about = f"key {row.id} ({row.prefix}…) of {sender.name}"
        work.did("key.changed", about, f"key {row.id} of {sender.name} brought in line")


def _apply_signing(work: _Work, sender: Sender, integration: Integration) -> None:
    about = f"integration {sender.name}"
    held = secrets_of(work.connection, [integration.id]).get(integration.id, ())
    current = next((one for one in held if one.expires_at is None), None)
    if sender.hmac_secret is None:
        if current is not None and current.managed_by == BOOTSTRAP:
            remove_secrets(work.connection, integration.id)
            work.did("integration.signing_removed", about, f"HMAC secret of {sender.name} removed")
        return
    if current is None or _text_of(work.secrets, current) != sender.hmac_secret:
        make_room(work.connection, held)
        encrypted = work.secrets.encrypt("hmac", sender.hmac_secret)
        set_secret(work.connection, integration.id, encrypted, work.now, managed_by=BOOTSTRAP)
        work.did("integration.signing_set", about, f"HMAC secret of {sender.name} set")
    elif current.managed_by != BOOTSTRAP:
        adopt = sa.update(HMAC_SECRETS).where(HMAC_SECRETS.c.id == current.id)
        work.connection.execute(adopt.values(managed_by=BOOTSTRAP))
        work.did("integration.signing_set", about, f"HMAC secret of {sender.name} adopted")


def _text_of(secrets: Secrets, secret: HmacSecret) -> str | None:
    try:
        return secrets.decrypt("hmac", secret.secret_encrypted)
    except UndecipherableError:
        return None


def _revoke_what_is_gone(work: _Work, declared: Declared, known: Mapping[str, sa.Row[Any]]) -> None:
    """Revoke what the file owned and names no more; it stays the file's, which may bring it back."""
    named = {key_hash(key.text) for sender in declared.senders for key in sender.keys}
    gone: Sequence[sa.Row[Any]] = [row for digest, row in known.items() if digest not in named]
    for row in gone:
        query = sa.update(API_KEYS).where(API_KEYS.c.id == row.id)
        work.connection.execute(query.values(revoked_at=work.now))
        about = f"key {row.id} ({row.prefix}…) of {row.name}"
        work.did("key.revoked", about, f"key {row.id} of {row.name} revoked")
