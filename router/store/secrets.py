"""Secrets at rest: contact URLs and HMAC secrets are encrypted under keys derived from the secret key."""

from __future__ import annotations

import os
import secrets as random
from pathlib import Path
from typing import Literal

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from router.settings import Settings, SettingsError

Purpose = Literal["contact", "hmac", "cookie", "link", "push"]

_VERSION = b"\x01"
_HINT = 4  # bytes that say under which key something is; they give nothing of it away
_NONCE = 12
_log = structlog.get_logger(__name__)


class UndecipherableError(ValueError):
    """Something was encrypted under a secret key that is not given any more; the text says what to do."""


class Secrets:
    """Encrypts and decrypts for a purpose: what was made for one is refused for another.

    AES-256-GCM; keys by HKDF-SHA256 (RFC 5869), one for each purpose. Safe to share between threads.

    Parameters:
      secret_key: what everything new is encrypted under.
      previous: older keys, which still decrypt.
    """

    def __init__(self, secret_key: str, previous: tuple[str, ...] = ()) -> None:
        self._keys = (secret_key, *previous)
        self._ciphers: dict[Purpose, dict[bytes, AESGCM]] = {
            "contact": self._ciphers_for("contact"),
            "hmac": self._ciphers_for("hmac"),
        }

    def __repr__(self) -> str:
        return f"Secrets({len(self._keys)} keys)"

    def encrypt(self, purpose: Purpose, text: str) -> bytes:
        """Return a text encrypted under the newest key; the same text gives other bytes each time."""
        hint, cipher = next(iter(self._ciphers[purpose].items()))
        nonce = os.urandom(_NONCE)
        return _VERSION + hint + nonce + cipher.encrypt(nonce, text.encode(), purpose.encode())

    def decrypt(self, purpose: Purpose, data: bytes) -> str:
        """Return the text; raises UndecipherableError when no key fits or the bytes were changed."""
        start = len(_VERSION) + _HINT
        cipher = self._ciphers[purpose].get(data[len(_VERSION) : start])
        if cipher is None or data[: len(_VERSION)] != _VERSION:
            raise UndecipherableError(
                f"a {purpose} was encrypted under another secret key: add the old key behind the new one "
                "(PINGPARROT_SECRET_KEY=new,old), or enter it again"
            )
        try:
            return cipher.decrypt(
                data[start : start + _NONCE], data[start + _NONCE :], purpose.encode()
            ).decode()
        except InvalidTag:
            raise UndecipherableError(f"a {purpose} was damaged in the database: enter it again") from None

    def is_newest(self, purpose: Purpose, data: bytes) -> bool:
        """Return whether something is encrypted under the newest key."""
        return data.startswith(_VERSION + next(iter(self._ciphers[purpose])))

    def signing_keys(self, purpose: Purpose) -> tuple[bytes, ...]:
        """Return 32 bytes for each key, newest first: sign with the first, verify with any."""
        return tuple(_derive(key, purpose) for key in self._keys)

    def _ciphers_for(self, purpose: Purpose) -> dict[bytes, AESGCM]:
        return {_derive(key, f"hint {purpose}")[:_HINT]: AESGCM(_derive(key, purpose)) for key in self._keys}


def open_secrets(settings: Settings) -> Secrets:
    """Return the secrets under the key that the settings give, or that lies beside an SQLite file.

    Beside an SQLite file a key is made, readable by its owner only, when there is none. Raises SettingsError
    on PostgreSQL without a key, and when the file cannot be read or made.
    """
    keys = settings.secret_keys
    if not keys:
        if settings.database_path is None:
            raise SettingsError(
                "PINGPARROT_SECRET_KEY is required on PostgreSQL: make one with `openssl rand -base64 32`, "
                "give every process the same, and keep a copy apart from the database."
            )
        path = settings.database_path.with_name("pingparrot.key")
        try:
            keys = _key_file(path)
        except OSError as error:
            raise SettingsError(
                f"The key file {str(path)!r} cannot be read or made: {error.strerror}. Mend that, or set "
                "PINGPARROT_SECRET_KEY."
            ) from None
        if not keys:
            raise SettingsError(
                f"The key file {str(path)!r} is empty: put the key back, or remove the file to have a "
                "new one made (contacts then have to be entered again)."
            )
    return Secrets(keys[0], keys[1:])


def _key_file(path: Path) -> tuple[str, ...]:
    """Return the keys in a file, newest first, making it if it is not there."""
    if not path.exists():
        made = path.with_name(f".{path.name}.{random.token_hex(8)}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(random.token_urlsafe(32) + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.link(made, path)  # never over another process's file, and never half written
        except FileExistsError:
            pass
        finally:
            made.unlink()
    if path.stat().st_mode & 0o077:
        _log.warning("the key file can be read by others than its owner: chmod 600 it", path=str(path))
    return tuple(line.strip() for line in path.read_text().splitlines() if line.strip())


def _derive(key: str, purpose: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=b"pingparrot", info=purpose.encode()).derive(key.encode())
