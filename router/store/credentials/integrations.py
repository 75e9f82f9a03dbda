"""Integrations and their keys; a key is shown once and kept as its SHA-256."""

from __future__ import annotations

import hashlib
import json
import re
import secrets as random
import string
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_network
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from router.settings import Network
from router.store.credentials.signing import header_name
from router.store.names import NotAcceptedError, name_of
from router.store.tables import API_KEYS, INTEGRATIONS

Kind = Literal["generic", "alertmanager", "grafana"]

KINDS: tuple[Kind, ...] = ("generic", "alertmanager", "grafana")
PREFIX = "pp_live_"
_ALPHABET = string.ascii_letters + string.digits
_LENGTH = 32  # 190 bits
SHORTEST_KEY = 32
LONGEST_KEY = 200
# RFC 9110's token68, which every header that takes a key can carry; ours have PREFIX.
_KEY = re.compile(r"[A-Za-z0-9._~+/-]+={0,2}", re.ASCII)
_SHOWN = 4
_HEADERS = {"signature_header": "hmac_header", "timestamp_header": "hmac_timestamp_header"}


@dataclass(frozen=True, slots=True)
class Integration:
    """A sender with a name, a kind and an owner; it scopes deduplication, whatever its keys."""

    id: int
    org_id: int
    name: str
    kind: Kind
    owner_user_id: int | None
    signature_header: str | None
    timestamp_header: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A key as it may be shown: `prefix` is its beginning, enough to tell it by.

    Parameters:
      managed_by: `bootstrap` for one that the bootstrap file owns, else empty.
    """

    id: int
    integration_id: int
    integration: str
    kind: Kind
    org_id: int
    prefix: str
    allow_ips: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    last_used_from: str | None
    revoked_at: datetime | None
    managed_by: str


def ensure_integration(
    connection: Connection,
    org_id: int,
    name: str,
    now: datetime,
    *,
    kind: Kind | None = None,
    owner_user_id: int | None = None,
) -> Integration:
    """Return an integration by its name, making it if it is new.

    Parameters:
      kind: `generic` for a new one when None; another kind than an existing one's is refused.
      owner_user_id: who is paged by a Test button; replaces the owner that is there, unless None.
    Raises NotAcceptedError.
    """
    name = name_of(name, "integration")
    if kind is not None and kind not in KINDS:
        raise NotAcceptedError("kind", f"The kind {kind!r} is none of {', '.join(KINDS)}.")
    found = find_integration(connection, org_id, name)
    if found is None:
        values = {
            "org_id": org_id,
            "name": name,
            "kind": kind or "generic",
            "owner_user_id": owner_user_id,
            "signature_header": None,
            "timestamp_header": None,
            "created_at": now,
        }
        query = sa.insert(INTEGRATIONS).values(**values).returning(INTEGRATIONS.c.id)
        return Integration(id=connection.execute(query).scalar_one(), **values)  # type: ignore[arg-type]
    if kind is not None and kind != found.kind:
        raise NotAcceptedError(
            "kind",
            f"The integration {name!r} is of the kind {found.kind}: give another one a name of its own.",
        )
    if owner_user_id is not None and owner_user_id != found.owner_user_id:
        change_integration(connection, found.id, owner_user_id=owner_user_id)
        return replace(found, owner_user_id=owner_user_id)
    return found


def find_integration(connection: Connection, org_id: int, name: str) -> Integration | None:
    """Return an integration of an organisation by its name, or None."""
    return _one(connection, (INTEGRATIONS.c.org_id == org_id) & (INTEGRATIONS.c.name == name))


def get_integration(connection: Connection, org_id: int, integration_id: int) -> Integration | None:
    """Return an integration of an organisation by id; None for one of another organisation too."""
    return _one(connection, (INTEGRATIONS.c.org_id == org_id) & (INTEGRATIONS.c.id == integration_id))


def list_integrations(connection: Connection, org_id: int) -> tuple[Integration, ...]:
    """Return the integrations of an organisation in order of their ids."""
    query = sa.select(INTEGRATIONS).where(INTEGRATIONS.c.org_id == org_id).order_by(INTEGRATIONS.c.id)
    return tuple(Integration(**row._mapping) for row in connection.execute(query))


def change_integration(connection: Connection, integration_id: int, **changes: Any) -> None:
    """Change columns of an integration: `name`, `owner_user_id`, `signature_header`, `timestamp_header`.

    A header that is None is Grafana's usual one. Raises NotAcceptedError for a bad name of either kind.
    """
    if "name" in changes:
        changes["name"] = name_of(changes["name"])
    for column, shown in _HEADERS.items():
        if changes.get(column) is not None:
            changes[column] = header_name(changes[column], shown)
    connection.execute(sa.update(INTEGRATIONS).where(INTEGRATIONS.c.id == integration_id).values(**changes))


def create_key(
    connection: Connection, integration_id: int, now: datetime, allow_ips: Sequence[str] = ()
) -> tuple[int, str]:
    """Make a key for an integration; return its id and the key itself, which nobody can read again.

    Parameters:
      allow_ips: addresses and networks that may use it; none for all.
    Raises NotAcceptedError for what is no network.
    """
    networks = [str(network) for network in parse_networks(allow_ips)]
    key = PREFIX + "".join(random.choice(_ALPHABET) for _ in range(_LENGTH))
    return insert_key(connection, integration_id, key, now, json.dumps(networks)), key


def insert_key(
    connection: Connection,
    integration_id: int,
    key: str,
    now: datetime,
    allow_ips: str,
    managed_by: str = "",
) -> int:
    """Store a key that nobody has yet, and return its id.

    Parameters:
      allow_ips: a JSON list of networks.
    """
    values = {
        "integration_id": integration_id,
        "key_hash": key_hash(key),
        "prefix": key_prefix(key),
        "allow_ips": allow_ips,
        "created_at": now,
        "managed_by": managed_by,
    }
    query = sa.insert(API_KEYS).values(**values).returning(API_KEYS.c.id)
    key_id: int = connection.execute(query).scalar_one()
    return key_id


def list_keys(connection: Connection, org_id: int | None = None) -> tuple[KeyInfo, ...]:
    """Return the keys of an organisation, or of all, in order of their ids; revoked ones too."""
    return tuple(_key_info(row) for row in connection.execute(_keys(org_id).order_by(API_KEYS.c.id)))


def find_key(connection: Connection, key_id: int, org_id: int | None = None) -> KeyInfo | None:
    """Return a key by id, of an organisation or of any; None when there is none."""
    row = connection.execute(_keys(org_id).where(API_KEYS.c.id == key_id)).one_or_none()
    return None if row is None else _key_info(row)


def revoke_key(connection: Connection, key_id: int, now: datetime) -> None:
    """Revoke a key, for good; twice changes nothing.

    The bootstrap file owns it no more, and so does not bring it back.
    """
    connection.execute(
        sa.update(API_KEYS)
        .where(API_KEYS.c.id == key_id, API_KEYS.c.revoked_at.is_(None))
        .values(revoked_at=now, managed_by="")
    )


def key_prefix(key: str) -> str:
    """Return what may be shown of a key, enough to tell it by."""
    return key[: (len(PREFIX) if key.startswith(PREFIX) else 0) + _SHOWN]


def looks_like_a_key(text: str) -> bool:
    """Return whether a text has the form of a key, made here or given by the bootstrap file."""
    return SHORTEST_KEY <= len(text) <= LONGEST_KEY and _KEY.fullmatch(text) is not None


def key_hash(key: str) -> str:
    """Return what is stored of a key: with 190 random bits it needs no salt and no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


