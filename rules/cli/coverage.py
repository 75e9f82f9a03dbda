"""`pingparrot rules coverage`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rules.alertmanager.model import Sender
from rules.checked import Checked
from rules.cli.gathering import gather_alertmanager, gather_grafana, gather_prometheus, path_of_place
from rules.cli.labels import read_pairs
from rules.cli.opened import OpenedRules, PathArgument, open_rules, wants_color
from rules.coverage.alerting import AlertingRule
from rules.coverage.covering import Covering
from rules.coverage.gathering import Gathered
from rules.coverage.report import as_json, as_markdown, as_text
from rules.coverage.summary import Summary
from rules.loading.faults import hint
from rules.matchers import Matcher, MatcherError, parse_matchers
from rules.regions import Limit
from rules.report import count, render

FAIL_ON = 'severity=~"critical|page"'
SECONDS = 20.0
"""How long one way of firing may be walked before it is undecided."""

ALL_SECONDS = 120.0
"""How long all of them may be walked together."""

STEPS = 20_000_000
_MANY = 100


class CoverageFormat(StrEnum):
    """How `coverage` prints what it finds."""

    text = "text"
    json = "json"
    markdown = "markdown"
    github = "github"


def cover_rules(
    path: PathArgument = None,
    prometheus: Annotated[
        list[str] | None,
        typer.Option(
            "--prometheus",
            metavar="FILES",
            help="Rule files, PrometheusRule objects, or a prometheus.yml: a path, a directory or a quoted "
            "pattern; may be repeated.",
        ),
    ] = None,
    alertmanager: Annotated[
        Path | None,
        typer.Option("--alertmanager", metavar="FILE", help="The alertmanager.yml that sends them here."),
    ] = None,
    grafana: Annotated[
        list[str] | None,
        typer.Option(
            "--grafana",
            metavar="FILES",
            help="Grafana's provisioning files, as --prometheus; may be repeated.",
        ),
    ] = None,
    receiver: Annotated[
        list[str] | None,
        typer.Option(
            "--receiver",
            metavar="NAME",
            help="A receiver or contact point that posts to PingParrot, where its URL does not show it; "
            "may be repeated.",
        ),
    ] = None,
    external: Annotated[
        list[str] | None,
        typer.Option(
            "--external-label",
            metavar="NAME=VALUE",
            help="A label that Prometheus adds to every alert; may be repeated.",
        ),
    ] = None,
    integration: Annotated[
        str | None,
        typer.Option("--integration", metavar="NAME", help="The integration whose key the sender has."),
    ] = None,
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on", metavar="MATCHERS", help="Rules that must reach somebody: matchers, any, or never."
        ),
    ] = FAIL_ON,
    form: Annotated[CoverageFormat, typer.Option("--format", help="How to print.")] = CoverageFormat.text,
) -> None:
    """Say for every alerting rule whom its page reaches, and which reach nobody.

    Exit code: 0 when all is well, 1 when a rule that must reach somebody reaches nobody, or a file or the
    sender's configuration is at fault, 2 when the command is wrong.

    \b
    Examples:
      pingparrot rules coverage rules/ --prometheus 'prometheus/rules/*.yml'
      pingparrot rules coverage rules/ --prometheus prometheus.yml --alertmanager alertmanager.yml
      pingparrot rules coverage rules/ --grafana provisioning/alerting --fail-on any
      pingparrot rules coverage rules/ --prometheus manifests/ --external-label cluster=eu-1 --format markdown
    """
    if not prometheus and not grafana:
        raise typer.BadParameter("name alerting rules: --prometheus, --grafana, or both.")
    must = _must_reach(fail_on)
    labels = read_pairs(external or [], "--external-label")
    rules = open_rules(path)
    if rules.ruleset is None or rules.errors:
        typer.echo(render(rules.checked(rules.errors), "text", color=wants_color()), nl=False, err=True)
        raise typer.Exit(1)
    gathered = Gathered()
    gather_prometheus(prometheus or [], gathered)
    gather_grafana(grafana or [], gathered)
    sender = None if alertmanager is None else gather_alertmanager(alertmanager, gathered)
    if alertmanager is not None and sender is None:
        # Without its routes nothing that is said would be true.
        found = Checked(tuple(gathered.findings), (), "", path_of_place(rules), lambda _: None)
        typer.echo(render(found, "text", color=wants_color()), nl=False, err=True)
        raise typer.Exit(1)
    _refuse_unknown(receiver or [], gathered, sender)
    covering = Covering(
        rules.ruleset,
        gathered,
        sender,
        limit=_limits(),
        now=datetime.now(UTC),
        integration=integration or "",
        named=frozenset(receiver or ()),
    )
    alerting = gathered.sent(labels)
    if not alerting and not gathered.findings:
        raise typer.BadParameter(f"there are no alerting rules in {count(gathered.files, 'file')}.")
    covered = [covering.cover(rule) for rule in _tracked(alerting)]
    summary = covering.summary(covered, must, path_of_place(rules))
    _print(summary, rules, form)
    if any(finding.severity == "error" for finding in summary.findings):
        raise typer.Exit(1)


def _limits() -> Callable[[], Limit]:
    """Return what makes limits: for each way of firing, and within what is left for all of them."""
    end = time.monotonic() + ALL_SECONDS
    return lambda: Limit(STEPS, time.monotonic, min(SECONDS, end - time.monotonic()))


def _refuse_unknown(named: Sequence[str], gathered: Gathered, sender: Sender | None) -> None:
    known = {*(sender.receivers if sender is not None else ())}
    known.update(name for points in gathered.provisioned.points.values() for name in points)
    for name in named:
        if name not in known:
            raise typer.BadParameter(
                f"--receiver {name}: there is no receiver of that name.{hint(name, known)}"
            )


def _must_reach(text: str) -> tuple[Matcher, ...] | None:
    if text == "never":
        return None
    if text == "any":
        return ()
    try:
        return parse_matchers(text)
    except MatcherError as error:
        raise typer.BadParameter(f"--fail-on {error} Or say any, or never.") from None


def _tracked(rules: Sequence[AlertingRule]) -> Iterable[AlertingRule]:
    if len(rules) < _MANY or not sys.stderr.isatty():
        return rules
    from rich.console import Console
    from rich.progress import track

    return track(rules, "alerting rules", console=Console(stderr=True), transient=True)


def _print(summary: Summary, rules: OpenedRules, form: CoverageFormat) -> None:
    path_of = path_of_place(rules)
    if form is CoverageFormat.json:
        text = as_json(summary, path_of)
    elif form is CoverageFormat.markdown:
        text = as_markdown(summary, path_of)
    elif form is CoverageFormat.github:
        found = Checked(summary.findings, (), "", path_of, lambda _: None)
        text = render(found, "github")
    else:
        text = as_text(summary, path_of, color=wants_color())
    typer.echo(text, nl=False)
