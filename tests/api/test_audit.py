"""/api/audit: every act of an admin is on record, with who did it and without any secret."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from router.api.routes import OPERATIONS
from router.store import audit
from router.store.audit import Act, Wanted, record
from router.store.tables import NOTIFICATIONS
from tests.api.house import PASSWORD, START, House, webhook

QUARANTINED = "alerts[1]: expected an object, found text"
SECRET = "a secret of Grafana"
CONTACT = "json://ops:hunter2@hooks.example.com/token-of-jane"


def acts(house: House, **query: Any) -> list[tuple[str, str, str, str]]:
    answer = house.get("/api/audit", "alice", params={"per_page": 100, **query})
    assert answer.status_code == 200, answer.text
    return [(one["who"], one["act"], one["about"], one["detail"]) for one in reversed(answer.json()["data"])]


def made(house: House, method: str, path: str, body: Any = None) -> Any:
    answer = house.send(method, path, "alice", body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def quarantined(house: House) -> int:
    """Post an alert that cannot be read beside one that can; returns its entry of the quarantine."""
    body = webhook({"alertname": "A"})
    body["alerts"].append("not an alert")
    house.post("/api/external/pages", "generic", body)
    number: int = house.get("/api/quarantine", "alice").json()["data"][0]["id"]
    return number


def failed(house: House) -> int:
    """Send a page to Bob whose notification is given up; returns that."""
    house.page()

    def give_up(connection: Connection) -> int:
        newest = sa.select(sa.func.max(NOTIFICATIONS.c.id)).scalar_subquery()
        given_up = {"state": "failed", "next_attempt_at": None}
        query = sa.update(NOTIFICATIONS).where(NOTIFICATIONS.c.id == newest).values(given_up)
        number: int = connection.execute(query.returning(NOTIFICATIONS.c.id)).scalar_one()
        return number

    number: int = house.write(give_up)
    return number


def everything(house: House) -> set[tuple[str, str]]:
    """Do every act of an admin once, as Alice; returns what was called, as the route table has it."""
    called: set[tuple[str, str]] = set()

    def do(method: str, template: str, body: Any = None, **numbers: int) -> Any:
        called.add((method, template))
        return made(house, method, template.format(**numbers), body)

    dave = do("POST", "/api/users", {"email": "dave@example.com", "name": "Dave", "password": PASSWORD})["id"]
    do("POST", "/api/users/{id}/invite", id=dave)
    changes = {"name": "David", "is_admin": True, "password": f"{PASSWORD}!"}
    do("PATCH", "/api/users/{id}", changes, id=dave)
    contact = do("POST", "/api/users/{id}/contacts", {"url": CONTACT}, id=dave)["id"]
    one = {"id": dave, "contact_id": contact}
    do("PATCH", "/api/users/{id}/contacts/{contact_id}", {"is_active": False}, **one)
    do("DELETE", "/api/users/{id}/contacts/{contact_id}", **one)
    group = do("POST", "/api/groups", {"name": "SRE", "member_ids": [dave]})["id"]
    do("PATCH", "/api/groups/{id}", {"description": "On call"}, id=group)
    do("PUT", "/api/groups/{id}/members/{user_id}", id=group, user_id=house.bob)
    do("DELETE", "/api/groups/{id}/members/{user_id}", id=group, user_id=dave)
    do("DELETE", "/api/groups/{id}", id=group)
    do("DELETE", "/api/users/{id}/tokens", id=dave)
    do("DELETE", "/api/users/{id}", id=dave)
    sender = do("POST", "/api/integrations", {"name": "eu", "hmac_secret": SECRET})["id"]
    do("PATCH", "/api/integrations/{id}", {"name": "europe", "hmac_secret": None}, id=sender)
    key = do("POST", "/api/integrations/{id}/keys", {"allow_ips": ["10.0.0.0/8"]}, id=sender)["id"]
    do("DELETE", "/api/keys/{id}", id=key)
    do("DELETE", "/api/pages/{id}", id=house.page())
    do("POST", "/api/deliveries/{id}/retry", id=failed(house))
    for act in ("replay", "dismiss"):
        do("POST", f"/api/quarantine/{{id}}/{act}", id=quarantined(house))
    do("POST", "/api/rules/reload", {})
    return called


def test_every_act_of_an_admin_is_on_record(house: House) -> None:
    everything(house)

    found = [entry for entry in acts(house, who="alice@example.com") if not entry[1].startswith("key.")]
    assert found == [
        ("alice@example.com", *entry)
        for entry in (
            ("user.added", "user dave@example.com", "name: Dave"),
            ("user.invited", "user dave@example.com", ""),
            ("user.changed", "user dave@example.com", "name: Dave → David, is_admin: no → yes"),
            ("user.password_set", "user dave@example.com", ""),
            ("contact.added", "contact json://hooks.example.com of dave@example.com", ""),
            (
                "contact.changed",
                "contact json://hooks.example.com of dave@example.com",
                "is_active: yes → no",
            ),
            ("contact.removed", "contact json://hooks.example.com of dave@example.com", ""),
            ("group.added", "group SRE", "members: dave@example.com"),
            ("group.changed", "group SRE", "description: none → On call"),
            ("group.member_added", "group SRE", "bob@example.com"),
            ("group.member_removed", "group SRE", "dave@example.com"),
            ("group.deactivated", "group SRE", ""),
            ("user.logged_out", "user dave@example.com", ""),
            ("user.deactivated", "user dave@example.com", ""),
            ("integration.added", "integration eu", "kind: generic"),
            ("integration.signing_set", "integration eu", ""),
            ("integration.changed", "integration eu", "name: eu → europe"),
            ("integration.signing_removed", "integration europe", ""),
            ("page.cancelled", "page 1", ""),
            ("delivery.sent_again", "page 2", "to Bob by webhook 127.0.0.1:9"),
            ("quarantine.replayed", "quarantine entry 1 of generic", "as webhook 2"),
            ("quarantine.dismissed", "quarantine entry 3 of generic", QUARANTINED),
            ("reload", f"revision {house.rulebook.current.ruleset.revision}", ""),
        )
    ]


def test_a_key_stands_there_by_its_beginning(house: House) -> None:
    sender = made(house, "POST", "/api/integrations", {"name": "eu"})["id"]
    key = made(house, "POST", f"/api/integrations/{sender}/keys", {"allow_ips": ["10.0.0.0/8"]})
    made(house, "DELETE", f"/api/keys/{key['id']}")

    about = f"key {key['id']} ({key['key'][:12]}…) of eu"
    assert acts(house)[-2:] == [
        ("alice@example.com", "key.made", about, "allowed from 10.0.0.0/8"),
        ("alice@example.com", "key.revoked", about, ""),
    ]


def test_no_operation_of_admins_is_forgotten(sqlite_house: House) -> None:
    called = everything(sqlite_house)
    changing = {
        (operation.method, operation.path)
        for operation in OPERATIONS
        if operation.access == "admin" and operation.method != "GET"
    }
    asking = {("POST", "/api/rules/explain"), ("POST", "/api/ledger/why")}
    assert changing - called == asking


def test_no_secret_is_in_it(sqlite_house: House) -> None:
    everything(sqlite_house)
    text = str(acts(sqlite_house))
    for secret in (PASSWORD, SECRET, "hunter2", "token-of-jane"):
        assert secret not in text


def test_what_changes_nothing_is_no_entry(sqlite_house: House) -> None:
    page = sqlite_house.page()
    before = len(acts(sqlite_house))
    made(sqlite_house, "PATCH", f"/api/users/{sqlite_house.bob}", {"name": "Bob"})
    made(sqlite_house, "PUT", f"/api/groups/{sqlite_house.devops}/members/{sqlite_house.bob}")
    made(sqlite_house, "DELETE", f"/api/groups/{sqlite_house.devops}/members/{sqlite_house.alice}")
    sqlite_house.post("/api/external/pages", "generic", webhook({"alertname": "A"}))
    assert len(acts(sqlite_house)) == before
    made(sqlite_house, "DELETE", f"/api/pages/{page}")
    made(sqlite_house, "DELETE", f"/api/pages/{page}")
    assert len(acts(sqlite_house)) == before + 1


def test_log_ins_are_on_record_with_their_address(house: House) -> None:
    credentials = {"email": "bob@example.com", "password": PASSWORD}
    house.post("/api/auth/login", body={**credentials, "password": "guess"})
    house.post("/api/auth/login", body=credentials)
    house.post("/api/auth/login", body={"email": "nobody@example.com", "password": "guess"})

    bob = ("bob@example.com", "user bob@example.com", "from 192.0.2.7")
    assert [(who, about, detail) for who, _, about, detail in acts(house, who="BOB@example.com")] == [
        bob,
        bob,
    ]
    assert [act for _, act, _, _ in acts(house)][-2:] == ["login.refused", "login"]


def test_whoever_guesses_for_hours_does_not_fill_it(sqlite_house: House) -> None:
    for _ in range(30):
        sqlite_house.later(minutes=2)
        sqlite_house.post("/api/auth/login", body={"email": "bob@example.com", "password": "guess"})
    assert len(acts(sqlite_house, act="login.refused")) == 10


def test_it_is_filtered_by_who_act_and_time(house: House) -> None:
    made(house, "PATCH", f"/api/groups/{house.devops}", {"name": "Ops"})
    house.later(hours=1)
    house.write(
        lambda connection: record(
            connection, house.org, audit.COMMAND_LINE, "user.added", "user x@example.com", "", house.watch()
        )
    )
    assert [about for _, _, about, _ in acts(house, who="command line")] == ["user x@example.com"]
    assert [about for _, _, about, _ in acts(house, act="group.changed")] == ["group DevOps"]
    assert [act for _, act, _, _ in acts(house, **{"from": "2026-06-23T14:30:00Z"})] == ["user.added"]
    assert "user.added" not in [act for _, act, _, _ in acts(house, to="2026-06-23T14:30:00Z")]


def test_another_organisation_sees_its_own(house: House) -> None:
    everything(house)
    assert house.get("/api/audit", "charlie").json()["total"] == 0


def test_it_is_for_admins_only(sqlite_house: House) -> None:
    assert sqlite_house.get("/api/audit", "bob").status_code == 403
    assert sqlite_house.get("/api/audit").status_code == 401


@pytest.mark.parametrize("query", ["act=user.eaten", "from=yesterday", f"who={'x' * 255}"])
def test_a_filter_that_cannot_be_is_refused(sqlite_house: House, query: str) -> None:
    assert sqlite_house.get(f"/api/audit?{query}", "alice").status_code == 422


def test_what_is_very_long_is_cut(house: House) -> None:
    house.write(
        lambda connection: record(
            connection, house.org, house.alice, "user.changed", "a" * 999, "d" * 9999, START
        )
    )
    with house.services.database.read() as connection:
        (entry, *_), _ = audit.entries(connection, house.org, Wanted(act="user.changed"), limit=1, offset=0)
    assert (len(entry.about), len(entry.detail)) == (300, 2000)


def test_a_column_holds_every_act() -> None:
    assert max(map(len, get_args(Act))) <= 40
