"""Real servers for the tests: on loopback, on free ports, thrown away afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest

from router.delivery.broker import QUEUE


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def missing(what: str, package: str) -> None:
    """Skip a test whose server is not installed; fail it in CI, where it must be."""
    message = f"{what} is not installed (Debian: apt-get install {package})"
    if os.environ.get("CI"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def wait_for_port(port: int, process: subprocess.Popen[bytes] | None = None, seconds: float = 20) -> None:
    """Return once something listens; raises RuntimeError when the process ends or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode} before it listened")
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"nothing listens on port {port} after {seconds} s")


@dataclass
class Postgres:
    """A PostgreSQL cluster of our own, without fsync; databases are cheap copies of a template.

    Parameters:
      start, crash: bring it up again; end it at once, as a killed machine would.
    """

    port: int
    start: Callable[[], None]
    crash: Callable[[], None]
    _names: Iterator[int] = field(default_factory=count)

    def url(self, name: str) -> str:
        """Return the URL of a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def create(self, template: str | None = None) -> str:
        """Create a database and return its name.

        Parameters:
          template: the database to copy, to which nobody may be connected; None makes an empty one.
        """
        name = f"test_{next(self._names)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}")
        return name

    def disconnect(self, name: str) -> None:
        """End whatever is still connected to a database."""
        self._run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    def drop(self, name: str) -> None:
        """Drop a database and whoever is still connected to it."""
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def run_postgres(*, keeps_commits: bool = False) -> Iterator[Postgres]:
    """Run a cluster from Debian's PostgreSQL, as an unprivileged user when we are root.

    Parameters:
      keeps_commits: over a crash of the cluster; slower.
    """
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    if not binaries and not on_path:
        missing("PostgreSQL", "postgresql")
    where = binaries[-1] if binaries else Path(str(on_path)).parent
    user = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="pingparrot-postgres-"))
    if user:
        shutil.chown(folder, user)

    def call(program: str, *arguments: str) -> None:
        with (folder / "output").open("ab") as output:  # a pipe would be held open by the server
            done = subprocess.run(
                [where / program, "-D", folder / "data", *arguments],
                user=user,
                group=pwd.getpwnam(user).pw_gid if user else None,
                extra_groups=[] if user else None,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed:\n{(folder / 'output').read_text()}")

    port = free_port()
    commit = "on" if keeps_commits else "off"
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off "
        f"-c synchronous_commit={commit} -c full_page_writes=off -c max_connections=200 "
        "-c shared_buffers=32MB"
    )

    def start() -> None:
        call("pg_ctl", "start", "-w", "-t", "60", "-o", options, "-l", str(folder / "log"))

    def crash() -> None:
        call("pg_ctl", "stop", "-w", "-m", "immediate")

    try:
        call("initdb", "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
        start()
        try:
            yield Postgres(port, start, crash)
        finally:
            crash()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged() -> str | None:
    """Return who runs PostgreSQL, which refuses to run as root; None for ourselves."""
    if os.getuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


class Redis:
    """A Redis that keeps nothing, on a port of its own."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            missing("Redis", "redis-server")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [str(program), "--bind", "127.0.0.1", "--port", str(self.port), "--save", ""]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, empty, unless it runs; returns once it listens."""
        if self._process is None:
            self._process = subprocess.Popen(
                self._command, stdout=subprocess.DEVNULL, cwd=tempfile.gettempdir()
            )
            wait_for_port(self.port, self._process)

    def forget(self) -> None:
        """Let it lose all that it holds."""
        import redis

        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def kill(self) -> None:
        """End it at once, with all that it holds."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def run_redis() -> Iterator[Redis]:
    """Run a Redis."""
    server = Redis()
    server.start()
    try:
        yield server
    finally:
        server.kill()


class RabbitMq:
    """A RabbitMQ that keeps nothing over its end; itself and its port mapper (epmd) on loopback only."""

    _PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")

    def __init__(self, folder: Path) -> None:
        mapper = shutil.which("epmd")
        if mapper is None or not self._PROGRAM.exists():
            missing("RabbitMQ", "rabbitmq-server")
        self.port, mapper_port = free_port(), free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/"
        self._folder = folder
        self._mapper = [str(mapper), "-address", "127.0.0.1", "-port", str(mapper_port)]
        self._mapper_port = mapper_port
        self._environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(mapper_port),
            "RABBITMQ_NODENAME": f"pingparrot{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(folder / "none.conf"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        (folder / "plugins").write_text("[].\n")
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start it, empty, unless it runs; returns once it listens."""
        if self._processes:
            return
        self._run(self._mapper, self._mapper_port)
        self._run([str(self._PROGRAM)], self.port)

    def forget(self) -> None:
        """Let it lose all that it holds."""
        import pika

        with pika.BlockingConnection(pika.URLParameters(self.url)) as connection:
            connection.channel().queue_purge(QUEUE)

    def kill(self) -> None:
        """End it at once, with all that it holds."""
        while self._processes:
            process = self._processes.pop()
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(self._folder / "mnesia", ignore_errors=True)

    def _run(self, command: list[str], port: int) -> None:
        with (self._folder / "output").open("ab") as output:
            process = subprocess.Popen(
                command,
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that all that it starts ends with it
            )
        self._processes.append(process)
        wait_for_port(port, process, seconds=90)


@contextmanager
def run_rabbitmq() -> Iterator[RabbitMq]:
    """Run a RabbitMQ; it takes a quarter of a minute to start."""
    folder = Path(tempfile.mkdtemp(prefix="pingparrot-rabbitmq-"))
    server = RabbitMq(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)
