"""What is wrong now and what to do next, for admins (docs/api.md)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from router.api.operation import Call, Operation
from router.api.schemas import Priority
from router.overview import look_over


class OpenPagesAnswer(BaseModel):
    """How many pages of a priority are open."""

    priority: Priority
    active: int
    acknowledged: int


class ConcernAnswer(BaseModel):
    """Something that is wrong, what to do next, and where to see it."""

    severity: Literal["error", "warning"]
    about: str
    sentence: str
    remedy: str
    link: str


class OverviewAnswer(BaseModel):
    """How the organisation stands; no concerns when all is well."""

    pages: list[OpenPagesAnswer]
    concerns: list[ConcernAnswer]


def show_overview(call: Call) -> Response:
    """Show what is wrong now and what to do next."""
    services, org_id = call.services, call.account.org_id
    with services.database.read() as connection:
        found = look_over(
            connection, org_id, services.rules.in_force(org_id), services.rules.describe(), call.now
        )
    return JSONResponse(asdict(found))


OPERATIONS = (Operation("GET", "/api/overview", show_overview, "admin", "Overview", returns=OverviewAnswer),)
