"""Reference, "Send a Page" with an API key, and "Grafana Integration", which posts its webhook there too."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from adapters.detect import Sender as WebhookSender
from adapters.detect import sender_of
from router.api import large
from router.api.operation import Call, Operation
from router.api.page_answers import SentAnswer
from router.api.schemas import SendBody
from router.api.sending import send_page
from router.commands.refusals import Invalid
from router.commands.send import Sender
from router.store.names import NotAcceptedError

SECTION = "Send a Page"


async def send_by_key(call: Call) -> Response:
    """Send a page with an API key; a webhook of Grafana or Alertmanager is told by its shape."""
    credential = call.credential
    assert credential is not None
    if call.fault:
        kind: WebhookSender = "unknown"
    else:
        kind = await large.read(call.body, sender_of)
    if kind != "unknown" or call.fault:
        return await call.services.take_webhook(credential, kind, call.body, call.fault)
    sender = Sender(
        credential.org_id, f"integration {credential.integration}", integration_id=credential.integration_id
    )
    scope = f"key:{credential.integration_id}"
    try:
        return await run_in_threadpool(send_page, call, sender, scope)
    except (Invalid, NotAcceptedError):
        if credential.kind == "generic":
            raise
        # Alertmanager and Grafana never mend a body: it becomes a page by its text, or is kept for an admin.
        return await call.services.take_webhook(credential, kind, call.body)


OPERATIONS = tuple(
    Operation(
        method,
        "/api/external/pages",
        send_by_key,
        "key",
        SECTION,
        body=SendBody,
        status=201,
        returns=SentAnswer,
        takes_webhooks=True,
    )
    for method in ("POST", "PUT")
)
