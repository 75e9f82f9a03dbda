"""Web Push: browsers and phones that people have rung, without an app of a store."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from router.api.contacts import ContactAnswer, contact_json
from router.api.operation import Call, Operation
from router.api.responses import Done
from router.api.validation import BLANK_TO_NONE, INTEGRAL, Schema
from router.commands import push
from router.delivery.channels.webpush import LONGEST_DEVICE

SECTION = "Web Push"

Endpoint = Annotated[str, Field(min_length=1, max_length=1500)]


class PushKeys(Schema):
    """The keys of a subscription, in base64url."""

    p256dh: Annotated[str, Field(min_length=1, max_length=100)]
    auth: Annotated[str, Field(min_length=1, max_length=40)]


class PushBody(Schema):
    """What the browser's `PushSubscription.toJSON()` gives, and how the device is named and tried."""

    endpoint: Endpoint
    keys: PushKeys
    device: Annotated[Annotated[str, Field(max_length=LONGEST_DEVICE)] | None, BLANK_TO_NONE] = None
    position: Annotated[int, Field(ge=0, le=10_000), INTEGRAL] | None = None


class EndpointBody(Schema):
    """Which subscription."""

    endpoint: Endpoint


class PushKeyAnswer(BaseModel):
    """What a browser subscribes under: its `applicationServerKey`."""

    key: str


def show_key(call: Call) -> Response:
    """Show the public key under which browsers subscribe."""
    return JSONResponse({"key": push.public_key(call.services.secrets)})


def subscribe(call: Call) -> Response:
    """Page the person who asks on this device; a device that is known already is renewed in its place."""
    body, account, services = call.read(PushBody), call.account, call.services
    device = push.device(
        services.secrets,
        account,
        body.endpoint,
        body.keys.p256dh,
        body.keys.auth,
        name=body.device or "",
        position=body.position,
        public_url=services.settings.public_url,
    )
    contact = services.writer.run(lambda tx: push.subscribe(tx, services.secrets, account, device, call.now))
    return JSONResponse(contact_json(contact), 201)


def unsubscribe(call: Call) -> Response:
    """Page the person who asks on this device no more."""
    endpoint, account, secrets = call.read(EndpointBody).endpoint, call.account, call.services.secrets
    call.services.writer.run(lambda tx: push.unsubscribe(tx, secrets, account, endpoint, call.now))
    return JSONResponse({"message": "No pages come to this device"})


OPERATIONS = (
    Operation("GET", "/api/push/key", show_key, "user", SECTION, returns=PushKeyAnswer),
    Operation(
        "POST", "/api/me/push", subscribe, "user", SECTION, body=PushBody, status=201, returns=ContactAnswer
    ),
    Operation("DELETE", "/api/me/push", unsubscribe, "user", SECTION, body=EndpointBody, returns=Done),
)
