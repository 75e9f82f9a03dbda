"""Applying a bootstrap file: what it declares comes to be, once, and what is made by hand stays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from router.bootstrap import read_bootstrap
from router.store import audit
from router.store.bootstrap import Applied, BootstrapError, apply
from router.store.credentials import (
    KeyRing,
    create_key,
    ensure_integration,
    hash_password,
    list_keys,
    revoke_key,
    secrets_of,
    set_secret,
    verify_password,
)
from router.store.engine import Database, connect
from router.store.organisations import ensure_organisation
from router.store.people import add_user, change_user, find_user
from router.store.secrets import Secrets
from router.store.tables import API_KEYS, HMAC_SECRETS, INTEGRATIONS, USERS
from tests.bootstrap.house import NEW, OLD, OTHER, PASSWORD, SIGNING, TEXT, Mounted

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SECRETS = Secrets("a secret key for the tests of bootstrapping")
TABLES = (USERS, INTEGRATIONS, API_KEYS, HMAC_SECRETS)


def bring(database: Database, mounted: Mounted, now: datetime = NOW) -> Applied:
    declared = read_bootstrap(mounted.file)
    with database.writing.begin() as connection:
        return apply(connection, SECRETS, declared, now)


def rows(database: Database) -> list[Any]:
    with database.read() as connection:
        return [connection.execute(sa.select(table)).all() for table in TABLES]


def holder(database: Database, key: str) -> str | None:
    """Return the integration that a key lets in."""
    found = KeyRing(database).find(key)
    return None if found is None else found.integration


def signing(database: Database, name: str) -> list[tuple[str, bool]]:
    """Return an integration's secrets, newest first, and whether each is the one in force."""
    with database.read() as connection:
        found = connection.execute(sa.select(INTEGRATIONS.c.id).where(INTEGRATIONS.c.name == name))
        held = secrets_of(connection, [found.scalar_one()])
    return [
        (SECRETS.decrypt("hmac", one.secret_encrypted), one.expires_at is None)
        for secrets in held.values()
        for one in secrets
    ]


def test_an_empty_database_comes_to_be_as_declared(database: Database, mounted: Mounted) -> None:
    bring(database, mounted)
    ring = KeyRing(database)
    sender, grafana = ring.find(OLD), ring.find(OTHER)
    assert sender is not None
    assert (sender.integration, sender.kind) == ("prometheus-eu", "alertmanager")
    assert [str(network) for network in sender.allow_ips] == ["10.0.0.0/8", "127.0.0.1/32"]
    assert grafana is not None
    assert grafana.signing is not None
    with database.read() as connection:
        admin = find_user(connection, "ops@example.org")
    assert admin is not None
    assert (admin.name, admin.is_admin, admin.is_active) == ("Ops", True, True)
    assert verify_password(admin.password_hash, PASSWORD)


def test_what_it_does_is_in_the_audit_log_without_a_secret(database: Database, mounted: Mounted) -> None:
    bring(database, mounted)
    mounted.write(key=NEW, declared=TEXT.replace(", hmac_secret_file: signing", ""))
    bring(database, mounted, NOW + timedelta(hours=1))

    with database.read() as connection:
        entries, _ = audit.entries(connection, 1, audit.Wanted(who="bootstrap"), limit=50, offset=0)
    assert [(entry.act, entry.about) for entry in reversed(entries)] == [
        ("user.added", "user ops@example.org"),
        ("integration.added", "integration prometheus-eu"),
        ("key.made", f"key 1 ({OLD[:12]}…) of prometheus-eu"),
        ("integration.added", "integration grafana"),
        ("key.made", f"key 2 ({OTHER[:4]}…) of grafana"),
        ("integration.signing_set", "integration grafana"),
        ("key.made", f"key 3 ({NEW[:12]}…) of prometheus-eu"),
        ("integration.signing_removed", "integration grafana"),
        ("key.revoked", f"key 1 ({OLD[:12]}…) of prometheus-eu"),
    ]
    for secret in (OLD, NEW, OTHER, PASSWORD, SIGNING):
        assert secret not in str(entries)


