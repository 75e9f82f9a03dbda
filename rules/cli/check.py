"""`pingparrot rules check`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from rules.cli.opened import PathArgument, open_rules, wants_color
from rules.codes import every_code
from rules.lint import with_lint
from rules.model import LEVELS, Level
from rules.report import render
from rules.severities import refusal


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
) -> None:
    """Find every fault of the rules, and what loads but cannot be meant.

    Exit code: 0 when there is no error, 1 when there is, 2 when the command is wrong.

    \b
    Examples:
      pingparrot rules check rules/
      pingparrot rules check rules/ --strict --format github
      pingparrot rules check rules/ --severity unset-secret=off --severity late-step=error
      pingparrot rules check rules/ --format sarif > rules.sarif
    """
    levels = _levels(severity or [])
    rules = open_rules(path)
    found = with_lint(rules.findings, rules.ruleset, datetime.now(UTC), levels)
    checked = rules.checked(found, strict=strict)
    typer.echo(render(checked, form.value, color=wants_color()), nl=False)
    if checked.failed:
        raise typer.Exit(1)


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
