"""`pingparrot rules diff`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rules.cli.histories import HistoryFile, open_history
from rules.cli.opened import PathArgument, wants_color
from rules.cli.sides import Sides, open_sides
from rules.diff.comment import as_comment
from rules.diff.joint import Limits
from rules.diff.lines import as_lines
from rules.diff.meaning import Meaning, compare
from rules.diff.objects import as_object
from rules.diff.recorded import Recorded, Recording
from rules.history import Header, HistoryError, Webhook, read
from rules.model import RuleSet
from rules.regions import Limit
from rules.report import dump, render

_SECONDS = 60.0
_TOLD_EVERY = 2_000


class MeaningFormat(StrEnum):
    """How `diff` prints what changes."""

    text = "text"
    json = "json"
    markdown = "markdown"


def diff_rules(
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD",
            show_default=False,
            help="A path; or what git knows: a branch, tag or commit, or two of them as in A..B or A...B.",
        ),
    ],
    new: PathArgument = None,
    history: Annotated[
        Path | None,
        typer.Option(
            "--history",
            metavar="FILE",
            help="Ask about recorded alerts too: a file of `pingparrot history export`, or - for stdin.",
            exists=False,
        ),
    ] = None,
    form: Annotated[MeaningFormat, typer.Option("--format", help="How to print.")] = MeaningFormat.text,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 1 when something changes.")] = False,
    time_limit: Annotated[
        float,
        typer.Option("--time-limit", metavar="SECONDS", min=0.1, help="What takes longer stays undecided."),
    ] = _SECONDS,
) -> None:
    """Say what a change of the rules means: which alerts come out otherwise, with an example of each.

    OLD is what the rules at PATH are compared with: a path that exists, or else a git revision, which is read
    at the same PATH. With A..B both sides are revisions, with A...B the old one is where B left A; where A or
    B is left out, it is HEAD.

    Exit code: 0 when it could be compared, with --exit-code 1 when something changes; 1 when one side does
    not load; 2 when the command is wrong.

    \b
    Examples:
      pingparrot rules diff main rules/
      pingparrot rules diff HEAD~1 rules/ --format json
      pingparrot rules diff origin/main... rules/ --format markdown > comment.md
      pingparrot rules diff deployed/ rules/ --history last-month.jsonl.gz
    """
    sides = open_sides(old, new)
    for side in sides.faulty:
        typer.echo(render(side.checked(side.errors), "text", color=wants_color()), nl=False, err=True)
    compared = sides.compared()
    if compared is None:
        typer.echo(_nothing_compared(sides), err=True)
        raise typer.Exit(1)
    with _waiting("comparing"):
        meaning = compare(compared.old, compared.new, sides.names, _limits(time_limit))
    meaning = replace(meaning, notes=compared.notes)
    if history is not None:
        meaning = replace(meaning, recorded=_recorded(history, compared.old, compared.new))
    typer.echo(_printed(meaning, form), nl=False)
    if sides.faulty or (exit_code and meaning.changes):
        raise typer.Exit(1)


def _printed(meaning: Meaning, form: MeaningFormat) -> str:
    if form is MeaningFormat.json:
        return dump(as_object(meaning))
    return as_comment(meaning) if form is MeaningFormat.markdown else as_lines(meaning, color=wants_color())


def _nothing_compared(sides: Sides) -> str:
    parts = []
    for name, side in zip(sides.names, (sides.old, sides.new), strict=True):
        loads = side is None or not side.errors
        parts.append(f"{name} {'loads' if loads else 'does not load'}")
    return f"Nothing is compared: {', '.join(parts)}. Correct the errors above."


def _limits(seconds: float) -> Limits:
    deadline = time.monotonic() + seconds

    def limits() -> Limit | None:
        left = deadline - time.monotonic()
        return Limit(clock=time.monotonic, seconds=left) if left > 0 else None

    return limits


def _recorded(path: Path, old: RuleSet, new: RuleSet) -> Recorded:
    try:
        with open_history(path) as file, _reading(file) as told:
            records = read(file.lines())
            header = next(records)
            recording = Recording(old, new)
            for number, record in enumerate(records):
                if isinstance(record, Webhook):
                    recording.hear(record)
                if number % _TOLD_EVERY == 0:
                    told()
    except HistoryError as error:
        raise typer.BadParameter(f"{path}: {error}") from None
    assert isinstance(header, Header)
    return recording.recorded(header)


@contextmanager
def _waiting(what: str) -> Iterator[None]:
    """Show on a terminal that something goes on."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield


@contextmanager
def _reading(file: HistoryFile) -> Iterator[Callable[[], None]]:
    """Show on a terminal how far a file has been read; what is yielded is to be called now and then."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("asking about recorded alerts", total=file.size)
        yield lambda: progress.update(bar, completed=file.position)
