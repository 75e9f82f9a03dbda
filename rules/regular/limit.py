"""How much may be spent on a question before it stays open."""

from __future__ import annotations

from collections.abc import Callable

STEPS = 200_000
_LOOK_EVERY = 256


class Undecided(Exception):  # noqa: N818 - an answer, not a fault
    """Neither yes nor no: the limit is reached, or an expression has what is not decided here."""


class Limit:
    """What is left to spend on a question, in steps, and in seconds where the caller has a clock.

    Parameters:
      steps: how many small pieces of work; the same question always takes the same.
      clock: returns seconds that only grow; without it no time is looked at.
      seconds: how long from now, when there is a clock.
    """

    __slots__ = ("_clock", "_deadline", "_look_at", "_steps")

    def __init__(
        self, steps: int = STEPS, clock: Callable[[], float] | None = None, seconds: float = 1.0
    ) -> None:
        self._steps = steps
        self._clock = clock
        self._deadline = clock() + seconds if clock is not None else 0.0
        self._look_at = steps - _LOOK_EVERY

    @property
    def left(self) -> int:
        """How many steps are left."""
        return self._steps

    def spend(self, steps: int = 1) -> None:
        """Take `steps` off what is left.

        Raises:
          Undecided: when nothing is left.
        """
        self._steps -= steps
        if self._steps < 0:
            raise Undecided("it takes too many steps to decide.")
        if self._clock is not None and self._steps <= self._look_at:
            self._look_at = self._steps - _LOOK_EVERY
            if self._clock() > self._deadline:
                raise Undecided("it takes too long to decide.")
