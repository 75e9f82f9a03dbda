from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc.jwk import ECKey, RSAKey
from starlette.applications import Starlette
from starlette.testclient import TestClient

from router.metrics import AUTH_FAILURES
from router.oidc import CALLBACK, open_provider
from router.settings import SettingsError, load_settings
from router.store.people import change_user, find_user
from router.web.routes import build_web
from tests.api.house import START, House
from tests.sinks import Reply
from tests.web.browser import Browser, logged_in
from tests.web.provider import CLIENT_ID, CLIENT_SECRET, OpenID, run_openid

SETTINGS = {
    "PINGPARROT_SECRET_KEY": "k" * 32,
    "PINGPARROT_PUBLIC_URL": "http://testserver",
    "PINGPARROT_OIDC_CLIENT_ID": CLIENT_ID,
    "PINGPARROT_OIDC_CLIENT_SECRET": CLIENT_SECRET,
}


@pytest.fixture
def openid(sqlite_house: House) -> Iterator[OpenID]:
    with run_openid(sqlite_house.watch) as provider:
        yield provider


def house_of(house: House, openid: OpenID, **more: str) -> House:
    """The same house, with a log-in by the provider."""
    given = {f"PINGPARROT_OIDC_{name}": value for name, value in more.items()}
    settings = load_settings({**SETTINGS, "PINGPARROT_OIDC_ISSUER": openid.issuer, **given})
    services = replace(house.services, settings=settings, provider=open_provider(settings))
    return replace(house, services=services, client=TestClient(Starlette(routes=[*build_web(services)])))


def came_back(browser: Browser, openid: OpenID, wanted: str = "/", **spoiled: str) -> Any:
    """Log in at the provider and come back; `spoiled` is of the address that the browser comes back to."""
    sent = browser.get(f"/login/oidc?{urlencode({'next': wanted})}")
    assert sent.status_code == 303, sent.text
    return browser.get(f"{CALLBACK}?{urlencode({**openid.authorize(sent.headers['location']), **spoiled})}")


def fault(answer: Any) -> str:
    """What the log-in screen says is wrong."""
    found = re.search(r'role="alert">([^<]*)<', answer.text)
    assert found is not None, answer.text
    assert 'name="password"' in answer.text
    assert "pp_session" not in str(answer.headers)
    return unescape(found[1])


def user_of(house: House, email: str) -> Any:
    with house.services.database.read() as connection:
        return find_user(connection, email)


def acts(house: House) -> list[tuple[str, str, str]]:
    found = house.get("/api/audit", "alice").json()["data"]
    return [(one["who"], one["act"], one["about"]) for one in found]


def test_who_logs_in_at_the_provider_is_logged_in_where_they_wanted(
    sqlite_house: House, openid: OpenID
) -> None:
    browser = Browser(house_of(sqlite_house, openid))
    link = re.search(r'href="(/login/oidc[^"]*)"', browser.get("/login?next=/insight").text)
    assert link is not None
    assert link[1] == "/login/oidc?next=/insight"
    answer = came_back(browser, openid, "/insight")
    assert (answer.status_code, answer.headers["location"]) == (303, "/insight")
    assert "Bob" in browser.text("/")
    assert ("bob@example.com", "login", "user bob@example.com") in acts(sqlite_house)


@pytest.mark.parametrize(
    "methods", [["client_secret_post"], ["client_secret_post", "client_secret_basic"], 7]
)
def test_the_client_proves_itself_in_the_way_that_the_provider_takes(
    sqlite_house: House, openid: OpenID, methods: Any
) -> None:
    openid.methods = methods
    assert came_back(Browser(house_of(sqlite_house, openid)), openid).status_code == 303


def test_a_token_signed_with_an_elliptic_curve_is_good(sqlite_house: House, openid: OpenID) -> None:
    openid.key = ECKey.generate_key("P-256", {"kid": "one"})
    assert came_back(Browser(house_of(sqlite_house, openid)), openid).status_code == 303


