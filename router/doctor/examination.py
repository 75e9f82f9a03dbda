"""The examination, in the order in which one thing needs another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from router.doctor import database as databases
from router.doctor import people, rules, senders, settings, work
from router.doctor.remark import Remark, error
from router.doctor.sending import send_to
from router.log import masked
from router.settings import Settings
from router.store.engine import Database, connect_to_look
from router.store.organisations import DEFAULT, find_organisation


def unreadable(faults: str) -> Iterator[Remark]:
    """Yield what to say where settings cannot be read; nothing else can be looked at then."""
    for line in faults.splitlines():
        yield error("settings", line, "Correct it: docs/settings.md.")


def examine(given: Settings, now: datetime, send: str | None = None) -> Iterator[Remark]:
    """Yield what there is to say about an installation; nothing is written.

    Parameters:
      now: UTC, by the clock of this machine.
      send: the e-mail of somebody to whom a message is sent by each contact; None sends nothing.
    """
    yield from settings.look(given)
    loaded = yield from rules.look(given, now)
    if databases.is_not_there(given):
        yield databases.not_there(given)
        return
    with closing(connect_to_look(given.database_url)) as database:
        try:
            yield from _inside(given, database, loaded, now)
            if send is not None:
                yield from send_to(given, database, send, now)
        except SQLAlchemyError as failure:
            why = " ".join(str(getattr(failure, "orig", None) or failure).split())
            yield error(
                "database",
                str(masked(f"It cannot be used: {why[:300]}")),
                "Mend that, or correct PINGPARROT_DATABASE_URL; no webhook is taken without a database.",
            )


def _inside(given: Settings, database: Database, loaded: rules.Loaded, now: datetime) -> Iterator[Remark]:
    usable = yield from databases.look(given, database, now)
    if not usable:
        return
    with database.read() as connection:
        org_id = find_organisation(connection, DEFAULT)
        if org_id is None:
            yield error(
                "database",
                f"It has no organisation {DEFAULT!r}.",
                "Run `pingparrot migrate`.",
            )
            return
        yield from people.look_at_secrets(connection, given)
        yield from people.look(connection)
        yield from rules.look_at_chains(connection, org_id, loaded)
        yield from senders.look(connection, now)
        yield from senders.look_at_heartbeats(connection)
        yield from work.look(connection, now)
