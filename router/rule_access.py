"""The rules in force, as the API speaks of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from router.in_force import Rules
from router.lifecycle.model import Step
from router.ruleset import RuleBook
from rules.explain import as_json, explain
from rules.findings import Finding


@dataclass(frozen=True)
class RuleDesk:
    """Answers questions about the rules.

    Parameters:
      org_id: the organisation that the rules serve.
    """

    rulebook: RuleBook
    org_id: int

    def fallback(self, org_id: int) -> tuple[Step, ...]:
        """Return the steps of the default chain, for pages that would reach nobody."""
        if org_id != self.org_id:
            return ()
        rules = self.rulebook.current
        return rules.plan_of(rules.ruleset.terminals["default"], "").steps

    def describe(self) -> Mapping[str, Any]:
        """Return the revision in force, since when, and what was found at the last reload."""
        current, last = self.rulebook.current, self.rulebook.last
        return {
            "revision": current.ruleset.revision,
            "in_force_since": current.since.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "last_reload_successful": last.ok,
            "refused": last.refused or None,
            "findings": [_finding(finding) for finding in last.findings],
        }

    def in_force(self, org_id: int) -> Rules | None:
        """Return the rules that serve an organisation, None when there are none."""
        return self.rulebook.current if org_id == self.org_id else None

    def explain(self, labels: Mapping[str, str], at: datetime) -> Mapping[str, Any]:
        """Return what the rules decide for labels at a moment, as `pingparrot rules explain` prints it."""
        rules = self.rulebook.current
        return as_json(explain(rules.ruleset, labels, at), rules.changes)

    def reload(self, *, confirmed: bool) -> Mapping[str, Any]:
        """Load the rules anew and return as `describe`."""
        self.rulebook.reload(confirmed=confirmed)
        return self.describe()


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "file": finding.place.file,
        "line": finding.place.line,
        "column": finding.place.column,
        "namespace": finding.namespace,
    }
