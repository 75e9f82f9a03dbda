"""What the commands of an administrator share: an open transaction and JSON lines."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.cli.faults import CommandFailedError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from router.settings import Settings
    from router.store.engine import Database
    from router.store.people import User
    from router.store.secrets import Secrets
    from router.store.writer import Transaction

Organisation = Annotated[str, typer.Option("--org", help="The organisation; it is made if it is new.")]
ExistingOrganisation = Annotated[str, typer.Option("--org", help="The organisation.")]
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's e-mail address.")]


@dataclass(frozen=True)
class Desk:
    """A transaction in which a command does all that it does, or nothing."""

    settings: Settings
    connection: Connection
    now: datetime

    @property
    def secrets(self) -> Secrets:
        """The secrets of this installation; makes the key beside an SQLite file when there is none."""
        from router.store.secrets import open_secrets

        return open_secrets(self.settings)

    @property
    def transaction(self) -> Transaction:
        """The open transaction, for acts that the API shares; they hand nothing to delivery."""
        from router.store.writer import Transaction

        return Transaction(self.connection, lambda _: None, {})

    def organisation(self, name: str) -> int:
        """Return an organisation's id, making it if it is new."""
        from router.store.names import name_of
        from router.store.organisations import ensure_organisation, find_organisation

        found = find_organisation(self.connection, name)
        if found is not None:
            return found
        print(f"The organisation {name!r} is new.", file=sys.stderr)
        return ensure_organisation(self.connection, name_of(name, "organisation"), self.now)

    def existing_organisation(self, name: str | None) -> int | None:
        """Return an organisation's id; None for no name, which means all."""
        return None if name is None else self.existing(name)

    def existing(self, name: str) -> int:
        """Return an organisation's id; raises CommandFailedError when there is none."""
        from router.store.organisations import find_organisation

        found = find_organisation(self.connection, name)
        if found is None:
            raise CommandFailedError(f"There is no organisation {name!r}.")
        return found

    def user(self, email: str) -> User:
        """Return a user by e-mail; raises CommandFailedError when there is none."""
        from router.store.people import find_user

        found = find_user(self.connection, email)
        if found is None:
            raise CommandFailedError(f"There is no user {email!r}: make one with `pingparrot user add`.")
        return found


@contextmanager
def open_desk() -> Iterator[Desk]:
    """Yield a desk on the database of the settings; what was done is committed at the end.

    An embedded SQLite is migrated first. Raises CommandFailedError when a PostgreSQL is not up to date.
    """
    from router.clock import utc_now
    from router.store.migrate import is_current

    settings = read_settings()
    with open_database(settings) as database:
        if not database.is_sqlite and not is_current(database):
            raise CommandFailedError(
                "The database is older than this version: run `pingparrot migrate` first."
            )
        with database.writing.begin() as connection:
            yield Desk(settings, connection, utc_now())


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """Yield the database of the settings, an embedded SQLite migrated, and close it."""
    from router.store.engine import connect
    from router.store.migrate import is_current, upgrade

    database = connect(settings.database_url)
    path = Path(database.writing.url.database or "")
    is_new = database.is_sqlite and not path.exists()
    try:
        if database.is_sqlite and not is_current(database):
            upgrade(database)
        if is_new:
            print(f"There was no database: {path.absolute()} was made.", file=sys.stderr)
        yield database
    finally:
        database.close()


def read_settings() -> Settings:
    """Return the settings of the environment; what is strange about them is said on stderr."""
    from router.log import configure_logging
    from router.settings import load_settings

    settings = load_settings(os.environ)
    configure_logging("warning", "console")  # stdout is for the answer
    for warning in settings.warnings:
        print(f"pingparrot: {warning}", file=sys.stderr)
    return settings


def answer(**values: Any) -> None:
    """Print one JSON line; times as the API has them."""
    print(json.dumps(values, ensure_ascii=False, default=_json))


def secret_line(what: str) -> str:
    """Return the first line of stdin, asked for when it is a terminal; raises CommandFailedError if empty."""
    if sys.stdin.isatty():
        import getpass

        secret = getpass.getpass(f"{what}: ")
    else:
        secret = sys.stdin.readline().rstrip("\r\n")
    if not secret:
        raise CommandFailedError(f"Nothing was given on stdin: pipe the {what.lower()} in.")
    return secret


def _json(value: object) -> object:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    raise TypeError(f"{value!r} is no JSON")
