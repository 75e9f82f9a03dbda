from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from router.store.tables import API_KEYS
from tests.api.house import PAGERS, START, House, broadcast
from tests.web.browser import Browser, logged_in

SECRET = "a secret that Grafana signs with"
_KEY = re.compile(r"pp_live_[A-Za-z0-9]{32}")


def of(house: House, name: str) -> str:
    """The address of an integration's screen."""
    rows = house.get("/api/integrations", "alice").json()["data"]
    return f"/admin/integrations/{next(row['id'] for row in rows if row['name'] == name)}"


def shown(house: House, name: str) -> dict[str, Any]:
    answer: dict[str, Any] = house.get(of(house, name).replace("/admin", "/api"), "alice").json()
    return answer


def keys_of(house: House, name: str) -> list[dict[str, Any]]:
    return [row for row in house.get("/api/keys", "alice").json()["data"] if row["integration"] == name]


def make_key(browser: Browser, where: str, allow_ips: str = "") -> str:
    answer = browser.post(f"{where}/keys", allow_ips=allow_ips)
    assert answer.status_code == 201
    (key,) = set(_KEY.findall(answer.text))
    return key


def test_an_integration_is_made_named_anew_and_owned(house: House) -> None:
    alice = logged_in(house, "alice")
    alice.get("/admin/integrations")
    made = alice.post("/admin/integrations", name="prom <eu>", kind="alertmanager").headers["location"]
    assert "prom &lt;eu&gt;" in alice.get(made).text
    assert alice.post(made, name="prom-eu", owner_user_id=str(house.bob)).status_code == 303
    changed = shown(house, "prom-eu")
    assert (changed["kind"], changed["owner_user_id"]) == ("alertmanager", house.bob)
    assert "prom-eu alertmanager never It has no key in force" in alice.text("/admin/integrations")
    alice.post(made, name="prom-eu", owner_user_id="")
    assert shown(house, "prom-eu")["owner_user_id"] is None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "", "kind": "grafana"}, "The name field is required."),
        ({"name": "generic", "kind": "grafana"}, "There is an integration &#39;generic&#39; already"),
        ({"name": "new", "kind": "pager"}, "The selected kind is invalid."),
    ],
)
def test_an_integration_that_cannot_be_is_asked_for_again(
    sqlite_house: House, fields: dict[str, str], sentence: str
) -> None:
    answer = logged_in(sqlite_house, "alice").post("/admin/integrations", **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{fields["name"]}"' in answer.text


@pytest.mark.parametrize("fields", [{"name": ""}, {"name": "grafana"}, {"name": "x", "owner_user_id": "4"}])
def test_a_wrong_name_or_owner_is_told_beside_the_form(sqlite_house: House, fields: dict[str, str]) -> None:
    alice, where = logged_in(sqlite_house, "alice"), of(sqlite_house, "generic")
    answer = alice.post(where, **fields)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert f'value="{fields["name"]}"' in answer.text
    assert "generic" in alice.text(where)


def test_a_key_is_shown_once_and_pages(house: House) -> None:
    alice, where = logged_in(house, "alice"), of(house, "generic")
    key = make_key(alice, where)
    assert key not in alice.get(where).text
    assert house.post(PAGERS, "", broadcast(), headers={"X-API-Key": key}).status_code == 201


def test_what_is_to_be_pasted_has_the_new_key_and_our_address(sqlite_house: House) -> None:
    alice = logged_in(sqlite_house, "alice")
    where = alice.post("/admin/integrations", name="am", kind="alertmanager").headers["location"]
    pasted = alice.post(f"{where}/keys", allow_ips="").text
    (key,) = set(_KEY.findall(pasted))
    assert f"credentials: {key}" in pasted
    assert "http://testserver/api/adapters/alertmanager" in pasted
    assert "pp_live_your_key_here" in alice.get(where).text


def test_a_key_may_be_fenced_in(house: House) -> None:
    alice, where = logged_in(house, "alice"), of(house, "generic")
    key = make_key(alice, where, "198.51.100.0/24, 2001:db8::1\n")
    assert keys_of(house, "generic")[-1]["allow_ips"] == ["198.51.100.0/24", "2001:db8::1/128"]
    assert "from 198.51.100.0/24, 2001:db8::1/128 only" in alice.text(where)
    assert house.post(PAGERS, "", broadcast(), headers={"X-API-Key": key}).status_code == 403


def test_what_is_no_network_makes_no_key(sqlite_house: House) -> None:
    alice, where = logged_in(sqlite_house, "alice"), of(sqlite_house, "generic")
    answer = alice.post(f"{where}/keys", allow_ips="10.0.0.0/8 <here>")
    assert answer.status_code == 422
    assert "is no address or network" in answer.text
    assert ">10.0.0.0/8 &lt;here&gt;</textarea>" in answer.text
    assert len(keys_of(sqlite_house, "generic")) == 1


def test_a_revoked_key_opens_nothing(house: House) -> None:
    alice, where = logged_in(house, "alice"), of(house, "generic")
    (key,) = keys_of(house, "generic")
    assert house.post(PAGERS, "generic", broadcast()).status_code == 201
    alice.post(f"{where}/keys/{key['id']}/revoke")
    assert house.post(PAGERS, "generic", broadcast()).status_code == 401
    assert "1 revoked" in alice.text(where)
    assert "It has no key in force" in alice.text(where)


def test_a_key_is_revoked_at_its_own_integration_only(sqlite_house: House) -> None:
    alice, (key,) = logged_in(sqlite_house, "alice"), keys_of(sqlite_house, "generic")
    assert alice.post(f"{of(sqlite_house, 'grafana')}/keys/{key['id']}/revoke").status_code == 404
    assert keys_of(sqlite_house, "generic")[0]["revoked_at"] is None


def test_bodies_are_signed_the_secret_replaced_and_taken_away(house: House) -> None:
    alice, where = logged_in(house, "alice"), of(house, "grafana")
    first = {"hmac_secret": SECRET, "hmac_header": "X-Signed", "hmac_timestamp_header": ""}
    assert alice.post(f"{where}/secret", **first).status_code == 303
    assert SECRET not in alice.get(where).text
    assert shown(house, "grafana")["hmac_header"] == "X-Signed"
    alice.post(f"{where}/secret", hmac_secret=SECRET + "!", hmac_overlap_s="3600")
    newest, replaced = shown(house, "grafana")["hmac_secrets"]
    assert newest["expires_at"] is None
    assert replaced["expires_at"] == "2026-06-23T15:00:00Z"
    house.later(hours=1)
    assert len(shown(house, "grafana")["hmac_secrets"]) == 1
    alice.post(f"{where}/secret/remove")
    assert not shown(house, "grafana")["is_signed"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"hmac_secret": ""}, "The hmac secret field is required."),
        ({"hmac_secret": "short"}, "must be at least 8 characters."),
        ({"hmac_secret": SECRET, "hmac_header": "no header"}, "is no name of an HTTP header."),
    ],
)
def test_a_wrong_signature_is_told_and_no_secret_comes_back(
    sqlite_house: House, fields: dict[str, str], sentence: str
) -> None:
    alice, where = logged_in(sqlite_house, "alice"), of(sqlite_house, "grafana")
    answer = alice.post(f"{where}/secret", **{"hmac_timestamp_header": "X-Kept", **fields})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert SECRET not in answer.text
    assert 'value="X-Kept"' in answer.text
    assert not shown(sqlite_house, "grafana")["is_signed"]


