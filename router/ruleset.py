"""The rules in force: loaded, kept, reloaded; what fails to load changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from router import metrics
from router.authors import Authors
from router.clock import Clock
from router.in_force import Rules
from router.store import revisions
from router.store.contacts import Described
from router.store.roster import RosterChange, RosterRefusedError, sync_roster
from router.store.secrets import Secrets
from router.store.unreached import unreached
from router.store.writer import Transaction, Writer
from rules.findings import Finding
from rules.load import empty, load
from rules.model import Chain, RuleSet
from rules.sources import Sources, SourcesError, read_sources

_WATCH_S = 2.0
_GONE_FOR_GOOD = 5  # looks that found no files: a directory that is being replaced is back sooner
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reload:
    """How a reload went.

    Parameters:
      ok: everything that the files say is in force.
      revision: what is in force now.
      findings: errors and warnings met.
      refused: why the roster was not taken over; empty when it was.
      failed: the namespaces whose files are not in force, the empty one for shared files.
    """

    ok: bool
    revision: str
    findings: tuple[Finding, ...] = ()
    refused: str = ""
    failed: frozenset[str] = frozenset()


class RulesError(Exception):
    """No rules can be put in force: the files cannot be loaded, and no good set was ever kept."""


class RuleBook:
    """Holds the rules in force; one for each process.

    Parameters:
      path: a file or a directory; None for the built-in rules.
      expand: what a `${…}` in a contact URL stands for.
      org_id: the organisation that rules and roster serve.
      describe: what delivery says of a contact's URL; raises ValueError for one that cannot be used.
      roster: more files, kept elsewhere than the rules; None for none.
    """

    def __init__(
        self,
        writer: Writer,
        secrets: Secrets,
        path: Path | None,
        expand: Callable[[str], str | None],
        clock: Clock,
        org_id: int,
        describe: Callable[[str], Described],
        roster: Path | None = None,
    ) -> None:
        self._describe = describe
        self._writer = writer
        self._secrets = secrets
        self._paths = tuple(filter(None, (path, roster)))
        self._expand = expand
        self._clock = clock
        self._org_id = org_id
        self._loading = threading.Lock()
        self._stop = threading.Event()
        self._tried: Sources | None = None
        self._expanded: dict[str, str | None] = {}  # what secrets in contacts stood for
        self._kept: Sources | None = None  # what was in force when this process started
        self._gone = 0  # looks at the files in a row that found none
        self._shown: set[str] = set()  # namespaces of which the gauge has ever spoken
        self._authors = Authors(path) if path is not None else None
        self._thread = threading.Thread(target=self._watch, name="rules-watch", daemon=True)
        self.current = Rules(empty(), None, clock(), org_id)
        self.last = Reload(True, self.current.ruleset.revision)

    def start(self) -> None:
        """Put the rules in force and watch their files.

        Files that cannot be loaded give way to the set that was last in force, so that a restart pages.
        Raises RulesError when there is none either.
        """
        if not self._paths:
            return
        kept = self._writer.run(lambda tx: revisions.in_force(tx.connection, self._org_id))
        self._kept = Sources.from_json(kept) if kept is not None else None
        self.reload()
        if self.current.sources is None:
            self._fall_back_on_kept()
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._authors is not None:
            self._authors.stop()

    def reload(self, *, confirmed: bool = False) -> Reload:
        """Read the files again and put in force what can be loaded.

        Parameters:
          confirmed: take over a roster that lost more than a quarter of its people as well.
        """
        with self._loading:
            try:
                self.last = self._reload(confirmed)
            except Exception:
                self._tried = None  # the database is away: the watch tries again
                raise
        self._show_success()
        _say(self.last)
        return self.last

    def _show_success(self) -> None:
        """Say for every namespace whether its files are in force; the empty one stands for shared files."""
        failed = self.last.failed if self.last.failed or self.last.ok else {""}
        routed = (route.namespace for route in self.current.ruleset.routes)
        self._shown |= {"", *self.current.ruleset.namespaces, *routed, *failed}
        for namespace in self._shown:
            metrics.RULES_RELOADED.labels(namespace).set(0 if namespace in failed else 1)

    def _reload(self, confirmed: bool) -> Reload:
        if not self._paths:
            return self.last
        try:
            sources = read_sources(*self._paths)
        except SourcesError as error:
            self._tried = None  # once they can be read again they are loaded, changed or not
            return Reload(False, self.current.ruleset.revision, refused=str(error))
        self._tried = sources
        self._expanded.clear()
        loaded = load(sources, self._remember, self.current.sources or self._kept)
        if loaded.ruleset is None or loaded.sources is None:
            return Reload(False, self.current.ruleset.revision, loaded.findings, failed=loaded.failed)
        ruleset, in_force, now = loaded.ruleset, loaded.sources, self._clock()
        refused, unheard = self._writer.run(lambda tx: self._keep(tx, ruleset, in_force, now, confirmed))
        if not refused:
            self._put_in_force(Rules(ruleset, in_force, now, self._org_id))
            metrics.RULES_RELOADED_AT.set(now.timestamp())
        ok = not loaded.failed and not refused
        findings = (*loaded.findings, *unheard)
        return Reload(ok, self.current.ruleset.revision, findings, refused, loaded.failed)

    def _remember(self, name: str) -> str | None:
        """Expand a secret, and keep what it stood for: its file may change without the rules."""
        self._expanded[name] = self._expand(name)
        return self._expanded[name]

    def _keep(
        self, tx: Transaction, ruleset: RuleSet, sources: Sources, now: datetime, confirmed: bool
    ) -> tuple[str, tuple[Finding, ...]]:
        """Take over the roster and note that these rules are in force.

        Returns why not, if so, and warnings about whom they name that nobody would be reached by.
        """
        try:
            change = sync_roster(
                tx.connection,
                self._secrets,
                ruleset.users,
                ruleset.groups,
                self._describe,
                now,
                confirmed=confirmed,
            )
        except RosterRefusedError as error:
            return str(error), ()
        tx.after_commit(lambda: _tell(change))
        revisions.put_in_force(tx, self._org_id, ruleset.revision, sources.to_json(), now)
        return "", unreached(tx.connection, self._org_id, used_chains(ruleset))

    def _fall_back_on_kept(self) -> None:
        loaded = load(self._kept, self._expand) if self._kept is not None else None
        if loaded is None or loaded.ruleset is None:
            faults = [f"{finding.place}: {finding.message}" for finding in self.last.findings[:20]]
            raise RulesError("\n".join([*filter(None, [self.last.refused]), *faults]))
        self._put_in_force(Rules(loaded.ruleset, loaded.sources, self._clock(), self._org_id))
        _log.error("rules cannot be loaded, the set last in force is used", revision=loaded.ruleset.revision)

    def _put_in_force(self, rules: Rules) -> None:
        self.current = rules
        if self._authors is not None:
            self._authors.look_up(rules)

    def _watch(self) -> None:
        while not self._stop.wait(_WATCH_S):
            try:
                if self._has_changed():
                    self.reload()
            except Exception as error:  # noqa: BLE001 - the database is away; the rules in force stay
                _log.warning(
                    "rules not reloaded, trying again", error=f"{type(error).__name__}: {error}"[:300]
                )
                self._tried = None

    def _has_changed(self) -> bool:
        """Return whether files or secrets are others than those tried; staying away counts, once."""
        try:
            sources = read_sources(*self._paths)
        except SourcesError:
            self._gone += 1
            return self._gone == _GONE_FOR_GOOD
        self._gone = 0
        return sources != self._tried or any(
            self._expand(name) != value for name, value in tuple(self._expanded.items())
        )


def used_chains(ruleset: RuleSet) -> list[Chain]:
    """Return the chains that some route pages by, or falls back on."""
    chains = {
        chain.name: chain
        for each in ruleset.terminals.values()
        for chain in (each.chain, each.fallback)
        if chain
    }
    return list(chains.values())


def _say(reload: Reload) -> None:
    for finding in reload.findings:
        log = _log.error if finding.severity == "error" else _log.warning
        log("rules", place=str(finding.place), finding=finding.message)
    if reload.ok:
        _log.info("rules reloaded", revision=reload.revision)
        return
    _log.error(
        "rules not all loaded",
        in_force=reload.revision,
        refused=reload.refused,
        namespaces=sorted(name or "shared files" for name in reload.failed),
    )


def _tell(change: RosterChange) -> None:
    for warning in change.warnings:
        _log.warning("roster", finding=warning)
    if change:
        _log.info("roster changed", **change.names())
