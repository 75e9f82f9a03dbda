"""What a check found, before it is put into a format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rules.findings import Finding, Severity
from rules.places import Place
from rules.reach import Reach


@dataclass(frozen=True, slots=True)
class Checked:
    """What `rules check` found, and how to show it.

    Parameters:
      findings: in the order in which they are shown.
      files: the rule files read, as places name them.
      revision: of the rules; empty when they did not load.
      path_of: makes of a place's file the path as seen from the working directory, with `/` between.
      source_line: the text of the line at a place, None when it is not known.
      strict: warnings fail the check as errors do.
      reached: what reaches each route and heartbeat; nothing where the rules have errors.
    """

    findings: tuple[Finding, ...]
    files: tuple[str, ...]
    revision: str
    path_of: Callable[[str], str]
    source_line: Callable[[Place], str | None]
    strict: bool = False
    reached: tuple[Reach, ...] = ()

    def count(self, severity: Severity) -> int:
        """Return how many findings have a severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def fails(self, finding: Finding) -> bool:
        """Return whether a finding makes the check exit with 1."""
        return finding.severity == "error" or (self.strict and finding.severity == "warning")

    @property
    def failed(self) -> bool:
        """Whether any does."""
        return any(map(self.fails, self.findings))
