"""The bootstrap file under a running process, at its start, and by `pingparrot migrate`."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from bench.stage import Server, webhook
from router import metrics
from router.bootstrap import Bootstrap
from router.clock import utc_now
from router.store.bootstrap import BootstrapError
from router.store.credentials import KeyRing
from router.store.engine import Database
from router.store.secrets import Secrets
from router.store.writer import Writer
from tests.bootstrap.house import NEW, OLD, PASSWORD, TEXT, Mounted
from tests.operations.house import RULES, SECRET_KEY, eventually, server_on, using
from tests.operations.test_refused_starts import start


@pytest.fixture
def kept(database: Database, writer: Writer, mounted: Mounted) -> Iterator[Bootstrap]:
    """The bootstrap file of a running process."""
    bootstrap = Bootstrap(writer, Secrets(SECRET_KEY), mounted.file, utc_now)
    yield bootstrap
    bootstrap.stop()


def failing() -> float:
    value: float = metrics.BOOTSTRAP_FAILING._value.get()
    return value


def lets_in(database: Database, key: str) -> bool:
    return KeyRing(database).find(key) is not None


def test_a_secret_that_kubernetes_swaps_is_applied_at_once(
    kept: Bootstrap, database: Database, mounted: Mounted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kubernetes writes a directory of its own and swaps the link `..data` by one rename."""
    monkeypatch.setattr("router.bootstrap.keeping._WATCH_S", 0.01)
    for version, key in (("first", OLD), ("second", NEW)):
        (mounted.folder / f"..{version}").mkdir()
        (mounted.folder / f"..{version}" / "key").write_text(key)
    (mounted.folder / "..data").symlink_to("..first")
    (mounted.folder / "key").unlink()
    (mounted.folder / "key").symlink_to("..data/key")
    kept.start()
    assert lets_in(database, OLD)
    (mounted.folder / "..data_tmp").symlink_to("..second")
    (mounted.folder / "..data_tmp").rename(mounted.folder / "..data")
    assert eventually(lambda: lets_in(database, NEW) and not lets_in(database, OLD))


def test_a_file_that_breaks_changes_nothing_and_raises_the_gauge_until_it_is_mended(
    kept: Bootstrap, database: Database, mounted: Mounted
) -> None:
    kept.start()
    mounted.write(key="short")
    kept.reload()
    assert "fewer than 32 characters" in kept.fault
    assert (failing(), lets_in(database, OLD)) == (1, True)
    mounted.write(key=NEW)
    kept.reload()
    assert (kept.fault, failing(), lets_in(database, NEW)) == ("", 0, True)


def test_a_broken_file_is_no_start(kept: Bootstrap, database: Database, mounted: Mounted) -> None:
    mounted.write(password="short")
    with pytest.raises(BootstrapError, match=r"admin\.password_file"):
        kept.start()
    assert not lets_in(database, OLD)


def test_a_server_starts_with_admin_and_senders_and_takes_a_new_key_on_sighup(
    database_url: str, mounted: Mounted, tmp_path: Path
) -> None:
    server = server_on(database_url, tmp_path / "server", bootstrap=str(mounted.file))
    with server:
        server.start(40)
        first = _log_in(server), _posts(server, OLD), _posts(server, NEW)
        mounted.write(key=NEW)
        server.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: _posts(server, NEW) == 200)
        answer = httpx2.post(f"{server.url}/-/reload")
        mounted.write(key="short")
        broken = httpx2.post(f"{server.url}/-/reload")
    assert first == (200, 200, 401)
    assert answer.status_code == 200
    assert (broken.status_code, broken.json()["error"].count("fewer than 32")) == (422, 1)


@pytest.mark.parametrize("command", ["serve", "api", "migrate"])
def test_a_broken_file_stops_the_start_with_its_place(tmp_path: Path, mounted: Mounted, command: str) -> None:
    mounted.write(declared=TEXT.replace("alertmanager", "alert-manager"))
    (tmp_path / "rules.yml").write_text(RULES)
    more = {"broker_url": "redis://127.0.0.1:1/0"} if command == "api" else {}
    port = {} if command == "migrate" else {"port": "0"}
    code, said = start(tmp_path, command, bootstrap=str(mounted.file), rules="rules.yml", **port, **more)
    assert code == 2
    assert "bootstrap.yaml:3:25: integrations.prometheus-eu.kind must be one of" in said


def test_migrate_applies_the_file_too(tmp_path: Path, mounted: Mounted) -> None:
    code, said = start(tmp_path, "migrate", bootstrap=str(mounted.file))
    assert code == 0
    assert "integration prometheus-eu made" in said
    assert OLD not in said
    with using(f"sqlite:///{tmp_path}/pingparrot.db") as database:
        assert lets_in(database, OLD)
    _, again = start(tmp_path, "migrate", bootstrap=str(mounted.file))
    assert "bootstrap:" not in again


def _posts(server: Server, key: str) -> int:
    url = f"{server.url}/api/adapters/alertmanager"
    return httpx2.post(url, content=webhook("host-1"), headers={"X-API-Key": key}).status_code


def _log_in(server: Server) -> int:
    body = {"email": "ops@example.org", "password": PASSWORD, "device_name": "test"}
    return httpx2.post(f"{server.url}/api/auth/login", json=body).status_code
