"""A PingParrot server in a process of its own and a receiver for what it delivers.

The stage of the benchmarks and of the end-to-end tests: everything goes through the documented command line,
settings and API, listens on loopback and ends with its `with` block.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httptools

PROGRAM = Path(sys.executable).with_name("pingparrot")

RULES = """\
defaults:
  chain: triage
  priority: {label: severity, values: {critical: critical, warning: high, info: low}, otherwise: normal}
  burst: 0 # every page is delivered by itself: one person on call would be told of thousands by a few digests
chains:
  triage: {steps: [{page: {user: oncall@example.com}}]}
  payments:
    steps:
      - page: {user: oncall@example.com}
      - {after: 15m, page: {group: All}}
routes:
  - name: staging
    matchers: [environment=~"staging|dev"]
    suppress: only production wakes people
  - name: payments
    matchers: [team="sre-payments"]
    chain: payments
    routes:
      - name: info
        matchers: [severity="info"]
        chain: triage
      - name: checkout
        matchers: [service="checkout"]
  - name: search
    matchers: [team=~"search.*"]
    chain: triage
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request that arrived at the receiver; `at` is on the clock of `time.perf_counter`."""

    at: float
    path: str
    body: bytes

    def json(self) -> Any:
        """Return the decoded body."""
        return json.loads(self.body)


class Receiver:
    """An HTTP server on loopback that answers every request 200 and keeps it; light enough for a burst."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.arrived = threading.Condition()
        self.connections: set[asyncio.Transport] = set()
        self._listening = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="receiver", daemon=True)
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._listening.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def contact(self) -> str:
        """The URL of a contact that delivers here."""
        return f"json://127.0.0.1:{self.port}/"

    def wait(self, enough: Callable[[list[Delivery]], bool], seconds: float) -> bool:
        """Wait until the deliveries are enough; False when the time is over first."""
        with self.arrived:
            return self.arrived.wait_for(lambda: enough(self.deliveries), seconds)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            self._loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        self._loop.run_forever()
        server.close()
        for transport in tuple(self.connections):
            transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0))  # transports close their sockets in the next round
        self._loop.close()


class _Connection(asyncio.Protocol):
    """One kept-alive connection to the receiver."""

    _ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._receiver.connections.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._receiver.connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._at = time.perf_counter()
        self._path = b""
        self._body: list[bytes] = []

    def on_url(self, url: bytes) -> None:
        self._path += url

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        self._transport.write(self._ANSWER)
        delivery = Delivery(self._at, self._path.decode("latin-1"), b"".join(self._body))
        with self._receiver.arrived:
            self._receiver.deliveries.append(delivery)
            self._receiver.arrived.notify_all()


@dataclass
class Server:
    """`pingparrot serve` on a SQLite database in a directory of its own, with default settings.

    Parameters:
      directory: where database, rules, key file and log go.
      rules: the text of the rule file.
      settings: further PINGPARROT_… variables.
      role: the command that is run: `serve`, `api` or `worker`.
    """

    directory: Path
    rules: str = RULES
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    role: str = "serve"

    def __post_init__(self) -> None:
        self.port = self.port or free_port()
        (self.directory / "rules.yml").write_text(self.rules)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.directory / "pingparrot.db"

    @property
    def log(self) -> Path:
        """What the server printed, over all its starts."""
        return self.directory / "server.log"

    @property
    def environment(self) -> dict[str, str]:
        """Ours, with no settings but those of this server."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PINGPARROT_")}
        return kept | {
            "PINGPARROT_DATABASE_URL": f"sqlite:///{self.database}",
            "PINGPARROT_RULES": str(self.directory / "rules.yml"),
            **self.settings,
        }

    def command(self, *words: str, given: str = "") -> Any:
        """Run a command of the command line and return its JSON line, if it printed one.

        Parameters:
          given: what the command reads from its standard input.
        Raises RuntimeError with what it said when it fails.
        """
        done = subprocess.run(
            [PROGRAM, *words],
            env=self.environment,
            cwd=self.directory,
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(
                f"pingparrot {' '.join(words)}: exit {done.returncode}\n{done.stderr}{done.stdout}"
            )
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        return json.loads(lines[-1]) if lines else None

    def start(self, seconds: float = 20) -> float:
        """Start the server and return the seconds until `/readyz` answered 200.

        Raises RuntimeError with the log's end when it ends or takes longer than `seconds`.
        """
        begun = time.perf_counter()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, self.role, "--host", "127.0.0.1", "--port", str(self.port)],
                env=self.environment,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        while time.perf_counter() - begun < seconds:
            if self.process.poll() is not None:
                break
            if self._ready():
                return time.perf_counter() - begun
            time.sleep(0.005)
        taken = time.perf_counter() - begun
        tail = self.log.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"pingparrot {self.role} was not ready within {taken:.1f} s:\n{tail}")

    def stop(self, seconds: float = 20) -> int | None:
        """Ask the server to stop, and insist after `seconds`; returns its exit code, None if killed."""
        if self.process is None:
            return None
        self.process.terminate()
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
        self.process = None
        return code

    def kill(self) -> None:
        """End the server as `kill -9` does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def resident_mb(self) -> float:
        """Return the memory resident in the server's process, in MB."""
        assert self.process is not None
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise RuntimeError("the kernel does not say how much memory the server has")

    def people_and_key(self, receiver: Receiver) -> str:
        """Make the person whom the rules page, with a contact at the receiver, and return a sender's key."""
        self.command("user", "add", "oncall@example.com", "--name", "On Call")
        self.command("contact", "add", "oncall@example.com", receiver.contact)
        key: str = self.command("key", "create", "prometheus-eu", "--kind", "alertmanager")["key"]
        return key

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def webhook(instance: str, status: str = "firing", **labels: str) -> bytes:
    """Return an Alertmanager body of a group of its own with one alert, unique by its instance."""
    alert_labels = {
        "alertname": "HostHighCpuLoad",
        "environment": "production",
        "instance": instance,
        "job": "node-exporter",
        "service": "checkout",
        "severity": "critical",
        "team": "sre-payments",
        **labels,
    }
    group = {"alertname": alert_labels["alertname"], "instance": instance}
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return json.dumps(
        {
            "receiver": "pingparrot",
            "status": status,
            "alerts": [
                {
                    "status": status,
                    "labels": alert_labels,
                    "annotations": {"summary": f"CPU load above 90% on {instance}"},
                    "startsAt": now if status == "firing" else "2026-01-01T00:00:00Z",
                    "endsAt": "0001-01-01T00:00:00Z" if status == "firing" else now,
                    "generatorURL": "http://prometheus.example.org:9090/graph",
                    "fingerprint": secrets.token_hex(8),
                }
            ],
            "groupLabels": group,
            "commonLabels": alert_labels,
            "commonAnnotations": {},
            "externalURL": "http://alertmanager.example.org:9093",
            "version": "4",
            "groupKey": "{}:{" + ", ".join(f'{name}="{value}"' for name, value in group.items()) + "}",
            "truncatedAlerts": 0,
        }
    ).encode()
