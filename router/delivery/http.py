"""HTTP out: pooled, bounded in time and size, never redirected or tried again; statuses become outcomes."""

from __future__ import annotations

import functools
import io
import json
import logging
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPResponse
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationValueError,
    NameResolutionError,
    NewConnectionError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as HTTPTimeoutError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Timeout

from router.clock import Clock, utc_now
from router.delivery.channel import Result
from router.delivery.dial import AddressRefused, dial, timed_reader

REFUSED = "the host is not a public address: ask an admin to add this contact"
BAD_CERTIFICATE = "the server's certificate is not trusted or not for this host"
_LONGEST_WAIT_S = 600.0
_RETRYABLE = frozenset((408, 425, 429))
_HOSTS = 256
_CONNECTIONS_PER_HOST = 16

# urllib3 logs request paths, which may be secrets.
logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a send may take, in seconds; `total_s` bounds it whatever the other side does."""

    connect_s: float = 3.0
    read_s: float = 7.0
    total_s: float = 9.5


@dataclass(frozen=True, slots=True)
class Answer:
    """How a request went, and the start of the body that came back (empty when none did).

    Parameters:
      status: what was answered; 0 when nothing was.
    """

    result: Result
    body: bytes = b""
    status: int = 0

    def said(self) -> dict[str, Any]:
        """Return the JSON object that came back; empty when it was none, however hostile."""
        try:
            decoded = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return decoded if isinstance(decoded, dict) else {}


class Http:
    """A client for all threads; connections are kept and shared, those to guarded hosts apart.

    Parameters:
      timeouts: for every request.
      clock: reads a Retry-After that is a date.
      context: whose authorities to trust; by default the system's (and SSL_CERT_FILE's).
      most_bytes: of an answer's body; the rest is not read.
    """

    def __init__(
        self,
        timeouts: Timeouts | None = None,
        *,
        clock: Clock = utc_now,
        context: ssl.SSLContext | None = None,
        most_bytes: int = 65_536,
    ) -> None:
        self._timeouts = timeouts or Timeouts()
        self._clock = clock
        self._most_bytes = most_bytes
        # One for all connections: reading the system's authorities for each takes milliseconds.
        context = context or ssl.create_default_context()
        self._anywhere = _pools(context, {"http": _PlainPool, "https": _TlsPool})
        self._public = _pools(context, {"http": _PublicPlainPool, "https": _PublicTlsPool})

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, public_only: bool
    ) -> Answer:
        """Send one request and return how it went; never raises for what the other side does.

        2xx is ok; 408, 425, 429, 5xx, a failed connection and a timeout are retryable; other 4xx, 3xx, a bad
        certificate and an address that is not public are permanent.

        Parameters:
          url: `http://` or `https://`, without user and password.
          public_only: connect to public addresses only.
        """
        pools = self._public if public_only else self._anywhere
        times = self._timeouts
        timeout = Timeout(connect=times.connect_s, read=times.read_s, total=times.total_s)
        try:
            response = pools.urlopen(
                method,
                url,
                headers=dict(headers),
                body=body,
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except AddressRefused:
            return Answer(Result("permanent", REFUSED))
        except HTTPError as error:
            return Answer(_failure(error))
        return Answer(self._outcome(response), self._read(response), response.status)

    def close(self) -> None:
        """Close idle connections."""
        self._anywhere.clear()
        self._public.clear()

    def _outcome(self, response: BaseHTTPResponse) -> Result:
        status = response.status
        if 200 <= status < 300:
            return Result("ok", f"answered {status}")
        if status in _RETRYABLE or status >= 500:
            wait = retry_after_s(response.headers.get("Retry-After"), self._clock())
            return Result("retryable", f"answered {status}", retry_after_s=wait)
        if 300 <= status < 400:
            return Result("permanent", f"answered {status}: redirects are not followed, correct the URL")
        return Result("permanent", f"answered {status}")

    def _read(self, response: BaseHTTPResponse) -> bytes:
        """Return the start of the body; what the status said stands, whatever happens here."""
        try:
            body = response.read(self._most_bytes + 1, decode_content=False)
        except (HTTPError, OSError):
            response.close()
            return b""
        if len(body) > self._most_bytes:
            response.close()
        else:
            response.release_conn()
        return body[: self._most_bytes]


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for (RFC 9110, 10.2.3), 600 at most.

    Parameters:
      value: seconds or an HTTP date; None or nonsense gives None.
      now: UTC.
    """
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), _LONGEST_WAIT_S)
    try:
        moment = parsedate_to_datetime(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return min(max((moment - now).total_seconds(), 0.0), _LONGEST_WAIT_S)
    except (ValueError, OverflowError):
        return None


def connection_failure(error: BaseException) -> Result:
    """Return how a connection that failed below any protocol counts: by its cause, without addresses."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Result("permanent", BAD_CERTIFICATE)
    if isinstance(error, ssl.SSLError):
        return Result("retryable", "the TLS connection failed")
    if isinstance(error, socket.gaierror):
        return Result("retryable", "the host's name is not known or could not be looked up")
    if isinstance(error, TimeoutError):
        return Result("retryable", "timed out")
    if isinstance(error, ConnectionRefusedError):
        return Result("retryable", "the connection was refused")
    return Result("retryable", "the connection failed or broke off")


def _failure(error: HTTPError) -> Result:
    if isinstance(error, LocationValueError):
        return Result("permanent", "the URL's host cannot be used")
    if isinstance(error, SSLError) and error.args and isinstance(error.args[0], ssl.SSLError):
        return connection_failure(error.args[0])
    if isinstance(error, NameResolutionError):
        return connection_failure(socket.gaierror())
    if isinstance(error, NewConnectionError):
        return connection_failure(error.__cause__ or error)
    if isinstance(error, HTTPTimeoutError):
        what = "connecting timed out" if isinstance(error, ConnectTimeoutError) else "no answer in time"
        return Result("retryable", what)
    return connection_failure(error)


def _pools(context: ssl.SSLContext, classes: dict[str, type[HTTPConnectionPool]]) -> urllib3.PoolManager:
    manager = urllib3.PoolManager(
        num_pools=_HOSTS, maxsize=_CONNECTIONS_PER_HOST, block=False, retries=False, ssl_context=context
    )
    manager.pool_classes_by_scheme = classes
    return manager


class _Dialing(HTTPConnection):
    """Connects by `dial` and reads an answer, its head and body, within one deadline."""

    public_only = False

    def _new_conn(self) -> socket.socket:
        assert self.timeout is not None  # every request has one
        try:
            return dial(self._dns_host, self.port, self.timeout, public_only=self.public_only)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "timed out") from error
        except OSError as error:
            raise NewConnectionError(self, "failed") from error

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # as urllib3 has it
        assert self.timeout is not None
        until = time.monotonic() + self.timeout
        self.response_class = functools.partial(_respond, until)  # type: ignore[assignment]  # called only
        return super().getresponse()


@dataclass(frozen=True, slots=True)
class _TimedSocket:
    """What http.client's response needs of a socket."""

    connection: socket.socket
    until: float

    def makefile(self, _mode: str) -> io.BufferedReader:
        return timed_reader(self.connection, self.until)


def _respond(until: float, connection: socket.socket, **options: Any) -> HTTPResponse:
    return HTTPResponse(_TimedSocket(connection, until), **options)  # type: ignore[arg-type]  # only read


class _TlsDialing(_Dialing, HTTPSConnection):
    """The same over TLS."""


class _PublicDialing(_Dialing):
    public_only = True


class _PublicTlsDialing(_TlsDialing):
    public_only = True


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Dialing


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsDialing


class _PublicPlainPool(HTTPConnectionPool):
    ConnectionCls = _PublicDialing


class _PublicTlsPool(HTTPSConnectionPool):
    ConnectionCls = _PublicTlsDialing
