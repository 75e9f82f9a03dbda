"""A rule set put together from its files: what is named first, then the routes that use the names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rules.document import DocumentError, MapNode, Node, ScalarNode, parse_document, printed
from rules.findings import ChosenLevel, Finding
from rules.heartbeats import CompiledTakers
from rules.loading.behaviour import (
    BUILT_IN,
    BUILT_IN_BEHAVIOUR,
    DAY,
    EVERYBODY,
    FIELDS,
    MINUTE,
    Behaviour,
    read_behaviour,
)
from rules.loading.chains import read_chains
from rules.loading.faults import Faults
from rules.loading.habits import ALERTMANAGERS, is_alertmanagers
from rules.loading.heartbeats import read_heartbeats
from rules.loading.integrations import read_integrations
from rules.loading.intervals import read_time_intervals
from rules.loading.names import Names
from rules.loading.reading import read_duration, read_entries, read_fields, read_name, read_number
from rules.loading.roster import read_groups, read_users
from rules.loading.routes import DEFAULT, Above, Surroundings, make_terminal, read_matchers, read_routes
from rules.loading.severities import read_severities
from rules.match import compile_routes
from rules.matchers import Matcher
from rules.model import (
    Chain,
    Heartbeat,
    RosterGroup,
    RosterUser,
    Route,
    RuleSet,
    Terminal,
    TimeIntervals,
    Traced,
)
from rules.places import Place
from rules.texts import Sources

SECTIONS = ("namespace", "chains", "time_intervals", "groups", "routes", "heartbeats")
SHARED_SECTIONS = (*SECTIONS, "defaults", "integrations", "lint", "namespaces", "users")
STALE_AFTER_S = 2 * DAY
BURST = 5
_MOST_BURST = 1_000

_NAMESPACE_LINE = re.compile(r"^namespace:[ \t]*[\"']?([^\s\"'#/]{1,100})", re.MULTILINE)


def namespace_of(text: str) -> str:
    """Return the namespace that a file's text claims, even when it is not YAML; empty for a shared one."""
    line = _NAMESPACE_LINE.search(text)
    return line[1] if line else ""


@dataclass(frozen=True, slots=True)
class _File:
    """A file that could be parsed: its sections by name, and where its faults go."""

    name: str
    sections: Mapping[str, Node]
    faults: Faults


