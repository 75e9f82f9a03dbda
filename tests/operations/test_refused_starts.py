"""Starts that cannot be: a sentence for each fault, an exit code, and no traceback."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from bench.stage import PROGRAM
from tests.operations.house import SECRET_KEY
from tests.servers import Postgres
from tests.sinks import dead_port


def start(folder: Path, *words: str, **settings: str) -> tuple[int, str]:
    """Return a start's exit code and what it said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PINGPARROT_")}
    given = {f"PINGPARROT_{name.upper()}": value for name, value in settings.items()}
    done = subprocess.run(
        [PROGRAM, *words],
        env=kept | given,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = done.stderr + done.stdout
    assert "Traceback" not in said
    return done.returncode, said


@pytest.mark.parametrize("role", ["worker", "api"])
def test_a_process_that_needs_a_broker_says_so(tmp_path: Path, role: str) -> None:
    code, said = start(tmp_path, role, port="0")
    assert code == 2
    assert "PINGPARROT_BROKER_URL is required" in said


def test_every_wrong_setting_is_named_and_no_secret_is(tmp_path: Path) -> None:
    code, said = start(
        tmp_path,
        "serve",
        port="eighty",
        database_url="mysql://root:hunter2@localhost/x",
        broker_url="kafka://user:hunter2@localhost",
    )
    assert code == 2
    for name in ("PORT", "DATABASE_URL", "BROKER_URL"):
        assert f"PINGPARROT_{name}" in said
    assert "hunter2" not in said


def test_a_database_that_is_not_there_is_one_sentence_without_its_password(tmp_path: Path) -> None:
    with dead_port() as port:
        url = f"postgresql://someone:hunter2@127.0.0.1:{port}/none"
        code, said = start(tmp_path, "serve", database_url=url, secret_key=SECRET_KEY)
    assert code == 1
    assert "The database cannot be used" in said
    assert "hunter2" not in said


def test_a_postgresql_that_was_never_migrated_says_what_to_run(tmp_path: Path, postgres: Postgres) -> None:
    name = postgres.create()
    try:
        code, said = start(tmp_path, "serve", database_url=postgres.url(name), secret_key=SECRET_KEY)
    finally:
        postgres.drop(name)
    assert code != 0
    assert "pingparrot migrate" in said


def test_a_postgresql_without_a_secret_key_says_how_to_make_one(tmp_path: Path, postgres_url: str) -> None:
    code, said = start(tmp_path, "serve", database_url=postgres_url)
    assert code == 2
    assert "openssl rand" in said


def test_rules_that_never_loaded_are_refused_with_the_place_of_each_fault(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text("defaults: {chain: nowhere, repeat_interval: 5s}\n")
    code, said = start(tmp_path, "serve", rules="rules.yml", port="0")
    assert code == 1
    assert said.count("rules.yml:1:") >= 2


def test_rules_that_are_not_there_are_refused(tmp_path: Path) -> None:
    code, said = start(tmp_path, "serve", rules="nowhere/", port="0")
    assert code == 1
    assert "nowhere" in said


def test_an_address_that_is_taken_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, said = start(tmp_path, "serve", port=str(taken.getsockname()[1]))
    assert code == 1
    assert "address already in use" in said.lower()
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
