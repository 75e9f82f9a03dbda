"""`pingparrot rules check`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from time import monotonic
from typing import Annotated

import typer

from rules.cli.opened import OpenedRules, PathArgument, open_rules, wants_color
from rules.codes import every_code
from rules.findings import LEVELS, Level
from rules.lint import with_lint
from rules.model import RuleSet
from rules.reach import Reach, reaches
from rules.reached import reached_text
from rules.regions import Limit
from rules.report import render
from rules.severities import refusal

_PATIENCE_S = 2.0
_ANY_STEPS = 1 << 62


class ReportFormat(StrEnum):
    """How `check` prints what it finds."""

    text = "text"
    json = "json"
    github = "github"
    sarif = "sarif"
    junit = "junit"


def _complete_level(incomplete: str) -> list[str]:
    code, equals, _ = incomplete.partition("=")
    if equals:
        return [f"{code}={level}" for level in LEVELS if f"{code}={level}".startswith(incomplete)]
    return [f"{name}=" for name, about in every_code().items() if about.adjustable and name.startswith(code)]


def check_rules(
    path: PathArgument = None,
    form: Annotated[ReportFormat, typer.Option("--format", help="How to print.")] = ReportFormat.text,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail the check too.")] = False,
    severity: Annotated[
        list[str] | None,
        typer.Option(
            "--severity",
            metavar="CODE=LEVEL",
            help="Count a code's findings as error, warning or info, or leave them out (off); wins over the "
            "rules' own lint section; may be repeated.",
            autocompletion=_complete_level,
        ),
    ] = None,
    witnesses: Annotated[
        bool,
        typer.Option("--witnesses", help="Print for each route the labels of an alert that reaches it."),
    ] = False,
    time_limit: Annotated[
        float,
        typer.Option(
            "--time-limit", metavar="SECONDS", min=0.01, help="How long to look for what reaches a route."
        ),
    ] = 1.0,
) -> None:
    """Find every fault of the rules, and what loads but cannot be meant.

    Exit code: 0 when there is no error, 1 when there is, 2 when the command is wrong.

    \b
    Examples:
      pingparrot rules check rules/
      pingparrot rules check rules/ --strict --format github
      pingparrot rules check rules/ --severity unset-secret=off --severity late-step=error
      pingparrot rules check rules/ --format sarif > rules.sarif
      pingparrot rules check rules/ --witnesses
    """
    levels = _levels(severity or [])
    rules = open_rules(path)
    reached = tuple(_reached(rules, time_limit))
    found = with_lint(rules.findings, rules.ruleset, datetime.now(UTC), levels, reached)
    checked = rules.checked(found, strict=strict, reached=reached)
    if witnesses and form is ReportFormat.text:
        typer.echo(reached_text(checked), nl=False)
    typer.echo(render(checked, form.value, color=wants_color()), nl=False)
    if checked.failed:
        raise typer.Exit(1)


def _reached(rules: OpenedRules, time_limit: float) -> Iterator[Reach]:
    """Walk over what reaches each route, and tell a terminal how far it is when that takes longer."""
    if rules.ruleset is None or rules.errors:
        return
    started = shown = monotonic()
    number = 0
    for number, reach in enumerate(reaches(rules.ruleset, lambda: _limit(time_limit)), 1):
        yield reach
        if sys.stderr.isatty() and (now := monotonic()) - started > _PATIENCE_S and now - shown > 0.2:
            shown = now
            typer.echo(f"\r{number:,} of {_routes_of(rules.ruleset):,} routes looked at", err=True, nl=False)
    if shown > started:
        typer.echo("\r\x1b[K", err=True, nl=False)


def _limit(seconds: float) -> Limit:
    return Limit(_ANY_STEPS, monotonic, seconds)


def _routes_of(ruleset: RuleSet) -> int:
    return len(ruleset.terminals) - 1 + len(ruleset.heartbeats)


def _levels(words: Sequence[str]) -> dict[str, Level]:
    levels: dict[str, Level] = {}
    for word in words:
        code, _, level = word.partition("=")
        if level not in LEVELS:
            raise typer.BadParameter(f"--severity {word!r} must be CODE=LEVEL, one of {', '.join(LEVELS)}.")
        if (reason := refusal(code)) is not None:
            raise typer.BadParameter(f"--severity {word}: {reason}")
        levels[code] = level
    return levels
