"""`pingparrot rules explain`."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from rules.cases import parse_moment
from rules.cli.labels import path_and_labels, read_pairs
from rules.cli.opened import PathArgument, open_rules, wants_color
from rules.explain import as_json, as_text, explain
from rules.report import dump, render


class DecisionFormat(StrEnum):
    """How `explain` prints what the rules do."""

    text = "text"
    json = "json"


def explain_alert(
    path: PathArgument = None,
    labels: Annotated[
        list[str] | None,
        typer.Argument(metavar="LABEL=VALUE", show_default=False, help="The alert's labels."),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="When it fires (2026-03-01T03:00:00Z); now.")
    ] = None,
    annotation: Annotated[
        list[str] | None,
        typer.Option(
            "--annotation", metavar="NAME=TEXT", help="An annotation, for the subject; may be repeated."
        ),
    ] = None,
    form: Annotated[DecisionFormat, typer.Option("--format", help="How to print.")] = DecisionFormat.text,
) -> None:
    """Say what the rules do with one alert, why, and who is paged when.

    \b
    Examples:
      pingparrot rules explain rules/ team=payments service=stripe severity=critical
      pingparrot rules explain rules/ severity=warning --at 2026-03-01T03:00:00Z
      pingparrot rules explain rules/ severity=warning __integration__=prometheus-eu --format json
    """
    path, words = path_and_labels(path, labels or [])
    now = datetime.now(UTC) if at is None else _moment(at)
    alert, annotations = read_pairs(words, "label"), read_pairs(annotation or [], "annotation")
    rules = open_rules(path)
    if rules.ruleset is None or rules.errors:
        typer.echo(render(rules.checked(rules.errors), "text", color=wants_color()), nl=False, err=True)
        raise typer.Exit(1)
    explained = explain(rules.ruleset, alert, now, annotations)
    changes = rules.changes({each.decision.terminal.place for each in explained})
    if form is DecisionFormat.json:
        typer.echo(dump(as_json(explained, changes)), nl=False)
    else:
        typer.echo(as_text(explained, now, changes), nl=False)


def _moment(text: str) -> datetime:
    try:
        return parse_moment(text)
    except ValueError as error:
        raise typer.BadParameter(f"--at {error}") from None
