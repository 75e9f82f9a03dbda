"""Why a person is told of a page: the step that paged them, the rule that made it, who last changed that."""

from __future__ import annotations

from dataclasses import replace

from router.delivery.channel import Provenance
from router.delivery.wording import line
from router.lifecycle.model import Plan

_LONGEST_NAME = 60
_LONGEST_PLACE = 120
_LONGEST_WHY = 160


def provenance_of(plan: Plan) -> Provenance | None:
    """Return the rule that a page's plan comes from; None when no rules made it."""
    if not plan.file:
        return None
    change = plan.last_change
    return Provenance(
        route=line(plan.route, 200),
        file=line(plan.file, _LONGEST_PLACE),
        line=plan.line,
        revision=line(plan.revision, _LONGEST_NAME),
        last_change=None if change is None else replace(change, author=line(change.author, _LONGEST_NAME)),
    )


def last_changed(rule: Provenance) -> str:
    """Return `last changed by Jane Smith on 2026-03-01`; empty when that is not known."""
    change = rule.last_change
    if change is None or not change.author:
        return ""
    file = f"{rule.file} " if change.whole_file else ""
    return f"{file}last changed by {change.author} on {change.at:%Y-%m-%d}"


def why_told(step: str, rule: Provenance | None) -> str:
    """Return the line that says why a person is told; empty when no rules chose them.

    Parameters:
      step: `group payments, step 2 of chain stripe`.
    """
    if rule is None or not step:
        return ""
    if rule.file.startswith("("):  # what is built in stands in no file
        place = "by the built-in rules"
    else:
        place = f"by {rule.file}:{rule.line} @{rule.revision.partition('+')[0]}"
    return "Why you: " + ", ".join(filter(None, (line(step, _LONGEST_WHY), place, last_changed(rule))))
