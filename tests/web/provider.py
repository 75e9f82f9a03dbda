"""A small OpenID provider on loopback: it checks client, code and PKCE, and signs what it is told to."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from router.clock import Clock
from tests.sinks import HttpSink, Received, Reply

CLIENT_ID, CLIENT_SECRET = "pingparrot", "s3cret/+:"


@dataclass
class OpenID:
    """The provider; tests change what it says of people, and how it errs.

    Parameters:
      person: claims about who logs in.
      spoiled: claims of the next token to overwrite; None leaves one out.
      key, published: what it signs with, and what it says it signs with.
      methods: how it says that clients prove themselves; None to say nothing.
    """

    sink: HttpSink
    clock: Clock
    person: dict[str, Any] = field(default_factory=dict)
    spoiled: dict[str, Any] = field(default_factory=dict)
    key: RSAKey | ECKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    published: RSAKey | ECKey | None = None
    methods: Any = None
    told: dict[str, Any] = field(default_factory=dict)
    _asked: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        """Its name, and where it is."""
        return f"http://127.0.0.1:{self.sink.port}/realm"

    def authorize(self, address: str) -> dict[str, str]:
        """Log the person in at the address that a browser was sent to; returns what it comes back with."""
        assert address.startswith(f"{self.issuer}/authorize?")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self._asked)}"
        self._asked[code] = asked
        return {"code": code, "state": asked["state"]}

    def answer(self, request: Received) -> Reply:
        """Answer a server."""
        answers: dict[str, Callable[[Received], Reply]] = {
            "/realm/.well-known/openid-configuration": self._configuration,
            "/realm/keys": self._keys,
            "/realm/token": self._token,
        }
        return answers[request.path](request)

    def _configuration(self, _: Received) -> Reply:
        told: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        if self.methods is not None:
            told["token_endpoint_auth_methods_supported"] = self.methods
        return _json(told | self.told)

    def _keys(self, _: Received) -> Reply:
        return _json({"keys": [(self.published or self.key).as_dict(private=False)]})

    def _token(self, request: Received) -> Reply:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if self.methods == ["client_secret_post"]:
            proof = f"{form.get('client_id')}:{form.get('client_secret')}"
            right = f"{CLIENT_ID}:{CLIENT_SECRET}"
        else:
            proof = b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
            right = f"{CLIENT_ID}:s3cret%2F%2B%3A"
        if proof != right:
            return _json({"error": "invalid_client"}, 401)
        asked = self._asked.pop(form["code"], None)
        if (
            asked is None
            or form["redirect_uri"] != asked["redirect_uri"]
            or create_s256_code_challenge(form["code_verifier"]) != asked["code_challenge"]
        ):
            return _json({"error": "invalid_grant"}, 400)
        now = int(self.clock().timestamp())
        claims = {
            "iss": self.issuer,
            "sub": "42",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.person,
            **self.spoiled,
        }
        header = {"alg": "ES256" if isinstance(self.key, ECKey) else "RS256", "kid": "one"}
        given = {name: value for name, value in claims.items() if value is not None}
        return _json({"token_type": "Bearer", "id_token": jwt.encode(header, given, self.key)})


@contextmanager
def run_openid(clock: Clock) -> Iterator[OpenID]:
    """Run a provider at which Bob logs in."""
    with HttpSink() as sink:
        openid = OpenID(sink, clock, {"email": "Bob@example.com", "email_verified": True, "name": "Bob"})
        sink.otherwise = openid.answer
        yield openid


def _json(body: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
