"""Chains beside the roster: names that it does not have, groups and people that nobody can reach."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from rules.document import printed
from rules.findings import Finding
from rules.loading.faults import Faults
from rules.model import Chain, RosterGroup, RuleSet, Step, Target
from rules.places import Place

EVERYBODY = "All"
DEFAULT = "default"


def lint_roster(ruleset: RuleSet, findings: list[Finding]) -> None:
    """Remark on chains and people, as far as the rules list `users` and `groups`.

    Where they list no users, or no groups, those are kept elsewhere and nothing is known of them.
    """
    if not (ruleset.users or ruleset.groups):
        return
    roster = _Roster(ruleset)
    lost = roster.check_default(ruleset, findings)
    for chain in ruleset.chains.values():
        for step, target in _targets(chain) if chain is not lost else ():
            roster.check_target(chain, step, target, findings)
    for group in ruleset.groups:
        roster.check_members(group, findings)
    _lint_contacts(ruleset, findings)


def _lint_contacts(ruleset: RuleSet, findings: list[Finding]) -> None:
    # A contact that was skipped while loading is a finding already, between its user and the next.
    skipped = [found.place for found in ruleset.findings if found.code in ("unset-secret", "bad-contact")]
    marks = sorted([*(user.place for user in ruleset.users), *skipped], key=_position)
    excused = {before for before, after in pairwise(marks) if after in skipped and before.file == after.file}
    for user in ruleset.users:
        if not user.contacts and user.place not in excused:
            Faults(findings).warning(
                "no-contact",
                user.place,
                f"user {printed(user.email)} has no contacts here, and is reached only once they add one "
                "themselves: list their contacts.",
            )


def _position(place: Place) -> tuple[str, int, int]:
    return place.file, place.line, place.column


def _targets(chain: Chain) -> Iterator[tuple[Step, Target]]:
    return ((step, target) for step in chain.steps for target in step.targets)


class _Roster:
    """Who is who, by name."""

    def __init__(self, ruleset: RuleSet) -> None:
        self._users = {user.email: user for user in ruleset.users}
        self._groups = {group.name: group for group in ruleset.groups}

    def check_target(self, chain: Chain, step: Step, target: Target, findings: list[Finding]) -> None:
        """Note a target that the roster does not have, or that is a group without members."""
        faults = Faults(findings, chain.name.rpartition("/")[0])
        place = target.place or step.place or chain.place
        group = self._groups.get(target.name)
        if target.kind == "user" and self._users and target.name not in self._users:
            faults.error(
                "unknown-user",
                place,
                f"user {printed(target.name)} is not in the roster: add them under users, or correct the "
                f"e-mail.{faults.hint(target.name, lambda: self._users)}",
            )
        elif target.kind == "group" and self._groups and target.name != EVERYBODY and group is None:
            faults.error(
                "unknown-group",
                place,
                f"group {printed(target.name)} is not in the roster: add it under groups, or correct the "
                f"name.{faults.hint(target.name, lambda: self._groups)}",
            )
        elif target.kind == "group" and group is not None and not group.members:
            faults.warning(
                "empty-group",
                place,
                f"group {printed(target.name)} has no members, so that this step pages nobody of it: add "
                f"members at {group.place}.",
            )

    def check_members(self, group: RosterGroup, findings: list[Finding]) -> None:
        """Note members that are not among the users."""
        faults = Faults(findings, group.name.rpartition("/")[0])
        for email in group.members if self._users else ():
            if email not in self._users:
                faults.error(
                    "unknown-user",
                    group.place,
                    f"member {printed(email)} of group {printed(group.name)} is not in the roster: add them "
                    f"under users, or correct the e-mail.{faults.hint(email, lambda: self._users)}",
                )

    def check_default(self, ruleset: RuleSet, findings: list[Finding]) -> Chain | None:
        """Note a default chain whose groups have no member at all, and return it."""
        chain = ruleset.terminals[DEFAULT].chain
        if chain is None or any(self._has_people(target) for _, target in _targets(chain)):
            return None
        Faults(findings).error(
            "default-reaches-nobody",
            chain.place,
            f"chain {printed(chain.name)} is defaults.chain, the last resort of every page, and reaches "
            "nobody: give its groups members, or name another chain.",
        )
        return chain

    def _has_people(self, target: Target) -> bool:
        """Say whether somebody may be reached: a group is empty only when the roster says so."""
        if target.kind != "group":
            return True
        group = self._groups.get(target.name)
        return group is None or bool(group.members)
