"""Log-in by an OpenID provider: the authorization code flow with PKCE.

Sources: OpenID Connect Core 1.0, sections 3.1.2 to 3.1.3.7; Discovery 1.0, section 4; RFC 7636. Authlib, of
the extra `oidc`, is imported only when a provider is configured.
"""

from __future__ import annotations

import secrets
import threading
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from router.delivery.http import Http
from router.setting_values import is_safe
from router.settings import Settings, SettingsError

CALLBACK = "/login/oidc/callback"
"""Where the provider sends people back to, under the public URL."""

_ALGORITHMS = ("RS256", "ES256")
_LEEWAY_S = 60
_MOST_BYTES = 512 * 1024
_AT_ONCE = 4  # a provider that hangs must not hold every thread of the server
_PARTIAL = (
    "PINGPARROT_OIDC_ISSUER, PINGPARROT_OIDC_CLIENT_ID and PINGPARROT_OIDC_CLIENT_SECRET belong together"
)


class ProviderError(Exception):
    """A log-in that the provider did not make good; the text is for the log, without secrets.

    Parameters:
      is_away: whether the provider gave no answer, or none that can be read.
    """

    def __init__(self, why: str, *, is_away: bool = False) -> None:
        super().__init__(why)
        self.is_away = is_away


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one browser's log-in is known by.

    Parameters:
      state: in the addresses there and back.
      nonce: in the ID token.
      verifier: for PKCE.
    """

    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)


def wrong_with(settings: Settings) -> str:
    """Return why no server starts with these settings of the provider; empty when they are good."""
    given = (settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret)
    if not any(given):
        return ""
    if not all(given):
        return f"{_PARTIAL}: give all three, or none."
    if not settings.public_url:
        return "PINGPARROT_OIDC_ISSUER needs PINGPARROT_PUBLIC_URL: the provider sends people back there."
    try:
        import authlib.oidc.core  # noqa: F401 - only whether it is there
    except ImportError:
        return "PINGPARROT_OIDC_ISSUER needs a package: install pingparrot[oidc], or unset it."
    return ""


def open_provider(settings: Settings) -> Provider | None:
    """Return the provider that the settings name, or None. Raises SettingsError as `wrong_with` says."""
    wrong = wrong_with(settings)
    if wrong:
        raise SettingsError(wrong)
    return Provider(settings, Http(most_bytes=_MOST_BYTES)) if settings.oidc_issuer else None


class Provider:
    """The OpenID provider, asked anew for its addresses and keys at every log-in. Safe to share."""

    def __init__(self, settings: Settings, http: Http) -> None:
        self._issuer = settings.oidc_issuer.rstrip("/")
        self._client_id = settings.oidc_client_id
        self._client_secret = settings.oidc_client_secret
        self._callback = settings.public_url + CALLBACK
        self._http = http
        self._places = threading.BoundedSemaphore(_AT_ONCE)

    def address_for(self, attempt: Attempt) -> str:
        """Return where to send a browser that wants to log in. Raises ProviderError."""
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        told = self._discovered()
        begins_at = _endpoint(told, "authorization_endpoint")
        groups = " groups" if _lists(told, "scopes_supported", "groups", unsaid=False) else ""
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._callback,
            "scope": f"openid email profile{groups}",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": create_s256_code_challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        return f"{begins_at}{'&' if '?' in begins_at else '?'}{urlencode(asked)}"

    def claims(self, code: str, attempt: Attempt, now: datetime) -> Mapping[str, Any]:
        """Return what the provider says of whom it sent back, once it is proven to be said by it, to us, now.

        Parameters:
          code: from the address that the browser came back to.
          now: UTC.
        Raises ProviderError.
        """
        told = self._discovered()
        token = self._redeem(told, code, attempt)
        keys = self._ask("GET", _endpoint(told, "jwks_uri"))
        return self._proven(token, keys, told["issuer"], attempt, now)

    def _discovered(self) -> dict[str, Any]:
        told = self._ask("GET", f"{self._issuer}/.well-known/openid-configuration")
        issuer = told.get("issuer")
        if not isinstance(issuer, str) or issuer.rstrip("/") != self._issuer:
            raise ProviderError("its configuration names another issuer than PINGPARROT_OIDC_ISSUER")
        return told

    def _redeem(self, told: Mapping[str, Any], code: str, attempt: Attempt) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback,
            "code_verifier": attempt.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if _lists(told, "token_endpoint_auth_methods_supported", "client_secret_basic", unsaid=True):
            pair = f"{quote(self._client_id, safe='')}:{quote(self._client_secret, safe='')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": self._client_id, "client_secret": self._client_secret}
        answer = self._ask("POST", _endpoint(told, "token_endpoint"), urlencode(form).encode(), headers)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderError("it gave no ID token for the code")
        return token

    def _proven(
        self, token: str, keys: dict[str, Any], issuer: str, attempt: Attempt, now: datetime
    ) -> Mapping[str, Any]:
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        must = {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": self._client_id},
        }
        expected = {"nonce": attempt.nonce, "client_id": self._client_id}
        try:
            read = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)  # type: ignore[arg-type]
            claims = CodeIDToken(read.claims, read.header, must, expected)
            claims.validate(now=int(now.timestamp()), leeway=_LEEWAY_S)
        except JoseError as error:
            raise ProviderError(f"its ID token does not hold: {error}"[:200]) from None
        except (
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            RecursionError,
        ) as error:  # not shaped as one
            raise ProviderError(f"its ID token or keys cannot be read: {type(error).__name__}") from None
        return dict(claims)

    def _ask(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        if not self._places.acquire(blocking=False):
            raise ProviderError("too many people log in at once", is_away=True)
        try:
            answer = self._http.request(
                method,
                url,
                headers={"Accept": "application/json", **(headers or {})},
                body=body,
                public_only=False,
            )
        finally:
            self._places.release()
        if answer.result.outcome != "ok":
            away = answer.status == 0 or answer.status >= 500
            raise ProviderError(
                f"its {_last(url)} did not answer: {answer.result.detail}"[:200], is_away=away
            )
        return answer.said()


def _endpoint(told: Mapping[str, Any], name: str) -> str:
    url = told.get(name)
    if not isinstance(url, str) or not url.isprintable() or not is_safe(url):
        raise ProviderError(f"its configuration has no {name} that begins with https://")
    return url


def _lists(told: Mapping[str, Any], name: str, word: str, *, unsaid: bool) -> bool:
    listed = told.get(name)
    return word in listed if isinstance(listed, list) else unsaid


def _last(url: str) -> str:
    return url.split("?")[0].rpartition("/")[2]
