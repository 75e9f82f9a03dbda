"""Everything a process is made of, wired: database, writer, rules, intake, scheduler and delivery."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import structlog

from router import tracing
from router.bootstrap import Bootstrap
from router.clock import Clock, utc_now
from router.delivery.broker import make_broker
from router.delivery.channels import registry
from router.delivery.described import described
from router.delivery.dispatch import Dispatcher
from router.delivery.http import Http
from router.delivery.relay import Relay
from router.delivery.send import Sender
from router.emergency import EmergencyWatch
from router.intake import Intake
from router.peer import Peer
from router.ruleset import RuleBook
from router.scheduler import Retention, Scheduler
from router.settings import Settings, SettingsError
from router.store.answers import ask_for_a_write
from router.store.engine import Database, connect
from router.store.migrate import is_current, missing, upgrade
from router.store.organisations import DEFAULT, find_organisation
from router.store.secrets import Secrets, open_secrets
from router.store.writer import Writer
from rules.sources import expand_secret

_BUSY_WEBHOOKS = 4
_COLLECT_AFTER = 10_000
_SWITCH_S = 0.001  # the writer and the event loop hand the interpreter to each other at every commit
_log = structlog.get_logger(__name__)


Role = Literal["serve", "api", "worker"]


@dataclass(frozen=True)
class Core:
    """A process's parts, running."""

    settings: Settings
    database: Database
    writer: Writer
    secrets: Secrets
    bootstrap: Bootstrap
    rulebook: RuleBook
    intake: Intake
    scheduler: Scheduler
    clock: Clock
    org_id: int

    def reload(self) -> None:
        """Read the bootstrap file and the rules again."""
        self.bootstrap.reload()
        self.rulebook.reload()


@contextmanager
def running(
    settings: Settings,
    role: Role,
    *,
    clock: Clock = utc_now,
    expand: Callable[[str], str | None] = expand_secret,
) -> Iterator[Core]:
    """Start a process's parts, and stop them in the order in which they need each other.

    Parameters:
      role: `serve` sends by itself; `api` tells the workers by the broker; `worker` sends what it hears of.
      expand: what `${…}` stands for in the contacts of the rules.
    Raises SettingsError or router.ruleset.RulesError with what an operator must mend.
    """
    sys.setswitchinterval(_SWITCH_S)
    gc.freeze()  # what start-up has made stays; looking through it again and again would slow every webhook
    gc.set_threshold(_COLLECT_AFTER, 20, 20)
    with ExitStack() as stack:
        stack.callback(tracing.start(os.environ))
        database = connect(settings.database_url)
        stack.callback(database.close)
        watch = _emergency(settings, role, database, clock)
        org_id = _prepared(database)
        secrets = open_secrets(settings)
        dispatcher = Dispatcher(
            database, settings.delivery_threads, clock, busy=lambda: core.intake.in_flight > _BUSY_WEBHOOKS
        )
        relay = _relay(settings, role, dispatcher)
        hand_over = relay.hand_over if role == "api" and relay is not None else dispatcher.hand_over
        writer = Writer(database, hand_over)
        peer = _peer(settings, writer, clock)
        bootstrap = Bootstrap(writer, secrets, settings.bootstrap if role != "worker" else None, clock)
        core = _assembled(settings, database, writer, secrets, bootstrap, org_id, clock, expand)
        writer.start()
        stack.callback(writer.close)
        stack.callback(bootstrap.stop)
        bootstrap.start()
        stack.callback(core.rulebook.stop)
        core.rulebook.start()
        if role != "api":
            sender = Sender(
                writer, secrets, clock, settings.public_url, lambda: core.rulebook.current.ruleset.burst
            )
            sender.warm_up()
            dispatcher.start(writer, sender.deliver)
            stack.callback(dispatcher.stop)
        if relay is not None:
            relay.start()
            stack.callback(relay.stop)
        core.scheduler.start()
        stack.callback(core.scheduler.stop)
        if peer is not None:
            peer.start()
            stack.callback(peer.stop)
        if watch is not None:
            watch.start()
            stack.callback(watch.stop)
        _log.info("started", role=role, database=database.writing.dialect.name)
        yield core
        _log.info("stopping")


def _relay(settings: Settings, role: Role, dispatcher: Dispatcher) -> Relay | None:
    if role == "serve":
        return None
    if not settings.broker_url:
        raise SettingsError(
            f"PINGPARROT_BROKER_URL is required for `pingparrot {role}`: name the Redis or RabbitMQ between "
            "`api` and `worker`, or run `pingparrot serve`, which needs none."
        )
    return Relay(make_broker(settings.broker_url), dispatcher.hand_over if role == "worker" else None)


def _peer(settings: Settings, writer: Writer, clock: Clock) -> Peer | None:
    if bool(settings.peer_url) != bool(settings.peer_key):
        raise SettingsError(
            "PINGPARROT_PEER_URL and PINGPARROT_PEER_KEY belong together: give both, or neither."
        )
    return Peer(writer, Http(), settings.peer_url, settings.peer_key, clock) if settings.peer_url else None


def _emergency(settings: Settings, role: Role, database: Database, clock: Clock) -> EmergencyWatch | None:
    for number, url in enumerate(settings.emergency_contacts, 1):
        wrong = registry.check(url, trusted=True)
        if wrong is not None:
            raise SettingsError(f"PINGPARROT_EMERGENCY_CONTACTS, contact {number}: {wrong}.")
    if not settings.emergency_contacts:
        return None
    where = "its SQLite file" if database.is_sqlite else f"PostgreSQL at {database.writing.url.host}"
    return EmergencyWatch(lambda: ask_for_a_write(database), settings.emergency_contacts, role, where, clock)


def _prepared(database: Database) -> int:
    if not is_current(database):
        if not database.is_sqlite:
            raise SettingsError(
                "The database is older than this version: run `pingparrot migrate` before starting it."
            )
        upgrade(database)
    lacking = missing(database)
    if lacking:
        raise SettingsError(
            f"The database says that it is up to date but lacks {', '.join(lacking[:5])}: restore a backup, "
            "or start on an empty database."
        )
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
    writer: Writer,
    secrets: Secrets,
    bootstrap: Bootstrap,
    org_id: int,
    clock: Clock,
    expand: Callable[[str], str | None],
) -> Core:
    rulebook = RuleBook(writer, secrets, settings.rules, expand, clock, org_id, described, settings.roster)
    intake = Intake(writer, rulebook, clock)
    keep = Retention(
        webhooks=timedelta(days=settings.webhook_retention_days),
        incidents=timedelta(days=settings.incident_retention_days),
    )
    scheduler = Scheduler(writer, rulebook, clock, keep)
    return Core(settings, database, writer, secrets, bootstrap, rulebook, intake, scheduler, clock, org_id)