def parse_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Return addresses and networks (`10.0.0.0/8`, `::1`); raises NotAcceptedError naming a wrong one."""
    networks = []
    for text in texts:
        try:
            networks.append(ip_network(text.strip(), strict=False))
        except ValueError:
            raise NotAcceptedError(
                "allow_ips", f"{text[:80]!r} is no address or network, such as 10.0.0.0/8."
            ) from None
    return tuple(networks)


def _keys(org_id: int | None) -> sa.Select[Any]:
    query = sa.select(API_KEYS, INTEGRATIONS.c.name, INTEGRATIONS.c.kind, INTEGRATIONS.c.org_id).join_from(
        API_KEYS, INTEGRATIONS, API_KEYS.c.integration_id == INTEGRATIONS.c.id
    )
    return query if org_id is None else query.where(INTEGRATIONS.c.org_id == org_id)


def _key_info(row: sa.Row[Any]) -> KeyInfo:
    return KeyInfo(
        id=row.id,
        integration_id=row.integration_id,
        integration=row.name,
        kind=row.kind,
        org_id=row.org_id,
        prefix=row.prefix,
        allow_ips=tuple(json.loads(row.allow_ips)),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        last_used_from=row.last_used_from,
        revoked_at=row.revoked_at,
        managed_by=row.managed_by,
    )


def _one(connection: Connection, which: ColumnElement[bool]) -> Integration | None:
    row: Any = connection.execute(sa.select(INTEGRATIONS).where(which)).one_or_none()
    return None if row is None else Integration(**row._mapping)
