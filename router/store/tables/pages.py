"""Pages, their recipients, timelines and notifications."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from router.store.tables.columns import Id, Instant


class PlanRow(SQLModel, table=True):
    """A plan as JSON, stored once for all pages that were given the same one; never changed."""

    __tablename__ = "plans"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    digest: str = Field(unique=True, max_length=64)
    body: str = Field(sa_type=Text)


class PageRow(SQLModel, table=True):
    """One call for attention."""

    __tablename__ = "pages"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'acknowledged', 'expired', 'cancelled')", name="status"),
        CheckConstraint("priority IN ('low', 'normal', 'high', 'critical')", name="priority"),
        CheckConstraint("delivery_mode IN ('single', 'group', 'broadcast')", name="delivery_mode"),
        # Two processes that hear of one group at once must not open two pages for it.
        Index(
            "uq_pages_active_join_key",
            "org_id",
            "route",
            "join_key",
            unique=True,
            sqlite_where=text("status = 'active' AND join_key IS NOT NULL"),
            postgresql_where=text("status = 'active' AND join_key IS NOT NULL"),
        ),
        Index(
            "ix_pages_open_join_key",
            "join_key",
            sqlite_where=text("closed_at IS NULL AND join_key IS NOT NULL"),
            postgresql_where=text("closed_at IS NULL AND join_key IS NOT NULL"),
        ),
        Index(
            "ix_pages_next_wake_at",
            "next_wake_at",
            sqlite_where=text("next_wake_at IS NOT NULL"),
            postgresql_where=text("next_wake_at IS NOT NULL"),
        ),
        Index(
            "ix_pages_open",
            "org_id",
            "closed_at",  # always NULL, but SQLite prefers an index that has every column asked for
            "status",
            "priority",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "ix_pages_closes_at",
            "closes_at",
            sqlite_where=text("closes_at IS NOT NULL"),
            postgresql_where=text("closes_at IS NOT NULL"),
        ),
        Index(
            "ix_pages_linked_page_id",
            "linked_page_id",
            sqlite_where=text("linked_page_id IS NOT NULL"),
            postgresql_where=text("linked_page_id IS NOT NULL"),
        ),
        Index("ix_pages_org_id_status_id", "org_id", "status", "id"),
        Index("ix_pages_org_id_created_at", "org_id", "created_at"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    org_id: int = Field(foreign_key="organisations.id", sa_type=Id)
    plan_id: int = Field(foreign_key="plans.id", sa_type=Id)
    integration_id: int | None = Field(default=None, foreign_key="integrations.id", sa_type=Id)
    created_by_user_id: int | None = Field(default=None, foreign_key="users.id", sa_type=Id)
    subject: str = Field(max_length=200)
    message: str = Field(sa_type=Text)
    priority: str = Field(max_length=10)
    status: str = Field(max_length=12)
    delivery_mode: str = Field(max_length=10)
    target_user_id: int | None = Field(default=None, sa_type=Id)
    target_group_id: int | None = Field(default=None, sa_type=Id)
    route: str = Field(default="", max_length=400)  # empty for a page that a person or script sent
    join_key: str | None = Field(default=None, max_length=64)
    alert_count: int = 0
    next_step: int = 0
    repeating: bool = True
    next_repeat_at: datetime | None = Field(default=None, sa_type=Instant)
    next_wake_at: datetime | None = Field(default=None, sa_type=Instant)
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    acknowledged_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_reason: str | None = Field(default=None, max_length=12)
    closes_at: datetime | None = Field(default=None, sa_type=Instant)  # its alerts ended, and that must hold
    doubted_at: datetime | None = Field(default=None, sa_type=Instant)  # by a mass resolve
    awaits_heartbeat: str | None = Field(default=None, max_length=400)  # which proves it true
    monitoring_down: bool = False
    flapping: bool = False
    fallback_used: bool = False
    linked_page_id: int | None = Field(default=None, sa_type=Id)
    trace: str | None = Field(default=None, max_length=55)  # a `traceparent`, where traces are kept
    version: int = 1


class RecipientRow(SQLModel, table=True):
    """A page and a user."""

    __tablename__ = "recipients"
    __table_args__ = (
        UniqueConstraint("page_id", "user_id"),
        Index("ix_recipients_user_id_page_id", "user_id", "page_id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    page_id: int = Field(foreign_key="pages.id", sa_type=Id)
    user_id: int = Field(foreign_key="users.id", sa_type=Id)
    first_sent_at: datetime | None = Field(default=None, sa_type=Instant)
    acknowledged_at: datetime | None = Field(default=None, sa_type=Instant)
    response_note: str | None = Field(default=None, max_length=500)
    method: str | None = Field(default=None, max_length=10)
    why: str = Field(default="", max_length=300)  # by which step of the rules; empty where none paged them


class EventRow(SQLModel, table=True):
    """A line on a page's timeline."""

    __tablename__ = "events"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    page_id: int = Field(foreign_key="pages.id", sa_type=Id, index=True)
    at: datetime = Field(sa_type=Instant)
    kind: str = Field(max_length=30)
    detail: str = Field(sa_type=Text)
    user_id: int | None = Field(default=None, sa_type=Id)


