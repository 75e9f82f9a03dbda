"""What senders posted and what became of it, the heartbeats that are waited for, and the rules' history."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from router.store.tables.columns import Id, Instant


class WebhookRow(SQLModel, table=True):
    """A body as `router.store.bodies` packs it, and how many of its alerts came to what (JSON)."""

    __tablename__ = "webhooks"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    org_id: int = Field(foreign_key="organisations.id", sa_type=Id)
    integration_id: int = Field(foreign_key="integrations.id", sa_type=Id)
    adapter: str = Field(max_length=20)
    received_at: datetime = Field(sa_type=Instant, index=True)
    body: bytes = Field(sa_type=LargeBinary)
    outcomes: str = Field(sa_type=Text)


class IncidentRow(SQLModel, table=True):
    """One alert firing once, on one route that took it: an alert that two routes take has two rows."""

    __tablename__ = "incidents"
    __table_args__ = (
        CheckConstraint("outcome IN ('paged', 'joined', 'held', 'suppressed', 'heartbeat')", name="outcome"),
        Index(
            "uq_incidents_open",
            "fingerprint",
            "integration_id",
            "receiver",
            "route",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_incidents_held_until",
            "held_until",
            sqlite_where=text("held_until IS NOT NULL"),
            postgresql_where=text("held_until IS NOT NULL"),
        ),
        Index(
            "ix_incidents_last_heard_at",
            "last_heard_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        # What ended lately: an alert that fires again, and many that end at once.
        Index(
            "ix_incidents_integration_id_ended_at_fingerprint",
            "integration_id",
            "ended_at",
            "fingerprint",
            sqlite_where=text("ended_at IS NOT NULL"),
            postgresql_where=text("ended_at IS NOT NULL"),
        ),
        Index(
            "ix_incidents_down_target",
            "down_target",
            sqlite_where=text("ended_at IS NULL AND down_target IS NOT NULL"),
            postgresql_where=text("ended_at IS NULL AND down_target IS NOT NULL"),
        ),
        Index("ix_incidents_page_id", "page_id"),
        Index("ix_incidents_org_id_first_heard_at", "org_id", "first_heard_at"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    org_id: int = Field(foreign_key="organisations.id", sa_type=Id)
    integration_id: int = Field(foreign_key="integrations.id", sa_type=Id)
    webhook_id: int = Field(sa_type=Id)  # the first that spoke of it; older ones are deleted in time
    receiver: str = Field(max_length=400)
    fingerprint: str = Field(max_length=64)
    route: str = Field(max_length=400)
    plan_id: int | None = Field(default=None, sa_type=Id)  # None when it pages nobody
    join_key: str | None = Field(default=None, max_length=64)
    priority: str = Field(max_length=10)
    outcome: str = Field(max_length=12)
    reason: str = Field(default="", max_length=400)  # of a suppression
    page_id: int | None = Field(default=None, sa_type=Id)
    held_until: datetime | None = Field(default=None, sa_type=Instant)
    starts_at: datetime | None = Field(default=None, sa_type=Instant)
    first_heard_at: datetime = Field(sa_type=Instant)
    last_heard_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_reason: str | None = Field(default=None, max_length=12)  # resolved, vanished, superseded, stale
    streak: str | None = Field(default=None, sa_type=Text)  # JSON, of an alert that fired again soon
    down_target: str | None = Field(default=None, max_length=400)  # the instance whose `up == 0` this is
    revision: str = Field(max_length=120)
    labels: str = Field(sa_type=Text)  # JSON
    detail: str = Field(sa_type=Text)  # JSON: annotations, links, values, group labels


class QuarantineRow(SQLModel, table=True):
    """A body, or one alert of it, that could not be read, until an admin replays or dismisses it."""

    __tablename__ = "quarantine"
    __table_args__ = (
        Index("ix_quarantine_org_id_received_at", "org_id", "received_at"),
        Index("ix_quarantine_webhook_id", "webhook_id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    org_id: int = Field(foreign_key="organisations.id", sa_type=Id)
    integration_id: int = Field(foreign_key="integrations.id", sa_type=Id)
    webhook_id: int = Field(sa_type=Id)
    received_at: datetime = Field(sa_type=Instant)
    alert_index: int | None = None  # None: the whole body
    reason: str = Field(sa_type=Text)
    excerpt: str = Field(sa_type=Text)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    settled_by_user_id: int | None = Field(default=None, sa_type=Id)
    replay_webhook_id: int | None = Field(default=None, sa_type=Id)  # None while settled: dismissed


class RuleRevisionRow(SQLModel, table=True):
    """A good rule set and the days it was in force; `sources` is zlib-compressed JSON of its files."""

    __tablename__ = "rule_revisions"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    org_id: int = Field(foreign_key="organisations.id", sa_type=Id)
    revision: str = Field(max_length=120)
    sources: bytes = Field(sa_type=LargeBinary)
    in_force_from: datetime = Field(sa_type=Instant)
    in_force_until: datetime | None = Field(default=None, sa_type=Instant)


class HeartbeatRow(SQLModel, table=True):
    """A heartbeat of the rules: when it was heard, and the page that is open because it was not."""

    __tablename__ = "heartbeats"
    __table_args__ = (
        UniqueConstraint("org_id", "name"),
        CheckConstraint("stop IN ('silent', 'resolved', 'failed')", name="stop"),
        CheckConstraint("(stop IS NULL) = (missing_since IS NULL)", name="missing"),
        Index("ix_heartbeats_page_id", "page_id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    org_id: int = Field(foreign_key="organisations.id", sa_type=Id)
    name: str = Field(max_length=400)
    integration_id: int | None = Field(default=None, sa_type=Id)  # whose beat was the last
    heard_at: datetime = Field(sa_type=Instant)
    counted_from: datetime = Field(sa_type=Instant)
    watched_at: datetime = Field(sa_type=Instant)
    deaf_s: int = 0
    has_beaten: bool = False
    up_since: datetime | None = Field(default=None, sa_type=Instant)
    missing_since: datetime | None = Field(default=None, sa_type=Instant)
    stop: str | None = Field(default=None, max_length=10)
    page_id: int | None = Field(default=None, sa_type=Id)  # of its last outage


class ChoreRow(SQLModel, table=True):
    """Something that one of all processes does now and then, and when it was last done."""

    __tablename__ = "chores"

    name: str = Field(primary_key=True, max_length=40)
    done_at: datetime = Field(sa_type=Instant)
