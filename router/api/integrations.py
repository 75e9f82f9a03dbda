"""Integrations and their keys, for admins. A key is shown once, a signing secret never."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticKnownError
from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response

from router.api.operation import Call, Operation
from router.api.pagination import offset, paginated
from router.api.responses import Done, Instant, ListAnswer, instant, optional_instant
from router.api.schemas import PageQuery
from router.api.validation import CLEANED, INTEGRAL, Id, Schema
from router.commands import integrations
from router.commands.integrations import Signature
from router.store import credentials
from router.store.credentials import HmacSecret, Integration, KeyInfo, Seen
from router.store.secrets import Secrets
from router.store.writer import Transaction

SECTION = "Integrations and keys"


def _bounded(value: object) -> object:
    """Hold a name to its length as it came, and not only as it is kept."""
    if isinstance(value, str) and len(value) > 200:
        raise PydanticKnownError("string_too_long", {"max_length": 200})
    return value


Name = Annotated[str, Field(min_length=1, max_length=200), CLEANED, BeforeValidator(_bounded)]
Kind = Literal["generic", "alertmanager", "grafana"]
Secret = Annotated[str, Field(min_length=8, max_length=1000)]
HeaderName = Annotated[str, Field(min_length=1, max_length=100)]
_COLUMNS = {
    "owner_user_id": "owner_user_id",
    "hmac_header": "signature_header",
    "hmac_timestamp_header": "timestamp_header",
}


class SignedSchema(Schema):
    """Who is paged by a Test button, and what Grafana signs its bodies with."""

    owner_user_id: Id | None = None
    hmac_secret: Secret | None = None
    hmac_overlap_s: Annotated[int, Field(ge=0, le=2_592_000), INTEGRAL] | None = Field(
        None, json_schema_extra={"default": 86_400}
    )
    hmac_header: HeaderName | None = None
    hmac_timestamp_header: HeaderName | None = None

    def columns(self) -> dict[str, Any]:
        """Return the columns that were given, null ones too."""
        given = {name: getattr(self, name) for name in _COLUMNS if name in self.model_fields_set}
        return {_COLUMNS[name]: value for name, value in given.items()}


class IntegrationBody(SignedSchema):
    """A new sender."""

    name: Name
    kind: Kind | None = Field(None, json_schema_extra={"default": "generic"})


class IntegrationChanges(SignedSchema):
    """What to change about a sender; what is left out stays, a null `hmac_secret` takes signing away."""

    name: Name | None = None


class KeyBody(Schema):
    """A new key; `allow_ips` are the addresses and networks that may use it, none for all."""

    allow_ips: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=100)] | None = None


class HmacSecretAnswer(BaseModel):
    """A secret that bodies may be signed with, without the secret; the newest does not expire."""

    created_at: Instant
    expires_at: Instant | None


class IntegrationAnswer(BaseModel):
    """A sender; a header that is null is Grafana's usual one, `warning` is null when all is well."""

    id: int
    name: str
    kind: Kind
    owner_user_id: int | None
    is_signed: bool
    hmac_secrets: list[HmacSecretAnswer]
    hmac_header: str | None
    hmac_timestamp_header: str | None
    created_at: Instant
    last_used_at: Instant | None
    last_used_from: str | None
    warning: str | None


class KeyAnswer(BaseModel):
    """A key as it may be shown: `prefix` is its beginning; `managed_by` is `bootstrap` or null."""

    id: int
    integration_id: int
    integration: str
    kind: Kind
    prefix: str
    allow_ips: list[str]
    created_at: Instant
    last_used_at: Instant | None
    last_used_from: str | None
    revoked_at: Instant | None
    managed_by: str | None


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
        rows = _integrations_json(connection, found[start : start + query.per_page], call.now)
    return JSONResponse(paginated(call.request, query, rows, len(found), call.services.settings.public_url))


