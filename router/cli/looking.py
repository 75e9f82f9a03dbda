"""Commands that look long at a database beside running servers: without a lock, and without changing it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from router.cli.faults import CommandFailedError

if TYPE_CHECKING:
    from router.settings import Settings
    from router.store.engine import Database

_STEPS = 500


@contextmanager
def open_to_look(settings: Settings) -> Iterator[Database]:
    """Yield the database of the settings, which refuses to be changed.

    Raises CommandFailedError when it is older than this version.
    """
    from router.store.engine import connect_to_look
    from router.store.migrate import is_current

    database = connect_to_look(settings.database_url)
    try:
        if not is_current(database):
            raise CommandFailedError(
                "The database is older than this version: run `pingparrot migrate` first."
            )
        yield database
    finally:
        database.close()


def organisation(database: Database, name: str) -> int:
    """Return an organisation's id; raises CommandFailedError when there is none of that name."""
    from router.store.organisations import find_organisation

    with database.read() as connection:
        found = find_organisation(connection, name)
    if found is None:
        raise CommandFailedError(f"There is no organisation {name!r}.")
    return found


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Yield what draws how much is done: a bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


def every(step: Callable[[int], None]) -> Callable[[], None]:
    """Return what counts its calls, and tells of every so many."""
    calls = 0

    def count() -> None:
        nonlocal calls
        calls += 1
        if calls % _STEPS == 0:
            step(calls)

    return count
