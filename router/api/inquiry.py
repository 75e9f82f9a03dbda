"""Why nobody was paged: one call for a set of labels and a moment (docs/api.md)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import JSONResponse, Response

from router.api.ledger import SECTION, EntryAnswer, entry_json
from router.api.operation import Call, Operation
from router.api.responses import Instant, instant
from router.api.rules import Label
from router.api.validation import INTEGRAL, Schema
from router.commands.refusals import invalid
from router.inquiry import Question, inquire
from router.settings import Settings
from rules.explain import as_json

_LONGEST_MINUTES = 14 * 24 * 60
_USUAL_MINUTES = 12 * 60


class WhyBody(Schema):
    """The labels that are known of an alert, the moment in question, and how far around it to look."""

    labels: Annotated[dict[Label, Label], Field(min_length=1, max_length=20)]
    at: Annotated[AwareDatetime, Field(strict=False)]
    around_minutes: Annotated[int, Field(ge=1, le=_LONGEST_MINUTES), INTEGRAL] | None = Field(
        None, json_schema_extra={"default": _USUAL_MINUTES}
    )


class WhyAnswer(BaseModel):
    """Why nobody was paged, or who was; `decisions` is what the rules of then say of the labels alone."""

    because: list[str]
    searched_from: Instant
    searched_to: Instant
    entries: list[EntryAnswer]
    total: int
    revision: str | None
    decisions: list[dict[str, Any]]
    webhooks: int | None
    quarantined: int


def why(call: Call) -> Response:
    """Say why nobody was paged around a moment: what came, what was done, and by which rules."""
    body = call.read(WhyBody)
    question = question_of(body, call.services.settings, call.now)
    with call.services.database.read() as connection:
        found = inquire(connection, call.account.org_id, question)
    return JSONResponse(
        {
            "because": list(found.because),
            "searched_from": instant(question.since),
            "searched_to": instant(question.until),
            "entries": [entry_json(entry) for entry in found.entries],
            "total": found.total,
            "revision": found.revision,
            **as_json(found.explained),
            "webhooks": found.webhooks,
            "quarantined": found.quarantined,
        }
    )


def question_of(body: WhyBody, settings: Settings, now: datetime) -> Question:
    """Return what a body asks. Raises Invalid for a moment that calendars do not have.

    Parameters:
      now: UTC.
    """
    try:
        question = Question(
            body.labels,
            body.at.astimezone(UTC),
            timedelta(minutes=body.around_minutes or _USUAL_MINUTES),
            alerts_since=now - timedelta(days=settings.incident_retention_days),
            webhooks_since=now - timedelta(days=settings.webhook_retention_days),
        )
        assert question.since <= question.until  # both are on the calendar
    except OverflowError:
        raise invalid("at", "The at field must be a moment that calendars have.") from None
    return question


OPERATIONS = (Operation("POST", "/api/ledger/why", why, "admin", SECTION, body=WhyBody, returns=WhyAnswer),)
