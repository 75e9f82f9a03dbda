"""One row of the route table: an endpoint, with everything that serving and describing it needs."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_origin

from starlette.requests import Request
from starlette.responses import Response

from router.api.body import decode_object
from router.api.services import Services
from router.api.validation import MAX_ID, Model, Query, Schema, checked
from router.commands.refusals import Missing
from router.store.credentials import Account, Credential

Access = Literal["public", "user", "admin", "key"]
_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True)
class Call:
    """A request that has been let in.

    Parameters:
      now: UTC, read once.
      body: the raw body; empty when the operation takes none.
      user: who asks, for access `user` and `admin`.
      credential: whose key it is, for access `key`.
      fault: why a sender's body cannot be read, if that is known already.
    """

    services: Services
    request: Request
    now: datetime
    body: bytes = b""
    user: Account | None = None
    credential: Credential | None = None
    fault: str = ""

    @property
    def account(self) -> Account:
        """Who asks; only for operations that ask for a bearer token."""
        assert self.user is not None
        return self.user

    def number(self, what: str, name: str = "id") -> int:
        """Return an id of the path. Raises Missing, naming `what`, for one that cannot exist."""
        text: str = self.request.path_params[name]
        if _ID.fullmatch(text) is None or int(text) > MAX_ID:
            raise Missing(what)
        return int(text)

    def read(self, schema: type[Model]) -> Model:
        """Return the checked body. Raises Invalid with every fault."""
        return checked(schema, decode_object(self.body))

    def query(self, schema: type[Model]) -> Model:
        """Return the checked parameters of the address; an empty one is as absent.

        Raises Invalid with every fault.
        """
        parameters = self.request.query_params
        given: dict[str, Any] = {name: value for name, value in parameters.items() if value.strip()}
        lists = (name for name, field in schema.model_fields.items() if get_origin(field.annotation) is list)
        given |= {name: parameters.getlist(name) for name in lists}
        return checked(schema, given)


Handler = Callable[[Call], Response] | Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True)
class Operation:
    """An endpoint.

    Parameters:
      path: under the root, `{name}` for parameters.
      handler: a plain function runs on a worker thread, a coroutine on the event loop; its docstring's first
        line is the summary in the OpenAPI document.
      access: who may call it; roles are checked before anything is looked up.
      section: the heading in docs/api.md and the tag in the OpenAPI document.
      body, query: what it takes.
      status, returns: what success looks like, None for no body.
      may_refuse: statuses of refusals that do not follow from the rest.
      may_forbid: some of those whom `access` lets in are answered 403.
      as_csv: with `format=csv` success is a table as text.
      takes_webhooks: the body may be as large as senders' are (PINGPARROT_MAX_BODY_BYTES), not 1 MiB.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    handler: Handler
    access: Access
    section: str
    body: type[Schema] | None = None
    query: type[Query] | None = None
    status: int = 200
    returns: Any = None
    takes_webhooks: bool = False
    may_forbid: bool = False
    may_refuse: tuple[int, ...] = ()
    as_csv: bool = False
