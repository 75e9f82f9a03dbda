"""What the documented endpoints answer: models for the OpenAPI document, and the JSON itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, Field

from router.store.credentials import Account
from router.store.groups import Group
from router.store.people import User

Row = TypeVar("Row")
Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""UTC, whole seconds: `2026-06-23T14:00:00Z`."""


class ErrorAnswer(BaseModel):
    """Every error."""

    error: str


class InvalidAnswer(ErrorAnswer):
    """A failed validation: sentences by field."""

    message: str
    errors: dict[str, list[str]]


class Done(BaseModel):
    """Something was done."""

    message: str


class UserAnswer(BaseModel):
    """A person."""

    id: int
    name: str
    email: str
    is_admin: bool


class LoginAnswer(BaseModel):
    """A bearer token, shown once."""

    token: str
    user: UserAnswer


class NamedUser(BaseModel):
    """A person, for other people."""

    id: int
    name: str


class GroupAnswer(BaseModel):
    """A group; `is_all` marks the reserved one that has every active pager."""

    id: int
    name: str
    description: str
    is_active: bool
    is_all: bool
    managed_by: str | None


class MemberAnswer(NamedUser):
    """A member of a group."""

    email: str
    is_active: bool


class GroupWithMembersAnswer(GroupAnswer):
    """A group and who is in it."""

    members: list[MemberAnswer]


class LinkAnswer(BaseModel):
    """A link to another page of a list."""

    url: str | None
    label: str
    active: bool


class ListAnswer(BaseModel, Generic[Row]):
    """A page of a list, as Laravel's paginator has it."""

    data: list[Row]
    current_page: int
    last_page: int
    per_page: int
    total: int
    from_: int | None = Field(alias="from")
    to: int | None
    path: str
    first_page_url: str
    last_page_url: str
    next_page_url: str | None
    prev_page_url: str | None
    links: list[LinkAnswer]


def instant(moment: datetime) -> str:
    """Return a moment as the reference writes it: `2026-06-23T14:00:00Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def optional_instant(moment: datetime | None) -> str | None:
    """Return a moment as `instant` does, None for none."""
    return None if moment is None else instant(moment)


def user_json(user: User | Account) -> dict[str, Any]:
    """Return a person as the log-in shows them."""
    return {"id": user.id, "name": user.name, "email": user.email, "is_admin": user.is_admin}


def group_json(group: Group) -> dict[str, Any]:
    """Return a group as "List Groups" shows it."""
    return {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "is_active": group.is_active,
        "is_all": group.is_all,
        "managed_by": group.managed_by or None,
    }


def member_json(user: User) -> dict[str, Any]:
    """Return a member of a group."""
    return {"id": user.id, "name": user.name, "email": user.email, "is_active": user.is_active}
