"""Who last changed the routes in force: looked up in git's history, off everybody's way.

In a thread of its own, once rules are in force. Pages that are made before it is done have no author; a
history that cannot be read is a line in the log, and nothing else.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import structlog

from router.in_force import Rules
from rules.texts import Sources

_MOST_S = 60.0
_PAUSE_S = 0.001  # at each commit, so that webhooks never wait for it
_log = structlog.get_logger(__name__)


class Authors:
    """Looks up who last changed the routes, for the newest rules alone.

    Parameters:
      path: where the rules are read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._given_up = threading.Event()
        self._thread: threading.Thread | None = None

    def look_up(self, rules: Rules) -> None:
        """Begin to look for the authors of rules; what was begun before is given up."""
        self.stop()
        if rules.sources is None or rules.sources.commit is None:
            return
        self._given_up = threading.Event()
        about = rules, rules.sources, self._given_up
        self._thread = threading.Thread(target=self._run, args=about, name="rules-authors", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Give up what was begun, and wait for its end."""
        self._given_up.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, rules: Rules, sources: Sources, given_up: threading.Event) -> None:
        until = time.monotonic() + _MOST_S
        try:
            from rules.blame import last_changes  # brings dulwich along: 12 MB that only a checkout costs

            found = last_changes(
                self._path,
                sources,
                list(rules.places()),
                lambda: not given_up.wait(_PAUSE_S) and time.monotonic() < until,
            )
        except Exception as error:  # noqa: BLE001 - pages are made without an author
            _log.warning("who last changed the rules is not known", error=str(error)[:300])
            return
        if not given_up.is_set():
            rules.learn({place: change for place, change in found.items() if change is not None})
