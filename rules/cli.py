"""`pingparrot rules`: check, explain and test rules in git, without a server.

With sources.py this is the edge of `rules`: it reads files, the environment and the clock, and prints.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rules.cases import parse_moment, read_case_file, run
from rules.explain import as_json, as_text, explain
from rules.lint import with_lint
from rules.load import load
from rules.model import Finding, Place
from rules.outcomes import as_junit
from rules.outcomes import as_text as outcomes_text
from rules.report import Checked, dump, render
from rules.sources import SourcesError, expand_secret, read_cases, read_sources
from rules.texts import Sources

SETTING = "PINGPARROT_RULES"
CASE_SUFFIXES = (".test.yml", ".test.yaml")

# Where libyaml, whose lines the places count, ends a line.
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")

rules_app = typer.Typer(
    help="Check, explain and test the rules that say who is paged. Needs no server and no database.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class ReportFormat(StrEnum):
    """How `check` prints what it finds."""

    text = "text"
    json = "json"
    github = "github"
    sarif = "sarif"


class DecisionFormat(StrEnum):
    """How `explain` prints what the rules do."""

    text = "text"
    json = "json"


PathArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="PATH", envvar=SETTING, show_default=False, help="A rule file, or a directory of rule files."
    ),
]


@rules_app.command("check")
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
    rules = _open(path)
    checked = rules.checked(with_lint(rules.findings, rules.ruleset, datetime.now(UTC)))
    typer.echo(render(checked, form.value, color=wants_color()), nl=False)
    if checked.errors or (strict and checked.warnings):
        raise typer.Exit(1)


@rules_app.command("explain")
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
    rules = _open(path)
    if rules.ruleset is None or rules.errors:
        typer.echo(render(rules.checked(rules.errors), "text", color=wants_color()), nl=False, err=True)
        raise typer.Exit(1)
    explained = explain(rules.ruleset, alert, now, annotations)
    typer.echo(dump(as_json(explained)) if form is DecisionFormat.json else as_text(explained, now), nl=False)


@rules_app.command("test")
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
    rules = _open(path)
    files = rules.cases().files
    if not files:
        raise typer.BadParameter(f"{path}: there are no cases: write some in a *.test.yml file.")
    findings = list(rules.errors)
    cases = [case for name, text in files.items() for case in read_case_file(text, name, findings)]
    outcomes = [run(case, rules.ruleset) for case in cases] if rules.ruleset and not rules.errors else []
    if findings:
        typer.echo(render(rules.checked(findings, files), "text", color=wants_color()), nl=False)
    if outcomes:
        typer.echo(outcomes_text(outcomes, rules.path_of, color=wants_color()), nl=False)
    if junit is not None:
        _write(junit, as_junit(outcomes, findings, rules.path_of))
    if findings or not all(outcome.passed for outcome in outcomes):
        raise typer.Exit(1)


class _Rules:
    """The rules at a path: their texts, what of them loads, and what is wrong with them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folder = path if path.is_dir() else path.parent
        self._rules_at = self._folder if path.name.endswith(CASE_SUFFIXES) else path
        self.sources = _read(read_sources, self._rules_at)
        loaded = load(self.sources, expand_secret)
        # Nothing is kept here: that is about servers, which have an older version to keep.
        self.findings = [found for found in loaded.findings if found.code != "namespace-kept"]
        self.errors = [found for found in self.findings if found.severity == "error"]
        self.ruleset = loaded.ruleset

    def cases(self) -> Sources:
        """Return the case files: all of a directory, the one named, or the one named like the rule file."""
        if self._path.is_dir():
            return _read(read_cases, self._path)
        stem = self._path.name.removesuffix(".yml").removesuffix(".yaml")
        beside = [self._path.with_name(stem + suffix) for suffix in CASE_SUFFIXES]
        named = [self._path] if self._path.name.endswith(CASE_SUFFIXES) else beside
        found = [_read(read_cases, file) for file in named if file.is_file()]
        return found[0] if found else Sources({})

    def checked(self, findings: Sequence[Finding], cases: Mapping[str, str] | None = None) -> Checked:
        """Return a report over findings in the rules, and in the cases when they were read too."""
        files = {**self.sources.files, **(cases or {})}

        def source_line(place: Place) -> str | None:
            lines = _LINE_BREAK.split(files[place.file]) if place.file in files else []
            return lines[place.line - 1] if 0 < place.line <= len(lines) else None

        return Checked(tuple(findings), len(files), self.sources.revision, self.path_of, source_line)

    def path_of(self, file: str) -> str:
        """Return a file's path as seen from the working directory; the rules' own for what is in no file."""
        if file.startswith("("):
            return _readable(self._path.as_posix())
        return _readable(Path(os.path.normpath(self._folder / file)).as_posix())


def _open(path: str | None) -> _Rules:
    if not path:
        raise typer.BadParameter(f"name the rules: a file or a directory (or set {SETTING}).")
    return _Rules(Path(path))


def _read(reader: Callable[[Path], Sources], path: Path) -> Sources:
    try:
        return reader(path)
    except SourcesError as error:
        raise typer.BadParameter(str(error)) from None


def _path_and_labels(path: str | None, labels: Sequence[str]) -> tuple[str | None, Sequence[str]]:
    """Return the path and the labels, where the first label may stand in the path's place."""
    if path is None or "=" not in path or Path(path).exists():
        return path, labels
    return os.environ.get(SETTING), [path, *labels]


def _pairs(words: Sequence[str], what: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for word in words:
        name, equals, value = _readable(word).partition("=")
        if not name or not equals:
            raise typer.BadParameter(f"{what} {word!r} must be written as name=value.")
        if name in pairs:
            raise typer.BadParameter(f"{what} {name} is given twice: remove one.")
        pairs[name] = value
    return pairs


def _readable(text: str) -> str:
    """Return text of the command line or the disk as UTF-8 can say it."""
    return text.encode("utf-8", "replace").decode()


def _moment(text: str) -> datetime:
    try:
        return parse_moment(text)
    except ValueError as error:
        raise typer.BadParameter(f"--at {error}") from None


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{path}: cannot be written: {error.strerror}.") from None


def wants_color() -> bool:
    """Say whether to colour: on a terminal, and never with NO_COLOR (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


if __name__ == "__main__":
    rules_app(prog_name="python -m rules.cli")
