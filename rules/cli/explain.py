"""`pingparrot rules explain`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rules.cases import parse_moment
from rules.cli.opened import SETTING, PathArgument, open_rules, readable, wants_color
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
    path, words = _path_and_labels(path, labels or [])
    now = datetime.now(UTC) if at is None else _moment(at)
    alert, annotations = _pairs(words, "label"), _pairs(annotation or [], "annotation")
    rules = open_rules(path)
    if rules.ruleset is None or rules.errors:
        typer.echo(render(rules.checked(rules.errors), "text", color=wants_color()), nl=False, err=True)
        raise typer.Exit(1)
    explained = explain(rules.ruleset, alert, now, annotations)
    typer.echo(dump(as_json(explained)) if form is DecisionFormat.json else as_text(explained, now), nl=False)


def _path_and_labels(path: str | None, labels: Sequence[str]) -> tuple[str | None, Sequence[str]]:
    """Return the path and the labels, where the first label may stand in the path's place."""
    if path is None or "=" not in path or Path(path).exists():
        return path, labels
    return os.environ.get(SETTING), [path, *labels]


def _pairs(words: Sequence[str], what: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for word in words:
        name, equals, value = readable(word).partition("=")
        if not name or not equals:
            raise typer.BadParameter(f"{what} {word!r} must be written as name=value.")
        if name in pairs:
            raise typer.BadParameter(f"{what} {name} is given twice: remove one.")
        pairs[name] = value
    return pairs


def _moment(text: str) -> datetime:
    try:
        return parse_moment(text)
    except ValueError as error:
        raise typer.BadParameter(f"--at {error}") from None
