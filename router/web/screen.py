"""One row of the dashboard's table: an address, what a method does there, and who may."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from router.api.services import Services
from router.api.validation import MAX_ID
from router.commands.refusals import Missing
from router.lifecycle.transitions import Actor
from router.store.credentials import Account
from router.store.page_views import Sight

Access = Literal["public", "user", "admin"]
_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True)
class Visit:
    """A request for a screen by somebody who has been let in.

    Parameters:
      now: UTC, read once.
      account: who is logged in; None on public screens for strangers.
      csrf: what every form of the answer must carry.
      form: what was posted, by name, in order.
    """

    services: Services
    request: Request
    now: datetime
    account: Account | None = None
    csrf: str = ""
    form: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def user(self) -> Account:
        """Who is logged in; only on screens that ask for that."""
        assert self.account is not None
        return self.account

    @property
    def actor(self) -> Actor:
        """The same person, as the lifecycle knows people."""
        return Actor(self.user.id, self.user.name, self.user.is_admin)

    @property
    def sight(self) -> Sight:
        """Whose pages may be seen: one's own, or all for an admin."""
        return Sight(self.user.org_id, None if self.user.is_admin else self.user.id)

    @property
    def is_partial(self) -> bool:
        """Whether htmx asks for a part of the screen."""
        return self.request.headers.get("hx-request") == "true"

    def number(self, what: str, name: str = "id") -> int:
        """Return an id of the path. Raises Missing, naming `what`, for one that cannot exist."""
        text: str = self.request.path_params[name]
        if _ID.fullmatch(text) is None or int(text) > MAX_ID:
            raise Missing(what)
        return int(text)

    def text(self, name: str) -> str:
        """Return a field of the form without the space around it; empty when it is absent."""
        return next(iter(self.form.get(name, ())), "").strip()

    def numbers(self, name: str) -> list[int]:
        """Return all values of a field that are ids, each once, in order."""
        found = (value for value in self.form.get(name, ()) if _ID.fullmatch(value))
        return sorted({int(value) for value in found if int(value) <= MAX_ID})

    def screen_number(self) -> int:
        """Return which screen of a long list is asked for, from 1."""
        asked = self.asked("page")
        return max(1, min(int(asked), 10_000)) if _ID.fullmatch(asked) else 1

    def asked(self, name: str) -> str:
        """Return a parameter of the address without the space around it; empty when it is absent."""
        return self.request.query_params.get(name, "").strip()


Handler = Callable[[Visit], Response] | Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True)
class Screen:
    """What a method does at an address of the dashboard.

    Parameters:
      path: under the root, `{name}` for parameters.
      handler: a plain function runs on a worker thread, a coroutine on the event loop.
      access: who may; strangers are sent to the log-in, others who may not are told 403.
      expects_csrf: False only where a signed link stands for the person.
    """

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    access: Access
    expects_csrf: bool = True


def back_to(path: str, said: str = "") -> Response:
    """Return the answer to a form that was good: the screen to show next, and a sentence for it."""
    response = RedirectResponse(path, 303)
    if said:
        say(response, said)
    return response


def say(response: Response, said: str) -> None:
    """Have the next screen say a sentence."""
    text = said[:500].encode().hex()
    response.set_cookie(SAID, text, max_age=30, path="/", httponly=True, samesite="strict")


SAID = "pp_said"
"""The cookie that carries a sentence to the next screen, once."""
