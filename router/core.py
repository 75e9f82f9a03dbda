"""Everything a process is made of, wired: database, writer, rules, intake, scheduler and delivery."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from router.clock import Clock, utc_now
from router.delivery.broker import make_broker
from router.delivery.described import described
from router.delivery.dispatch import SLOTS_EACH, Dispatcher
from router.delivery.send import Sender
from router.delivery.slots import Slots
from router.intake import Intake
from router.ruleset import RuleBook
from router.scheduler import Retention, Scheduler
from router.settings import Settings, SettingsError
from router.store.engine import Database, connect
from router.store.migrate import is_current, upgrade
from router.store.organisations import DEFAULT, find_organisation
from router.store.secrets import Secrets, open_secrets
from router.store.writer import Writer
from rules.sources import expand_secret

_BUSY_WEBHOOKS = 4
_COLLECT_AFTER = 10_000
_SWITCH_S = 0.001  # the writer and the event loop hand the interpreter to each other at every commit
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Core:
    """A process's parts, running."""

    settings: Settings
    database: Database
    writer: Writer
    secrets: Secrets
    rulebook: RuleBook
    intake: Intake
    scheduler: Scheduler
    dispatcher: Dispatcher
    clock: Clock
    org_id: int


@contextmanager
def running(
    settings: Settings,
    *,
    threads: int,
    clock: Clock = utc_now,
    expand: Callable[[str], str | None] = expand_secret,
) -> Iterator[Core]:
    """Start a process's parts, and stop them in the order in which they need each other.

    Parameters:
      threads: that deliver; 0 for a process that leaves delivery to others.
      expand: what `${…}` stands for in the contacts of the rules.
    Raises SettingsError or router.ruleset.RulesError with what an operator must mend.
    """
    sys.setswitchinterval(_SWITCH_S)
    gc.freeze()  # what start-up has made stays; looking through it again and again would slow every webhook
    gc.set_threshold(_COLLECT_AFTER, 20, 20)
    database = connect(settings.database_url)
    try:
        org_id = _prepared(database)
        secrets = open_secrets(settings)
        core = _assembled(settings, database, secrets, org_id, threads, clock, expand)
        sender = Sender(core.writer, secrets, Slots(SLOTS_EACH), clock, settings.public_url)
        core.writer.start()
        try:
            core.rulebook.start()
            core.dispatcher.start(core.writer, sender)
            core.scheduler.start()
            _log.info("started", database=database.writing.dialect.name, delivery_threads=threads)
            yield core
        finally:
            core.scheduler.stop()
            core.dispatcher.stop()
            core.rulebook.stop()
            core.writer.close()
            _log.info("stopped")
    finally:
        database.close()


def _prepared(database: Database) -> int:
    if not is_current(database):
        if not database.is_sqlite:
            raise SettingsError(
                "The database is older than this version: run `pingparrot migrate` before starting it."
            )
        upgrade(database)
    with database.read() as connection:
        org_id = find_organisation(connection, DEFAULT)
    if org_id is None:
        raise SettingsError(
            f"The database has no organisation {DEFAULT!r}: run `pingparrot migrate` before starting."
        )
    return org_id


def _assembled(
    settings: Settings,
    database: Database,
    secrets: Secrets,
    org_id: int,
    threads: int,
    clock: Clock,
    expand: Callable[[str], str | None],
) -> Core:
    broker = make_broker(settings.broker_url)
    dispatcher = Dispatcher(database, broker, threads, clock, busy=lambda: intake.in_flight > _BUSY_WEBHOOKS)
    writer = Writer(database, dispatcher.hand_over)
    rulebook = RuleBook(writer, secrets, settings.rules, expand, clock, org_id, described)
    intake = Intake(writer, rulebook, clock)
    keep = Retention(
        webhooks=timedelta(days=settings.webhook_retention_days),
        incidents=timedelta(days=settings.incident_retention_days),
    )
    scheduler = Scheduler(writer, rulebook, clock, keep)
    return Core(settings, database, writer, secrets, rulebook, intake, scheduler, dispatcher, clock, org_id)
