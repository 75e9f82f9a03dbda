"""The database itself: there, up to date, durable, with room, and with the right time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from router.clock import utc_now
from router.doctor.remark import Remark, error, ok, some, warning
from router.settings import Settings
from router.store.engine import Database
from router.store.migrate import head, missing, revision

_ABOUT = "database"
_LEAST_FREE = 200_000_000
_LITTLE_FREE = 2_000_000_000
_LARGE_LOG = 500_000_000  # of the write-ahead log, which is usually 32 MB at most
_SKEW_S = 2.0
_LARGE_SKEW_S = 30.0


def is_not_there(given: Settings) -> bool:
    """Return whether the settings name an SQLite file that nobody has made."""
    return given.database_path is not None and not given.database_path.exists()


def not_there(given: Settings) -> Remark:
    """Return what to say then."""
    path = str(given.database_path and given.database_path.absolute())
    return warning(
        _ABOUT,
        f"There is no {path} yet: nobody and no sender is known.",
        "The first `pingparrot serve` makes it; or name the right one by PINGPARROT_DATABASE_URL.",
    )


def look(given: Settings, database: Database, now: datetime) -> Generator[Remark, None, bool]:
    """Yield remarks about the database; return whether it can be looked into.

    Raises sqlalchemy.exc.SQLAlchemyError when it cannot be reached.
    """
    with database.read() as connection:
        at = revision(connection)
    if given.database_path is not None:
        yield from _file(given.database_path, database)
    else:
        yield from _server(database)
        yield _clock(database)
    if at < head():
        behind = f"Its schema is at {at or 'nothing'}, this version needs {head()}."
        if database.is_sqlite:
            yield warning(_ABOUT, behind, "The next start of `pingparrot serve` brings it up to date.")
        else:
            yield error(_ABOUT, f"{behind} No server of this version starts.", "Run `pingparrot migrate`.")
        return False
    lacking = missing(database)
    if lacking:
        yield error(
            _ABOUT,
            f"It says that it is up to date but lacks {some(list(lacking))}.",
            "Restore a backup (docs/runbook.md).",
        )
        return False
    where = given.database_path.absolute() if given.database_path else f"at {database.reading.url.host}"
    yield ok(_ABOUT, f"{database.reading.dialect.name} {where}, schema {at}.")
    return True


def _file(path: Path, database: Database) -> Iterator[Remark]:
    folder = path.absolute().parent
    if not (os.access(path, os.W_OK) and os.access(folder, os.W_OK)):
        yield error(
            _ABOUT,
            f"This user cannot write {path} and its directory.",
            "Run this as the server's user; if it was that, change their owner.",
        )
    with database.read() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    if mode != "wal":
        yield warning(
            _ABOUT, f"It is in the mode {mode}, not WAL.", "The next start of `pingparrot serve` sets it."
        )
    log = path.with_name(f"{path.name}-wal")
    size = log.stat().st_size if log.exists() else 0
    if size > _LARGE_LOG:
        yield warning(
            _ABOUT,
            f"{log} has grown to {size / 1e6:,.0f} MB: something reads the database without an end.",
            "End what else has it open, such as a shell or a backup, or restart the server.",
        )
    yield _room(folder, path.stat().st_size)


def _room(folder: Path, size: int) -> Remark:
    free = shutil.disk_usage(folder).free
    said = f"{free / 1e9:,.1f} GB are free in {folder}, the database has {size / 1e9:,.2f} GB."
    remedy = "Make room, or keep webhooks for fewer days (PINGPARROT_WEBHOOK_RETENTION_DAYS)."
    if free < _LEAST_FREE:
        return error("disk", f"{said} On a full disk every webhook is refused.", remedy)
    if free < _LITTLE_FREE:
        return warning("disk", said, remedy)
    return ok("disk", said)


def _server(database: Database) -> Iterator[Remark]:
    with database.read() as connection:
        standby = connection.execute(sa.select(sa.func.pg_is_in_recovery())).scalar()
        names = ("fsync", "full_page_writes", "synchronous_commit")
        settings = {
            name: connection.execute(sa.select(sa.func.current_setting(name))).scalar() for name in names
        }
    if standby:
        yield error(
            _ABOUT,
            "It is a standby, which takes no writes: every webhook is refused.",
            "Name the primary in PINGPARROT_DATABASE_URL.",
        )
    off = [name for name, value in settings.items() if value == "off"]
    if off:
        yield warning(
            _ABOUT,
            f"{some(off)} is off: what was answered with 200 may be lost when the machine crashes.",
            "Switch it on in postgresql.conf, or for this database.",
        )


def _clock(database: Database) -> Remark:
    with database.read() as connection:
        before = utc_now()
        theirs: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        after = utc_now()
    ours = before + (after - before) / 2
    skew = abs((theirs - ours).total_seconds())
    if skew <= max(_SKEW_S, (after - before).total_seconds()):
        return ok("clock", f"It differs from the database's by {skew:.1f} s.")
    said = f"This machine's clock and the database's are {skew:,.0f} s apart."
    remedy = "Let NTP set both: repeats, escalations and expiry go by the clock of each server."
    return error("clock", said, remedy) if skew > _LARGE_SKEW_S else warning("clock", said, remedy)