class NotificationRow(SQLModel, table=True):
    """The outbox: one recipient to be told by one contact, with its attempts.

    Unfinished rows have a `next_attempt_at`; those in the state `gathered` wait for a digest. Whoever starts
    a send moves it ahead by the lease and counts `attempts` up; the outcome is written only by the holder of
    that count.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        CheckConstraint("state IN ('due', 'gathered', 'sending', 'sent', 'failed', 'dropped')", name="state"),
        Index(
            "ix_notifications_rank_next_attempt_at",
            "rank",
            "next_attempt_at",
            sqlite_where=text("next_attempt_at IS NOT NULL"),
            postgresql_where=text("next_attempt_at IS NOT NULL"),
        ),
        Index(
            "ix_notifications_destination_tried_at",
            "destination",
            "tried_at",
            sqlite_where=text("tried_at IS NOT NULL"),
            postgresql_where=text("tried_at IS NOT NULL"),
        ),
        Index(
            "ix_notifications_failed",
            "finished_at",
            sqlite_where=text("state = 'failed'"),
            postgresql_where=text("state = 'failed'"),
        ),
        # What a person's phone has done lately, what waits for it, and what went by one digest.
        Index(
            "ix_notifications_user_id_rung_at",
            "user_id",
            "rung_at",
            sqlite_where=text("rung_at IS NOT NULL"),
            postgresql_where=text("rung_at IS NOT NULL"),
        ),
        Index(
            "ix_notifications_gathered",
            "user_id",
            "contact_id",
            sqlite_where=text("state = 'gathered'"),
            postgresql_where=text("state = 'gathered'"),
        ),
        Index(
            "ix_notifications_digest_id",
            "digest_id",
            sqlite_where=text("digest_id IS NOT NULL"),
            postgresql_where=text("digest_id IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    page_id: int = Field(foreign_key="pages.id", sa_type=Id, index=True)
    user_id: int = Field(foreign_key="users.id", sa_type=Id)
    contact_id: int | None = Field(default=None, sa_type=Id)  # None: the person has no contact
    destination: str = Field(default="", max_length=200)
    contact_index: int = 0  # place in the person's contacts; what comes next when this one fails
    kind: str = Field(max_length=12)
    rank: int = 1  # of the page's priority: 3 is critical
    state: str = Field(default="due", max_length=10)
    attempts: int = 0
    next_attempt_at: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    rung_at: datetime | None = Field(
        default=None, sa_type=Instant
    )  # start of the last try that rang somebody
    tried_at: datetime | None = Field(default=None, sa_type=Instant)  # end of the last try at its destination
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
    detail: str = Field(default="", max_length=500)
    provider_id: str | None = Field(default=None, max_length=200)
    digest_id: int | None = Field(default=None, sa_type=Id)  # the notification by whose message it was told


class FailingDestinationRow(SQLModel, table=True):
    """A destination whose last sends have all failed, and the page that tells admins so."""

    __tablename__ = "failing_destinations"

    org_id: int = Field(primary_key=True, foreign_key="organisations.id", sa_type=Id)
    destination: str = Field(primary_key=True, max_length=200)
    since: datetime = Field(sa_type=Instant)
    page_id: int = Field(sa_type=Id)
