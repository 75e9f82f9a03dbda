"""People: who could be paged, and whose contacts can be used."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import Connection

from router.doctor.remark import Remark, error, ok, some, warning
from router.settings import Settings, SettingsError
from router.store import failing
from router.store.secrets import Secrets, UndecipherableError, open_secrets
from router.store.tables import CONTACTS, HMAC_SECRETS, USERS


def look_at_secrets(connection: Connection, given: Settings) -> Iterator[Remark]:
    """Yield whether the secret key reads what was encrypted."""
    encrypted = [
        *_encrypted(connection, "contact", CONTACTS.c.url_encrypted),
        *_encrypted(connection, "hmac", HMAC_SECRETS.c.secret_encrypted),
    ]
    path = given.database_path
    if not encrypted or (path is None and not given.secret_keys):
        return
    if path is not None and not given.secret_keys and not path.with_name("pingparrot.key").exists():
        yield error(
            "secret key",
            f"There is none, but {len(encrypted)} contacts and HMAC secrets are encrypted under one.",
            "Put back pingparrot.key, or give PINGPARROT_SECRET_KEY; without it they must be entered again.",
        )
        return
    try:
        secrets = open_secrets(given)
    except SettingsError as failure:
        yield error("secret key", str(failure), 'See docs/settings.md, "The secret key".')
        return
    yield from _readable(secrets, encrypted)


def look(connection: Connection, org_id: int | None = None) -> Iterator[Remark]:
    """Yield who cannot be reached, and which destinations fail.

    Parameters:
      org_id: None for all organisations.
    """
    contacts = sa.select(sa.func.count()).where(CONTACTS.c.user_id == USERS.c.id, CONTACTS.c.is_active)
    query = sa.select(USERS.c.email, USERS.c.is_admin, contacts.scalar_subquery().label("contacts"))
    if org_id is not None:
        query = query.where(USERS.c.org_id == org_id)
    active = connection.execute(query.where(USERS.c.is_active).order_by(USERS.c.email)).all()
    unreachable = [row.email for row in active if not row.contacts]
    if not active:
        yield error(
            "people", "There is nobody to page.", "Add people: `pingparrot user add`, or a roster in git."
        )
    elif unreachable:
        yield error(
            "people",
            f"No contact, so no page reaches them: {some(unreachable)}.",
            "Give each one (`pingparrot contact add EMAIL URL`), or deactivate who is gone.",
        )
    else:
        yield ok("people", f"Everybody has a contact ({len(active)} active).")
    if active and not any(row.is_admin for row in active):
        yield warning(
            "people",
            "Nobody is an admin: nobody is told of destinations that fail.",
            "`pingparrot user add EMAIL --name NAME --admin` adds one.",
        )
    for destination in sorted(failing.names(connection, org_id)):
        yield error(
            "delivery",
            f"{destination} is failing: its last sends all failed.",
            "The log says how; `pingparrot contact test EMAIL ID` tries a contact out.",
        )


def _encrypted(connection: Connection, purpose: str, column: sa.Column[bytes]) -> list[tuple[str, bytes]]:
    return [(purpose, data) for data in connection.execute(sa.select(column)).scalars() if data is not None]


def _readable(secrets: Secrets, encrypted: list[tuple[str, bytes]]) -> Iterator[Remark]:
    lost = old = 0
    for purpose, data in encrypted:
        try:
            secrets.decrypt(purpose, data)  # type: ignore[arg-type]
        except UndecipherableError:
            lost += 1
        else:
            old += not secrets.is_newest(purpose, data)  # type: ignore[arg-type]
    if lost:
        yield error(
            "secret key",
            f"It does not read {lost} of {len(encrypted)} contacts and HMAC secrets: they cannot be used.",
            "Add the old key behind the new one (PINGPARROT_SECRET_KEY=new,old), or enter them again.",
        )
    if old:
        yield warning(
            "secret key",
            f"{old} of {len(encrypted)} contacts and HMAC secrets are still under an older key.",
            "Run `pingparrot reencrypt`, then drop the old key.",
        )
    if not lost and not old:
        yield ok("secret key", f"It reads every contact and HMAC secret ({len(encrypted)}).")
