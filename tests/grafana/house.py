"""A house for Grafana: the whole application over a real database, its scheduler, and a clock that is moved.

Alice owns the integration `grafana-eu`; Bob is on call; Carol, an admin, is the default chain.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from starlette.testclient import TestClient

from router.app import build_app
from router.bootstrap import Bootstrap
from router.core import Core
from router.delivery.described import described
from router.delivery.message import Told, compose
from router.intake import Intake
from router.ruleset import RuleBook
from router.scheduler import Retention, Scheduler
from router.settings import load_settings
from router.store.contacts import add_contact
from router.store.credentials import create_key, create_token, ensure_integration, set_secret
from router.store.engine import Database
from router.store.groups import add_group
from router.store.organisations import ensure_organisation
from router.store.people import add_user
from router.store.secrets import Secrets
from router.store.tables import EVENTS, INCIDENTS, NOTIFICATIONS, PAGES, QUARANTINE, USERS
from router.store.writer import Transaction, Writer

ADAPTER = "/api/adapters/grafana"
DOCUMENTED = "/api/external/pages"
ADDRESSES = (ADAPTER, DOCUMENTED)
FOLDER = Path(__file__).parent.parent / "fixtures" / "grafana"
START = datetime(2026, 11, 20, 3, 14, 10, tzinfo=UTC)
SECRET = "pingparrot-test-secret"
KEY = "a secret key for tests only, long enough"
RULES = """
defaults:
  chain: triage
  priority: {label: severity, values: {critical: critical, warning: high, info: low}, otherwise: normal}
chains:
  triage: {steps: [{page: {group: leads}}]}
  oncall: {steps: [{page: {group: on call}}]}
routes:
  - {name: silent, matchers: [env="staging"], suppress: only production wakes people}
  - {name: broken data sources, matchers: ['alertname=~"Datasource(NoData|Error)"'], chain: oncall}
  - {name: payments, matchers: [grafana_folder="Payments"], chain: oncall}
"""


@dataclass
class House:
    """What a test holds."""

    client: TestClient
    core: Core
    names: Mapping[int, str]
    token: str
    rules_path: Path
    keys: dict[str, str] = field(default_factory=dict)
    now: datetime = START

    def post(
        self,
        body: bytes,
        address: str = ADAPTER,
        key: str = "grafana-eu",
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Post a body with a key of an integration."""
        sent = {"X-API-Key": self.keys[key], "Content-Type": "application/json", **(headers or {})}
        return self.client.request(method, address, content=body, headers=sent)

    def send(self, name: str, **more: Any) -> Any:
        """Post a recorded body."""
        return self.post(recorded(name), **more)

    def page(self, page_id: int) -> dict[str, Any]:
        """Return a page as an admin reads it."""
        answer = self.client.get(f"/api/pages/{page_id}", headers={"Authorization": f"Bearer {self.token}"})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def pages(self) -> list[dict[str, Any]]:
        """Return every page, oldest first."""
        return [self.page(row.id) for row in self.rows(sa.select(PAGES.c.id).order_by(PAGES.c.id))]

    def told(self, page_id: int) -> list[tuple[str, str]]:
        """Return whom a page was sent to and as what, in order."""
        query = sa.select(USERS.c.name, NOTIFICATIONS.c.kind).join(
            USERS, USERS.c.id == NOTIFICATIONS.c.user_id
        )
        found = self.rows(query.where(NOTIFICATIONS.c.page_id == page_id).order_by(NOTIFICATIONS.c.id))
        return [tuple(row) for row in found]

    def text(self, page_id: int, kind: str = "page") -> str:
        """Return what a person reads on their phone."""
        page = self.page(page_id)
        told = Told(
            page_id=page_id,
            subject=page["subject"],
            message=page["message"],
            priority=page["priority"],
            status=page["status"],
            created_at=datetime.fromisoformat(page["created_at"]),
            route=page["route"] or "",
            alert_count=sum(alert["status"] == "firing" for alert in page["alerts"]),
            closed_reason=page["closed_reason"],
            closed_detail=page["closed_detail"] or "",
        )
        message = compose(told, notification_id=1, kind=kind, recipient="Bob")
        return f"{message.subject}\n\n{message.text}"

    def timeline(self, page_id: int) -> list[tuple[str, str]]:
        """Return what happened to a page: kind and sentence."""
        query = sa.select(EVENTS.c.kind, EVENTS.c.detail).where(EVENTS.c.page_id == page_id)
        return [tuple(row) for row in self.rows(query.order_by(EVENTS.c.id))]

    def incidents(self) -> list[Any]:
        return self.rows(sa.select(INCIDENTS).order_by(INCIDENTS.c.id))

    def quarantined(self) -> list[Any]:
        return self.rows(sa.select(QUARANTINE).order_by(QUARANTINE.c.id))

    def change_rules(self, text: str) -> None:
        """Put other rules in force."""
        self.rules_path.write_text(text)
        assert self.core.rulebook.reload().ok, self.core.rulebook.last

    def later(self, **passed: float) -> None:
        """Move the clock and let the scheduler do what is due."""
        self.now += timedelta(**passed)
        self.core.scheduler.tick()

    def rows(self, query: sa.Select[Any]) -> list[Any]:
        with self.core.database.read() as connection:
            return list(connection.execute(query).all())


