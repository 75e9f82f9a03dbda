"""What a command may refuse, in words that the API, the dashboard and the command line can pass on."""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):  # noqa: N818 - the tree's root; nobody raises it itself
    """Something asked for was not done, and nothing was changed; the text says why."""


class Missing(Refusal):
    """There is no such thing, or not for whoever asks: the two answer alike."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} not found.")


class Forbidden(Refusal):
    """The role does not allow it."""


class Invalid(Refusal):
    """What was given is wrong.

    Parameters:
      faults: sentences by field, under Laravel-style names (`escalation.0.delay_seconds`); at least one.
    """

    def __init__(self, faults: Mapping[str, list[str]]) -> None:
        self.faults = {field: list(sentences) for field, sentences in faults.items()}
        super().__init__(next(iter(self.faults.values()))[0])


def invalid(field: str, sentence: str) -> Invalid:
    """Return the refusal of one field."""
    return Invalid({field: [sentence]})


def attribute(field: str) -> str:
    """Return a field's name as Laravel's sentences have it: `repeat interval s`, `escalation.0.step`."""
    return field if "." in field else field.replace("_", " ")