class Assembly:
    """One attempt at loading: reads everything, collects findings, and makes the rule set if it may.

    Parameters:
      sources: the texts.
      expand: what stands for secrets in contacts.
      known_owners: the namespaces that files had before, for those that cannot be read now.
      built_in: there are no files and none are missed.
    """

    def __init__(
        self,
        sources: Sources,
        expand: Callable[[str], str | None],
        known_owners: Mapping[str, str],
        *,
        built_in: bool = False,
    ) -> None:
        self._sources = sources
        self._findings: list[Finding] = []
        self._unread: set[str] = set()
        self._chains: Names[Chain] = Names("chain", self._unread)
        self._intervals: Names[TimeIntervals] = Names("time interval", self._unread)
        self._groups: Names[RosterGroup] = Names("group")
        self._users: Names[RosterUser] = Names("user")
        self._heartbeats: Names[Heartbeat] = Names("heartbeat")
        self._namespaces: dict[str, tuple[Matcher, ...]] = {}
        self._namespace_places: dict[str, Place] = {}
        self._resolve_holds: dict[str, int] = {}
        self._lint: dict[str, ChosenLevel] = {}
        self._stale_after_s = STALE_AFTER_S
        self._burst = BURST
        self._default_place = BUILT_IN
        self.owners: dict[str, str] = {}
        """The namespace of every file, by its name."""
        if not sources.files and not built_in:
            Faults(self._findings).error(
                "no-rules", Place("(rules)", 1), "there are no rule files: check the path."
            )
        for name, reason in sources.unreadable.items():
            self.owners[name] = known_owners.get(name, "")
            place = Place(name, 1)
            Faults(self._findings, self.owners[name]).error(
                "unreadable", place, f"cannot be read: {reason}. Correct it or remove the file."
            )
            self._unread.add(self.owners[name])
        files = [
            file
            for name, text in sorted(sources.files.items())
            if (file := self._open(name, text, known_owners))
        ]
        self._read_namespaces(files)
        self._read_names(files, expand)
        self._read_routes(files)
        self._findings.sort(key=lambda f: (f.place.file, f.place.line, f.place.column))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything found, in the order of files and lines."""
        return tuple(self._findings)

    @property
    def failed(self) -> frozenset[str]:
        """The namespaces with errors; the empty one for shared files."""
        return frozenset(found.namespace for found in self._findings if found.severity == "error")

    def _open(self, name: str, text: str, known_owners: Mapping[str, str]) -> _File | None:
        """Parse a file and note whose it is."""
        try:
            document = parse_document(text, name)
        except DocumentError as error:
            self.owners[name] = namespace_of(text) or known_owners.get(name, "")
            Faults(self._findings, self.owners[name]).error("bad-yaml", error.place, error.message)
            self._unread.add(self.owners[name])
            return None
        namespace = self._namespace(document, name)
        faults = Faults(self._findings, namespace)
        if is_alertmanagers(document):
            faults.error("unknown-key", document.place, ALERTMANAGERS)
            return None
        known = SECTIONS if namespace else SHARED_SECTIONS
        for key, _ in document.entries:
            if key.text in SHARED_SECTIONS and key.text not in known:
                faults.error(
                    "shared-only", key.place, f"{key.text} stands in shared files only: move it to one."
                )
        sections = read_fields(_without(document, known), "a rule file", known, faults)
        return _File(name, sections, faults)

    def _namespace(self, document: MapNode, file: str) -> str:
        node = document.get("namespace")
        self.owners[file] = ""
        if node is None:
            return ""
        claimed = node.text if isinstance(node, ScalarNode) else ""
        self.owners[file] = claimed
        name = read_name(node, "a namespace's name", Faults(self._findings, claimed))
        return name or claimed

    def _read_namespaces(self, files: list[_File]) -> None:
        listing = False
        for file in files:
            node = file.sections.get("namespaces")
            if node is None:
                continue
            listing = True
            for key, value in read_entries(node, "namespaces", file.faults):
                name = read_name(key, "a namespace's name", file.faults)
                if name is None:
                    continue
                if name in self._namespaces:
                    first = self._namespace_places[name]
                    file.faults.error(
                        "duplicate-name",
                        key.place,
                        f"namespace {name} is already listed at {first}: remove one.",
                    )
                self._namespaces[name] = read_matchers(
                    value, f"the matchers of namespace {name}", file.faults
                )
                self._namespace_places[name] = key.place
        for file in files if listing else ():
            name = file.faults.namespace
            if name and name not in self._namespaces:
                known = file.faults.hint(name, lambda: self._namespaces)
                file.faults.error(
                    "unlisted-namespace",
                    file.sections["namespace"].place,
                    f"namespace {printed(name)} is not listed under namespaces in a shared file: list it "
                    f"there with the matchers that it may take.{known}",
                )

    def _read_names(self, files: list[_File], expand: Callable[[str], str | None]) -> None:
        """Read all that can be named; groups first, since chains look them up."""
        for file in files:
            if "users" in file.sections:
                read_users(file.sections["users"], self._users, expand, file.faults)
            if "groups" in file.sections:
                read_groups(file.sections["groups"], self._groups, file.faults)
        for file in files:
            if "time_intervals" in file.sections:
                read_time_intervals(file.sections["time_intervals"], self._intervals, file.faults)
            if "chains" in file.sections:
                read_chains(file.sections["chains"], self._chains, self._groups, file.faults)

    def _read_defaults(self, files: list[_File]) -> Behaviour:
        behaviour = BUILT_IN_BEHAVIOUR
        given: Place | None = None
        for file in files:
            node = file.sections.get("defaults")
            if node is None:
                continue
            if given is not None:
                file.faults.error(
                    "duplicate-name", node.place, f"defaults are already given at {given}: join them."
                )
                continue
            given = node.place
            known = tuple(name for name in FIELDS if name != "group_by")
            fields = read_fields(node, "defaults", (*known, "stale_after", "burst"), file.faults)
            behaviour = read_behaviour(fields, behaviour, self._chains, file.faults)
            if "chain" in fields:
                self._default_place = fields["chain"].place
            if "stale_after" in fields:
                stale_after = read_duration(
                    fields["stale_after"], "stale_after", 5 * MINUTE, 30 * DAY, file.faults
                )
                self._stale_after_s = stale_after or STALE_AFTER_S
            if "burst" in fields:
                burst = read_number(fields["burst"], "burst", 0, _MOST_BURST, file.faults)
                self._burst = BURST if burst is None else burst
        return behaviour

    def _read_routes(self, files: list[_File]) -> None:
        for file in files:
            if "integrations" in file.sections:
                read_integrations(file.sections["integrations"], self._resolve_holds, file.faults)
            if "lint" in file.sections:
                read_severities(file.sections["lint"], self._lint, file.faults)
        behaviour = self._read_defaults(files)
        around = Surroundings(
            self._chains, self._intervals, Names("route"), behaviour.chain, self._sources.revision
        )
        routes: list[Route] = []
        for file in files:
            given = self._namespaces.get(file.faults.namespace, ()) if file.faults.namespace else ()
            if "routes" in file.sections:
                routes += read_routes(
                    file.sections["routes"], Above(behaviour, (), given), around, file.faults
                )
            if "heartbeats" in file.sections:
                read_heartbeats(
                    file.sections["heartbeats"], behaviour, given, around, self._heartbeats, file.faults
                )
        place = self._default_place
        trace = (Traced(DEFAULT, place, "no route takes it"),)
        self._default = make_terminal(DEFAULT, place, behaviour, around, trace)
        self._routes = tuple(routes)

    def ruleset(self) -> RuleSet:
        """Return the rule set; only when nothing failed."""
        chains = dict(self._chains.items())
        chains.setdefault(EVERYBODY.name, EVERYBODY)
        heartbeats = dict(self._heartbeats.items())
        takes = any(heartbeat.matchers is not None for heartbeat in heartbeats.values())
        return RuleSet(
            revision=self._sources.revision,
            terminals={DEFAULT: self._default, **_terminals(self._routes)},
            chains=chains,
            stale_after_s=self._stale_after_s,
            burst=self._burst,
            router=compile_routes(self._routes, self._default),
            routes=self._routes,
            namespaces=dict(self._namespaces),
            resolve_holds=dict(self._resolve_holds),
            time_intervals=dict(self._intervals.items()),
            users=tuple(user for _, user in self._users.items()),
            groups=tuple(group for _, group in self._groups.items()),
            findings=self.findings,
            heartbeats=heartbeats,
            takers=CompiledTakers(heartbeats.values()) if takes else None,
            lint=dict(self._lint),
            namespace_places=dict(self._namespace_places),
        )


def _without(document: MapNode, known: tuple[str, ...]) -> MapNode:
    """Return the document without the shared sections that a namespaced file must not have."""
    kept = [(k, v) for k, v in document.entries if k.text in known or k.text not in SHARED_SECTIONS]
    return MapNode(tuple(kept), document.place)


def _terminals(routes: tuple[Route, ...]) -> dict[str, Terminal]:
    found: dict[str, Terminal] = {}
    for route in routes:
        found[route.name] = route.terminal
        found |= _terminals(route.routes)
    return found
