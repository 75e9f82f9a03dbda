"""What went wrong, as one sentence and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from dataclasses import dataclass

GOOD, FAILED, USAGE = 0, 1, 2
_REMEDIES = {
    "unable to open database file": "Its directory must be there, and this user must be able to write in it.",
    "readonly database": "This user must be able to write the file and its directory.",
    "file is not a database": "Name another file by PINGPARROT_DATABASE_URL, or restore this one.",
}


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
    if kinds & {"NotAcceptedError", "Refusal", "RulesError", "SchemaBusyError", "UndecipherableError"}:
        return Told(_masked(str(error)), FAILED)
    if "OperationalError" in kinds or type(error).__name__ == "DatabaseError":
        why = " ".join(str(getattr(error, "orig", error)).split())
        return Told(_masked(f"The database cannot be used: {why}{_about_file(why)}"), FAILED)
    if isinstance(error, OSError):
        return Told(_masked(f"{error.strerror or error}: {error.filename}"), FAILED)
    if os.environ.get("PINGPARROT_LOG_LEVEL", "").lower() == "debug":
        print(_masked("".join(traceback.format_exception(error))), file=sys.stderr)
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return Told(
        _masked(f"Unexpected, {text} (PINGPARROT_LOG_LEVEL=debug shows where; please report it)"), FAILED
    )


def _about_file(why: str) -> str:
    """Return which SQLite file it is and what to do; nothing about a database of another kind."""
    todo = next((remedy for words, remedy in _REMEDIES.items() if words in why), None)
    if todo is None:
        return ""
    from router.settings import load_settings

    path = load_settings(os.environ).database_url.removeprefix("sqlite:///")
    return f": {os.path.abspath(path)}. {todo}"


def _masked(text: str) -> str:
    from router.log import masked

    return str(masked(text))
