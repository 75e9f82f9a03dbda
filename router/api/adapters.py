"""Where Alertmanager and Grafana post: the hot path from bytes to an answer that means "on disk"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.alert import Batch, PayloadError
from router import metrics, tracing
from router.api import large
from router.api.auth import address_of, admit_by_key, api_key
from router.api.body import read_webhook
from router.api.dispatch import SECURITY_HEADERS
from router.api.errors import HttpError, error_response
from router.api.services import Services
from router.api.signing import Seal
from router.intake import Intake
from router.store.credentials import Credential
from router.webhook import PARSERS, Answer, Sender, Webhook

_HEADERS = [
    (b"content-type", b"application/json"),
    *((name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()),
]
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Webhooks:
    """Takes webhooks of either adapter, whatever address they were posted to."""

    intake: Intake
    clock: Callable[[], datetime]

    async def take(self, adapter: str, credential: Credential, body: bytes, fault: str = "") -> Answer:
        """Parse and store a body; one that cannot be read is quarantined.

        Parameters:
          adapter: `alertmanager` or `grafana`.
          fault: why the body cannot be read, if that is known already.
        """
        sender = Sender(
            credential.integration_id, credential.integration, credential.org_id, credential.owner_user_id
        )
        batch: Batch | None = None
        if not fault:
            try:
                parse = PARSERS[adapter]
                batch = await large.read(body, lambda body: parse(body, self.clock()))
            except PayloadError as error:
                fault = str(error)
        span = tracing.current.get()
        if span is None:
            return await self.intake.take(Webhook(sender, adapter, body, batch, fault))
        webhook = Webhook(sender, adapter, body, batch, fault, span.traceparent)
        answer = await self.intake.take(webhook)
        span.note(_said(credential, answer))
        return answer

    async def take_documented(
        self, credential: Credential, sender: str, body: bytes, fault: str = ""
    ) -> Response:
        """Take a webhook that was posted to the documented address for pages.

        Answered 201 with `page_id` and `recipients` where a page was made, else 200 with the outcome.
        """
        grafana = credential.kind == "grafana" or sender.startswith("grafana")
        adapter = "grafana" if grafana else "alertmanager"
        answer = await self.take(adapter, credential, body, fault)
        created = next((alert for alert in answer.alerts if alert.outcome == "created"), None)
        said = msgspec.structs.asdict(answer)
        if created is None:
            return Response(_encode(said), media_type="application/json")
        sent = {
            "message": "Page sent successfully",
            "page_id": created.page_id,
            "recipients": created.recipients,
        }
        return Response(_encode({**sent, **said}), 201, media_type="application/json")


def _said(credential: Credential, answer: Answer) -> dict[str, str | int]:
    """Return what a webhook's span says of it."""
    said: dict[str, str | int] = {
        f"pingparrot.alerts.{outcome}": count for outcome, count in answer.outcomes.items()
    }
    said["pingparrot.integration"] = credential.integration
    said["pingparrot.webhook_id"] = answer.webhook_id
    return said


class AdapterEndpoint:
    """An ASGI application for one adapter's address; takes POST and PUT."""

    def __init__(self, webhooks: Webhooks, services: Services, adapter: str) -> None:
        self._webhooks = webhooks
        self._services = services
        self._adapter = adapter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        try:
            said = _encode(await self._answer(request))
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - the catch-all: told as JSON, logged if nobody foresaw it
            response = error_response(error, f"{request.method} {request.url.path}")
            metrics.WEBHOOKS.labels("unknown", str(response.status_code)).inc()
            response.headers.update(SECURITY_HEADERS)
            await response(scope, receive, send)
            return
        headers = [*_HEADERS, (b"content-length", b"%d" % len(said))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": said})

    async def _answer(self, request: Request) -> Answer:
        if request.method not in ("POST", "PUT"):
            raise HttpError(405, "POST or PUT a webhook here.", {"Allow": "POST, PUT"})
        peeked = self._services.keyring.peek(api_key(request.headers))
        if peeked is not None and peeked.credential is not None and not peeked.credential.allow_ips:
            credential = peeked.credential
            self._services.key_uses.note(credential.key_id, lambda: address_of(self._services, request))
        else:
            credential = await run_in_threadpool(admit_by_key, self._services, request)
        seal = Seal(self._services.secrets, credential, request.headers, self._webhooks.clock())
        body, fault = await read_webhook(request, self._services.settings.max_body_bytes, seal)
        return await self._webhooks.take(self._adapter, credential, body, fault)


class Entrance:
    """The application as a server sees it: webhooks go straight to their adapter, the rest to the routes.

    What a framework does between a socket and an endpoint costs a webhook as much as its parsing.
    """

    def __init__(self, webhooks: Webhooks, services: Services, otherwise: ASGIApp) -> None:
        self._adapters = {
            f"/api/adapters/{adapter}": AdapterEndpoint(webhooks, services, adapter) for adapter in PARSERS
        }
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        adapter = self._adapters.get(scope["path"]) if scope["type"] == "http" else None
        await (adapter or self._otherwise)(scope, receive, send)
