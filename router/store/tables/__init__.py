"""Rows. SQLModel classes never leave `store`; hot paths use their typed Core tables, named here."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table
from sqlmodel import SQLModel

from router.store.tables import audit, credentials, intake, pages, people


def _core(model: type[SQLModel]) -> Table:
    return cast(Table, model.__table__)  # type: ignore[attr-defined]


METADATA = SQLModel.metadata

ORGANISATIONS = _core(people.OrganisationRow)
USERS = _core(people.UserRow)
CONTACTS = _core(people.ContactRow)
GROUPS = _core(people.GroupRow)
GROUP_MEMBERS = _core(people.GroupMemberRow)
INTEGRATIONS = _core(credentials.IntegrationRow)
HMAC_SECRETS = _core(credentials.HmacSecretRow)
API_KEYS = _core(credentials.ApiKeyRow)
TOKENS = _core(credentials.TokenRow)
INVITATIONS = _core(credentials.InvitationRow)
IDEMPOTENCY_KEYS = _core(credentials.IdempotencyRow)
PLANS = _core(pages.PlanRow)
PAGES = _core(pages.PageRow)
RECIPIENTS = _core(pages.RecipientRow)
EVENTS = _core(pages.EventRow)
NOTIFICATIONS = _core(pages.NotificationRow)
FAILING_DESTINATIONS = _core(pages.FailingDestinationRow)
WEBHOOKS = _core(intake.WebhookRow)
INCIDENTS = _core(intake.IncidentRow)
QUARANTINE = _core(intake.QuarantineRow)
HEARTBEATS = _core(intake.HeartbeatRow)
CHORES = _core(intake.ChoreRow)
RULE_REVISIONS = _core(intake.RuleRevisionRow)
AUDIT = _core(audit.AuditRow)
