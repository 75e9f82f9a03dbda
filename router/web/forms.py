"""Forms that were refused: the screen comes again with what was typed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from itertools import chain

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from router.commands.refusals import Invalid
from router.store.names import NotAcceptedError
from router.web.screen import Visit


@dataclass(frozen=True)
class Form:
    """What was typed into one of a screen's forms, and why it was refused; nothing on a fresh screen.

    Parameters:
      name: which form of the screen.
      typed: what was sent, by field.
      faults: sentences by field, as the API names them.
    """

    name: str = ""
    typed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    faults: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status of the screen."""
        return 422 if self.faults else 200

    @property
    def sentences(self) -> list[str]:
        """All that is wrong."""
        return list(chain.from_iterable(self.faults.values()))

    def of(self, name: str) -> Form:
        """Return what is known of a form of the screen: this one, or nothing."""
        return self if self.name == name else Form(name)

    def value(self, name: str, otherwise: str = "") -> str:
        """Return what a field shows: what was typed, or else what is there."""
        return next(iter(self.typed.get(name, ())), "" if self.faults else otherwise)

    def ticked(self, name: str, otherwise: bool = False) -> bool:
        """Return whether a box is ticked."""
        return name in self.typed if self.faults else otherwise


FRESH = Form()
Act = Callable[[Visit], Response]
SlowAct = Callable[[Visit], Awaitable[Response]]
Show = Callable[[Visit, Form], Response]


def asks_again(name: str, show: Show) -> Callable[[Act], Act]:
    """Let an act that refuses what was typed show its screen again.

    Parameters:
      name: the form on that screen.
      show: shows the screen.
    """

    def wrap(act: Act) -> Act:
        @wraps(act)
        def answer(visit: Visit) -> Response:
            try:
                return act(visit)
            except (Invalid, NotAcceptedError) as refused:
                return show(visit, _refused(name, visit, refused))

        return answer

    return wrap


def slowly_asks_again(name: str, show: Show) -> Callable[[SlowAct], SlowAct]:
    """Do as `asks_again` for an act that runs on the event loop; its screen is shown on a thread."""

    def wrap(act: SlowAct) -> SlowAct:
        @wraps(act)
        async def answer(visit: Visit) -> Response:
            try:
                return await act(visit)
            except (Invalid, NotAcceptedError) as refused:
                return await run_in_threadpool(show, visit, _refused(name, visit, refused))

        return answer

    return wrap


def _refused(name: str, visit: Visit, refused: Invalid | NotAcceptedError) -> Form:
    if isinstance(refused, Invalid):
        return Form(name, visit.form, refused.faults)
    return Form(name, visit.form, {refused.field: [str(refused)]})
