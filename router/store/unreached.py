"""Whom the rules name and nobody would reach: found when they are put in force, not at night."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from sqlalchemy import Connection

from router.lifecycle import model as lifecycle
from router.store.reach import reaching
from rules.findings import Finding
from rules.model import Chain, Target


def unreached(connection: Connection, org_id: int, chains: Iterable[Chain]) -> tuple[Finding, ...]:
    """Return a warning for every target of chains that nobody is reached by at this moment.

    That is a person or group that does not exist or is inactive, a group without an active member, and one
    none of whose people has a contact. They are no errors: people may be added after the rules.
    """
    reach = reaching(connection, org_id)
    findings = []
    for chain in chains:
        for step in chain.steps:
            for target in step.targets:
                kind: Literal["user", "group"] = "user" if target.kind == "user" else "group"
                persons = reach(lifecycle.Target(kind, name=target.name))
                if not any(person.contacts for person in persons):
                    findings.append(_finding(chain, target, known=bool(persons)))
    return tuple(findings)


def _finding(chain: Chain, target: Target, *, known: bool) -> Finding:
    name = f"{target.kind} {target.name!r}"
    if target.kind == "user" and not known:
        code, why = "unknown-user", f"{name} does not exist or is inactive: `pingparrot user add` makes one"
    elif target.kind == "user":
        code, why = "no-contact", f"{name} has no contact: `pingparrot contact add` gives one"
    elif not known:
        code, why = "unknown-group", f"{name} does not exist or has nobody active in it: mend it, or the name"
    else:
        code, why = "no-contact", f"nobody in {name} has a contact: `pingparrot contact add` gives one"
    return Finding(
        code,
        f"{why}. Until then this step reaches nobody.",
        target.place or chain.place,
        "warning",
        chain.name.rpartition("/")[0],
    )