def add_integration(call: Call) -> Response:
    """Make a sender."""
    body = call.read(IntegrationBody)
    org_id = call.account.org_id
    signature = signature_of(call.services.secrets, body) if body.hmac_secret is not None else None

    def job(tx: Transaction) -> dict[str, Any]:
        kind = body.kind or "generic"
        made = integrations.add_integration(
            tx, org_id, call.account.id, body.name, kind, call.now, body.columns(), signature
        )
        return _integrations_json(tx.connection, [made], call.now)[0]

    return JSONResponse(call.services.writer.run(job), 201)


def show_integration(call: Call) -> Response:
    """Show a sender."""
    integration_id = call.number("Integration")
    with call.services.database.read() as connection:
        found = integrations.get_integration(connection, call.account.org_id, integration_id)
        return JSONResponse(_integrations_json(connection, [found], call.now)[0])


def change_integration(call: Call) -> Response:
    """Change a sender: its name, owner, signing secret and the headers of a signature."""
    integration_id = call.number("Integration")
    org_id = call.account.org_id
    body = call.read(IntegrationChanges)
    changes: dict[str, Any] = {} if body.name is None else {"name": body.name}
    changes |= body.columns()
    signature = signature_of(call.services.secrets, body) if "hmac_secret" in body.model_fields_set else None

    def job(tx: Transaction) -> dict[str, Any]:
        changed = integrations.alter_integration(
            tx, org_id, call.account.id, integration_id, changes, call.now, signature
        )
        return _integrations_json(tx.connection, [changed], call.now)[0]

    answer = call.services.writer.run(job)
    call.services.keyring.forget()
    return JSONResponse(answer)


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
        key_id, key = integrations.add_key(
            tx, org_id, call.account.id, integration_id, body.allow_ips or (), call.now
        )
        return {"id": key_id, "integration_id": integration_id, "key": key}

    return JSONResponse(call.services.writer.run(job), 201)


def revoke_key(call: Call) -> Response:
    """Revoke a key for good; every server refuses it within a second."""
    key_id = call.number("Key")
    org_id = call.account.org_id
    call.services.writer.run(
        lambda tx: integrations.revoke_key(tx, org_id, call.account.id, key_id, call.now)
    )
    call.services.keyring.forget()
    return JSONResponse({"message": "Key revoked successfully"})


def signature_of(secrets: Secrets, body: SignedSchema) -> Signature:
    """Return what a body changes about signing; its secret encrypted."""
    encrypted = None if body.hmac_secret is None else secrets.encrypt("hmac", body.hmac_secret)
    if body.hmac_overlap_s is None:
        return Signature(encrypted)
    return Signature(encrypted, timedelta(seconds=body.hmac_overlap_s))


def _integrations_json(
    connection: Connection, found: Sequence[Integration], now: datetime
) -> list[dict[str, Any]]:
    secrets = credentials.secrets_of(connection, [one.id for one in found])
    seen = {one.id: one for one in credentials.seen(connection, found[0].org_id if found else None)}
    return [_integration_json(one, secrets.get(one.id, ()), seen[one.id], now) for one in found]


def _integration_json(
    integration: Integration, secrets: Sequence[HmacSecret], seen: Seen, now: datetime
) -> dict[str, Any]:
    return {
        "id": integration.id,
        "name": integration.name,
        "kind": integration.kind,
        "owner_user_id": integration.owner_user_id,
        "is_signed": bool(secrets),
        "hmac_secrets": [
            {"created_at": instant(one.created_at), "expires_at": optional_instant(one.expires_at)}
            for one in secrets
            if one.holds(now)
        ],
        "hmac_header": integration.signature_header,
        "hmac_timestamp_header": integration.timestamp_header,
        "created_at": instant(integration.created_at),
        "last_used_at": optional_instant(seen.at),
        "last_used_from": seen.address,
        "warning": seen.warning(now),
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
        "last_used_from": key.last_used_from,
        "revoked_at": optional_instant(key.revoked_at),
        "managed_by": key.managed_by or None,
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
