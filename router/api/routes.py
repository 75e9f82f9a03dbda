"""The route table of the API: every operation, once, for serving, describing and testing."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from router.api import (
    audit,
    contacts,
    deliveries,
    external,
    group_admin,
    groups,
    heartbeats,
    inquiry,
    insight,
    integrations,
    invitations,
    ledger,
    login,
    me,
    overview,
    pages,
    push,
    quarantine,
    rules,
    snippets,
    together,
    urging,
    users,
)
from router.api.dispatch import Endpoint, Nowhere
from router.api.openapi import openapi_document
from router.api.operation import Call, Operation
from router.api.services import Services


def show_openapi(call: Call) -> Response:
    """Describe this API in OpenAPI 3.1."""
    return JSONResponse(document())


OPERATIONS: tuple[Operation, ...] = (
    *login.OPERATIONS,
    *me.OPERATIONS,
    *invitations.OPERATIONS,
    *external.OPERATIONS,
    *together.OPERATIONS,  # before `/api/pages/{id}`, which would take its address
    *pages.OPERATIONS,
    *urging.OPERATIONS,
    *groups.OPERATIONS,
    *users.OPERATIONS,
    *contacts.OPERATIONS,
    *push.OPERATIONS,
    *group_admin.OPERATIONS,
    *integrations.OPERATIONS,
    *snippets.OPERATIONS,
    *heartbeats.OPERATIONS,
    *overview.OPERATIONS,
    *deliveries.OPERATIONS,
    *ledger.OPERATIONS,
    *inquiry.OPERATIONS,
    *quarantine.OPERATIONS,
    *insight.OPERATIONS,
    *rules.OPERATIONS,
    *audit.OPERATIONS,
    Operation("GET", "/api/openapi.json", show_openapi, "public", "OpenAPI", returns=dict[str, Any]),
)


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document."""
    return openapi_document(OPERATIONS)


def build_api(services: Services) -> list[BaseRoute]:
    """Return the routes of everything under `/api`; an address there that nobody serves is a JSON 404.

    What else lives under `/api` (the adapters) goes before these in the application's table.
    """
    by_path: dict[str, list[Operation]] = defaultdict(list)
    for operation in OPERATIONS:
        by_path[operation.path].append(operation)
    routes: list[BaseRoute] = [
        Route(path, Endpoint(services, operations)) for path, operations in by_path.items()
    ]
    return [*routes, Route("/api", Nowhere()), Mount("/api", app=Nowhere())]
