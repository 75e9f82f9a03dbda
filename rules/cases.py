"""Cases: what the rules are meant to do with an alert, written beside them in `*.test.yml` files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from rules.document import DocumentError, ListNode, MapNode, Node, ScalarNode, parse_document, printed
from rules.expectations import EVERY, FIELDS, SOME, Awaited, Expectation, Mismatch, Scalar, compare
from rules.explain import Explained, explain, explain_stop, zulu
from rules.findings import Finding
from rules.heartbeats import Stop
from rules.loading.faults import Faults, hint
from rules.loading.reading import (
    read_boolean,
    read_choice,
    read_duration,
    read_entries,
    read_fields,
    read_items,
    read_text,
    read_texts,
)
from rules.model import RuleSet, Target, TargetKind
from rules.places import Place

WITHOUT_AT = datetime(2026, 1, 7, 12, 0, tzinfo=UTC)
"""When a case plays that does not say: a Wednesday at noon, so that it means the same on every day."""

_CASE = ("name", "at", "labels", "annotations", "heartbeat", "expect")
_STOPS: Mapping[str, Stop] = {"stops": "silent", "resolves": "resolved", "fails": "failed"}
_KINDS: tuple[TargetKind, ...] = ("user", "group", "schedule")
_NUMBERS = ("repeat_interval_s", "expires_minutes", "line")
_YEAR_S = 366 * 86_400


@dataclass(frozen=True, slots=True)
class Stopping:
    """A heartbeat, by its qualified name, and how it stops."""

    name: str
    stop: Stop


@dataclass(frozen=True, slots=True)
class Case:
    """One alert at one moment, or a heartbeat that stops, and what is expected of the rules.

    Parameters:
      at: UTC; a heartbeat's last beat, or when it resolves or fails.
      place: of its name.
      stopping: the heartbeat that stops, None where the case is about an alert.
    """

    name: str
    place: Place
    at: datetime
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    expect: Expectation
    stopping: Stopping | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case that was run: what the rules do, and what of it is not as expected."""

    case: Case
    explained: tuple[Explained, ...]
    mismatches: tuple[Mismatch, ...]

    @property
    def passed(self) -> bool:
        """Whether everything is as expected."""
        return not self.mismatches


def run(case: Case, ruleset: RuleSet) -> Outcome:
    """Return how a case goes with a rule set."""
    if case.stopping is not None:
        return _run_stop(case, case.stopping, ruleset)
    explained = explain(ruleset, case.labels, case.at, case.annotations)
    return Outcome(case, explained, compare(case.expect, explained))


def _run_stop(case: Case, stopping: Stopping, ruleset: RuleSet) -> Outcome:
    heartbeat = ruleset.heartbeats.get(stopping.name)
    if heartbeat is None:
        known = hint(stopping.name, ruleset.heartbeats)
        return Outcome(
            case, (), (Mismatch("heartbeat", stopping.name, f"no heartbeat of that name.{known}"),)
        )
    explained = (explain_stop(heartbeat, stopping.stop, case.at),)
    return Outcome(case, explained, compare(case.expect, explained))


def read_case_file(text: str, file: str, findings: list[Finding]) -> tuple[Case, ...]:
    """Return the cases of one file; what is wrong is added to `findings`, and its case left out."""
    faults = Faults(findings)
    try:
        document = parse_document(text, file)
    except DocumentError as error:
        faults.error("bad-yaml", error.place, error.message)
        return ()
    cases = read_fields(document, "a case file", ("cases",), faults).get("cases")
    if cases is None:
        faults.error("missing-key", document.place, "a case file needs a list under cases: write one.")
        return ()
    read = [_CaseReader(findings).read(node) for node in read_items(cases, "cases", faults)]
    return tuple(case for case in read if case is not None)


