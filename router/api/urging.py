"""Beyond the reference: a page that nobody answers is told again, or escalated, because a person asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from router.api.operation import Call, Operation
from router.api.responses import NamedUser
from router.api.schemas import Status
from router.commands import urge
from router.commands.urge import Urged
from router.lifecycle.transitions import Actor
from router.store.writer import Transaction

_Act = Callable[[Transaction, int, Actor, int, datetime], Urged]


class UrgedAnswer(BaseModel):
    """Who is told of the page now; nobody when the same was asked for within the last 5 seconds."""

    message: str
    page_id: int
    status: Status
    told: list[NamedUser]


def repage(call: Call) -> Response:
    """Tell everybody who has not acknowledged a page again, now."""
    return _urged(call, urge.repage, "Page sent again")


def escalate(call: Call) -> Response:
    """Let the next step of a page's escalation come now."""
    return _urged(call, urge.escalate, "Page escalated")


def _urged(call: Call, act: _Act, message: str) -> Response:
    page_id = call.number("Page")
    user = call.account
    actor = Actor(user.id, user.name, user.is_admin)
    urged = call.services.writer.run(lambda tx: act(tx, user.org_id, actor, page_id, call.now))
    return JSONResponse(
        {
            "message": "This was asked for a moment ago" if urged.again else message,
            "page_id": page_id,
            "status": urged.page.status,
            "told": [{"id": person.user_id, "name": person.name} for person in urged.told],
        }
    )


OPERATIONS = (
    Operation("POST", "/api/pages/{id}/repage", repage, "user", "Nobody Answers a Page", returns=UrgedAnswer),
    Operation(
        "POST", "/api/pages/{id}/escalate", escalate, "user", "Nobody Answers a Page", returns=UrgedAnswer
    ),
)
