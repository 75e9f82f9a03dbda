"""A real server on a furnished database, with phones that ring, for tests in a browser."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.stage import Receiver, Server, free_port
from router.clock import utc_now
from router.delivery.described import described
from router.store.contacts import add_contact
from router.store.engine import connect
from router.store.tables import CONTACTS
from router.store.writer import Writer
from tests.api.house import PAGERS, House, build_house
from tests.web.estate import RULES, SECRET_KEY, Estate, furnish, plain_words


@dataclass
class Premises:
    """The server, the phones of all, and what was there when it started."""

    server: Server
    receiver: Receiver
    estate: Estate

    @property
    def url(self) -> str:
        """The dashboard's address."""
        return self.server.url

    def post(self, body: bytes, key: str | None = None) -> Any:
        """Send a webhook as the sender, by HTTP; returns the decoded answer."""
        request = urllib.request.Request(
            f"{self.url}{PAGERS}",
            body,
            {"Content-Type": "application/json", "X-API-Key": key or self.estate.house.keys["estate"]},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def api(self, path: str, who: str = "alice") -> Any:
        """Return what the API says to somebody."""
        token = self.estate.house.tokens[who]
        request = urllib.request.Request(f"{self.url}{path}", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)


@contextmanager
def open_premises(folder: Path, template: Path) -> Iterator[Premises]:
    """Furnish a database as on most days and serve it."""
    path = folder / "pingparrot.db"
    shutil.copyfile(template, path)
    port = free_port()
    settings = {"PINGPARROT_SECRET_KEY": SECRET_KEY, "PINGPARROT_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    server = Server(folder, rules=RULES, settings=settings, port=port)
    with Receiver() as receiver:
        estate = _furnished(f"sqlite:///{path}", folder / "rules.yml", receiver)
        with server:
            server.start(60)
            yield Premises(server, receiver, estate)


def _furnished(url: str, rules: Path, receiver: Receiver) -> Estate:
    database = connect(url)
    writer = Writer(database)
    writer.start()
    try:
        house = build_house(database, writer, rules)
        house.watch.at = utc_now()
        house.write(lambda connection: _ring_here(connection, house, receiver))
        return furnish(house, plain_words(), f"{receiver.contact}hedy")
    finally:
        writer.close()
        database.close()


def _ring_here(connection: sa.Connection, house: House, receiver: Receiver) -> None:
    """Let everybody's only contact be a phone at the receiver."""
    connection.execute(sa.delete(CONTACTS))
    for name in ("alice", "bob", "carol", "charlie"):
        url = f"{receiver.contact}{name}"
        user_id = getattr(house, name)
        secrets = house.services.secrets
        add_contact(connection, secrets, user_id, url, described(url), house.watch.at, trusted=True)
