"""Passwords, hashed with Argon2id."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from router.store.names import NotAcceptedError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 12
LONGEST = 1024


def hash_password(password: str) -> str:
    """Return the hash to store; takes about 40 ms, so call it on a thread, outside transactions.

    Raises NotAcceptedError for an empty password and one of more than 1,024 characters.
    """
    if not password or len(password) > LONGEST:
        raise NotAcceptedError("password", f"The password must have 1 to {LONGEST} characters.")
    return _hasher().hash(password.encode("utf-8", "surrogatepass"))


def check_password(password: str, email: str) -> None:
    """Raise NotAcceptedError for a password that nobody should choose: too short, or their e-mail."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise NotAcceptedError("password", f"The password must have {SHORTEST} to {LONGEST} characters.")
    if password.strip().lower() == email.strip().lower():
        raise NotAcceptedError("password", "The password must not be the e-mail address.")


def verify_password(password_hash: str | None, password: str) -> bool:
    """Return whether a password fits; as slow for None (nobody, or nobody with a password) as for anybody."""
    from argon2.exceptions import Argon2Error, InvalidHashError

    if len(password) > LONGEST:
        return False
    try:
        fits = _hasher().verify(password_hash or _nobody(), password.encode("utf-8", "surrogatepass"))
    except (Argon2Error, InvalidHashError):
        return False
    return fits and password_hash is not None


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's Argon2id minimum


@cache
def _nobody() -> str:
    return _hasher().hash(b"nobody")