def test_a_second_apply_changes_nothing(database: Database, mounted: Mounted) -> None:
    bring(database, mounted)
    before = rows(database)
    assert bring(database, mounted, NOW + timedelta(days=9)) == Applied((), ())
    assert rows(database) == before


def test_eight_starts_at_once_apply_once(database: Database, mounted: Mounted) -> None:
    def start(_: int) -> Applied:
        other = connect(database.url)
        try:
            return bring(other, mounted)
        finally:
            other.close()

    with ThreadPoolExecutor(8) as pool:
        applied = list(pool.map(start, range(8)))
    assert sum(bool(one.changes) for one in applied) == 1
    assert [len(table) for table in rows(database)] == [1, 2, 2, 1]


def test_a_changed_key_file_replaces_its_key_and_keeps_those_made_by_hand(
    database: Database, mounted: Mounted
) -> None:
    bring(database, mounted)
    with database.writing.begin() as connection:
        sender = ensure_integration(connection, 1, "prometheus-eu", NOW)
        _, by_hand = create_key(connection, sender.id, NOW)
    mounted.write(key=NEW)
    bring(database, mounted)
    assert [holder(database, key) for key in (OLD, NEW, by_hand)] == [None, "prometheus-eu", "prometheus-eu"]


def test_two_key_files_overlap_while_a_key_is_rotated(database: Database, mounted: Mounted) -> None:
    bring(database, mounted)
    mounted.write(declared=TEXT.replace("[key]", "[key, next-key]"), next_key=NEW)
    bring(database, mounted)
    both = [holder(database, key) for key in (OLD, NEW)]
    mounted.write(declared=TEXT.replace("[key]", "[next-key]"))
    bring(database, mounted)
    assert both == ["prometheus-eu"] * 2
    assert [holder(database, key) for key in (OLD, NEW)] == [None, "prometheus-eu"]


def test_a_rollback_of_the_file_brings_its_old_key_back(database: Database, mounted: Mounted) -> None:
    for key in (OLD, NEW, OLD):
        mounted.write(key=key)
        bring(database, mounted)
    assert [holder(database, key) for key in (OLD, NEW)] == ["prometheus-eu", None]


def test_a_key_that_was_revoked_by_hand_stays_revoked_and_the_file_is_told_of_it(
    database: Database, mounted: Mounted
) -> None:
    bring(database, mounted)
    with database.writing.begin() as connection:
        leaked = next(key for key in list_keys(connection) if key.integration == "prometheus-eu")
        revoke_key(connection, leaked.id, NOW)
    applied = bring(database, mounted)
    assert holder(database, OLD) is None
    assert applied.changes == ()
    assert "was revoked by hand" in applied.remarks[0]


def test_an_integration_that_disappears_loses_its_keys_of_the_file_and_nothing_else(
    database: Database, mounted: Mounted
) -> None:
    bring(database, mounted)
    with database.writing.begin() as connection:
        _, by_hand = create_key(connection, ensure_integration(connection, 1, "grafana", NOW).id, NOW)
    mounted.write(declared="integrations: {}\n")
    bring(database, mounted)
    assert [holder(database, key) for key in (OLD, OTHER, by_hand)] == [None, None, "grafana"]
    assert [len(table) for table in rows(database)] == [1, 2, 3, 1]
    assert signing(database, "grafana") == [(SIGNING, True)]


def test_a_key_moves_with_its_integrations_new_name(database: Database, mounted: Mounted) -> None:
    bring(database, mounted)
    mounted.write(declared=TEXT.replace("prometheus-eu", "prometheus-us"))
    bring(database, mounted)
    assert holder(database, OLD) == "prometheus-us"


def test_a_changed_allow_list_holds_for_the_keys_that_are_there(database: Database, mounted: Mounted) -> None:
    bring(database, mounted)
    mounted.write(declared=TEXT.replace("[10.0.0.0/8, 127.0.0.1]", "[192.0.2.0/24]"))
    bring(database, mounted)
    sender = KeyRing(database).find(OLD)
    assert sender is not None
    assert [str(network) for network in sender.allow_ips] == ["192.0.2.0/24"]


