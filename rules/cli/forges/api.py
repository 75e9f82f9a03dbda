"""A forge's REST API: bounded in time and size, never led elsewhere, and its token never told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_TIMEOUT_S = 15.0
_MOST_BYTES = 20 << 20
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ForgeError(Exception):
    """The comment could not be posted; says why, without the token."""


class NotAllowedError(ForgeError):
    """The token may not comment: it is a fork's, say."""


@dataclass(frozen=True)
class Api:
    """One forge's API.

    Parameters:
      address: `https://api.github.com`.
      headers: with the token.
    """

    address: str
    headers: Mapping[str, str] = field(repr=False)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return what the API answers, from JSON. Raises ForgeError."""
        import urllib3  # a command that posts nothing starts without it

        parts = urlsplit(self.address)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise ForgeError(f"{parts.scheme}://{parts.netloc}: would get the token unencrypted. Use https.")
        http = urllib3.PoolManager(timeout=_TIMEOUT_S, retries=False)
        try:
            answer = http.request(
                method,
                self.address.rstrip("/") + path,
                headers={"User-Agent": "pingparrot", "Accept": "application/json", **self.headers},
                json=body,
                redirect=False,
                preload_content=False,
            )
            said = answer.read(_MOST_BYTES, decode_content=True)
            answer.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise ForgeError(f"{parts.netloc}: no answer ({type(error).__name__}).") from None
        finally:
            http.clear()
        what = f"{method} {path} at {parts.netloc}: {answer.status}"
        if answer.status in (403, 404):
            raise NotAllowedError(f"{what}. The token may not comment here.")
        if answer.status == 401:
            raise ForgeError(f"{what}. The token is not valid (any more).")
        if not 200 <= answer.status < 300:
            raise ForgeError(f"{what}. Try again, or look at what the forge says of its state.")
        try:
            return json.loads(said)
        except ValueError:
            raise ForgeError(f"{what}, and no JSON. Is this the forge's API?") from None