def recorded(name: str) -> bytes:
    """Return a recorded body by its name or the beginning of it."""
    (path,) = [path for path in FOLDER.glob(f"{name}*.json") if not path.name.endswith(".headers.json")]
    return path.read_bytes()


def headers_of(name: str) -> dict[str, str]:
    """Return the headers that a recorded body came with."""
    (path,) = FOLDER.glob(f"{name}*.headers.json")
    return dict(json.loads(path.read_text())["headers"])


def bodies() -> list[str]:
    """Return the names of the recorded bodies, in order."""
    return sorted(path.stem for path in FOLDER.glob("*.json") if not path.name.endswith(".headers.json"))


def build_house(database: Database, writer: Writer, folder: Path, rules: str = RULES) -> House:
    """Serve the application over a migrated database and a started writer; its rules stand in `folder`."""
    settings = load_settings({"PINGPARROT_SECRET_KEY": KEY, "PINGPARROT_MAX_BODY_BYTES": "200000"})
    secrets = Secrets(KEY)
    filled = writer.run(lambda tx: _fill(tx, secrets))
    path = folder / "rules.yml"
    path.write_text(rules)

    def clock() -> datetime:
        return house.now

    rulebook = RuleBook(writer, secrets, path, lambda _: None, lambda: START, filled["org"], described)
    assert rulebook.reload().ok, rulebook.last
    bootstrap = Bootstrap(writer, secrets, None, clock)
    intake = Intake(writer, rulebook, clock)
    keep = Retention(timedelta(days=30), timedelta(days=400))
    scheduler = Scheduler(writer, rulebook, clock, keep)
    org = filled["org"]
    core = Core(settings, database, writer, secrets, bootstrap, rulebook, intake, scheduler, clock, org)
    client = TestClient(build_app(core))
    house = House(client, core, filled["names"], filled["token"], path, filled["keys"])
    return house


def _fill(tx: Transaction, secrets: Secrets) -> dict[str, Any]:
    connection = tx.connection
    org = ensure_organisation(connection, "default", START)
    ids = {}
    for name, group in (("Alice", "owners"), ("Bob", "on call"), ("Carol", "leads")):
        email = f"{name.lower()}@example.com"
        user = add_user(connection, org, email, name, START, is_admin=name == "Carol")
        url = "json://127.0.0.1:9/"
        add_contact(connection, secrets, user.id, url, described(url), START, trusted=True)
        add_group(connection, org, group, START, member_ids=[user.id])
        ids[name] = user.id
    keys = {}
    for name, kind, owner in (
        ("grafana-eu", "grafana", ids["Alice"]),
        ("grafana-us", "grafana", None),
        ("signed", "grafana", None),
        ("generic", "generic", None),
        ("prometheus", "alertmanager", None),
    ):
        made = ensure_integration(
            connection,
            org,
            name,
            START,
            kind=kind,  # type: ignore[arg-type]
            owner_user_id=owner,
        )
        if name == "signed":
            set_secret(connection, made.id, secrets.encrypt("hmac", SECRET), START)
        keys[name] = create_key(connection, made.id, START)[1]
    token = create_token(connection, ids["Carol"], "tests", START)
    return {"org": org, "keys": keys, "token": token, "names": {v: k for k, v in ids.items()}}
