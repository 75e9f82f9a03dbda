"""`pingparrot rules test`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rules.cases import read_case_file, run
from rules.cli.opened import PathArgument, open_rules, wants_color
from rules.outcomes import as_junit, as_text
from rules.report import render


def run_cases(
    path: PathArgument = None,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write a JUnit report too.", dir_okay=False)
    ] = None,
) -> None:
    """Run the cases in *.test.yml: alerts, at moments, with what is expected of the rules.

    Exit code: 0 when all pass, 1 when one fails or a file is faulty, 2 when the command is wrong.

    \b
    Examples:
      pingparrot rules test rules/
      pingparrot rules test rules/payments.test.yml
      pingparrot rules test rules/ --junit cases.xml
    """
    rules = open_rules(path)
    files = rules.cases().files
    if not files:
        raise typer.BadParameter(f"{path}: there are no cases: write some in a *.test.yml file.")
    findings = list(rules.errors)
    cases = [case for name, text in files.items() for case in read_case_file(text, name, findings)]
    outcomes = [run(case, rules.ruleset) for case in cases] if rules.ruleset and not rules.errors else []
    if findings:
        typer.echo(render(rules.checked(findings, files), "text", color=wants_color()), nl=False)
    if outcomes:
        typer.echo(as_text(outcomes, rules.path_of, color=wants_color()), nl=False)
    if junit is not None:
        _write(junit, as_junit(outcomes, findings, rules.path_of))
    if findings or not all(outcome.passed for outcome in outcomes):
        raise typer.Exit(1)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{path}: cannot be written: {error.strerror}.") from None
