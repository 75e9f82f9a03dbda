"""What is found wrong while rules are read: collected, so that one run shows all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches

from rules.document import printed
from rules.findings import Finding
from rules.places import Place

MOST_OF_A_SEVERITY = 500
"""How many findings of a severity are kept: notes must not crowd out warnings, nor those errors."""
MAX_HINTS = 50


class Faults:
    """The findings of one file, under the namespace that the file belongs to."""

    def __init__(self, findings: list[Finding], namespace: str = "") -> None:
        self._findings = findings
        self.namespace = namespace

    def error(self, code: str, place: Place, message: str) -> None:
        """Note a fault that keeps the file from being loaded.

        Parameters:
          code: a stable short name (`unknown-chain`).
          message: a sentence that ends with what to do.
        """
        self._note(Finding(code, message, place, "error", self.namespace))

    def hint(self, name: str, known: Callable[[], Iterable[str]]) -> str:
        """Return `hint(name, known())` while findings are few: close names cost more than all the rest."""
        return hint(name, known()) if len(self._findings) < MAX_HINTS else ""

    def warning(
        self,
        code: str,
        place: Place,
        message: str,
        related: tuple[Place, ...] = (),
        witness: Mapping[str, str] | None = None,
    ) -> None:
        """Note a remark that keeps nothing from being loaded.

        Parameters:
          related: other places that it speaks of.
          witness: labels of an alert that shows it.
        """
        self._note(Finding(code, message, place, "warning", self.namespace, related, witness))

    def info(self, code: str, place: Place, message: str, related: tuple[Place, ...] = ()) -> None:
        """Note what is worth knowing, and no fault.

        Parameters:
          related: other places that it speaks of.
        """
        self._note(Finding(code, message, place, "info", self.namespace, related))

    def _note(self, finding: Finding) -> None:
        kept = self._findings
        if len(kept) < MOST_OF_A_SEVERITY or (
            sum(each.severity == finding.severity for each in kept) < MOST_OF_A_SEVERITY
        ):
            kept.append(finding)


def hint(name: str, known: Iterable[str]) -> str:
    """Return ` Did you mean "x"?`, or what there is when it is little, or nothing."""
    names = sorted(known)
    close = get_close_matches(name[:100], names[:5000], n=1)
    if close:
        return f" Did you mean {printed(close[0])}?"
    if 0 < len(names) <= 12:
        return f" Known: {', '.join(names)}."
    return ""
