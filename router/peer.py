"""The other PingParrot, which watches this one: it is sent a heartbeat once a minute, by any one process."""

from __future__ import annotations

import threading
from datetime import timedelta

import structlog

from router import metrics
from router.clock import Clock
from router.delivery.channel import Result
from router.delivery.http import Http
from router.store import chores
from router.store.writer import Writer

EVERY = timedelta(minutes=1)
_CHORE = "peer heartbeat"
_LOOK_EVERY_S = 2.0
_log = structlog.get_logger(__name__)


class Peer:
    """Sends heartbeats from a thread of its own, so that a slow peer holds up nothing here.

    Whose turn it is stands in the database: a PingParrot that cannot write there sends none, and is missed.

    Parameters:
      url: of the heartbeat over there: `https://…/api/heartbeats/NAME`.
      key: of an integration over there.
    """

    def __init__(self, writer: Writer, http: Http, url: str, key: str, clock: Clock) -> None:
        self._writer = writer
        self._http = http
        self._url = url
        self._key = key
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="peer", daemon=True)
        self._last = "ok"

    def start(self) -> None:
        """Start to send."""
        self._thread.start()

    def stop(self) -> None:
        """Stop sending; one that is under way is waited for."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def beat(self) -> Result | None:
        """Send a heartbeat if it is time for one, and nobody else has; returns how that went."""
        now = self._clock()
        if not self._writer.run(lambda tx: chores.claim(tx, _CHORE, EVERY, now)):
            return None
        headers = {"User-Agent": "PingParrot", "X-API-Key": self._key}
        result = self._http.request("POST", self._url, headers=headers, body=b"", public_only=False).result
        metrics.PEER_BEATS.labels(result.outcome).inc()
        if result.outcome != self._last:
            log = _log.info if result.outcome == "ok" else _log.warning
            log("peer", outcome=result.outcome, detail=result.detail)
        self._last = result.outcome
        return result

    def _loop(self) -> None:
        while not self._stop.wait(_LOOK_EVERY_S):
            try:
                self.beat()
            except Exception as error:  # noqa: BLE001 - the database is away: the peer is right to miss us
                _log.warning("no heartbeat for the peer", error=f"{type(error).__name__}: {error}"[:300])
