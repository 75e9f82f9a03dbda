"""`pingparrot serve`, `api`, `worker`, `demo`, `migrate` and `reencrypt`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from router.cli.desk import answer, open_database, open_desk, read_settings
from router.cli.faults import CommandFailedError

if TYPE_CHECKING:
    from router.settings import Settings
    from router.store.bootstrap import Declared
    from router.store.engine import Database

Host = Annotated[str | None, typer.Option("--host", help="The address to listen on, before PINGPARROT_HOST.")]
Port = Annotated[
    int | None, typer.Option("--port", min=0, max=65535, help="The port, before PINGPARROT_PORT.")
]


def serve(host: Host = None, port: Port = None) -> None:
    """Run everything in one process: API, scheduler and delivery.

    \b
    Examples:
      pingparrot serve
      PINGPARROT_RULES=rules/ pingparrot serve --host 0.0.0.0 --port 8080
    """
    settings = _started(host, port)
    from router.app import serve as run

    run(settings)


def api(host: Host = None, port: Port = None) -> None:
    """Run API and scheduler; `pingparrot worker` sends. Needs PINGPARROT_BROKER_URL.

    \b
    Example:
      PINGPARROT_BROKER_URL=redis://redis:6379/0 pingparrot api --host 0.0.0.0
    """
    settings = _started(host, port)
    from router.app import api as run

    run(settings)


def worker(host: Host = None, port: Port = None) -> None:
    """Run delivery and scheduler; health and metrics are served. Needs PINGPARROT_BROKER_URL.

    \b
    Example:
      PINGPARROT_BROKER_URL=redis://redis:6379/0 pingparrot worker --port 8081
    """
    settings = _started(host, port)
    from router.worker import work as run

    run(settings)


def demo(host: Host = None, port: Port = None) -> None:
    """Show all of it: a scratch server with example rules, people and keys, and one page on its way.

    \b
    Example:
      pingparrot demo --port 8080
    """
    settings = _started(host, port)
    from router.demo import run

    run(settings)


def migrate() -> None:
    """Bring the database up to date and apply PINGPARROT_BOOTSTRAP.

    On an embedded SQLite `serve` does it by itself.

    \b
    Example:
      PINGPARROT_DATABASE_URL=postgresql://pingparrot@db/pingparrot pingparrot migrate
    """
    from router.store.migrate import revision, upgrade

    settings = read_settings()
    declared = None
    if settings.bootstrap is not None:
        from router.bootstrap import read_bootstrap

        declared = read_bootstrap(settings.bootstrap)
    with open_database(settings) as database:
        upgrade(database)
        if declared is not None:
            _bring(settings, database, declared)
        with database.read() as connection:
            answer(revision=revision(connection))


def _bring(settings: Settings, database: Database, declared: Declared) -> None:
    from router.clock import utc_now
    from router.store.bootstrap import apply
    from router.store.secrets import open_secrets

    secrets = open_secrets(settings)
    with database.writing.begin() as connection:
        applied = apply(connection, secrets, declared, utc_now())
    for sentence in (*applied.remarks, *applied.changes):
        print(f"bootstrap: {sentence}", file=sys.stderr)


def reencrypt() -> None:
    """Bring contacts and HMAC secrets under the newest of PINGPARROT_SECRET_KEY's keys.

    \b
    Example:
      PINGPARROT_SECRET_KEY=new,old pingparrot reencrypt
    """
    from router.store.contacts import reencrypt as run

    with open_desk() as desk:
        changed = run(desk.connection, desk.secrets)
    answer(reencrypted=changed)


def _started(host: str | None, port: int | None) -> Settings:
    """Return the settings with what the command line says before them, logging set up."""
    from dataclasses import replace

    # structlog would load rich, for tracebacks that a server never prints: 5 MB and 40 ms.
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
    import structlog

    from router.log import configure_logging
    from router.settings import load_settings

    settings = load_settings(os.environ)
    configure_logging(settings.log_level, settings.log_format)
    for warning in settings.warnings:
        structlog.get_logger("pingparrot").warning(warning)
    settings = replace(
        settings, host=settings.host if host is None else host, port=settings.port if port is None else port
    )
    _refuse_what_is_taken(settings.host, settings.port)
    return settings


def _refuse_what_is_taken(host: str, port: int) -> None:
    """Find out before anything is started: a second server would send pages for a moment, and then stop."""
    import errno
    import socket

    try:
        for family, kind, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            with socket.socket(family, kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno in (errno.EADDRINUSE, errno.EACCES):
            raise CommandFailedError(
                f"Nothing can listen on {host} port {port}: {error.strerror}. Choose another by --host and "
                "--port, or stop what listens there."
            ) from None
