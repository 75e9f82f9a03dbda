"""What lets somebody in: keys of integrations, bearer tokens, passwords."""

from __future__ import annotations

from router.store.credentials.integrations import (
    Integration,
    KeyInfo,
    change_integration,
    create_key,
    ensure_integration,
    find_integration,
    find_key,
    get_integration,
    list_integrations,
    list_keys,
    revoke_key,
)
from router.store.credentials.keyring import Credential, Found, KeyRing
from router.store.credentials.last_used import LastUsed
from router.store.credentials.passwords import check_password, hash_password, verify_password
from router.store.credentials.seen import Seen, seen
from router.store.credentials.signing import (
    HmacSecret,
    Signing,
    remove_secrets,
    secrets_of,
    set_secret,
)
from router.store.credentials.tokens import (
    Account,
    TokenInfo,
    account_of,
    create_token,
    find_session,
    find_token,
    list_tokens,
    revoke_token,
    revoke_tokens,
)

__all__ = [
    "Account",
    "Credential",
    "Found",
    "HmacSecret",
    "Integration",
    "KeyInfo",
    "KeyRing",
    "LastUsed",
    "Seen",
    "Signing",
    "TokenInfo",
    "account_of",
    "change_integration",
    "check_password",
    "create_key",
    "create_token",
    "ensure_integration",
    "find_integration",
    "find_key",
    "find_session",
    "find_token",
    "get_integration",
    "hash_password",
    "list_integrations",
    "list_keys",
    "list_tokens",
    "remove_secrets",
    "revoke_key",
    "revoke_token",
    "revoke_tokens",
    "secrets_of",
    "seen",
    "set_secret",
    "verify_password",
]
