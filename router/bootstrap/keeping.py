"""Keeps the database at what the bootstrap file says, from the start on and whenever its files change."""

from __future__ import annotations

import threading
from pathlib import Path

import structlog

from router import metrics
from router.bootstrap.reading import read_bootstrap
from router.clock import Clock
from router.store.bootstrap import Applied, BootstrapError, Declared, apply
from router.store.secrets import Secrets
from router.store.writer import Transaction, Writer

_WATCH_S = 2.0
_log = structlog.get_logger(__name__)


class Bootstrap:
    """Applies the bootstrap file; one for each process that takes webhooks.

    Parameters:
      path: None for no file: nothing is done, and what one gave before stays.
    """

    def __init__(self, writer: Writer, secrets: Secrets, path: Path | None, clock: Clock) -> None:
        self._writer = writer
        self._secrets = secrets
        self._path = path
        self._clock = clock
        self._applying = threading.Lock()
        self._stop = threading.Event()
        self._tried: Declared | str | None = None
        self._thread = threading.Thread(target=self._watch, name="bootstrap-watch", daemon=True)
        self.fault = ""
        """Why the files are not in force; empty when they are."""

    def start(self) -> None:
        """Apply the file, and do so again when it or a file that it names changes.

        Raises BootstrapError.
        """
        if self._path is None:
            return
        self.reload()
        if self.fault:
            raise BootstrapError(self.fault)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def reload(self) -> None:
        """Read the files again and apply them all, or none of them: `fault` then says why."""
        if self._path is not None:
            self._bring(self._path, again=True)

    def _bring(self, path: Path, *, again: bool) -> None:
        """Apply what the files say now; unless `again`, only when that is not what was tried last."""
        with self._applying:
            said = _read(path)
            if said == self._tried and not again:
                return
            self._tried = None  # if the database is away, the watch tries again
            self.fault = said if isinstance(said, str) else self._apply(said)
            self._tried = said
            metrics.BOOTSTRAP_FAILING.set(1 if self.fault else 0)
            if self.fault:
                _log.error("bootstrap file not applied, what it gave before stays", fault=self.fault)

    def _apply(self, declared: Declared) -> str:
        now = self._clock()

        def job(tx: Transaction) -> Applied:
            return apply(tx.connection, self._secrets, declared, now)

        try:
            applied = self._writer.run(job)
        except BootstrapError as error:
            return str(error)
        for remark in applied.remarks:
            _log.warning("bootstrap", finding=remark)
        if applied.changes:
            _log.info("bootstrap file applied", changes=applied.changes)
        return ""

    def _watch(self) -> None:
        while not self._stop.wait(_WATCH_S):
            try:
                if self._path is not None:
                    self._bring(self._path, again=False)
            except Exception as error:  # noqa: BLE001 - the database is away; what was applied stays
                _log.warning(
                    "bootstrap file not applied, trying again", error=f"{type(error).__name__}: {error}"[:300]
                )


def _read(path: Path) -> Declared | str:
    try:
        return read_bootstrap(path)
    except BootstrapError as error:
        return str(error)