def test_a_silent_sender_is_told(house: House) -> None:
    alice, where = logged_in(house, "alice"), of(house, "grafana")
    assert "Its keys were never used" in alice.text(where)
    house.write(lambda tx: tx.execute(sa.update(API_KEYS).values(last_used_at=START)))
    assert "last heard 0 s ago" in alice.text(where)
    house.later(days=8)
    assert "Not heard of for 8 days" in alice.text(where)
    assert "Not heard of for 8 days" in alice.text("/admin/integrations")


def test_integrations_are_for_the_admins_of_their_organisation(house: House) -> None:
    bob, charlie = logged_in(house, "bob"), logged_in(house, "charlie")
    where, (key,) = of(house, "generic"), keys_of(house, "generic")
    assert bob.get("/admin/integrations").status_code == 403
    assert bob.post("/admin/integrations", name="mine", kind="generic").status_code == 403
    assert "None yet: nothing can come in." in charlie.text("/admin/integrations")
    assert (bob.get(where).status_code, charlie.get(where).status_code) == (403, 404)
    for path, fields in {
        where: {"name": "mine"},
        f"{where}/keys": {"allow_ips": ""},
        f"{where}/keys/{key['id']}/revoke": {},
        f"{where}/secret": {"hmac_secret": SECRET},
        f"{where}/secret/remove": {},
    }.items():
        assert (bob.post(path, **fields).status_code, charlie.post(path, **fields).status_code) == (403, 404)
    assert len(keys_of(house, "generic")) == 1


def test_it_is_told_from_where_a_key_was_last_used(house: House) -> None:
    alice, where = logged_in(house, "alice"), of(house, "generic")
    assert house.post(PAGERS, "generic", broadcast()).status_code == 201
    house.write(lambda _: None)  # the use is noted behind the answer
    assert "last used 0 s ago from 192.0.2.7" in alice.text(where)
    assert "0 s ago from 192.0.2.7" in alice.text("/admin/integrations")
