"""A house with something of every kind in it, named with hostile text, and browsers that visit it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from router.delivery.described import described
from router.delivery.link import LASTS, Link, sign
from router.store.contacts import add_contact
from router.store.credentials import create_key, ensure_integration
from router.store.groups import add_group
from router.store.lease import lease
from router.store.people import add_user
from router.store.sending import Outcome, record
from router.store.tables import GROUPS, INTEGRATIONS, METADATA, NOTIFICATIONS, USERS
from router.store.writer import Transaction
from tests.adapters.bodies import body
from tests.api.house import PAGERS, URL, House, to_one, webhook
from tests.web.browser import Browser, logged_in

MARKUP = "</title></textarea></script>\"'><img src=x data-evil onerror=alert(1)>{{ 7 * 7 }}"
"""Text that becomes an element with the attribute `data-evil` wherever it is not escaped."""

UNSEEN = (
    "left \u202eright\u202c \u2066in\u2069 \u200b\ufeff\u200f\u061c \u2028 soft\u00adhyphen \U000e0041 end"
)
"""Characters that reorder, break or hide a line, and cannot be seen themselves."""

HOSTILE = f"{MARKUP} {UNSEEN}"
LINKS = ("javascript:alert(1)//data-evil", "data:text/html,<script>alert(1)</script>", " JaVaScRiPt:alert(2)")

SECRET_KEY = "k" * 32

RULES = """\
defaults: {chain: everybody, burst: 0}
chains:
  everybody:
    steps:
      - page: {group: All}
      - {after: 15m, page: {group: DevOps}}
routes:
  - {name: staging, matchers: [environment="staging"], suppress: only production wakes people}
  - {name: everything, matchers: [alertname=~".+"]}
"""


@dataclass(frozen=True)
class Words:
    """How things are called in an estate; what a delivery's refusal says; and one further webhook."""

    admin: str
    user: str
    group: str
    integration: str
    subject: str
    text: str
    note: str
    refusal: str
    webhook: bytes


_BOOKKEEPING = {
    (table, column) for table in ("tokens", "api_keys") for column in ("last_used_at", "last_used_from")
}


