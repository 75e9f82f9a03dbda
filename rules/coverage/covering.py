"""All alerting rules walked, each by way of its sender."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from rules.alertmanager.model import Sender
from rules.coverage.alerting import AlertingRule
from rules.coverage.entrances import Entrance
from rules.coverage.gathering import Gathered
from rules.coverage.joint import lint_entrance
from rules.coverage.reach import Covered, Reach
from rules.coverage.summary import Summary, summed_up, unheard
from rules.coverage.wording import PathOf
from rules.findings import Finding
from rules.matchers import Matcher
from rules.model import RuleSet
from rules.regions import Limit
from rules.severities import weighed


class Covering:
    """Walks alerting rules through Alertmanager, or Grafana's policies, into our rules.

    Parameters:
      sender: the alertmanager.yml; None when nothing is known of it, and then all of its alerts come here.
      limit: makes a limit for each way in which a rule fires.
      now: UTC; hours that have passed by then never come again.
      integration: whose key the senders have; empty when it is not known.
      named: receivers that post here, where their URL does not show it.
    """

    def __init__(
        self,
        ruleset: RuleSet,
        gathered: Gathered,
        sender: Sender | None,
        *,
        limit: Callable[[], Limit],
        now: datetime,
        integration: str = "",
        named: Collection[str] = (),
    ) -> None:
        self._ruleset = ruleset
        self._gathered = gathered
        self._sender = sender
        self._reach = Reach(ruleset, limit, now)
        self._integration = integration
        self._named = named
        self._grafana: dict[int, Entrance] = {}
        root, receivers = (None, None) if sender is None else (sender.root, sender.receivers)
        self._alertmanager = Entrance("alertmanager", integration, root, receivers, named)

    def cover(self, rule: AlertingRule) -> Covered:
        """Return all that can become of a rule's alerts."""
        return self._reach.cover(rule, self._entrance_of(rule))

    def summary(self, covered: Sequence[Covered], must: Sequence[Matcher] | None, path_of: PathOf) -> Summary:
        """Return what all of them come to, with what is wrong.

        Parameters:
          must: which rules must reach somebody; None for none of them.
        """
        findings = list(self._gathered.findings)
        self._lint(covered, findings)
        findings += unheard(covered, must, path_of)
        levels = {name: chosen.level for name, chosen in self._ruleset.lint.items()}
        inhibitions = 0 if self._sender is None else len(self._sender.inhibit_rules)
        return summed_up(self._ruleset, covered, weighed(findings, levels), self._gathered.files, inhibitions)

    def _entrance_of(self, rule: AlertingRule) -> Entrance:
        if rule.sender == "prometheus":
            return self._alertmanager
        if rule.org not in self._grafana:
            found = self._gathered.provisioned
            self._grafana[rule.org] = Entrance(
                "grafana",
                self._integration,
                found.policies.get(rule.org),
                found.points.get(rule.org),
                self._named,
            )
        return self._grafana[rule.org]

    def _lint(self, covered: Sequence[Covered], findings: list[Finding]) -> None:
        if self._sender is not None:
            mine = [each for each in covered if each.rule.sender == "prometheus"]
            lint_entrance(self._alertmanager, self._ruleset, mine, self._sender.place, findings)
        for org, entrance in self._grafana.items():
            mine = [each for each in covered if each.rule.org == org]
            if entrance.root is not None:
                lint_entrance(entrance, self._ruleset, mine, entrance.root.place, findings)