class _CaseReader:
    """Reads one case; a case with a fault is not run."""

    def __init__(self, findings: list[Finding]) -> None:
        self._findings = findings
        self._before = len(findings)
        self._faults = Faults(findings)

    def read(self, node: Node) -> Case | None:
        fields = read_fields(node, "a case", _CASE, self._faults)
        about = "heartbeat" if "heartbeat" in fields else "labels"
        for key in ("name", about, "expect"):
            if key not in fields and isinstance(node, MapNode):
                self._faults.error("missing-key", node.place, f"a case needs {key}: add it.")
        stopping = self._stopping(fields["heartbeat"]) if "heartbeat" in fields else None
        for key in ("labels", "annotations") if "heartbeat" in fields else ():
            if key in fields:
                self._faults.error(
                    "unknown-key",
                    fields[key].place,
                    f"a case about a heartbeat that stops has no {key}: remove them, or remove heartbeat.",
                )
        name = read_text(fields["name"], "name", self._faults, 200) if "name" in fields else None
        at = self._moment(fields["at"], "at") if "at" in fields else WITHOUT_AT
        labels = self._texts_by_name(fields.get("labels"), "labels")
        annotations = self._texts_by_name(fields.get("annotations"), "annotations")
        expect = self._expectation(fields["expect"]) if "expect" in fields else None
        if len(self._findings) > self._before or name is None or at is None or expect is None:
            return None
        return Case(name, fields["name"].place, at, labels, annotations, expect, stopping)

    def _stopping(self, node: Node) -> Stopping | None:
        fields = read_fields(node, "heartbeat", ("name", *_STOPS), self._faults)
        name = (
            read_text(fields["name"], "the heartbeat's name", self._faults, 200) if "name" in fields else None
        )
        said = [key for key in _STOPS if key in fields and read_boolean(fields[key], key, self._faults)]
        if "name" not in fields or len(said) != 1:
            self._faults.error(
                "missing-key",
                node.place,
                f"heartbeat needs its name and one of {', '.join(_STOPS)}: {{name: eu-1, stops: true}}.",
            )
            return None
        return None if name is None else Stopping(name, _STOPS[said[0]])

    def _texts_by_name(self, node: Node | None, what: str) -> dict[str, str]:
        if node is None:
            return {}
        texts = {}
        for key, value in read_entries(node, what, self._faults):
            if isinstance(value, ScalarNode):
                texts[key.text] = "" if value.is_null else value.text
            else:
                self._faults.error("wrong-type", value.place, f"{what}.{key.text} must be a text: write one.")
        return texts

    def _expectation(self, node: Node) -> Expectation:
        fields = read_fields(node, "expect", FIELDS, self._faults)
        if not fields and len(self._findings) == self._before:
            self._faults.error("empty-expect", node.place, "expect compares nothing: name what is expected.")
        values = {name: self._values(name, value) for name, value in fields.items() if name in EVERY + SOME}
        return Expectation(
            values,
            routes=self._names(fields.get("routes"), "routes"),
            timeline=self._timeline(fields.get("timeline")),
            trace=self._names(fields.get("trace"), "trace"),
        )

    def _names(self, node: Node | None, what: str) -> tuple[str, ...] | None:
        return None if node is None else tuple(text for text, _ in read_texts(node, what, self._faults))

    def _values(self, field: str, node: Node) -> Scalar | tuple[Scalar, ...]:
        if isinstance(node, ListNode):
            return tuple(self._value(field, item) for item in node.items)
        return self._value(field, node)

    def _value(self, field: str, node: Node) -> Scalar:
        if isinstance(node, ScalarNode) and node.is_null:
            return None
        if field in ("held_until", "missing_at"):
            moment = self._moment(node, field)
            return None if moment is None else zulu(moment)
        if field in _NUMBERS:
            return self._number(field, node)
        return read_text(node, field, self._faults)

    def _number(self, field: str, node: Node) -> int | None:
        number = node.integer if isinstance(node, ScalarNode) else None
        if number is None:
            self._faults.error("wrong-type", node.place, f"{field} must be a whole number: write one.")
        return number

    def _moment(self, node: Node, what: str) -> datetime | None:
        text = read_text(node, what, self._faults, 40)
        if text is None:
            return None
        try:
            return parse_moment(text)
        except ValueError as error:
            self._faults.error("bad-time", node.place, f"{what} {error}")
            return None

    def _timeline(self, node: Node | None) -> tuple[Awaited, ...] | None:
        if node is None:
            return None
        items = read_items(node, "timeline", self._faults)
        return tuple(awaited for item in items if (awaited := self._awaited(item)) is not None)

    def _awaited(self, node: Node) -> Awaited | None:
        fields = read_fields(node, "a timeline entry", ("at", "page"), self._faults)
        for key in ("at", "page"):
            if key not in fields and isinstance(node, MapNode):
                self._faults.error("missing-key", node.place, f"a timeline entry needs {key}: add it.")
        if len(fields) < 2:
            return None
        at_s = read_duration(fields["at"], "at", 0, _YEAR_S, self._faults)
        page = fields["page"]
        targets = [self._target(item) for item in (page.items if isinstance(page, ListNode) else (page,))]
        if not targets:
            self._faults.error("wrong-type", page.place, "page names nobody: write a target.")
        if at_s is None:
            return None
        return Awaited(at_s, tuple(target for target in targets if target is not None))

    def _target(self, node: Node) -> Target | None:
        entries = read_entries(node, "page", self._faults)
        if len(entries) != 1 and isinstance(node, MapNode):
            self._faults.error("wrong-type", node.place, f"page names one of {', '.join(_KINDS)}: write one.")
        for key, value in entries:
            name = read_text(value, key.text, self._faults)
            for kind in _KINDS:
                if key.text == kind and name is not None:
                    return Target(kind, name)
            if name is not None:
                read_choice(key, "page", _KINDS, self._faults)
        return None


def parse_moment(text: str) -> datetime:
    """Return an RFC 3339 time as UTC.

    Raises:
      ValueError: with the rest of a sentence that begins with what it is the time of.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"must be a time such as 2026-03-01T03:00:00Z, but is {printed(text)}.") from None
    if moment.tzinfo is None:
        raise ValueError(f"has no zone in {printed(text)}: end it with Z, or with an offset such as +01:00.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"is out of range: {printed(text)}. Write a year from 2 to 9998.") from None
