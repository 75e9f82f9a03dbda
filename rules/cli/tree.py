"""`pingparrot rules tree`."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from rules.cli.labels import path_and_labels, read_pairs
from rules.cli.opened import PathArgument, open_rules, wants_color
from rules.drawing.lines import as_lines
from rules.drawing.mermaid import MAX_EDGES, as_mermaid, is_too_large
from rules.drawing.parts import Parts, of_namespace, on_the_way, whole
from rules.model import RuleSet
from rules.report import dump, render
from rules.tree import tree_json

_WIDTH = 100


class TreeFormat(StrEnum):
    """How `tree` draws the rules."""

    text = "text"
    mermaid = "mermaid"
    json = "json"


def draw_tree(
    path: PathArgument = None,
    labels: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="LABEL=VALUE", show_default=False, help="Draw only the way that such an alert takes."
        ),
    ] = None,
    namespace: Annotated[
        str | None,
        typer.Option("--namespace", metavar="NAME", help='Draw one namespace only ("" for shared files).'),
    ] = None,
    form: Annotated[TreeFormat, typer.Option("--format", help="How to draw.")] = TreeFormat.text,
) -> None:
    """Draw the rules as a tree, in the order in which they are tried: who takes what, and who is paged.

    \b
    Examples:
      pingparrot rules tree rules/
      pingparrot rules tree rules/ --namespace payments
      pingparrot rules tree rules/ team=payments severity=critical
      pingparrot rules tree rules/ --format mermaid > rules.mmd
    """
    path, words = path_and_labels(path, labels or [])
    alert = read_pairs(words, "label")
    if alert and namespace is not None:
        raise typer.BadParameter("give labels or --namespace, not both.")
    rules = open_rules(path)
    if rules.ruleset is None or rules.errors:
        typer.echo(render(rules.checked(rules.errors), "text", color=wants_color()), nl=False, err=True)
        raise typer.Exit(1)
    parts = _parts(rules.ruleset, alert, namespace)
    if form is TreeFormat.json:
        heartbeats = {heartbeat.name: heartbeat for heartbeat in parts.heartbeats}
        drawn = replace(rules.ruleset, routes=parts.routes, heartbeats=heartbeats)
        typer.echo(dump(tree_json(drawn)), nl=False)
    elif form is TreeFormat.mermaid:
        _echo_mermaid(as_mermaid(parts))
    else:
        width = min(shutil.get_terminal_size((_WIDTH, 24)).columns, _WIDTH)
        typer.echo(as_lines(parts, width, color=wants_color()), nl=False)


def _parts(ruleset: RuleSet, alert: dict[str, str], namespace: str | None) -> Parts:
    if alert:
        return on_the_way(ruleset, alert, datetime.now(UTC))
    if namespace is None:
        return whole(ruleset)
    parts = of_namespace(ruleset, namespace)
    if namespace and not parts.routes and not parts.heartbeats:
        known = {route.namespace for route in ruleset.routes}
        known |= {heartbeat.namespace for heartbeat in ruleset.heartbeats.values()}
        names = ", ".join(sorted(known - {""})) or "none"
        raise typer.BadParameter(f"namespace {namespace!r} has no routes or heartbeats; these have: {names}.")
    return parts


def _echo_mermaid(chart: str) -> None:
    typer.echo(chart, nl=False)
    if is_too_large(chart):
        typer.echo(
            f"warning: with more than {MAX_EDGES} arrows or 50,000 characters most sites draw nothing: "
            "draw one --namespace at a time.",
            err=True,
        )
