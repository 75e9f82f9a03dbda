"""Bodies that must be signed: checked on every address where a key may post."""

from __future__ import annotations

from datetime import datetime

import structlog
from starlette.datastructures import Headers

from adapters.grafana.signature import SignatureError, SignedBody
from router.api.errors import HttpError, unauthenticated
from router.metrics import AUTH_FAILURES
from router.store.credentials import Credential
from router.store.secrets import Secrets, UndecipherableError

_log = structlog.get_logger(__name__)


class Seal:
    """The signature of one request, checked while its body is read; holds for whoever need not sign.

    Parameters:
      headers: of the request.
      now: UTC.
    Raises HttpError 500 when no secret of the integration can be decrypted any more.
    """

    def __init__(self, secrets: Secrets, credential: Credential, headers: Headers, now: datetime) -> None:
        self._integration = credential.integration
        self._now = now
        self._body: SignedBody | None = None
        signing = credential.signing
        if signing is None:
            return
        self._signature = headers.get(signing.header, "")
        timestamp = headers.get(signing.timestamp_header)
        self._lacks_timestamp = signing.needs_timestamp and timestamp is None
        held = [one.secret_encrypted for one in signing.secrets if one.holds(now)]
        self._body = SignedBody(self._decrypted(secrets, held), timestamp)

    def take(self, piece: bytes) -> None:
        """Take in the next piece of the body as received."""
        if self._body is not None:
            self._body.take(piece)

    def check(self) -> None:
        """Accept the whole body, or raise HttpError 401; a refusal is counted by its reason."""
        if self._body is None:
            return
        if self._lacks_timestamp:
            raise self._refused(SignatureError("missing", "the timestamp header is missing"))
        try:
            self._body.verify(self._signature, self._now)
        except SignatureError as error:
            raise self._refused(error) from None

    def _refused(self, error: SignatureError) -> HttpError:
        AUTH_FAILURES.labels(f"signature_{error.fault}").inc()
        _log.warning("signature refused", integration=self._integration, reason=str(error))
        return unauthenticated(f"The signature does not hold: {error}.")

    def _decrypted(self, secrets: Secrets, held: list[bytes]) -> list[bytes]:
        found, fault = [], ""
        for encrypted in held:
            try:
                found.append(secrets.decrypt("hmac", encrypted).encode())
            except UndecipherableError as error:
                fault = str(error)
        if fault:
            _log.error("signing secret unusable", integration=self._integration, reason=fault)
        if not found:
            raise HttpError(500, "The secret that this sender signs with cannot be read; the log says why.")
        return found
