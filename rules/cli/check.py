"""`pingparrot rules check`."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from rules.cli.opened import PathArgument, open_rules, wants_color
from rules.lint import with_lint
from rules.report import render


class ReportFormat(StrEnum):
    """How `check` prints what it finds."""

    text = "text"
    json = "json"
    github = "github"
    sarif = "sarif"


def check_rules(
    path: PathArgument = None,
    form: Annotated[ReportFormat, typer.Option("--format", help="How to print.")] = ReportFormat.text,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail the check too.")] = False,
) -> None:
    """Find every fault of the rules, and what loads but cannot be meant.

    Exit code: 0 when there is no error, 1 when there is, 2 when the command is wrong.

    \b
    Examples:
      pingparrot rules check rules/
      pingparrot rules check rules/ --strict --format github
      pingparrot rules check rules/ --format sarif > rules.sarif
    """
    rules = open_rules(path)
    checked = rules.checked(with_lint(rules.findings, rules.ruleset, datetime.now(UTC)))
    typer.echo(render(checked, form.value, color=wants_color()), nl=False)
    if checked.errors or (strict and checked.warnings):
        raise typer.Exit(1)
