"""Forms that were refused: the screen comes again with what was typed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from itertools import chain

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


def asks_again(
    name: str, show: Callable[[Visit, Form], Response]
) -> Callable[[Callable[[Visit], Response]], Callable[[Visit], Response]]:
    """Let an act that refuses what was typed show its screen again.

    Parameters:
      name: the form on that screen.
      show: shows the screen.
    """

    def wrap(act: Callable[[Visit], Response]) -> Callable[[Visit], Response]:
        @wraps(act)
        def answer(visit: Visit) -> Response:
            try:
                return act(visit)
            except Invalid as refused:
                faults: Mapping[str, Sequence[str]] = refused.faults
            except NotAcceptedError as refused:
                faults = {refused.field: [str(refused)]}
            return show(visit, Form(name, visit.form, faults))

        return answer

    return wrap
