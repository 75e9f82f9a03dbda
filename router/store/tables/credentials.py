"""Integrations with their keys, and people's bearer tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from router.store.tables.columns import Id, Instant


class IntegrationRow(SQLModel, table=True):
    """A sender with a name, a kind and keys; it scopes deduplication."""

    __tablename__ = "integrations"
    __table_args__ = (
        UniqueConstraint("org_id", "name"),
        CheckConstraint("kind IN ('generic', 'alertmanager', 'grafana')", name="kind"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    org_id: int = Field(foreign_key="organisations.id", sa_type=Id)
    name: str = Field(max_length=200)
    kind: str = Field(max_length=20)
    owner_user_id: int | None = Field(default=None, foreign_key="users.id", sa_type=Id)
    signature_header: str | None = Field(default=None, max_length=100)  # None: Grafana's own
    timestamp_header: str | None = Field(default=None, max_length=100)  # None: the usual one, if it comes
    created_at: datetime = Field(sa_type=Instant)


class HmacSecretRow(SQLModel, table=True):
    """A secret that an integration's bodies may be signed with; two hold while one replaces the other."""

    __tablename__ = "hmac_secrets"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    integration_id: int = Field(foreign_key="integrations.id", sa_type=Id, index=True)
    secret_encrypted: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = Field(sa_type=Instant)
    expires_at: datetime | None = Field(default=None, sa_type=Instant)  # None: the one in force
    managed_by: str = Field(default="", max_length=20)  # "bootstrap" when the bootstrap file gave it


class ApiKeyRow(SQLModel, table=True):
    """One key of an integration; only its SHA-256 is kept."""

    __tablename__ = "api_keys"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    integration_id: int = Field(foreign_key="integrations.id", sa_type=Id, index=True)
    key_hash: str = Field(unique=True, max_length=64)
    prefix: str = Field(max_length=20)
    allow_ips: str = Field(default="[]", sa_type=Text)  # JSON list of CIDRs; empty allows all
    managed_by: str = Field(default="", max_length=20)  # "bootstrap" while the bootstrap file owns it
    created_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
    last_used_at: datetime | None = Field(default=None, sa_type=Instant)
    last_used_from: str | None = Field(default=None, max_length=45)  # an address


class TokenRow(SQLModel, table=True):
    """A bearer token `ID|SECRET`; only the secret's SHA-256 is kept."""

    __tablename__ = "tokens"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    user_id: int = Field(foreign_key="users.id", sa_type=Id, index=True)
    token_hash: str = Field(max_length=64)
    device_name: str = Field(default="", max_length=200)
    created_at: datetime = Field(sa_type=Instant)
    expires_at: datetime | None = Field(default=None, sa_type=Instant)  # of a session of the dashboard
    last_used_at: datetime | None = Field(default=None, sa_type=Instant)
    last_used_from: str | None = Field(default=None, max_length=45)  # an address
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


class InvitationRow(SQLModel, table=True):
    """A one-time link by which somebody sets a password; only the SHA-256 of its secret is kept."""

    __tablename__ = "invitations"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    user_id: int | None = Field(  # None: whoever opens it becomes the first admin
        default=None, foreign_key="users.id", sa_type=Id, index=True
    )
    secret_hash: str = Field(unique=True, max_length=64)
    created_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)


class IdempotencyRow(SQLModel, table=True):
    """What a send with an Idempotency-Key was answered; the scope is `key:ID` or `user:ID`."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("scope", "idempotency_key"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    scope: str = Field(max_length=40)
    idempotency_key: str = Field(max_length=255)
    request_digest: str = Field(max_length=64)
    response: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Instant, index=True)
