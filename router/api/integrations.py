"""Integrations and their keys, for admins. A key is shown once, a signing secret never."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from router.api.operation import Call, Operation
from router.api.pagination import offset, paginated
from router.api.responses import Done, Instant, ListAnswer, instant, optional_instant
from router.api.schemas import PageQuery
from router.api.users import Name
from router.api.validation import Schema
from router.commands import integrations
from router.store import credentials
from router.store.credentials import Integration, KeyInfo
from router.store.writer import Transaction

SECTION = "Integrations and keys"
Kind = Literal["generic", "alertmanager", "grafana"]
Secret = Annotated[str, Field(min_length=8, max_length=1000)]


class IntegrationBody(Schema):
    """A new sender; `hmac_secret` is what Grafana signs its bodies with."""

    name: Name
    kind: Kind | None = Field(None, json_schema_extra={"default": "generic"})
    hmac_secret: Secret | None = None


class IntegrationChanges(Schema):
    """What to change about a sender; what is left out stays, a null `hmac_secret` takes signing away."""

    name: Name | None = None
    hmac_secret: Secret | None = None


class KeyBody(Schema):
    """A new key; `allow_ips` are the addresses and networks that may use it, none for all."""

    allow_ips: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=100)] | None = None


class IntegrationAnswer(BaseModel):
    """A sender."""

    id: int
    name: str
    kind: Kind
    is_signed: bool
    created_at: Instant


class KeyAnswer(BaseModel):
    """A key as it may be shown: `prefix` is its beginning."""

    id: int
    integration_id: int
    integration: str
    kind: Kind
    prefix: str
    allow_ips: list[str]
    created_at: Instant
    last_used_at: Instant | None
    revoked_at: Instant | None


class NewKeyAnswer(BaseModel):
    """A new key, shown this once."""

    id: int
    integration_id: int
    key: str


def list_integrations(call: Call) -> Response:
    """List the senders of the organisation."""
    query = call.query(PageQuery)
    with call.services.database.read() as connection:
        found = credentials.list_integrations(connection, call.account.org_id)
    start = offset(query)
    rows = [_integration_json(one) for one in found[start : start + query.per_page]]
    return JSONResponse(paginated(call.request, query, rows, len(found), call.services.settings.public_url))


def add_integration(call: Call) -> Response:
    """Make a sender."""
    body = call.read(IntegrationBody)
    org_id = call.account.org_id
    encrypted = _encrypted(call, body.hmac_secret)
    made = call.services.writer.run(
        lambda tx: integrations.add_integration(
            tx, org_id, body.name, body.kind or "generic", encrypted, call.now
        )
    )
    return JSONResponse(_integration_json(made), 201)


def show_integration(call: Call) -> Response:
    """Show a sender."""
    integration_id = call.number("Integration")
    with call.services.database.read() as connection:
        found = integrations.get_integration(connection, call.account.org_id, integration_id)
    return JSONResponse(_integration_json(found))


def change_integration(call: Call) -> Response:
    """Change a sender's name or signing secret."""
    integration_id = call.number("Integration")
    org_id = call.account.org_id
    body = call.read(IntegrationChanges)
    changes: dict[str, Any] = {} if body.name is None else {"name": body.name}
    if "hmac_secret" in body.model_fields_set:
        changes["hmac_secret_encrypted"] = _encrypted(call, body.hmac_secret)
    changed = call.services.writer.run(
        lambda tx: integrations.alter_integration(tx, org_id, integration_id, changes)
    )
    call.services.keyring.forget()
    return JSONResponse(_integration_json(changed))


def list_keys(call: Call) -> Response:
    """List the keys of the organisation, revoked ones too, without the keys themselves."""
    query = call.query(PageQuery)
    with call.services.database.read() as connection:
        found = credentials.list_keys(connection, call.account.org_id)
    start = offset(query)
    rows = [_key_json(key) for key in found[start : start + query.per_page]]
    return JSONResponse(paginated(call.request, query, rows, len(found), call.services.settings.public_url))


def add_key(call: Call) -> Response:
    """Make a key for a sender, and show it this once."""
    integration_id = call.number("Integration")
    org_id = call.account.org_id
    body = call.read(KeyBody)

    def job(tx: Transaction) -> dict[str, Any]:
        key_id, key = integrations.add_key(tx, org_id, integration_id, body.allow_ips or (), call.now)
        return {"id": key_id, "integration_id": integration_id, "key": key}

    return JSONResponse(call.services.writer.run(job), 201)


def revoke_key(call: Call) -> Response:
    """Revoke a key for good; every server refuses it within a second."""
    key_id = call.number("Key")
    org_id = call.account.org_id
    call.services.writer.run(lambda tx: integrations.revoke_key(tx, org_id, key_id, call.now))
    call.services.keyring.forget()
    return JSONResponse({"message": "Key revoked successfully"})


def _encrypted(call: Call, secret: str | None) -> bytes | None:
    return None if secret is None else call.services.secrets.encrypt("hmac", secret)


def _integration_json(integration: Integration) -> dict[str, Any]:
    return {
        "id": integration.id,
        "name": integration.name,
        "kind": integration.kind,
        "is_signed": integration.hmac_secret_encrypted is not None,
        "created_at": instant(integration.created_at),
    }


def _key_json(key: KeyInfo) -> dict[str, Any]:
    return {
        "id": key.id,
        "integration_id": key.integration_id,
        "integration": key.integration,
        "kind": key.kind,
        "prefix": key.prefix,
        "allow_ips": list(key.allow_ips),
        "created_at": instant(key.created_at),
        "last_used_at": optional_instant(key.last_used_at),
        "revoked_at": optional_instant(key.revoked_at),
    }


_ALL = "/api/integrations"
_ONE = "/api/integrations/{id}"

OPERATIONS = (
    Operation(
        "GET",
        _ALL,
        list_integrations,
        "admin",
        SECTION,
        query=PageQuery,
        returns=ListAnswer[IntegrationAnswer],
    ),
    Operation(
        "POST",
        _ALL,
        add_integration,
        "admin",
        SECTION,
        body=IntegrationBody,
        status=201,
        returns=IntegrationAnswer,
    ),
    Operation("GET", _ONE, show_integration, "admin", SECTION, returns=IntegrationAnswer),
    Operation(
        "PATCH",
        _ONE,
        change_integration,
        "admin",
        SECTION,
        body=IntegrationChanges,
        returns=IntegrationAnswer,
    ),
    Operation(
        "POST",
        f"{_ONE}/keys",
        add_key,
        "admin",
        SECTION,
        body=KeyBody,
        status=201,
        returns=NewKeyAnswer,
    ),
    Operation(
        "GET", "/api/keys", list_keys, "admin", SECTION, query=PageQuery, returns=ListAnswer[KeyAnswer]
    ),
    Operation("DELETE", "/api/keys/{id}", revoke_key, "admin", SECTION, returns=Done),
)
