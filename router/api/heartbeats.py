"""Heartbeats by address, for whatever can fetch one (cron, another PingParrot), and how all of them stand."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from router.api.operation import Call, Operation
from router.api.responses import Instant, instant, optional_instant
from router.api.validation import Query
from router.commands.refusals import Missing
from router.heartbeats import REPORTS, Reported, Signal
from router.lifecycle.heartbeats import due_at
from router.store import heartbeats as rows
from router.store.heartbeats import StoredHeart
from rules.model import Heartbeat

SECTION = "Heartbeats"


class BeatQuery(Query):
    """`fail` says that the job ran and failed: it pages at once."""

    status: Literal["ok", "fail"] = "ok"


class BeatAnswer(BaseModel):
    """How a heartbeat stands now that it was heard."""

    name: str
    state: Literal["up", "missing"]
    due_at: Instant | None
    page_id: int | None


class HeartbeatAnswer(BaseModel):
    """A heartbeat of the rules."""

    name: str
    state: Literal["waiting", "up", "missing"]
    within_s: int
    last_beat_at: Instant | None
    integration: str | None
    due_at: Instant | None
    missing_since: Instant | None
    reason: Literal["silent", "resolved", "failed"] | None
    page_id: int | None
    priority: Literal["low", "normal", "high", "critical"]
    chain: str | None
    file: str
    line: int


async def take_beat(call: Call) -> Response:
    """Hear a heartbeat, or of its failure; answered once that is on disk."""
    credential = call.credential
    assert credential is not None
    stop: Literal["failed"] | None = "failed" if call.query(BeatQuery).status == "fail" else None
    rules = call.services.rules.in_force(credential.org_id)
    name = "/".join(call.request.path_params.values())
    heartbeat = rules.ruleset.heartbeats.get(name) if rules is not None else None
    if rules is None or heartbeat is None or heartbeat.integration not in ("", credential.integration):
        raise Missing("Heartbeat")
    signal = Signal(heartbeat, stop, credential.integration_id)
    stands = await call.services.writer.submit_item(REPORTS, Reported(rules, signal, call.now))
    answer = {
        "name": name,
        "state": stands.state,
        "due_at": optional_instant(stands.due_at),
        "page_id": stands.page_id,
    }
    return JSONResponse(answer)


def list_heartbeats(call: Call) -> Response:
    """List the heartbeats of the rules in force, in their order, and how each stands."""
    org_id = call.account.org_id
    rules = call.services.rules.in_force(org_id)
    if rules is None:
        return JSONResponse([])
    with call.services.database.read() as connection:
        known = rows.load(connection, org_id)
    return JSONResponse([_shown(each, known.get(name)) for name, each in rules.ruleset.heartbeats.items()])


def _shown(heartbeat: Heartbeat, stored: StoredHeart | None) -> dict[str, Any]:
    heart = stored.heart if stored is not None else None
    terminal = heartbeat.terminal
    since = heart.missing_since if heart is not None else None
    return {
        "name": heartbeat.name,
        "state": heart.state if heart is not None else "waiting",
        "within_s": heartbeat.within_s,
        "last_beat_at": instant(heart.heard_at) if heart is not None and heart.has_beaten else None,
        "integration": (stored.integration or None) if stored is not None else None,
        "due_at": optional_instant(due_at(heart, heartbeat.within_s)) if heart is not None else None,
        "missing_since": optional_instant(since),
        "reason": heart.stop if heart is not None else None,
        "page_id": stored.page_id if stored is not None and since is not None else None,
        "priority": terminal.priority.of({}),
        "chain": terminal.chain.name if terminal.chain is not None else None,
        "file": terminal.place.file,
        "line": terminal.place.line,
    }


OPERATIONS = (
    Operation("GET", "/api/heartbeats", list_heartbeats, "user", SECTION, returns=list[HeartbeatAnswer]),
    *(
        Operation(method, path, take_beat, "key", SECTION, query=BeatQuery, returns=BeatAnswer)
        for path in ("/api/heartbeats/{name}", "/api/heartbeats/{namespace}/{name}")
        for method in ("GET", "POST")
    ),
)
