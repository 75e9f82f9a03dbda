"""`pingparrot doctor`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from router.cli.faults import FAILED, USAGE

if TYPE_CHECKING:
    from router.doctor import Remark

_WIDTH = len("warning:")


class Form(StrEnum):
    """How `doctor` prints."""

    text = "text"
    json = "json"


def doctor(
    form: Annotated[Form, typer.Option("--format", help="How to print.")] = Form.text,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail it too.")] = False,
    send: Annotated[
        str | None,
        typer.Option("--send", metavar="EMAIL", help="Send a real message by each contact of this person."),
    ] = None,
) -> None:
    """Look at everything that a page needs on its way, and say what is wrong and what to do.

    Settings, secret key, broker, rules, database, clock, people and contacts, senders, heartbeats, and work
    that waits. Nothing is changed, and nothing is sent without --send. Run it as the server's user, in its
    directory and with its settings.

    Exit code: 0 when there is no error, 1 when there is, 2 when the settings cannot be read.

    \b
    Examples:
      pingparrot doctor
      pingparrot doctor --strict --format json
      pingparrot doctor --send jane@example.com
    """
    from router.log import configure_logging
    from router.settings import SettingsError, load_settings

    configure_logging("critical")  # what libraries log of a broker that is away, a remark says in a sentence
    try:
        settings = load_settings(os.environ)
    except SettingsError as fault:
        from router.doctor import unreadable

        _report(unreadable(str(fault)), form)
        raise typer.Exit(USAGE) from None
    from router.clock import utc_now
    from router.doctor import examine

    worst = _report(examine(settings, utc_now(), send), form)
    if worst == "error" or (strict and worst == "warning"):
        raise typer.Exit(FAILED)


def _report(remarks: Iterator[Remark], form: Form) -> str:
    """Print remarks, as they come where people read them, and return the worst severity."""
    from rules.cli.opened import wants_color
    from rules.report import GREEN, RED, YELLOW, count, dump, painter, printable

    paint = painter(wants_color())
    colours = {"ok": GREEN, "warning": YELLOW, "error": RED}
    found = []
    for remark in remarks:
        found.append(remark)
        if form is Form.text:
            severity = paint(f"{remark.severity + ':':{_WIDTH}}", colours[remark.severity])
            print(f"{severity} {remark.about}: {printable(remark.message)}", flush=True)
            if remark.remedy:
                print(f"{'':{_WIDTH}} {printable(remark.remedy)}", flush=True)
    errors, warnings = (sum(remark.severity == kind for remark in found) for kind in ("error", "warning"))
    if form is Form.json:
        told = {"remarks": [asdict(remark) for remark in found], "errors": errors, "warnings": warnings}
        print(dump(told), end="")
    else:
        print(f"{count(errors, 'error')}, {count(warnings, 'warning')}")
    return "error" if errors else "warning" if warnings else "ok"
