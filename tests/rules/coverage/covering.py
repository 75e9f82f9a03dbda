"""Rules and alerting rules written in tests, covered."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from rules.alertmanager.config import read_alertmanager
from rules.alertmanager.model import Sender
from rules.coverage.covering import Covering
from rules.coverage.gathering import Gathered
from rules.coverage.summary import Summary
from rules.findings import Finding
from rules.matchers import parse_matchers
from rules.model import RuleSet
from rules.regions import Limit
from tests.rules.writing import NOON

MUST = parse_matchers('severity=~"critical|page"')


def sender_of(text: str) -> Sender:
    """Return an alertmanager.yml that is sound."""
    findings: list[Finding] = []
    sender = read_alertmanager(text, "./alertmanager.yml", findings)
    assert sender is not None, findings
    return sender


def summary_of(
    ruleset: RuleSet,
    prometheus: Mapping[str, str],
    *,
    grafana: Mapping[str, str] | None = None,
    sender: Sender | None = None,
    external: Mapping[str, str] | None = None,
    integration: str = "",
    named: Collection[str] = (),
) -> Summary:
    """Return what covering says of alerting rules in files of these names and texts."""
    gathered = Gathered()
    for file, text in prometheus.items():
        gathered.add_prometheus(file, text)
    for file, text in (grafana or {}).items():
        gathered.add_grafana(file, text)
    covering = Covering(
        ruleset, gathered, sender, limit=Limit, now=NOON, integration=integration, named=named
    )
    covered = [covering.cover(rule) for rule in gathered.sent(external or {})]
    return covering.summary(covered, MUST, str)
