"""alertmanager.yml whole: routes, receivers, hours and inhibitions."""

from __future__ import annotations

from rules.alertmanager.conditions import KEYS as CONDITIONS
from rules.alertmanager.conditions import conditions_of
from rules.alertmanager.model import InhibitRule, Sender, SenderIntervals
from rules.alertmanager.reading import fields_of, names_of, seconds_of
from rules.alertmanager.receivers import read_receivers
from rules.alertmanager.routes import Known, read_root
from rules.alertmanager.wrapping import find_configuration
from rules.document import DocumentError, ListNode, MapNode, Node, printed
from rules.findings import Finding
from rules.loading.faults import Faults
from rules.loading.intervals import read_intervals
from rules.loading.reading import read_items, read_text

RESOLVE_TIMEOUT_S = 300.0
_SECTIONS = (
    "global",
    "templates",
    "route",
    "inhibit_rules",
    "receivers",
    "mute_time_intervals",
    "time_intervals",
    "tracing",
)
_INHIBIT = tuple(f"{side}_{key}" for side in ("source", "target") for key in CONDITIONS)


def read_alertmanager(text: str, file: str, findings: list[Finding]) -> Sender | None:
    """Read alertmanager.yml, also inside a Secret, a ConfigMap or Helm values.

    Parameters:
      text: the whole file.
      file: the name that places carry.
      findings: what is wrong is added; with an error among it, nothing is returned.
    """
    found: list[Finding] = []
    faults = Faults(found)
    sender: Sender | None = None
    try:
        sender = _read(find_configuration(text, file), faults)
    except DocumentError as error:
        faults.error("bad-yaml", error.place, error.message)
    findings += sorted(found, key=lambda f: (f.place.file, f.place.line, f.place.column))
    return None if any(finding.severity == "error" for finding in found) else sender


def _read(node: MapNode, faults: Faults) -> Sender | None:
    fields = fields_of(node, "the configuration", _SECTIONS, faults)
    shared = fields.get("global")
    timeout = shared.get("resolve_timeout") if isinstance(shared, MapNode) else None
    http = shared.get("http_config") if isinstance(shared, MapNode) else None
    receivers = read_receivers(fields["receivers"], http, faults) if "receivers" in fields else {}
    intervals: dict[str, SenderIntervals] = {}
    for key in ("mute_time_intervals", "time_intervals"):
        for item in read_items(fields[key], key, faults) if key in fields else ():
            _read_intervals(item, intervals, faults)
    inhibit = fields.get("inhibit_rules")
    rules = read_items(inhibit, "inhibit_rules", faults) if inhibit is not None else ()
    templates = names_of(fields.get("templates"), "templates", faults)
    resolve_timeout = seconds_of(timeout, "resolve_timeout", faults, otherwise=RESOLVE_TIMEOUT_S)
    if "route" not in fields:
        faults.error("missing-key", node.place, "there is no route: write one with a receiver.")
        return None
    return Sender(
        place=node.place,
        root=read_root(fields["route"], Known(receivers, intervals), faults),
        receivers=receivers,
        intervals=intervals,
        inhibit_rules=tuple(_read_inhibition(rule, faults) for rule in rules),
        resolve_timeout_s=resolve_timeout,
        templates=tuple(name for name, _ in templates),
    )


def _read_intervals(node: Node, known: dict[str, SenderIntervals], faults: Faults) -> None:
    fields = fields_of(node, "a time interval", ("name", "time_intervals"), faults)
    if "name" not in fields:
        faults.error("missing-key", node.place, "this time interval has no name: give it one.")
        return
    name = read_text(fields["name"], "a time interval's name", faults, 1_000)
    if name is None:
        return
    if name in known:
        first = known[name].place
        message = f"time interval {printed(name)} is already given at {first}: rename one of them."
        faults.error("duplicate-name", node.place, message)
        return
    entries = fields.get("time_intervals")
    if entries is None or (isinstance(entries, ListNode) and not entries.items):
        known[name] = SenderIntervals(name, node.place, (), ())  # it never holds
        return
    intervals = read_intervals(entries, name, faults)
    if isinstance(entries, ListNode):
        known[name] = SenderIntervals(name, node.place, intervals or (), entries.items)


def _read_inhibition(node: Node, faults: Faults) -> InhibitRule:
    fields = fields_of(node, "an inhibit rule", (*_INHIBIT, "equal"), faults)
    return InhibitRule(
        place=node.place,
        source=conditions_of(fields, faults, "source_"),
        target=conditions_of(fields, faults, "target_"),
        equal=tuple(name for name, _ in names_of(fields.get("equal"), "equal", faults)),
    )
