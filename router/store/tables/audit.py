"""What was done, and by whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from router.store.tables.columns import Id, Instant


class AuditRow(SQLModel, table=True):
    """An act of an admin, of a tool, or a log-in; without secrets."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_org_id_at", "org_id", "at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    org_id: int = Field(foreign_key="organisations.id", sa_type=Id)
    at: datetime = Field(sa_type=Instant)
    user_id: int | None = Field(default=None, foreign_key="users.id", sa_type=Id)
    tool: str = Field(default="", max_length=20)  # who acted without a log-in; empty for a person
    act: str = Field(max_length=40)
    about: str = Field(max_length=300)
    detail: str = Field(default="", sa_type=Text)
