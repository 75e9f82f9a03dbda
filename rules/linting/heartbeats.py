"""Heartbeats that no alert reaches, and those that are too impatient for their sender."""

from __future__ import annotations

from collections.abc import Iterable

from rules.document import printed
from rules.findings import Finding
from rules.linting.routes import clash_named, note_undecided, takers_named
from rules.loading.faults import Faults
from rules.loading.reading import spell_duration
from rules.model import Heartbeat, RuleSet
from rules.reach import Reach

GROUP_INTERVAL_S = 300
"""Alertmanager's default `group_interval`: an alert that keeps firing is not sent again before."""


def lint_heartbeats(ruleset: RuleSet, reaches: Iterable[Reach], findings: list[Finding]) -> None:
    """Remark on heartbeats that cannot beat, or not in time."""
    for reach in reaches:
        heartbeat = reach.of
        if not isinstance(heartbeat, Heartbeat):
            continue
        _lint_within(heartbeat, findings)
        faults = Faults(findings, heartbeat.namespace)
        if reach.verdict == "taken":
            faults.warning(
                "shadowed-heartbeat",
                heartbeat.place,
                f"heartbeat {printed(heartbeat.name)} never comes by an alert: {takers_named(reach)}. "
                "Put it first, or let the other one take less.",
                related=tuple(taker.place for taker in reach.takers),
                witness=reach.witness,
            )
        elif reach.verdict == "impossible":
            faults.warning(
                "impossible-heartbeat",
                heartbeat.place,
                f"heartbeat {printed(heartbeat.name)} never comes by an alert: "
                f"{clash_named(ruleset, heartbeat, reach)}. Correct or remove one of its matchers.",
            )
        elif reach.verdict == "undecided":
            note_undecided(f"heartbeat {printed(heartbeat.name)}", reach, findings)


def _lint_within(heartbeat: Heartbeat, findings: list[Finding]) -> None:
    if heartbeat.within_s < GROUP_INTERVAL_S:
        within = spell_duration(heartbeat.within_s)
        Faults(findings, heartbeat.namespace).warning(
            "short-heartbeat",
            heartbeat.place,
            f"heartbeat {printed(heartbeat.name)} must come within {within}, but by default Alertmanager "
            f"repeats an alert no sooner than after {spell_duration(GROUP_INTERVAL_S)}: give it more than "
            "the group_interval and repeat_interval of its route together.",
        )
