"""Lets callers in: API keys with their allow-lists, bearer tokens with their roles (reference,
"Authentication")."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request

from router.api.client import Address, client_address, network_of, unnamed_proxy
from router.api.errors import HttpError, unauthenticated
from router.api.operation import Access, Call
from router.api.services import Services
from router.commands.refusals import Forbidden
from router.metrics import AUTH_FAILURES
from router.store.credentials import Account, Credential, find_token

_LONGEST = 512
_log = structlog.get_logger(__name__)


def admit(call: Call, access: Access) -> Call:
    """Return the call with who makes it. Raises HttpError 401 or 403, or Forbidden; reads the database."""
    if access == "public":
        return call
    if access == "key":
        return replace(call, credential=admit_by_key(call.services, call.request))
    user = _user_of(call)
    if access == "admin" and not user.is_admin:
        raise Forbidden("This is for admins only.")
    return replace(call, user=user)


def admit_by_key(services: Services, request: Request) -> Credential:
    """Return the integration that a request's API key belongs to.

    Raises HttpError 401 without a key that holds, 403 from an address that the key does not allow.
    """
    key = api_key(request.headers)
    credential = services.keyring.find(key) if key else None
    if credential is None:
        AUTH_FAILURES.labels("key").inc()
        _tell(services, request, "its key is unknown or revoked" if key else "it has no key")
        raise unauthenticated("Missing or invalid API key.")
    address = address_of(services, request)
    if not credential.allows(address):
        AUTH_FAILURES.labels("address").inc()
        _tell(services, request, f"the key of {credential.integration} does not allow its address")
        raise HttpError(403, f"IP not permitted: this API key may not be used from {address}.")
    services.key_uses.note(credential.key_id, lambda: address)
    return credential


def address_of(services: Services, request: Request) -> Address | None:
    """Return the address of whoever asks, None when it cannot be told; tells once of a proxy not named."""
    proxies = services.settings.trusted_proxies
    unnamed = unnamed_proxy(request, proxies)
    if unnamed is not None and services.proxies_told.attempt(str(unnamed), services.clock()) == 0:
        _log.warning(
            "X-Forwarded-For is not believed",
            address=str(unnamed),
            remedy="if this is a proxy of yours, name it in PINGPARROT_TRUSTED_PROXIES",
        )
    return client_address(request, proxies)


def _tell(services: Services, request: Request, reason: str) -> None:
    """Say in the log that a sender's alerts are refused, which it does not mend by itself.

    Once a minute for each network: whoever knocks often must not fill the log.
    """
    address = address_of(services, request)
    if services.refusals_told.attempt(network_of(address), services.clock()) == 0:
        _log.warning("sender refused", reason=reason, address=str(address), path=request.url.path[:200])


def api_key(headers: Headers) -> str:
    """Return the key of a request, or nothing.

    Taken as X-API-Key, `Authorization: Bearer`, `Authorization: X-API-Key`, and as the password of Basic
    (or its user, where a URL had no password): docs/facts.md, "Alertmanager body" and "Grafana".
    """
    plain = headers.get("x-api-key", "").strip()
    if plain:
        return plain[:_LONGEST]
    scheme, value = _authorization(headers)
    if scheme == "basic":
        user, _, password = _decode_basic(value).partition(":")
        return (password or user)[:_LONGEST]
    return value if scheme in ("bearer", "x-api-key") else ""


def bearer_token(headers: Headers) -> str:
    """Return the bearer token of a request, or nothing."""
    scheme, value = _authorization(headers)
    return value if scheme == "bearer" else ""


def note_token(services: Services, request: Request, user: Account) -> None:
    """Note that somebody's token, or session of the dashboard, was used."""
    if user.token_id is not None:
        services.token_uses.note(user.token_id, lambda: address_of(services, request))


def _user_of(call: Call) -> Account:
    token = bearer_token(call.request.headers)
    if token:
        with call.services.database.read() as connection:
            user = find_token(connection, token)
        if user is not None:
            note_token(call.services, call.request, user)
            return user
    AUTH_FAILURES.labels("token").inc()
    raise unauthenticated()


def _authorization(headers: Headers) -> tuple[str, str]:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return scheme.lower(), value.strip()[:_LONGEST]


def _decode_basic(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
