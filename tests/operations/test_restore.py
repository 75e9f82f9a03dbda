"""Backups as the runbook makes them, and servers on what is restored: duplicates rather than losses."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx2
import pytest

from bench.stage import Server, webhook
from tests.docs.pages import ROOT, blocks
from tests.operations.house import Client, eventually, server_on, settle, told_of
from tests.servers import Postgres
from tests.sinks import HttpSink, Reply

PASSWORD = "correct horse battery staple"
SHELL = blocks(ROOT / "docs" / "runbook.md", "sh")

Restore = Callable[[], Server]
"""Makes a server, not started, on what a backup holds."""


@contextmanager
def sqlite_backed_up(server: Server, tmp_path: Path) -> Iterator[Restore]:
    """Back up by `pingparrot backup`; restore by the runbook's steps, over a database that goes on."""
    copy = tmp_path / "copy.db"
    server.command("backup", str(copy))

    def restore() -> Server:
        shutil.move(copy, server.database)
        for rest in ("-wal", "-shm"):
            server.database.with_name(server.database.name + rest).unlink(missing_ok=True)
        return server

    yield restore


@contextmanager
def postgres_backed_up(server: Server, tmp_path: Path, postgres: Postgres) -> Iterator[Restore]:
    """Back up and restore by the very commands of the runbook."""
    (dump,) = [block for block in SHELL if block.startswith("pg_dump")]
    (bring,) = [block for block in SHELL if block.startswith("pg_restore")]
    name = postgres.create()
    found = {
        "PATH": f"{_newest_postgresql()}:{os.environ['PATH']}",
        "PINGPARROT_DATABASE_URL": server.settings["PINGPARROT_DATABASE_URL"],
        "RESTORED_DATABASE_URL": postgres.url(name),
    }
    subprocess.run(["sh", "-e", "-c", dump], env=found, cwd=tmp_path, check=True)

    def restore() -> Server:
        subprocess.run(["sh", "-e", "-c", bring], env=found, cwd=tmp_path, check=True)
        return server_on(postgres.url(name), tmp_path / "restored")

    yield restore
    postgres.drop(name)


def _newest_postgresql() -> Path:
    found = Path("/usr/lib/postgresql").glob("*/bin")
    return max(found, key=lambda path: int(path.parent.name), default=Path())


@pytest.mark.slow
def test_a_restored_sqlite_goes_on_paging_what_was_owed(tmp_path: Path, sqlite_template: Path) -> None:
    (tmp_path / "server").mkdir()
    path = tmp_path / "server" / "pingparrot.db"
    shutil.copyfile(sqlite_template, path)
    url = f"sqlite:///{path}"
    _scene(url, server_on(url, tmp_path / "server"), lambda server: sqlite_backed_up(server, tmp_path))


@pytest.mark.slow
def test_a_restored_postgresql_goes_on_paging_what_was_owed(
    tmp_path: Path, postgres: Postgres, postgres_url: str
) -> None:
    server = server_on(postgres_url, tmp_path / "server")
    _scene(postgres_url, server, lambda server: postgres_backed_up(server, tmp_path, postgres))


def _scene(url: str, server: Server, back_up: Callable[[Server], AbstractContextManager[Restore]]) -> None:
    """One message is delivered before the backup, one is owed at that moment, one alert comes after it."""
    with HttpSink() as receiver, server, Client(settle(url, {"alice": [receiver.url("json")]})) as client:
        server.start(40)
        token = _log_in(server)
        before, after = webhook("host-before"), webhook("host-after")
        client.post(server, before)
        assert _hears(receiver, "host-before")
        receiver.otherwise = Reply(503)
        client.fire(server, "host-owed")
        assert _hears(receiver, "host-owed")
        with back_up(server) as restore:
            receiver.otherwise = Reply()
            client.post(server, after)
            assert _hears(receiver, "host-after")
            server.stop()
            receiver.requests.clear()
            with restore() as restored:
                restored.start(40)
                assert _hears(receiver, "host-owed")
                assert httpx2.get(f"{restored.url}/api/auth/me", headers=token).status_code == 200
                known, lost = (client.post(restored, body).json() for body in (before, after))
                assert _hears(receiver, "host-after")
    assert [answer["alerts"][0]["outcome"] for answer in (known, lost)] == ["reminder", "created"]
    assert "host-before" not in told_of(receiver.requests)


def _hears(receiver: HttpSink, instance: str) -> bool:
    return eventually(lambda: instance in told_of(receiver.requests), 60)


def _log_in(server: Server) -> dict[str, str]:
    server.command(
        "user", "add", "jane@example.com", "--name", "Jane", "--password-stdin", given=f"{PASSWORD}\n"
    )
    body = {"email": "jane@example.com", "password": PASSWORD, "device_name": "test"}
    token = httpx2.post(f"{server.url}/api/auth/login", json=body).json()["token"]
    return {"Authorization": f"Bearer {token}"}
