"""Organisations, users, contacts and groups."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from router.store.tables.columns import Id, Instant


class OrganisationRow(SQLModel, table=True):
    """A tenant; nothing crosses from one to another."""

    __tablename__ = "organisations"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    name: str = Field(unique=True, max_length=200)
    created_at: datetime = Field(sa_type=Instant)


class UserRow(SQLModel, table=True):
    """A person; e-mails are lower case and unique over all organisations."""

    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    org_id: int = Field(foreign_key="organisations.id", sa_type=Id, index=True)
    email: str = Field(unique=True, max_length=254)
    name: str = Field(max_length=200)
    password_hash: str | None = Field(default=None, max_length=200)
    is_admin: bool = False
    is_active: bool = True
    managed_by: str = Field(default="", max_length=20)  # "git" when the roster owns it
    created_at: datetime = Field(sa_type=Instant)


class ContactRow(SQLModel, table=True):
    """A way to reach a person; the URL is encrypted, `label` is what may be shown."""

    __tablename__ = "contacts"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    user_id: int = Field(foreign_key="users.id", sa_type=Id, index=True)
    position: int  # tried in this order, from 0
    channel: str = Field(max_length=40)
    destination: str = Field(max_length=200)
    label: str = Field(max_length=200)
    url_encrypted: bytes = Field(sa_type=LargeBinary)
    is_trusted: bool = False
    is_own: bool = False  # the person gave it: trusted only while they are an admin
    is_active: bool = True
    managed_by: str = Field(default="", max_length=20)
    created_at: datetime = Field(sa_type=Instant)


class GroupRow(SQLModel, table=True):
    """A named set of people; the reserved `All` has every active pager and no member rows."""

    __tablename__ = "groups"
    __table_args__ = (UniqueConstraint("org_id", "name"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    org_id: int = Field(foreign_key="organisations.id", sa_type=Id)
    name: str = Field(max_length=200)
    description: str = Field(default="", sa_type=Text)
    is_all: bool = False
    is_active: bool = True
    managed_by: str = Field(default="", max_length=20)
    created_at: datetime = Field(sa_type=Instant)


class GroupMemberRow(SQLModel, table=True):
    """A user in a group."""

    __tablename__ = "group_members"

    group_id: int = Field(foreign_key="groups.id", primary_key=True, sa_type=Id)
    user_id: int = Field(foreign_key="users.id", primary_key=True, sa_type=Id, index=True)
