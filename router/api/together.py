"""Beyond the reference: many pages acknowledged at once, as a storm makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import JSONResponse, Response

from router.api.operation import Call, Operation
from router.api.schemas import AcknowledgeBody, Name, Priority, utc
from router.api.validation import Faults, Id, Schema
from router.commands.acknowledge import acknowledge_each
from router.commands.refusals import invalid
from router.lifecycle.transitions import Actor
from router.store.matching import Chosen, pages_of_digest, pending_pages

MOST = 1_000
"""Pages of one call."""

_AT_ONCE = 100  # in one transaction, so that webhooks get in between
_WAYS = ("ids", "digest", "filter")


class FilterBody(Schema):
    """Which of one's active pages; `{}` is all of them."""

    priority: Priority | None = None
    route: Name = Field(None, description="A route, or what it is the beginning of: `payments`.")
    integration: Name = None
    created_before: Annotated[AwareDatetime | None, Field(strict=False)] = Field(
        None, description="Only pages that came up to then, so that no new one is swallowed."
    )


class TogetherBody(AcknowledgeBody):
    """Pages to acknowledge: exactly one of `ids`, `digest` and `filter`."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=MOST)] | None = None
    digest: Id | None = Field(None, description="The pages of a digest, by the number that it names.")
    filter: FilterBody | None = None

    @classmethod
    def further_faults(cls, raw: Mapping[str, Any]) -> Faults:
        """Return the fault of none, or more than one, of the ways to say which."""
        given = [way for way in _WAYS if raw.get(way) is not None]
        if len(given) == 1:
            return {}
        return {"ids": ["Exactly one of ids, digest and filter is required."]}


class RefusedAnswer(BaseModel):
    """A page that was not acknowledged, and why."""

    page_id: int
    error: str


class TogetherAnswer(BaseModel):
    """What became of the pages; `left` match the filter too, and are for the next call."""

    message: str
    acknowledged: list[int]
    refused: list[RefusedAnswer]
    left: int


def acknowledge_together(call: Call) -> Response:
    """Mark many pages as acknowledged by the person who is logged in."""
    body = call.read(TogetherBody)
    page_ids, left = _chosen(call, body)
    actor = Actor(call.account.id, call.account.name, call.account.is_admin)
    acknowledged: list[int] = []
    refused: list[dict[str, Any]] = []
    for start in range(0, len(page_ids), _AT_ONCE):
        some = page_ids[start : start + _AT_ONCE]
        refusals = call.services.writer.run(
            lambda tx, some=some: acknowledge_each(  # type: ignore[misc]
                tx, call.account.org_id, actor, some, call.now, body.method or "app", body.response_note
            )
        )
        acknowledged += [page_id for page_id in some if page_id not in refusals]
        refused += [{"page_id": page_id, "error": error} for page_id, error in refusals.items()]
    count = len(acknowledged)
    answer = {
        "message": f"{count} {'page' if count == 1 else 'pages'} acknowledged",
        "acknowledged": acknowledged,
        "refused": refused,
        "left": left,
    }
    return JSONResponse(answer)


def _chosen(call: Call, body: TogetherBody) -> tuple[Sequence[int], int]:
    """Return the pages that are meant, and how many more there are. Raises Invalid for an unknown digest."""
    if body.ids is not None:
        return sorted(set(body.ids)), 0
    user = call.account
    with call.services.database.read() as connection:
        if body.digest is not None:
            found = pages_of_digest(connection, user.org_id, user.id, body.digest)
            if not found:
                raise invalid("digest", "The selected digest is invalid.")
            return found, 0
        assert body.filter is not None
        chosen = Chosen(
            priority=body.filter.priority,
            route=body.filter.route,
            integration=body.filter.integration,
            until=utc(body.filter.created_before, "filter.created_before"),
        )
        found, total = pending_pages(connection, user.org_id, user.id, chosen, MOST)
    return found, total - len(found)


OPERATIONS = (
    Operation(
        "POST",
        "/api/pages/acknowledge",
        acknowledge_together,
        "user",
        "Acknowledge Many Pages",
        body=TogetherBody,
        returns=TogetherAnswer,
    ),
)
