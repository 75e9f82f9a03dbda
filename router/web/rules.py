"""The rules, for admins: what is in force, what was found in it, what it would do, and loading it anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from router.api.rules import ExplainBody, record_reload
from router.api.schemas import utc
from router.commands.refusals import Invalid, Missing
from router.in_force import Rules
from router.lifecycle.model import Reach, Target
from router.store.reach import reaching
from router.web.forms import FRESH
from router.web.labels import asked_about
from router.web.render import render
from router.web.screen import Screen, Visit, back_to
from rules.tree import tree_json

_MOST_FINDINGS = 100


def show_rules(visit: Visit) -> Response:
    """Show which rules are in force, what was found when they were last loaded, and the routes as a tree."""
    rules = visit.services.rules.in_force(visit.user.org_id)
    if rules is None:
        return render(visit, "rules_none.html")
    described = visit.services.rules.describe()
    findings = sorted(described["findings"], key=lambda one: str(one["severity"]))
    return render(
        visit,
        "rules.html",
        rules=rules,
        described=described,
        findings=findings[:_MOST_FINDINGS],
        left_out=max(0, len(findings) - _MOST_FINDINGS),
        tree=tree_json(rules.ruleset, rules.changes),
        form=FRESH,
    )


def explain_labels(visit: Visit) -> Response:
    """Say what the rules would do with an alert, why, and who would be told."""
    _served(visit)
    form, body = asked_about(visit, ExplainBody)
    decisions: Sequence[Mapping[str, Any]] = ()
    at = visit.now
    if body is not None:
        try:
            at = utc(body.at, "at") or visit.now
            decisions = visit.services.rules.explain(body.labels, at)["decisions"]
        except (Invalid, OverflowError):
            form = replace(form, faults={"at": ["The at field must be a moment that calendars have."]})
    shown = with_people(visit, decisions)
    return render(visit, "explain.html", form.status, form=form, decisions=shown, at=at)


def reload_rules(visit: Visit) -> Response:
    """Load the rules anew; what cannot be loaded leaves those in force as they are."""
    _served(visit)
    user = visit.user
    described = visit.services.rules.reload(confirmed=visit.text("confirm") == "yes")
    record_reload(visit.services, user.org_id, user.id, described, visit.now)
    if described["last_reload_successful"]:
        return back_to("/admin/rules", f"Loaded: revision {described['revision']} is in force.")
    return back_to("/admin/rules", "Not all of it could be loaded: see below what is wrong.")


def _served(visit: Visit) -> Rules:
    rules = visit.services.rules.in_force(visit.user.org_id)
    if rules is None:
        raise Missing("Rule set")
    return rules


def with_people(visit: Visit, decisions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return decisions whose steps also say who their targets are at present."""
    with visit.services.database.read() as connection:
        reach = reaching(connection, visit.user.org_id)
        return [
            {**decision, "timeline": [_step(step, reach) for step in decision["timeline"]]}
            for decision in decisions
        ]


def _step(step: Mapping[str, Any], reach: Reach) -> dict[str, Any]:
    kind, name = next((kind, str(name)) for kind, name in step.items() if kind != "at_s")
    target = Target("user" if kind == "user" else "group", name=name)
    return {"at_s": step["at_s"], "target": f"{kind} {name}", "people": reach(target)}


SCREENS = (
    Screen("GET", "/admin/rules", show_rules, "admin"),
    Screen("GET", "/admin/rules/explain", explain_labels, "admin"),
    Screen("POST", "/admin/rules/reload", reload_rules, "admin"),
)
