"""Secrets: what is encrypted is read again under the same key and purpose only, and keys can be replaced."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.settings import SettingsError, load_settings
from router.store.secrets import Secrets, UndecipherableError, open_secrets

OLD, NEW = "old-key-old-key-old-key-old-key-1", "new-key-new-key-new-key-new-key-2"
SECRETS = Secrets(OLD)


@given(st.text())
def test_what_is_encrypted_is_read_again(text: str) -> None:
    assert SECRETS.decrypt("contact", SECRETS.encrypt("contact", text)) == text


def test_the_same_text_gives_other_bytes_each_time() -> None:
    assert SECRETS.encrypt("contact", "a") != SECRETS.encrypt("contact", "a")


def test_a_contact_is_no_hmac_secret() -> None:
    with pytest.raises(UndecipherableError):
        SECRETS.decrypt("hmac", SECRETS.encrypt("contact", "json://h"))


@given(st.binary(max_size=80))
def test_bytes_from_elsewhere_are_refused(data: bytes) -> None:
    with pytest.raises(UndecipherableError):
        SECRETS.decrypt("contact", data)


@given(st.integers(min_value=0, max_value=40))
def test_a_changed_byte_is_noticed(place: int) -> None:
    data = bytearray(SECRETS.encrypt("contact", "json://127.0.0.1:9000/"))
    data[place] ^= 1

    with pytest.raises(UndecipherableError):
        SECRETS.decrypt("contact", bytes(data))


def test_a_new_key_still_reads_what_the_old_one_wrote() -> None:
    written = SECRETS.encrypt("contact", "json://h")
    rotated = Secrets(NEW, (OLD,))

    assert rotated.decrypt("contact", written) == "json://h"
    assert not rotated.is_newest("contact", written)
    assert rotated.is_newest("contact", rotated.encrypt("contact", "json://h"))


def test_without_the_old_key_the_refusal_says_what_to_do() -> None:
    with pytest.raises(UndecipherableError, match="PINGPARROT_SECRET_KEY=new,old"):
        Secrets(NEW).decrypt("contact", SECRETS.encrypt("contact", "json://h"))


def test_cookies_are_signed_under_the_newest_key_and_verified_under_any() -> None:
    assert Secrets(NEW, (OLD,)).signing_keys("cookie")[1:] == SECRETS.signing_keys("cookie")


def test_no_key_is_in_the_repr() -> None:
    assert repr(SECRETS) == "Secrets(1 keys)"


def test_beside_an_sqlite_file_a_key_is_made_for_its_owner_only(tmp_path: Path) -> None:
    settings = load_settings({"PINGPARROT_DATABASE_URL": f"sqlite:///{tmp_path}/a.db"})

    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(open_secrets, [settings] * 8))

    assert [path.name for path in tmp_path.iterdir()] == ["pingparrot.key"]
    assert stat.S_IMODE((tmp_path / "pingparrot.key").stat().st_mode) == 0o600
    assert opened[0].decrypt("contact", opened[7].encrypt("contact", "x")) == "x"


def test_an_empty_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pingparrot.key").touch(0o600)
    settings = load_settings({"PINGPARROT_DATABASE_URL": f"sqlite:///{tmp_path}/a.db"})

    with pytest.raises(SettingsError, match="is empty: put the key back"):
        open_secrets(settings)


def test_a_key_file_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    settings = load_settings({"PINGPARROT_DATABASE_URL": f"sqlite:///{tmp_path}/none/a.db"})

    with pytest.raises(SettingsError, match="cannot be read or made"):
        open_secrets(settings)


def test_postgresql_without_a_key_is_refused() -> None:
    with pytest.raises(SettingsError, match="PINGPARROT_SECRET_KEY is required on PostgreSQL"):
        open_secrets(load_settings({"PINGPARROT_DATABASE_URL": "postgresql://h/d"}))
