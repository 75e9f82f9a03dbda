"""What lets somebody in: keys of integrations, bearer tokens, passwords."""

from __future__ import annotations

from router.store.credentials.integrations import (
    Integration,
    KeyInfo,
    create_key,
    ensure_integration,
    find_integration,
    get_integration,
    list_integrations,
    list_keys,
    revoke_key,
)
from router.store.credentials.keyring import Credential, Found, KeyRing
from router.store.credentials.last_used import LastUsed
from router.store.credentials.passwords import hash_password, verify_password
from router.store.credentials.tokens import Account, create_token, find_token, revoke_token, revoke_tokens

__all__ = [
    "Account",
    "Credential",
    "Found",
    "Integration",
    "KeyInfo",
    "KeyRing",
    "LastUsed",
    "create_key",
    "create_token",
    "ensure_integration",
    "find_integration",
    "find_token",
    "get_integration",
    "hash_password",
    "list_integrations",
    "list_keys",
    "revoke_key",
    "revoke_token",
    "revoke_tokens",
    "verify_password",
]
