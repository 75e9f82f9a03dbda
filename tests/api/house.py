"""A house for the API's tests: an application on a real database, and the people in it.

Alice is an admin, Bob a user, and Carol one who has left; Charlie is the admin of another organisation, who
must see nothing of theirs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from starlette.applications import Starlette
from starlette.testclient import TestClient

from router.api.adapters import Webhooks
from router.api.routes import build_api
from router.api.services import Services
from router.delivery.described import described
from router.intake import Intake
from router.replay import Replays
from router.rule_access import RuleDesk
from router.ruleset import RuleBook
from router.settings import load_settings
from router.store.contacts import add_contact
from router.store.credentials import KeyRing, create_key, create_token, ensure_integration
from router.store.credentials import hash_password as slow_hash
from router.store.engine import Database
from router.store.groups import add_group
from router.store.organisations import ensure_organisation
from router.store.people import add_user
from router.store.secrets import Secrets
from router.store.writer import Transaction, Writer
from router.web.routes import build_web

PAGERS = "/api/external/pages"
START = datetime(2026, 6, 23, 14, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
PROXY = "10.9.9.9"
URL = "json://127.0.0.1:9/"


@cache
def hashed() -> str:
    """The hash of everybody's password, made once."""
    return slow_hash(PASSWORD)


@dataclass
class Watch:
    """A clock that stands until it is moved."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at


@dataclass
class House:
    """What a test holds: a client and the names of everything in the database."""

    client: TestClient
    services: Services
    rulebook: RuleBook
    org: int
    other_org: int
    alice: int
    bob: int
    carol: int
    charlie: int
    everybody: int
    devops: int
    empty: int
    foreign_group: int
    tokens: dict[str, str]
    keys: dict[str, str]
    watch: Watch

    def later(self, **passed: float) -> None:
        """Move the clock, by `timedelta`'s words."""
        self.watch.at += timedelta(**passed)

    def send(self, method: str, path: str, who: str = "", body: Any = None, **more: Any) -> Any:
        """Ask as somebody; a `str` or `bytes` body goes as it is, anything else as JSON."""
        headers = dict(more.pop("headers", {}))
        if who in self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        elif who in self.keys:
            headers["X-API-Key"] = self.keys[who]
        content = body if body is None or isinstance(body, str | bytes) else json.dumps(body)
        if content is not None:
            headers.setdefault("Content-Type", "application/json")
        return self.client.request(method, path, headers=headers, content=content, **more)

    def get(self, path: str, who: str = "", **more: Any) -> Any:
        """GET as somebody."""
        return self.send("GET", path, who, **more)

    def post(self, path: str, who: str = "", body: Any = None, **more: Any) -> Any:
        """POST as somebody."""
        return self.send("POST", path, who, body, **more)

    def delete(self, path: str, who: str = "", **more: Any) -> Any:
        """DELETE as somebody."""
        return self.send("DELETE", path, who, **more)

    def page(self, **fields: Any) -> int:
        """Send a page as Alice, to Bob unless told otherwise; returns its id."""
        answer = self.post("/api/pages", "alice", to_one(self.bob, **fields))
        assert answer.status_code == 201, answer.text
        page_id: int = answer.json()["page_id"]
        return page_id

    def write(self, act: Any) -> Any:
        """Do something in a write transaction: `act(connection)`."""

        def job(tx: Transaction) -> Any:
            return act(tx.connection)

        return self.services.writer.run(job)


def webhook(*alerts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """An Alertmanager body; each alert is its labels, firing unless it says `status`."""
    return {
        "version": "4",
        "groupKey": "{}:{}",
        "receiver": "pagers",
        "status": "firing",
        "alerts": [
            {
                "status": labels.pop("status", "firing"),
                "labels": labels,
                "annotations": {},
                "startsAt": "2026-06-23T13:59:00Z",
                "endsAt": "0001-01-01T00:00:00Z",
            }
            for labels in map(dict, alerts)
        ],
        **fields,
    }


def broadcast(**fields: Any) -> dict[str, Any]:
    """The body of a broadcast."""
    return {
        "subject": "Server down",
        "message": "web-01 is unreachable",
        "delivery_mode": "broadcast",
        **fields,
    }


def to_one(user_id: int, **fields: Any) -> dict[str, Any]:
    """The body of a page to one person."""
    return broadcast(**{"delivery_mode": "single", "target_user_id": user_id, **fields})


def build_house(database: Database, writer: Writer, rules: Path | None = None) -> House:
    """Fill a migrated database and serve API and dashboard over it.

    Parameters:
      rules: a rule file; without one, every alert pages everybody.
    """
    settings = load_settings({"PINGPARROT_SECRET_KEY": "k" * 32, "PINGPARROT_TRUSTED_PROXIES": PROXY})
    secrets = Secrets("k" * 32)
    names = writer.run(lambda tx: _fill(tx.connection, secrets))
    clock = Watch()
    rulebook = RuleBook(writer, secrets, rules, lambda _: None, clock, names["org"], described)
    rulebook.reload()
    intake = Intake(writer, rulebook, clock)
    webhooks = Webhooks(intake, clock)
    services = Services(
        database=database,
        writer=writer,
        settings=settings,
        clock=clock,
        keyring=KeyRing(database),
        secrets=secrets,
        rules=RuleDesk(rulebook, names["org"]),
        take_webhook=webhooks.take_documented,
        replays=Replays(database, writer, intake, clock),
    )
    app = Starlette(routes=[*build_web(services), *build_api(services)])
    client = TestClient(app, follow_redirects=False, client=("192.0.2.7", 50000))
    return House(client=client, services=services, rulebook=rulebook, watch=clock, **names)


def _fill(connection: Connection, secrets: Secrets) -> dict[str, Any]:
    org = ensure_organisation(connection, "default", START)
    other_org = ensure_organisation(connection, "elsewhere", START)

    def person(org_id: int, name: str, **more: Any) -> int:
        email = f"{name.lower()}@example.com"
        return add_user(connection, org_id, email, name, START, password_hash=hashed(), **more).id

    people = {
        "alice": person(org, "Alice", is_admin=True),
        "bob": person(org, "Bob"),
        "carol": person(org, "Carol", is_active=False),
        "charlie": person(other_org, "Charlie", is_admin=True),
    }
    for user_id in people.values():
        add_contact(connection, secrets, user_id, URL, described(URL), START, trusted=True)
    devops = add_group(
        connection, org, "DevOps", START, description="On-call engineers", member_ids=[people["bob"]]
    )
    empty = add_group(connection, org, "Empty", START, member_ids=[people["carol"]])
    foreign = add_group(connection, other_org, "Theirs", START, member_ids=[people["charlie"]])
    everybody = next(g.id for g in _groups(connection, org) if g.is_all)
    tokens = {
        name: create_token(connection, people[name], "tests", START) for name in ("alice", "bob", "charlie")
    }
    keys = {}
    for name, kind, allow in (
        ("generic", "generic", ()),
        ("grafana", "grafana", ()),
        ("fenced", "generic", ("198.51.100.0/24", "2001:db8::/32")),
    ):
        integration = ensure_integration(connection, org, name, START, kind=kind)  # type: ignore[arg-type]
        keys[name] = create_key(connection, integration.id, START, allow)[1]
    return {
        "org": org,
        "other_org": other_org,
        **people,
        "everybody": everybody,
        "devops": devops.id,
        "empty": empty.id,
        "foreign_group": foreign.id,
        "tokens": tokens,
        "keys": keys,
    }


def _groups(connection: Connection, org_id: int) -> Any:
    from router.store.groups import list_groups

    return list_groups(connection, org_id)