def test_a_key_made_by_hand_is_adopted_by_its_own_integration(database: Database, mounted: Mounted) -> None:
    with database.writing.begin() as connection:
        sender = ensure_integration(connection, 1, "prometheus-eu", NOW, kind="alertmanager")
        _, by_hand = create_key(connection, sender.id, NOW)
    mounted.write(key=by_hand)
    bring(database, mounted)
    mounted.write(key=NEW)
    bring(database, mounted)
    assert [holder(database, key) for key in (by_hand, NEW)] == [None, "prometheus-eu"]


@pytest.mark.parametrize("org", ["default", "another"])
def test_a_key_of_anybody_else_is_refused_and_nothing_is_changed(
    database: Database, mounted: Mounted, org: str
) -> None:
    with database.writing.begin() as connection:
        org_id = ensure_organisation(connection, org, NOW)
        sender = ensure_integration(connection, org_id, "somebody", NOW)
        _, theirs = create_key(connection, sender.id, NOW)
    mounted.write(key=theirs)
    before = rows(database)
    with pytest.raises(BootstrapError, match="belongs to another integration") as refused:
        bring(database, mounted)
    assert theirs not in str(refused.value)
    assert rows(database) == before


def test_an_integration_of_another_kind_is_refused(database: Database, mounted: Mounted) -> None:
    with database.writing.begin() as connection:
        ensure_integration(connection, 1, "grafana", NOW, kind="generic")
    with pytest.raises(BootstrapError, match=r"bootstrap\.yaml:4:3: integrations\.grafana\.kind is grafana"):
        bring(database, mounted)


def test_a_changed_hmac_secret_overlaps_with_the_one_before(database: Database, mounted: Mounted) -> None:
    bring(database, mounted)
    mounted.write(signing="the secret that comes after it")
    bring(database, mounted)
    assert signing(database, "grafana") == [("the secret that comes after it", True), (SIGNING, False)]


def test_an_hmac_secret_may_change_as_often_as_it_likes(database: Database, mounted: Mounted) -> None:
    for number in range(9):
        mounted.write(signing=f"the secret of version {number}")
        bring(database, mounted, NOW + timedelta(minutes=number))
    assert signing(database, "grafana")[0] == ("the secret of version 8", True)


def test_a_file_takes_away_only_the_hmac_secret_that_it_gave(database: Database, mounted: Mounted) -> None:
    bring(database, mounted)
    unsigned = TEXT.replace(", hmac_secret_file: signing", "")
    mounted.write(declared=unsigned)
    bring(database, mounted)
    taken = signing(database, "grafana")
    with database.writing.begin() as connection:
        sender = ensure_integration(connection, 1, "grafana", NOW)
        set_secret(connection, sender.id, SECRETS.encrypt("hmac", "by hand"), NOW)
    bring(database, mounted)
    assert (taken, signing(database, "grafana")) == ([], [("by hand", True)])


def test_the_admins_password_is_never_set_again(database: Database, mounted: Mounted) -> None:
    bring(database, mounted)
    with database.writing.begin() as connection:
        admin = find_user(connection, "ops@example.org")
        assert admin is not None
        change_user(connection, admin.id, password_hash=hash_password("my own"), is_admin=False)
    mounted.write(password="another one from the file")
    applied = bring(database, mounted)
    with database.read() as connection:
        admin = find_user(connection, "ops@example.org")
    assert admin is not None
    assert verify_password(admin.password_hash, "my own")
    assert not admin.is_admin
    assert "is no admin" in applied.remarks[0]


def test_an_account_without_a_password_is_given_the_files(database: Database, mounted: Mounted) -> None:
    with database.writing.begin() as connection:
        add_user(connection, 1, "ops@example.org", "Ops", NOW, is_admin=True, managed_by="git")
    bring(database, mounted)
    with database.read() as connection:
        admin = find_user(connection, "ops@example.org")
    assert admin is not None
    assert verify_password(admin.password_hash, PASSWORD)
    assert admin.managed_by == "git"


def test_an_admin_of_another_organisation_is_refused(database: Database, mounted: Mounted) -> None:
    with database.writing.begin() as connection:
        add_user(connection, ensure_organisation(connection, "another", NOW), "ops@example.org", "Ops", NOW)
    with pytest.raises(BootstrapError, match="belongs to another organisation"):
        bring(database, mounted)
