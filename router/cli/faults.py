"""What went wrong, as one sentence and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from dataclasses import dataclass

GOOD, FAILED, USAGE = 0, 1, 2


class CommandFailedError(Exception):
    """A command could not do what it was asked for; the text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is said on stderr, and what the process exits with."""

    text: str
    exit_code: int


def sentence(error: Exception) -> Told:
    """Return what to tell people of an error; secrets in it are masked."""
    if isinstance(error, CommandFailedError):
        return Told(str(error), FAILED)
    kinds = {kind.__name__ for kind in type(error).__mro__}  # by name: importing them all costs a second
    if "SettingsError" in kinds:
        return Told(_masked(str(error)), USAGE)
    if kinds & {"NotAcceptedError", "RulesError", "UndecipherableError"}:
        return Told(_masked(str(error)), FAILED)
    if "OperationalError" in kinds:
        why = " ".join(str(getattr(error, "orig", error)).split())
        return Told(_masked(f"The database cannot be used: {why}"), FAILED)
    if isinstance(error, OSError):
        return Told(_masked(f"{error.strerror or error}: {error.filename}"), FAILED)
    if os.environ.get("PINGPARROT_LOG_LEVEL", "").lower() == "debug":
        print(_masked("".join(traceback.format_exception(error))), file=sys.stderr)
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return Told(
        _masked(f"Unexpected, {text} (PINGPARROT_LOG_LEVEL=debug shows where; please report it)"), FAILED
    )


def _masked(text: str) -> str:
    from router.log import masked

    return str(masked(text))
