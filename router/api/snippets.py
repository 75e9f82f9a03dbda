"""What to paste into a sender's configuration, with the address that it reaches us by (docs/api.md)."""

from __future__ import annotations

import re
from dataclasses import asdict

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from router.api.integrations import SECTION
from router.api.operation import Call, Operation
from router.commands.integrations import get_integration
from router.commands.snippets import address_for, snippets_for
from router.store import credentials

_HOST = re.compile(r"([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?", re.ASCII)
_NOWHERE = "https://pager.example.org"


class SnippetAnswer(BaseModel):
    """A text to paste; `file` is empty for a command line."""

    title: str
    file: str
    language: str
    text: str


class SnippetsAnswer(BaseModel):
    """What to paste for a sender, with a placeholder for its key."""

    url: str
    snippets: list[SnippetAnswer]


def show_snippets(call: Call) -> Response:
    """Show what to paste into a sender's configuration; its key, shown once, is to be put in."""
    integration_id = call.number("Integration")
    with call.services.database.read() as connection:
        integration = get_integration(connection, call.account.org_id, integration_id)
        is_signed = bool(credentials.secrets_of(connection, [integration.id]))
    base_url = call.services.settings.public_url or asked_at(call.request)
    snippets = snippets_for(integration, base_url, is_signed=is_signed)
    said = {"url": address_for(integration, base_url), "snippets": [asdict(one) for one in snippets]}
    return JSONResponse(said)


def asked_at(request: Request) -> str:
    """Return the address that a request came to, or one to be replaced where the client says nonsense."""
    host = request.headers.get("host", "")
    return f"{request.url.scheme}://{host}" if _HOST.fullmatch(host) else _NOWHERE


OPERATIONS = (
    Operation(
        "GET", "/api/integrations/{id}/snippets", show_snippets, "admin", SECTION, returns=SnippetsAnswer
    ),
)
