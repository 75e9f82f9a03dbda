"""Tells people that the database is away, without it: directly, by the contacts of a setting.

Whom else PingParrot could tell stands in the database, and so does every page.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from router import metrics
from router.clock import Clock
from router.delivery.channel import ContactAddress, Message, Result
from router.delivery.channels import registry
from router.lifecycle.outage import Outage, Telling, look

LOOK_EVERY_S = 15.0
LOOK_AGAIN_EVERY_S = 3.0
"""While the database is away, or somebody has not been told yet."""

ANSWER_WITHIN_S = 10.0
_MOST_TRIES = 20
_log = structlog.get_logger(__name__)


@dataclass
class _Owed:
    """A message that one contact has not been handed yet."""

    number: int
    url: str = field(repr=False)
    message: Message
    tries: int = 0


class EmergencyWatch:
    """Asks the database now and then, from a thread of its own, and tells contacts of an outage and its end.

    Parameters:
      ask: raises when the database cannot be written to.
      contacts: URLs that their channels have found good.
      role: of the process: `serve`, `api` or `worker`.
      where: the database as people know it, without secrets.
      answer_within_s: an answer that takes longer counts as none.
    """

    def __init__(
        self,
        ask: Callable[[], None],
        contacts: Sequence[str],
        role: str,
        where: str,
        clock: Clock,
        answer_within_s: float = ANSWER_WITHIN_S,
    ) -> None:
        self._ask = ask
        self._answer_within_s = answer_within_s
        self._contacts = contacts
        self._process = f"pingparrot {role} on {socket.gethostname()}"
        self._where = where
        self._clock = clock
        self._outage = Outage()
        self._owed: list[_Owed] = []
        self._answer: Future[None] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="emergency", daemon=True)

    def start(self) -> None:
        """Start to look."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; a message that is being handed over is waited for."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Ask the database once, and tell whoever is to be told."""
        answered = self._answers()
        self._outage, telling = look(self._outage, answered, self._clock())
        if telling is not None:
            _log.error("database away" if telling.kind == "away" else "database back", since=telling.since)
            message = _message(telling, self._process, self._where)
            # What could not be handed over before is overtaken by this.
            self._owed = [_Owed(number, url, message) for number, url in enumerate(self._contacts, 1)]
        self._owed = [owed for owed in self._owed if not self._told(owed)]

    def _loop(self) -> None:
        every = LOOK_EVERY_S
        while not self._stop.wait(every):
            try:
                self.look()
            except Exception:  # noqa: BLE001 - whatever it is, the next look must come
                _log.exception("emergency watch failed")
            every = LOOK_AGAIN_EVERY_S if self._outage.since or self._owed else LOOK_EVERY_S

    def _answers(self) -> bool:
        """Whether the database answers in time; one that hangs is asked by one thread only, until it does."""
        if self._answer is None:
            self._answer = Future()
            asking = threading.Thread(target=self._put, args=(self._answer,), daemon=True)
            asking.start()
        try:
            self._answer.result(self._answer_within_s)
        except TimeoutError:
            if self._answer.done():  # it is the database's own error that has this name
                self._answer = None
            return False
        except Exception as error:  # noqa: BLE001 - every way of failing is one
            _log.warning("the database does not take writes", error=f"{type(error).__name__}")
            self._answer = None
            return False
        self._answer = None
        return True

    def _put(self, answer: Future[None]) -> None:
        try:
            self._ask()
        except BaseException as error:  # noqa: BLE001 - told to who waits
            answer.set_exception(error)
        else:
            answer.set_result(None)

    def _told(self, owed: _Owed) -> bool:
        """Hand a message over; returns whether it need not be tried again."""
        owed.tries += 1
        channel = registry.channel_for(owed.url)
        try:
            result = channel.send(ContactAddress(owed.url, trusted=True), owed.message)
        except Exception as error:  # noqa: BLE001 - a channel's own fault must not cost the other contacts
            result = Result("retryable", f"the channel failed: {type(error).__name__}")
        metrics.EMERGENCY.labels(result.outcome).inc()
        log = _log.bind(contact=owed.number, channel=channel.name, subject=owed.message.subject)
        if result.outcome == "ok":
            log.info("emergency contact told")
            return True
        given_up = result.outcome == "permanent" or owed.tries >= _MOST_TRIES
        log.error("emergency contact not told", detail=result.detail, given_up=given_up)
        return given_up


def _message(telling: Telling, process: str, where: str) -> Message:
    if telling.kind == "away":
        subject = f"PingParrot cannot reach its database: nobody is paged ({process})"
        text = (
            f"{process} has not been able to write to {where} since {_spelled(telling.since)}.\n\n"
            "Until it is back no alert is taken (senders are answered 503 and try again), and no page is "
            "sent, repeated, escalated or acknowledged by this process. Nothing that was taken before is "
            "lost. You are told once more when it is back. What to do: docs/runbook.md, "
            '"PingParrot cannot reach its database".'
        )
    else:
        away = _spelled_for(telling.until - telling.since)
        subject = f"[RESOLVED] PingParrot reaches its database again, after {away} ({process})"
        text = (
            f"{process} could not write to {where} from {_spelled(telling.since)} to "
            f"{_spelled(telling.until)}, for {away}. What was owed meanwhile goes out now."
        )
    return Message(
        notification_id=int(telling.until.timestamp()),
        page_id=0,
        kind="page" if telling.kind == "away" else "resolved",
        subject=subject[:200],
        text=text,
        priority="critical",
        status="active" if telling.kind == "away" else "cancelled",
        created_at=telling.since,
        recipient="emergency contact",
    )


def _spelled(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _spelled_for(passed: timedelta) -> str:
    seconds = max(0, int(passed.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
