"""People and groups of the roster whom no chain pages, and contacts whose secrets everybody can read."""

from __future__ import annotations

from collections.abc import Iterable

from rules.document import printed
from rules.findings import Finding
from rules.loading.behaviour import EVERYBODY
from rules.loading.faults import Faults
from rules.model import RuleSet, Terminal

ALL = "All"


def lint_people(ruleset: RuleSet, terminals: Iterable[Terminal], findings: list[Finding]) -> None:
    """Remark on the roster, as far as it is kept in git.

    Parameters:
      terminals: everything that pages.
    """
    for user in ruleset.users:
        for place in user.exposed:
            Faults(findings).warning(
                "plain-secret",
                place,
                f"a contact of {printed(user.email)} holds a password or a key, which everybody sees who may "
                'read these files: write "${NAME}" and set the variable where PingParrot runs.',
            )
    _lint_unreached(ruleset, terminals, findings)


def _lint_unreached(ruleset: RuleSet, terminals: Iterable[Terminal], findings: list[Finding]) -> None:
    used = [chain for each in terminals for chain in (each.chain, each.fallback)]
    chains = [chain for chain in ruleset.chains.values() if chain is not EVERYBODY or chain in used]
    targets = {target for chain in chains for step in chain.steps for target in step.targets}
    groups = {target.name for target in targets if target.kind == "group"}
    members = {group.name: group.members for group in ruleset.groups}
    if ALL not in groups and groups <= members.keys():  # else there are people of whom nothing is known
        reached = {target.name for target in targets if target.kind == "user"}
        reached |= {email for group in groups for email in members[group]}
        for user in ruleset.users:
            if user.email not in reached:
                Faults(findings).warning(
                    "unreached-user",
                    user.place,
                    f"no chain reaches {printed(user.email)}: no step names them, and they are in no group "
                    "that a step pages. Add them to one, or set this code to off if that is meant.",
                )
    for group in ruleset.groups if ALL not in groups else ():
        if group.name not in groups:
            Faults(findings, group.name.rpartition("/")[0]).info(
                "unreached-group",
                group.place,
                f"no chain pages group {printed(group.name)}: name it in a step, or remove it.",
            )
