"""The rules in force: which, what was found in them, what they would do, and loading them anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import JSONResponse, Response

from router.api.operation import Call, Operation
from router.api.page_answers import LastChangeAnswer
from router.api.responses import Instant
from router.api.services import Services
from router.api.validation import Schema
from router.commands.refusals import Forbidden, invalid
from router.in_force import Rules
from router.store import audit
from router.store.audit import Doer
from rules.tree import tree_json

SECTION = "Rules"
MAX_LABELS = 256

Label = Annotated[str, Field(max_length=4096)]


class ExplainBody(Schema):
    """An alert to be, and when; `at` is now unless it is said."""

    labels: Annotated[dict[Label, Label], Field(max_length=MAX_LABELS)]
    at: Annotated[AwareDatetime | None, Field(strict=False)] = None


class ReloadBody(Schema):
    """`confirm` lets a reload deactivate more than a quarter of the people or groups at once."""

    confirm: bool = False


class FindingAnswer(BaseModel):
    """A fault or a remark: where, which value, what to do."""

    code: str
    severity: str
    message: str
    file: str
    line: int
    column: int
    namespace: str


class RulesAnswer(BaseModel):
    """The rules in force, and how the last attempt to load them went."""

    revision: str
    in_force_since: Instant
    last_reload_successful: bool
    refused: str | None
    findings: list[FindingAnswer]


class ChainStepAnswer(BaseModel):
    """When a step fires, after the page opened, and whom it pages: `group payments`."""

    after_s: int
    targets: list[str]
    repeat: bool


class ChainAnswer(BaseModel):
    """A chain of the rules, and where it stands."""

    name: str
    file: str
    line: int
    steps: list[ChainStepAnswer]


class AnsweringAnswer(BaseModel):
    """How a route answers; `chain` is null when it suppresses."""

    file: str
    line: int
    chain: str | None
    suppressed: str | None
    group_by: list[str] | None
    repeat_interval_s: int
    expires_minutes: float | None
    acknowledge: str
    last_change: LastChangeAnswer | None


class RouteAnswer(AnsweringAnswer):
    """A route, and those below it in the order in which they are tried."""

    name: str
    namespace: str
    matchers: list[str]
    continue_: Annotated[bool, Field(alias="continue")]
    active_time_intervals: list[str]
    mute_time_intervals: list[str]
    routes: list[RouteAnswer]


class HeartbeatAnswer(AnsweringAnswer):
    """A heartbeat, whose alerts no route sees; `matchers` is null when it only beats by its address."""

    name: str
    namespace: str
    matchers: list[str] | None
    within_s: int
    integration: str


class TreeAnswer(BaseModel):
    """The rules in force as a tree; `default` is what answers when no route does."""

    revision: str
    heartbeats: list[HeartbeatAnswer]
    routes: list[RouteAnswer]
    default: AnsweringAnswer
    chains: list[ChainAnswer]


class ExplainAnswer(BaseModel):
    """What the rules decide, as `pingparrot rules explain --format json` prints it."""

    decisions: list[dict[str, Any]]


def _ours(call: Call) -> Rules:
    """Return the rules in force for whoever asks. Raises Forbidden where they serve another organisation."""
    rules = call.services.rules.in_force(call.account.org_id)
    if rules is None:
        raise Forbidden("The rules serve another organisation.")
    return rules


def show_rules(call: Call) -> Response:
    """Show which rules are in force, and what was found when they were last loaded."""
    _ours(call)
    return JSONResponse(dict(call.services.rules.describe()))


def show_tree(call: Call) -> Response:
    """Show the routes in force as a tree, and the chains that they page by."""
    rules = _ours(call)
    return JSONResponse(tree_json(rules.ruleset, rules.changes))


def explain_rules(call: Call) -> Response:
    """Say what the rules in force would do with an alert, and why."""
    _ours(call)
    body = call.read(ExplainBody)
    try:
        at = (body.at or call.now).astimezone(UTC)
        explained = call.services.rules.explain(body.labels, at)
    except OverflowError:
        raise invalid("at", "The at field must be a moment that calendars have.") from None
    return JSONResponse(dict(explained))


def reload_rules(call: Call) -> Response:
    """Load the rules anew; what cannot be loaded leaves the rules in force as they are."""
    _ours(call)
    body = call.read(ReloadBody)
    described = call.services.rules.reload(confirmed=body.confirm)
    record_reload(call.services, call.account.org_id, call.account.id, described, call.now)
    return JSONResponse(dict(described))


def record_reload(
    services: Services, org_id: int, by: Doer, described: Mapping[str, Any], now: datetime
) -> None:
    """Note in the audit log who had the rules loaded anew, and how that went.

    Parameters:
      described: as `RuleAccess.describe` returns it.
    """
    about = f"revision {described['revision']}"
    detail = "" if described["last_reload_successful"] else "not all of what the files say is in force"
    services.writer.run(lambda tx: audit.record(tx.connection, org_id, by, "reload", about, detail, now))


OPERATIONS = (
    Operation("GET", "/api/rules", show_rules, "admin", SECTION, returns=RulesAnswer, may_forbid=True),
    Operation("GET", "/api/rules/tree", show_tree, "admin", SECTION, returns=TreeAnswer, may_forbid=True),
    Operation(
        "POST",
        "/api/rules/explain",
        explain_rules,
        "admin",
        SECTION,
        body=ExplainBody,
        returns=ExplainAnswer,
        may_forbid=True,
    ),
    Operation(
        "POST",
        "/api/rules/reload",
        reload_rules,
        "admin",
        SECTION,
        body=ReloadBody,
        returns=RulesAnswer,
        may_forbid=True,
    ),
)