@dataclass(frozen=True)
class Estate:
    """The house and who visits it, all logged in but the stranger; the ids of what is only Alice's to see.

    Parameters:
      charlie: the admin of another organisation.
    """

    house: House
    alice: Browser
    bob: Browser
    charlie: Browser
    page_id: int
    integration_id: int
    key_id: int
    group_id: int
    quarantine_id: int
    delivery_id: int
    user_id: int
    contact_id: int
    invitation: str

    def stranger(self) -> Browser:
        """Return a browser that nobody has logged in with."""
        return Browser(self.house)

    def link(self) -> str:
        """Return a signed link to Alice's page."""
        until = self.house.watch.at + LASTS
        return sign(self.house.services.secrets, Link("page", self.page_id, self.house.alice, until))

    def snapshot(self) -> dict[str, str]:
        """Return a digest of every table, but for when somebody was last seen."""
        found = {}
        with self.house.services.database.read() as connection:
            for table in METADATA.sorted_tables:
                columns = [one for one in table.c if (table.name, one.name) not in _BOOKKEEPING]
                rows = sorted(repr(tuple(row)) for row in connection.execute(sa.select(*columns)))
                found[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return found


def furnish(house: House, words: Words | None = None, contact: str = URL) -> Estate:
    """Fill a house so that every screen has something to show.

    Parameters:
      words: None for hostile ones.
      contact: the address of the user's.
    """
    words = words or hostile_words()
    user_id, group_id, integration_id, key_id = house.write(
        lambda connection: _named(connection, house, words)
    )
    contact_id = house.write(lambda connection: _reachable(connection, house, user_id, contact))
    for name in ("14_unicode_bidi", "18_weird_label_names"):
        _accepted(house.post(PAGERS, "estate", body("alertmanager", name)))
    _accepted(house.post(PAGERS, "estate", words.webhook))
    broken: dict[str, Any] = webhook({"alertname": words.subject}, groupKey="broken")
    broken["alerts"].append(words.text)
    _accepted(house.post(PAGERS, "estate", broken))
    sent = house.post("/api/pages", "alice", to_one(house.alice, subject=words.subject, message=words.text))
    page_id: int = sent.json()["page_id"]
    heard, told = (one["id"] for one in house.get("/api/pages", "alice").json()["data"][-2:])
    _accepted(house.post(f"/api/pages/{heard}/acknowledge", "bob", {"response_note": words.note}))
    delivery_id = house.services.writer.run(lambda tx: _fail(tx, house, told, words.refusal))
    invited = house.post(f"/api/users/{user_id}/invite", "alice")
    return Estate(
        house,
        logged_in(house, "alice"),
        logged_in(house, "bob"),
        logged_in(house, "charlie"),
        page_id,
        integration_id,
        key_id,
        group_id,
        house.get("/api/quarantine", "alice").json()["data"][0]["id"],
        delivery_id,
        user_id,
        contact_id,
        invited.json()["token"],
    )


def hostile_words() -> Words:
    """Return names that the store never lets anybody take, and texts that anybody may send."""
    subject = HOSTILE[:200]
    return Words(HOSTILE, HOSTILE, HOSTILE, HOSTILE, subject, HOSTILE, HOSTILE, HOSTILE, hostile_webhook())


def plain_words() -> Words:
    """Return words as they are on most days."""
    labels = {
        "alertname": "HighErrorRate",
        "cluster": "prod-eu-1",
        "instance": "checkout-7f9c5d8b64-x2x8q:9090",
        "severity": "critical",
    }
    fired: dict[str, Any] = webhook(labels, groupKey='{}:{alertname="HighErrorRate"}')
    fired["alerts"][0]["generatorURL"] = "http://prometheus.example.org/graph?g0.expr=rate"
    fired["alerts"][0]["annotations"] = {
        "summary": "7 % of all requests to checkout fail",
        "runbook_url": "https://runbooks.example.org/checkout/errors",
    }
    return Words(
        "Alice Admin",
        "Hedy Lamarr",
        "Payments",
        "prometheus-eu",
        "Is the new load balancer meant to be off?",
        "It says drained since 09:30.\nNobody told us.",
        "Looking at the deploy of 13:58",
        "HTTP 410 Gone",
        json.dumps(fired).encode(),
    )


def hostile_webhook() -> bytes:
    """Return an Alertmanager body with hostile text in every place that has text."""
    links = {f"link_{number}_url": link for number, link in enumerate(LINKS)}
    hostile: dict[str, Any] = webhook(
        {"alertname": HOSTILE, "severity": MARKUP, "team": UNSEEN, f'"><i data-evil x="{UNSEEN}': "name"},
        groupKey=HOSTILE,
        receiver=HOSTILE,
        externalURL=LINKS[0],
    )
    for alert in hostile["alerts"]:
        alert["annotations"] = {"summary": HOSTILE, "runbook_url": LINKS[0], HOSTILE: HOSTILE, **links}
        alert["generatorURL"] = LINKS[0]
    return json.dumps(hostile).encode()


def fill_list(house: House, count: int) -> None:
    """Send so many pages with long subjects and texts."""
    for number in range(count):
        house.page(subject=f"{number} {'x' * 190}", message="y" * 1000)


def _named(connection: sa.Connection, house: House, words: Words) -> tuple[int, int, int, int]:
    """Make a user, a group, an integration with a key; name them and Alice past all checks."""
    now = house.watch.at
    user_id = add_user(connection, house.org, "h@example.com", "H", now).id
    group_id = add_group(
        connection, house.org, "G", now, description=words.text, member_ids=[house.alice, user_id]
    ).id
    made = ensure_integration(connection, house.org, "estate", now, kind="alertmanager")
    key_id, house.keys["estate"] = create_key(connection, made.id, now)
    for table, number, name in (
        (USERS, house.alice, words.admin),
        (USERS, user_id, words.user),
        (GROUPS, group_id, words.group),
        (INTEGRATIONS, made.id, words.integration),
    ):
        connection.execute(sa.update(table).where(table.c.id == number).values(name=name))
    return user_id, group_id, made.id, key_id


def _reachable(connection: sa.Connection, house: House, user_id: int, url: str) -> int:
    secrets = house.services.secrets
    made = add_contact(connection, secrets, user_id, url, described(url), house.watch.at, trusted=True)
    return made.id


def _fail(tx: Transaction, house: House, page_id: int, refusal: str) -> int:
    """Let a delivery to Alice fail for good, with what the provider said; returns its id."""
    hers = (NOTIFICATIONS.c.page_id == page_id) & (NOTIFICATIONS.c.user_id == house.alice)
    one = sa.select(NOTIFICATIONS.c.id, NOTIFICATIONS.c.attempts).where(hers)
    number, attempts = tx.connection.execute(one).one()
    leased = lease(tx, number, attempts, house.watch.at)
    assert leased is not None
    record(tx, leased, Outcome("permanent", refusal), house.watch.at, 0.5)
    found: int = number
    return found


def _accepted(answer: Any) -> None:
    assert answer.status_code < 300, answer.text
