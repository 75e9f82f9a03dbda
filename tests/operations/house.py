"""What the tests of operations stand on: people with contacts, a sender's key, servers on one database."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import sqlalchemy as sa

from bench.stage import Server, webhook
from router.clock import utc_now
from router.delivery.described import described
from router.store.contacts import add_contact
from router.store.credentials import create_key, ensure_integration
from router.store.engine import Database, connect
from router.store.organisations import DEFAULT, ensure_organisation
from router.store.people import add_user
from router.store.secrets import Secrets

SECRET_KEY = "a secret key for the tests of operations"
RULES = """\
defaults: {chain: triage, repeat_interval: 1h, burst: 0} # every page by itself, however many there are
chains: {triage: {steps: [{page: {user: alice@example.com}}]}}
routes:
  - {name: everything, matchers: []}
"""


def settle(url: str, people: Mapping[str, Sequence[str]]) -> str:
    """Put people into a migrated database and return a sender's key.

    Parameters:
      people: URLs of contacts by first name, which is also the e-mail: `alice@example.com`.
    """
    secrets, now = Secrets(SECRET_KEY), utc_now()
    with using(url) as database, database.writing.begin() as connection:
        org_id = ensure_organisation(connection, DEFAULT, now)
        for name, contacts in people.items():
            user = add_user(connection, org_id, f"{name}@example.com", name.capitalize(), now)
            for contact in contacts:
                add_contact(connection, secrets, user.id, contact, described(contact), now, trusted=True)
        integration = ensure_integration(connection, org_id, "prometheus-eu", now, kind="alertmanager")
        return create_key(connection, integration.id, now)[1]


def server_on(
    url: str, directory: Path, *, role: str = "serve", rules: str = RULES, **settings: str
) -> Server:
    """Return a server on a database, not started.

    Parameters:
      settings: in lower case, without `PINGPARROT_`.
    """
    directory.mkdir(exist_ok=True)
    given = {f"PINGPARROT_{name.upper()}": value for name, value in settings.items()}
    given = {"PINGPARROT_DATABASE_URL": url, "PINGPARROT_SECRET_KEY": SECRET_KEY, **given}
    return Server(directory, rules, given, role=role)


def start_all(stack: ExitStack, servers: Iterable[Server]) -> None:
    """Start servers side by side; they stop with the stack."""
    servers = [stack.enter_context(server) for server in servers]
    with ThreadPoolExecutor(len(servers)) as threads:
        list(threads.map(lambda server: server.start(40), servers))


class Client:
    """A sender with a connection for each server and thread."""

    def __init__(self, key: str) -> None:
        limits = httpx2.Limits(max_connections=40, max_keepalive_connections=40)
        self._http = httpx2.Client(headers={"X-API-Key": key}, timeout=20, limits=limits)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def post(self, server: Server, body: bytes, **headers: str) -> httpx2.Response:
        """Post one webhook."""
        return self._http.post(f"{server.url}/api/adapters/alertmanager", content=body, headers=headers)

    def ask(self, server: Server, method: str, path: str, **more: Any) -> httpx2.Response:
        """Ask for something else; `more` is as httpx2 takes it."""
        return self._http.request(method, f"{server.url}{path}", **more)

    def fire(self, server: Server, instance: str, **labels: str) -> dict[str, Any]:
        """Post one new alert, and return the answer to it."""
        answer = self.post(server, webhook(instance, **labels))
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told


def told_of(requests: Iterable[Any]) -> list[str]:
    """Return the instances that delivered messages speak of, in order."""
    found = (re.search(rb"on (host-[\w-]+)", request.body) for request in requests)
    return [match[1].decode() for match in found if match]


def rows(url: str, query: sa.Select[Any] | sa.TextClause) -> list[Any]:
    """Read a database from beside its servers."""
    with using(url) as database, database.read() as connection:
        return list(connection.execute(query).all())


def change(url: str, statement: sa.Update) -> int:
    """Change a database from beside its servers; returns how many rows."""
    with using(url) as database, database.writing.begin() as connection:
        return connection.execute(statement).rowcount


@contextmanager
def using(url: str) -> Iterator[Database]:
    """Yield a database for a while."""
    database = connect(url)
    try:
        yield database
    finally:
        database.close()


def eventually(holds: Callable[[], bool], seconds: float = 30) -> bool:
    """Return whether something comes to hold in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
