"""Cases for what was imported: one alert for each route of alertmanager.yml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rules.formatting.scalars import quoted
from rules.importing.plan import PlannedRoute
from rules.importing.proof import Witness
from rules.importing.remarks import every_planned
from rules.importing.writing import comment, formed, where

LONGEST = 2_000


def write_cases(witnesses: Sequence[Witness], routes: Sequence[PlannedRoute], source: str) -> str:
    """Return a case file, in the order of alertmanager.yml's lines.

    Parameters:
      routes: those that were written, to tell which of them suppress.
      source: the name of the file that they are made from.
    """
    suppressing = {route.name for route in every_planned(routes) if route.suppress is not None}
    ordered = sorted(witnesses, key=lambda witness: (witness.route.place.file, witness.route.place.line))
    kept = [witness for witness in ordered if sum(map(len, witness.labels.values())) <= LONGEST]
    lines = [*comment(f"Made from {source} by `pingparrot rules import`: an alert for each of its routes.")]
    lines.append("cases:" if kept else "cases: []")
    for witness in kept:
        lines += [
            f"  - name: {quoted(f'as {where(witness.route.place)} routes it')}",
            f"    labels: {_labels(witness.labels)}",
            f"    expect: {{{_expected(witness.taking, suppressing)}}}",
        ]
    return formed("\n".join(lines) + "\n")


def _labels(labels: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{quoted(name)}: {quoted(value)}' for name, value in sorted(labels.items()))}}}"


def _expected(taking: Sequence[str], suppressing: set[str]) -> str:
    expected = f"routes: [{', '.join(map(quoted, taking))}]"
    silent = [name for name in taking if name in suppressing]
    return f"{expected}, suppressed: {quoted(silent[0])}" if silent else expected
