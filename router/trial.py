"""The Test button of a contact point: whom it pages, and what that page says.

Its body names nobody, so that no rule is asked: the integration's owner is paged, else the default chain. The
page says that it is a test, tells everybody once, and closes by itself (docs/grafana.md, "The Test button").
"""

from __future__ import annotations

from dataclasses import replace

from router.in_force import Rules
from router.lifecycle.model import Plan, Step, Target
from rules.model import Decision, Terminal

ROUTE = "(test)"
"""No rule can have this name."""

LASTS_S = 300
_SUBJECT = "Test from {{ integration }}: {{ labels.alertname }}"
_MESSAGE = (
    "This is a test: the Test button of a Grafana contact point was pressed{% if external_url %} at "
    "{{ external_url }}{% endif %}. Nothing is wrong. This page closes by itself after five minutes.\n\n"
)


def decide(rules: Rules, owner_user_id: int | None) -> tuple[Decision, Plan]:
    """Return what is done about a test.

    Parameters:
      owner_user_id: of the integration; None when it has none.
    """
    default = rules.ruleset.terminals["default"]
    chain = rules.plan_of(default, "")
    steps = chain.steps if owner_user_id is None else (Step(0, (Target("user", owner_user_id),)),)
    terminal = _terminal(default)
    plan = replace(
        chain,
        steps=_once(steps),
        fallback=_once(chain.fallback),
        expires_s=LASTS_S,
        is_test=True,
        acknowledge="any",
        acknowledgement_timeout_s=None,
        notify_resolved=False,
        resolve_hold_s=0,
        reopen_within_s=0,
        subject=terminal.subject,
        message=terminal.message,
        route=ROUTE,
        trace=(),
        file="",
        line=0,
        chain="",
        last_change=None,
    )
    return Decision(terminal, "normal"), plan


def _terminal(default: Terminal) -> Terminal:
    return replace(
        default, name=ROUTE, subject=_SUBJECT, message=_MESSAGE + default.message, group_by=None, trace=()
    )


def _once(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(replace(step, repeat=False) for step in steps if step.after_s < LASTS_S)
