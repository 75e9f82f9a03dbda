"""Why a person is told of a page: the step that paged them, the rule that made it, who last changed that."""

from __future__ import annotations

from router.delivery.channel import RoutedBy
from router.delivery.wording import line
from router.lifecycle.model import Plan

_LONGEST_NAME = 60
_LONGEST_PLACE = 120
_LONGEST_WHY = 160


def routed_by(plan: Plan) -> RoutedBy | None:
    """Return the rule that a page's plan comes from; None when no rules made it."""
    if not plan.file:
        return None
    change = plan.last_change
    return RoutedBy(
        route=line(plan.route, 200),
        file=line(plan.file, _LONGEST_PLACE),
        line=plan.line,
        revision=line(plan.revision, _LONGEST_NAME),
        author=None if change is None else line(change.author, _LONGEST_NAME),
        changed_at=None if change is None else change.at,
        commit=None if change is None else change.commit,
        whole_file=change is not None and change.whole_file,
    )


def last_changed(rule: RoutedBy) -> str:
    """Return `last changed by Jane Smith on 2026-03-01`; empty when that is not known."""
    if not rule.author or rule.changed_at is None:
        return ""
    file = f"{rule.file} " if rule.whole_file else ""
    return f"{file}last changed by {rule.author} on {rule.changed_at:%Y-%m-%d}"


def why_told(step: str, rule: RoutedBy | None) -> str:
    """Return the line that says why a person is told; empty when no rules chose them.

    Parameters:
      step: `group payments, step 2 of chain stripe`.
    """
    if rule is None or not step:
        return ""
    place = f"by {rule.file}:{rule.line} @{rule.revision.partition('+')[0]}"
    return "Why you: " + ", ".join(filter(None, (line(step, _LONGEST_WHY), place, last_changed(rule))))