@pytest.mark.parametrize(
    "spoiled",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"exp": int(START.timestamp()) - 61},
        {"exp": None},
        {"iat": int(START.timestamp()) + 3600},
        {"aud": "another"},
        {"aud": None},
        {"aud": [CLIENT_ID, "another"]},
        {"azp": "another"},
        {"iss": "https://evil.example"},
        {"exp": "soon"},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_log_in_is_refused(
    sqlite_house: House, openid: OpenID, spoiled: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    openid.spoiled = spoiled
    answer = came_back(Browser(house_of(sqlite_house, openid)), openid)
    assert answer.status_code == 502
    assert "does not hold" in fault(answer)
    logged = capsys.readouterr().out
    assert "a log-in by the OpenID provider was refused" in logged
    assert CLIENT_SECRET not in logged


@pytest.mark.parametrize("key", [RSAKey.generate_key(2048, {"kid": "one"}), ECKey.generate_key("P-256")])
def test_a_token_signed_with_another_key_is_refused(
    sqlite_house: House, openid: OpenID, key: RSAKey | ECKey
) -> None:
    openid.published = key
    assert "does not hold" in fault(came_back(Browser(house_of(sqlite_house, openid)), openid))


def test_another_state_and_another_browser_and_a_late_one_are_refused(
    sqlite_house: House, openid: OpenID
) -> None:
    house = house_of(sqlite_house, openid)
    before = AUTH_FAILURES.labels("oidc")._value.get()
    assert "try again" in fault(came_back(Browser(house), openid, state="x" * 43))
    sent = Browser(house).get("/login/oidc").headers["location"]
    assert "try again" in fault(Browser(house).get(f"{CALLBACK}?{urlencode(openid.authorize(sent))}"))
    late = Browser(house)
    back = openid.authorize(late.get("/login/oidc").headers["location"])
    house.later(minutes=10)
    assert "try again" in fault(late.get(f"{CALLBACK}?{urlencode(back)}"))
    assert AUTH_FAILURES.labels("oidc")._value.get() == before + 3


def test_an_attempt_that_was_changed_is_refused(sqlite_house: House, openid: OpenID) -> None:
    browser = Browser(house_of(sqlite_house, openid))
    back = openid.authorize(browser.get("/login/oidc").headers["location"])
    packed, _, signature = browser.client.cookies["pp_oidc"].strip('"').partition(".")
    for value in (f"e30=.{signature}", packed, "", "."):
        answer = browser.get(f"{CALLBACK}?{urlencode(back)}", Cookie=f"pp_oidc={value}")
        assert "try again" in fault(answer)


def test_coming_back_twice_is_refused(sqlite_house: House, openid: OpenID) -> None:
    house = house_of(sqlite_house, openid)
    browser = Browser(house)
    back = openid.authorize(browser.get("/login/oidc").headers["location"])
    kept = browser.client.cookies["pp_oidc"]
    assert browser.get(f"{CALLBACK}?{urlencode(back)}").status_code == 303
    assert "pp_oidc" not in browser.client.cookies
    again = Browser(house)
    assert "used already" in fault(again.get(f"{CALLBACK}?{urlencode(back)}"))
    stolen = again.get(f"{CALLBACK}?{urlencode(back)}", Cookie=f"pp_oidc={kept}")
    assert "does not hold" in fault(stolen)


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_e_mail_that_is_not_verified_is_refused(
    sqlite_house: House, openid: OpenID, verified: Any
) -> None:
    openid.person["email_verified"] = verified
    answer = came_back(Browser(house_of(sqlite_house, openid)), openid)
    assert "has not verified bob@example.com" in fault(answer)


@pytest.mark.parametrize("email", [None, "", "bob", ["bob@example.com"], {"a": 1}, "a" * 300 + "@b.c"])
def test_a_person_without_an_e_mail_is_refused(sqlite_house: House, openid: OpenID, email: Any) -> None:
    openid.person["email"] = email
    assert "gave no e-mail" in fault(came_back(Browser(house_of(sqlite_house, openid)), openid))


@pytest.mark.parametrize("email", ["nobody@example.com", "charlie@example.com"])
def test_who_has_no_account_in_the_organisation_is_refused(
    sqlite_house: House, openid: OpenID, email: str
) -> None:
    openid.person |= {"email": email, "groups": ["admins"]}
    answer = came_back(Browser(house_of(sqlite_house, openid, ADMIN_GROUP="admins")), openid)
    assert answer.status_code == 403
    assert "has no account here" in fault(answer)


def test_who_has_left_is_refused_whatever_their_groups(sqlite_house: House, openid: OpenID) -> None:
    openid.person |= {"email": "carol@example.com", "groups": ["staff", "admins"]}
    house = house_of(sqlite_house, openid, USER_GROUP="staff", ADMIN_GROUP="admins")
    assert "is not active" in fault(came_back(Browser(house), openid))
    assert ("carol@example.com", "login.refused", "user carol@example.com") in acts(sqlite_house)
    assert not user_of(house, "carol@example.com").is_admin


def test_a_member_of_the_users_group_gets_an_account(sqlite_house: House, openid: OpenID) -> None:
    openid.person |= {"email": "dave@example.com", "name": "Dave\n", "roles": "staff"}
    house = house_of(sqlite_house, openid, USER_GROUP="staff", GROUPS_CLAIM="roles", ADMIN_GROUP="admins")
    assert came_back(Browser(house), openid).status_code == 303
    made = user_of(house, "dave@example.com")
    assert (made.name, made.is_admin, made.org_id, made.password_hash) == ("Dave", False, house.org, None)
    assert ("OpenID provider", "user.added", "user dave@example.com") in acts(sqlite_house)


def test_the_admins_group_makes_admins_and_unmakes_them(sqlite_house: House, openid: OpenID) -> None:
    house = house_of(sqlite_house, openid, ADMIN_GROUP="admins")
    openid.person["groups"] = ["admins", 7]
    came_back(Browser(house), openid)
    assert user_of(house, "bob@example.com").is_admin
    assert ("OpenID provider", "user.changed", "user bob@example.com") in acts(sqlite_house)
    openid.person["groups"] = ["others"]
    came_back(Browser(house), openid)
    assert not user_of(house, "bob@example.com").is_admin


def test_without_an_admins_group_roles_stay(sqlite_house: House, openid: OpenID) -> None:
    openid.person |= {"email": "alice@example.com", "groups": [""]}
    house = house_of(sqlite_house, openid)
    assert came_back(Browser(house), openid).status_code == 303
    assert user_of(house, "alice@example.com").is_admin
    openid.person["email"] = "bob@example.com"
    assert came_back(Browser(house), openid).status_code == 303
    assert not user_of(house, "bob@example.com").is_admin


def test_the_last_admin_stays_one_and_comes_in(sqlite_house: House, openid: OpenID) -> None:
    openid.person["email"] = "alice@example.com"
    house = house_of(sqlite_house, openid, ADMIN_GROUP="admins")
    assert came_back(Browser(house), openid).status_code == 303
    assert user_of(house, "alice@example.com").is_admin


def test_whom_git_manages_keeps_what_git_says(sqlite_house: House, openid: OpenID) -> None:
    house = house_of(sqlite_house, openid, ADMIN_GROUP="admins")
    house.write(lambda connection: change_user(connection, house.bob, managed_by="git"))
    openid.person["groups"] = ["admins"]
    assert came_back(Browser(house), openid).status_code == 303
    assert not user_of(house, "bob@example.com").is_admin


@pytest.mark.parametrize(
    ("supported", "scope"),
    [(["openid", "groups"], "openid+email+profile+groups&"), (["openid"], "profile&"), (7, "profile&")],
)
def test_groups_are_asked_for_where_the_provider_knows_them(
    sqlite_house: House, openid: OpenID, supported: Any, scope: str
) -> None:
    openid.told = {"scopes_supported": supported}
    sent = Browser(house_of(sqlite_house, openid)).get("/login/oidc")
    assert scope in sent.headers["location"]


def test_a_provider_that_refuses_says_so(sqlite_house: House, openid: OpenID) -> None:
    house = house_of(sqlite_house, openid)
    for said, shown in (("access_denied", "(access_denied)"), ("<b>", "(no code)")):
        browser = Browser(house)
        back = openid.authorize(browser.get("/login/oidc").headers["location"])
        answer = browser.get(f"{CALLBACK}?{urlencode({'state': back['state'], 'error': said})}")
        assert shown in fault(answer)


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "http://sso.example.com/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
    ],
    ids=str,
)
def test_a_provider_whose_configuration_is_wrong_is_not_gone_to(
    sqlite_house: House, openid: OpenID, told: dict[str, Any]
) -> None:
    openid.told = told
    assert "does not hold" in fault(Browser(house_of(sqlite_house, openid)).get("/login/oidc"))


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"keys": 7}', b'{"keys": [7]}', b'{"keys": []}', b"\xff"])
def test_keys_that_are_none_let_nobody_in(sqlite_house: House, openid: OpenID, body: bytes) -> None:
    openid.sink.otherwise = lambda asked: (
        Reply(200, body) if asked.path == "/realm/keys" else openid.answer(asked)
    )
    assert "does not hold" in fault(came_back(Browser(house_of(sqlite_house, openid)), openid))


