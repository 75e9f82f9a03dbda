"""Keys, tokens and passwords: who gets in, and that nobody gets in a second after a revocation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from router.store.credentials import (
    Account,
    Integration,
    KeyRing,
    LastUsed,
    create_key,
    create_token,
    ensure_integration,
    find_integration,
    find_key,
    find_token,
    get_integration,
    hash_password,
    list_integrations,
    list_keys,
    remove_secrets,
    revoke_key,
    revoke_token,
    revoke_tokens,
    secrets_of,
    set_secret,
    verify_password,
)
from router.store.engine import Database
from router.store.names import NotAcceptedError
from router.store.organisations import DEFAULT, ensure_organisation
from router.store.people import User, add_user, change_user
from router.store.tables import API_KEYS
from router.store.writer import Writer

NOW = datetime(2026, 6, 23, 14, tzinfo=UTC)


class Seconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.writing.connect() as connection:
        yield connection


def integration(connection: Connection, name: str = "prometheus-eu", org: str = DEFAULT) -> Integration:
    org_id = ensure_organisation(connection, org, NOW)
    return ensure_integration(connection, org_id, name, NOW, kind="alertmanager")


def jane(connection: Connection) -> User:
    return add_user(
        connection, ensure_organisation(connection, DEFAULT, NOW), "jane@example.com", "Jane", NOW
    )


def test_a_key_has_the_documented_form_and_is_stored_as_its_hash(connection: Connection) -> None:
    key_id, key = create_key(connection, integration(connection).id, NOW)

    assert re.fullmatch(r"pp_live_[A-Za-z0-9]{32}", key)
    row = connection.execute(sa.select(API_KEYS).where(API_KEYS.c.id == key_id)).one()
    assert key not in str(row)
    assert key.startswith(row.prefix)


def test_a_key_says_whose_it_is(database: Database, connection: Connection) -> None:
    sender = integration(connection)
    key_id, key = create_key(connection, sender.id, NOW, ["10.0.0.0/8", "::1"])
    connection.commit()

    found = KeyRing(database).find(key)

    assert found is not None
    assert (found.key_id, found.integration_id, found.integration) == (key_id, sender.id, "prometheus-eu")
    assert (found.kind, found.org_id) == ("alertmanager", sender.org_id)
    assert found.allows(ip_address("10.1.2.3"))
    assert found.allows(ip_address("::1"))
    assert not found.allows(ip_address("192.0.2.1"))
    assert not found.allows(None)


def test_several_keys_of_an_integration_are_the_same_sender(
    database: Database, connection: Connection
) -> None:
    keys = [create_key(connection, integration(connection).id, NOW)[1] for _ in range(2)]
    connection.commit()

    found = [KeyRing(database).find(key) for key in keys]

    assert found[0] is not None
    assert found[1] is not None
    assert found[0].integration_id == found[1].integration_id


@pytest.mark.parametrize(
    "key", ["", "pp_live_", "pp_live_" + "a" * 32, "pp_live_" + "ä" * 32, "x" * 100_000, "\0"]
)
def test_an_unknown_key_is_nobodys(database: Database, key: str) -> None:
    assert KeyRing(database).find(key) is None


def test_a_revoked_key_is_dead_within_a_second_in_every_process(
    database: Database, connection: Connection, seconds: Seconds
) -> None:
    key_id, key = create_key(connection, integration(connection).id, NOW)
    connection.commit()
    here, there = KeyRing(database, monotonic=seconds), KeyRing(database, monotonic=seconds)
    assert here.find(key) is not None
    assert there.find(key) is not None

    revoke_key(connection, key_id, NOW)
    connection.commit()
    here.forget()
    seconds.now += 0.9

    assert here.find(key) is None
    assert there.find(key) is None


def test_a_key_that_is_known_costs_no_query(
    database: Database, connection: Connection, seconds: Seconds
) -> None:
    _, key = create_key(connection, integration(connection).id, NOW)
    connection.commit()
    ring = KeyRing(database, monotonic=seconds)
    ring.find(key)
    asked: list[str] = []
    sa.event.listen(database.reading, "before_cursor_execute", lambda *given: asked.append(given[2]))

    ring.find(key)
    ring.find("pp_live_" + "a" * 32)
    ring.find("pp_live_" + "a" * 32)

    assert len([statement for statement in asked if "api_keys" in statement]) == 1


def test_peek_never_asks_the_database(database: Database, connection: Connection, seconds: Seconds) -> None:
    _, key = create_key(connection, integration(connection).id, NOW)
    connection.commit()
    ring = KeyRing(database, monotonic=seconds)

    before, found, after = ring.peek(key), ring.find(key), ring.peek(key)

    assert before is None
    assert after is not None
    assert after.credential == found
    nonsense = ring.peek("nonsense")
    assert nonsense is not None
    assert nonsense.credential is None


def test_guesses_do_not_grow_the_cache_without_bound(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.store.credentials.keyring._MOST", 3)
    ring = KeyRing(sqlite)

    for number in range(10):
        ring.find(f"pp_live_{number:032}")

    assert len(ring._unknown) <= 3


def test_a_use_is_noted_once_a_minute(
    database: Database, writer: Writer, connection: Connection, seconds: Seconds
) -> None:
    key_id, _ = create_key(connection, integration(connection).id, NOW)
    connection.commit()
    now = [NOW]
    addresses = iter([ip_address("192.0.2.1"), ip_address("2001:db8::1")])
    uses = LastUsed(writer, API_KEYS, lambda: now[0], seconds)

    for step in (0, 30, 31, 61):
        seconds.now, now[0] = 1000.0 + step, NOW + timedelta(seconds=step)
        uses.note(key_id, lambda: next(addresses))
    writer.run(lambda _: None)

    with database.read() as reading:
        (shown,) = list_keys(reading)
    assert (shown.last_used_at, shown.last_used_from) == (NOW + timedelta(seconds=61), "2001:db8::1")


def test_revoking_twice_keeps_the_first_time(connection: Connection) -> None:
    key_id, _ = create_key(connection, integration(connection).id, NOW)
    revoke_key(connection, key_id, NOW)

    revoke_key(connection, key_id, NOW + timedelta(days=1))
    assert list_keys(connection)[0].revoked_at == NOW


def test_keys_and_integrations_of_another_organisation_do_not_exist(connection: Connection) -> None:
    ours = integration(connection)
    key_id, _ = create_key(connection, ours.id, NOW)
    other = ensure_organisation(connection, "other", NOW)

    assert list_keys(connection, other) == ()
    assert list_integrations(connection, other) == ()
    assert get_integration(connection, other, ours.id) is None
    assert find_integration(connection, other, ours.name) is None
    assert find_key(connection, key_id, other) is None
    assert find_key(connection, key_id) == list_keys(connection)[0]


def test_an_integration_is_made_once_and_keeps_its_kind(connection: Connection) -> None:
    made = integration(connection)

    assert ensure_integration(connection, made.org_id, made.name, NOW) == made
    with pytest.raises(NotAcceptedError, match="of the kind alertmanager"):
        ensure_integration(connection, made.org_id, made.name, NOW, kind="grafana")


def test_a_new_hmac_secret_holds_beside_the_old_one_for_the_overlap(connection: Connection) -> None:
    made = integration(connection)
    set_secret(connection, made.id, b"old", NOW)
    set_secret(connection, made.id, b"new", NOW, timedelta(hours=2))

    new, old = secrets_of(connection, [made.id])[made.id]
    assert (new.secret_encrypted, new.expires_at) == (b"new", None)
    assert (old.secret_encrypted, old.expires_at) == (b"old", NOW + timedelta(hours=2))
    assert old.holds(NOW + timedelta(minutes=119))
    assert not old.holds(NOW + timedelta(hours=2))


def test_a_secret_whose_overlap_is_over_is_forgotten_by_the_next_change(connection: Connection) -> None:
    made = integration(connection)
    for hour, secret in enumerate((b"first", b"second", b"third")):
        set_secret(connection, made.id, secret, NOW + timedelta(hours=hour), timedelta(minutes=30))

    assert [one.secret_encrypted for one in secrets_of(connection, [made.id])[made.id]] == [
        b"third",
        b"second",
    ]


def test_no_overlap_replaces_at_once(connection: Connection) -> None:
    made = integration(connection)
    set_secret(connection, made.id, b"old", NOW)
    set_secret(connection, made.id, b"new", NOW, timedelta(0))

    assert [one.secret_encrypted for one in secrets_of(connection, [made.id])[made.id]] == [b"new"]


def test_secrets_do_not_pile_up(connection: Connection) -> None:
    made = integration(connection)
    for _ in range(5):
        set_secret(connection, made.id, b"one of many", NOW)

    with pytest.raises(NotAcceptedError, match="5 secrets hold already"):
        set_secret(connection, made.id, b"one too many", NOW)
    remove_secrets(connection, made.id)
    assert secrets_of(connection, [made.id]) == {}


def test_an_integration_is_given_another_owner(connection: Connection) -> None:
    made = integration(connection)
    jane = add_user(connection, made.org_id, "jane@example.com", "Jane", NOW)

    ensure_integration(connection, made.org_id, made.name, NOW, owner_user_id=jane.id)
    found = ensure_integration(connection, made.org_id, made.name, NOW)

    assert found.owner_user_id == jane.id


def test_what_is_no_network_is_refused(connection: Connection) -> None:
    with pytest.raises(NotAcceptedError, match=r"'10.0.0.0/99' is no address or network"):
        create_key(connection, integration(connection).id, NOW, ["10.0.0.0/99"])


def test_a_token_says_who_it_is(connection: Connection) -> None:
    who = jane(connection)
    token = create_token(connection, who.id, "laptop", NOW)

    assert re.fullmatch(r"\d+\|[A-Za-z0-9]{40}", token)
    assert find_token(connection, token) == Account(
        who.id, who.org_id, who.email, who.name, False, int(token.split("|")[0])
    )


def test_a_token_with_one_wrong_character_is_nobodys(connection: Connection) -> None:
    token = create_token(connection, jane(connection).id, "", NOW)
    wrong = token[:-1] + ("a" if token[-1] != "a" else "b")

    assert find_token(connection, wrong) is None


@pytest.mark.parametrize(
    "token", ["", "1|", "|x", "0|" + "a" * 40, "9" * 30 + "|" + "a" * 40, "１|" + "a" * 40]
)
def test_what_is_no_token_is_nobodys(connection: Connection, token: str) -> None:
    assert find_token(connection, token) is None


def test_a_revoked_token_is_nobodys_and_others_still_hold(connection: Connection) -> None:
    who = jane(connection)
    first, second = (create_token(connection, who.id, "", NOW) for _ in range(2))
    revoke_token(connection, who.id, int(first.split("|")[0]), NOW)

    assert find_token(connection, first) is None
    assert find_token(connection, second) is not None
    revoke_tokens(connection, [who.id], NOW)
    assert find_token(connection, second) is None


def test_an_inactive_user_has_no_token(connection: Connection) -> None:
    who = jane(connection)
    token = create_token(connection, who.id, "", NOW)
    change_user(connection, who.id, is_active=False)

    assert find_token(connection, token) is None


def test_a_password_fits_its_hash_only() -> None:
    stored = hash_password("correct horse")

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify_password(stored, "correct horse")
    assert not verify_password(stored, "correct hors")
    assert not verify_password(None, "nobody")
    assert not verify_password(stored, "x" * 5000)


@pytest.mark.parametrize("password", ["", "x" * 1025])
def test_a_password_has_a_length(password: str) -> None:
    with pytest.raises(NotAcceptedError, match="1 to 1024"):
        hash_password(password)
