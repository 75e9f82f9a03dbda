"""What the documented endpoints take (reference, "Send a Page" to "Acknowledge a Page")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from router.api.validation import (
    BLANK_TO_NONE,
    CLEANED,
    INTEGRAL,
    MAX_ID,
    ONE_LINE,
    Faults,
    Id,
    Query,
    Schema,
)
from router.commands.refusals import attribute, invalid
from router.store.credentials.passwords import LONGEST, SHORTEST

MAX_MESSAGE = 65_535
MAX_STEPS = 50
MAX_DELAY_S = 30 * 24 * 3600

Priority = Literal["low", "normal", "high", "critical"]
Status = Literal["active", "acknowledged", "expired", "cancelled"]
DeliveryMode = Literal["single", "group", "broadcast"]
Name = Annotated[Annotated[str, Field(max_length=400)] | None, BLANK_TO_NONE]


PlainName = Annotated[str, Field(min_length=1, max_length=200), CLEANED, ONE_LINE]
"""Of a person or a group."""

Password = Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST)]
"""A new one."""


class EscalationBody(Schema):
    """An escalation rule: exactly one of `escalate_to_user_id` and `escalate_to_group_id`."""

    step: Annotated[int, Field(ge=1, le=MAX_ID, description="Escalation order (1, 2, 3…), unique."), INTEGRAL]
    delay_seconds: Annotated[
        int,
        Field(ge=60, le=MAX_DELAY_S, description="Seconds after the initial send before escalating."),
        INTEGRAL,
    ]
    escalate_to_user_id: Id | None = None
    escalate_to_group_id: Id | None = None
    repeat_page: bool | None = Field(None, json_schema_extra={"default": True})


class SendBody(Schema):
    """A page to send."""

    subject: Annotated[
        str, Field(min_length=1, max_length=200, description="Alert headline."), CLEANED, ONE_LINE
    ]
    message: Annotated[
        str, Field(min_length=1, max_length=MAX_MESSAGE, description="Full alert body."), CLEANED
    ]
    delivery_mode: DeliveryMode
    priority: Priority | None = Field(None, json_schema_extra={"default": "normal"})
    target_user_id: Id | None = Field(None, description="Required with delivery_mode single.")
    target_group_id: Id | None = Field(None, description="Required with delivery_mode group.")
    repeat_interval_s: Annotated[int, Field(ge=30, le=3600), INTEGRAL] | None = Field(
        None, description="Seconds between repeats.", json_schema_extra={"default": 60}
    )
    expires_minutes: Annotated[int, Field(ge=1, le=1440), INTEGRAL] | None = Field(
        None, description="Auto-cancel after so many minutes; omit for no expiry."
    )
    escalation: Annotated[list[EscalationBody], Field(max_length=MAX_STEPS)] | None = None

    @classmethod
    def further_faults(cls, raw: Mapping[str, Any]) -> Faults:
        """Return the faults of targets and steps, which concern several fields at once."""
        return dict([*_target_faults(raw), *_step_faults(raw.get("escalation"))])


class LoginBody(Schema):
    """Who logs in; `device_name` is shown beside the token."""

    email: Annotated[str, Field(min_length=1, max_length=254), CLEANED]
    password: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    device_name: Annotated[Annotated[str, Field(max_length=200)] | None, BLANK_TO_NONE] = None


class AcknowledgeBody(Schema):
    """A note on what is being done, and by which way the acknowledgement came."""

    response_note: Annotated[Annotated[str, Field(max_length=500)] | None, BLANK_TO_NONE] = None
    method: Literal["app", "web", "sms", "voice"] | None = Field(None, json_schema_extra={"default": "app"})


class PageQuery(Query):
    """Which page of a list."""

    page: Annotated[int, Field(ge=1, le=2**31 - 1)] = 1
    per_page: Annotated[int, Field(ge=1, le=100)] = 15


class RangeQuery(PageQuery):
    """A list between two moments, both optional."""

    since: Annotated[AwareDatetime | None, Field(alias="from", description="RFC 3339 with an offset.")] = None
    until: Annotated[AwareDatetime | None, Field(alias="to", description="RFC 3339 with an offset.")] = None


class PagesQuery(RangeQuery):
    """Which pages to list; `from` and `to` are about when they came."""

    status: Status | None = None
    priority: Priority | None = None
    q: Annotated[Annotated[str, Field(max_length=200)] | None, BLANK_TO_NONE] = Field(
        None, description="Text that the subject or the message has somewhere."
    )
    integration: Name = None
    route: Name = Field(None, description="A route, or what it is the beginning of: `payments`.")
    mine: bool = Field(False, description="Only pages that one is a recipient of oneself, for admins too.")
    open: bool | None = Field(None, description="Only pages that are not over, or only those that are.")


class GroupsQuery(Query):
    """Which groups to list."""

    inactive: bool = False


def utc(moment: datetime | None, field: str) -> datetime | None:
    """Return what a field says in UTC. Raises Invalid for what is before or after all calendars there."""
    try:
        return None if moment is None else moment.astimezone(UTC)
    except OverflowError:
        sentence = f"The {attribute(field)} field must be a moment that calendars have."
        raise invalid(field, sentence) from None


def _target_faults(raw: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for mode, field in (("single", "target_user_id"), ("group", "target_group_id")):
        if raw.get("delivery_mode") == mode and raw.get(field) is None:
            yield field, [f"The {attribute(field)} field is required when delivery mode is {mode}."]


def _step_faults(escalation: object) -> Iterator[tuple[str, list[str]]]:
    if not isinstance(escalation, list):
        return
    numbers: list[object] = []
    user, group = "escalate_to_user_id", "escalate_to_group_id"
    for index, step in enumerate(escalation[:MAX_STEPS]):
        if not isinstance(step, dict):
            continue
        place = f"escalation.{index}"
        if step.get(user) is None and step.get(group) is None:
            yield (
                f"{place}.{user}",
                [f"The {place}.{user} field is required when {place}.{group} is not present."],
            )
        if step.get(user) is not None and step.get(group) is not None:
            yield (
                f"{place}.{user}",
                [f"The {place}.{user} field prohibits {place}.{group} from being present."],
            )
        number = step.get("step")
        if isinstance(number, int | float) and number in numbers:
            yield f"{place}.step", [f"The {place}.step field has a duplicate value."]
        numbers.append(number)