def test_a_provider_that_is_away_leaves_passwords(sqlite_house: House, openid: OpenID) -> None:
    openid.sink.otherwise = Reply(503)
    house = house_of(sqlite_house, openid)
    assert "or use a password" in fault(Browser(house).get("/login/oidc"))
    assert logged_in(house, "bob").get("/").status_code == 200


def test_whoever_asks_too_often_has_to_wait(sqlite_house: House, openid: OpenID) -> None:
    browser = Browser(house_of(sqlite_house, openid))
    answers = [browser.get(CALLBACK) for _ in range(31)]
    assert (answers[-2].status_code, answers[-1].status_code) == (403, 429)
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "Too many" in fault(answers[-1])


def test_without_a_provider_there_is_no_link_and_nothing_behind_it(sqlite_house: House) -> None:
    browser = Browser(sqlite_house)
    assert "/login/oidc" not in browser.get("/login").text
    for path in ("/login/oidc", CALLBACK):
        assert browser.get(path).status_code == 404
        assert "use a password" in fault(browser.get(path))


@pytest.mark.parametrize(
    ("left_out", "says"),
    [
        ("PINGPARROT_OIDC_CLIENT_SECRET", "give all three, or none"),
        ("PINGPARROT_OIDC_ISSUER", "give all three, or none"),
        ("PINGPARROT_PUBLIC_URL", "needs PINGPARROT_PUBLIC_URL"),
    ],
)
def test_half_a_configuration_stops_the_start(left_out: str, says: str) -> None:
    given = {**SETTINGS, "PINGPARROT_OIDC_ISSUER": "https://sso.example.com", left_out: ""}
    settings = load_settings(given)
    with pytest.raises(SettingsError, match=says):
        open_provider(settings)
    assert CLIENT_SECRET not in repr(settings)


def test_without_the_extra_the_start_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "authlib.oidc.core", None)
    with pytest.raises(SettingsError, match=r"install pingparrot\[oidc\]"):
        open_provider(load_settings({**SETTINGS, "PINGPARROT_OIDC_ISSUER": "https://sso.example.com"}))


def test_nothing_of_authlib_is_imported_without_a_provider() -> None:
    code = (
        "import sys, router.app; from router.oidc import open_provider; "
        "from router.settings import load_settings; open_provider(load_settings({})); "
        "sys.exit(any(name.split('.')[0] in ('authlib', 'joserfc') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
