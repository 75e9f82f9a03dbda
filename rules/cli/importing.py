"""`pingparrot rules import`."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rules.alertmanager.config import read_alertmanager
from rules.alertmanager.model import Sender
from rules.cli.opened import readable
from rules.document import MAX_TEXT
from rules.findings import Finding
from rules.importing.guide import Imported, as_json, as_text
from rules.importing.plan import Plan, make_plan
from rules.importing.proof import DiffersError, Proof, compare_routing
from rules.importing.recipients import ChoiceError, Recipient, make_recipients, read_choices
from rules.importing.remarks import all_remarks
from rules.importing.witnesses import write_cases
from rules.importing.writing import where, write_rules
from rules.load import load
from rules.model import RuleSet
from rules.regions import Limit
from rules.report import dump, printable
from rules.sources import SourcesError, expand_secret, read_sources
from rules.texts import Sources

RULES, CASES = "imported.yml", "imported.test.yml"
STDOUT = "-"
MAX_STEPS = 50_000_000


class SummaryFormat(StrEnum):
    """How `import` says what it did."""

    text = "text"
    json = "json"


def import_rules(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH",
            show_default=False,
            help="alertmanager.yml, or a Secret, a ConfigMap or Helm values with one inside.",
        ),
    ],
    output: Annotated[
        str, typer.Option("--output", metavar="DIR", help="Where to write; - prints the rules.")
    ] = "rules",
    receiver: Annotated[
        list[str] | None,
        typer.Option(
            "--receiver",
            metavar="NAME=WHOM",
            help="Whom to page for a receiver: group:NAME, user:E-MAIL, several with commas between, or "
            "suppress. Without it, a group of the receiver's name. May be repeated.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what an import wrote before.")] = False,
    timeout: Annotated[
        float,
        typer.Option(
            "--timeout", metavar="SECONDS", min=0.1, help="How long to prove that both route alike."
        ),
    ] = 10,
    form: Annotated[SummaryFormat, typer.Option("--format", help="How to print.")] = SummaryFormat.text,
) -> None:
    """Make a starting rule set from an alertmanager.yml: it routes alike, and says what is not carried over.

    Writes DIR/imported.yml and DIR/imported.test.yml. Exit code: 0 when it is done, 1 when the file has
    faults, 2 when the command is wrong.

    \b
    Examples:
      pingparrot rules import alertmanager.yml
      pingparrot rules import values.yaml --output - > rules/imported.yml
      pingparrot rules import alertmanager.yml --receiver sre-pager=group:sre --receiver dev-mail=suppress
    """
    folder = None if output == STDOUT else Path(output)
    targets = [] if folder is None else _targets(folder, force)
    sender, warnings = _sender(path)
    recipients = _recipients(sender, receiver or [])
    plan = make_plan(sender, recipients)
    source = readable(path.name)
    text = write_rules(plan, list(recipients.values()), source)
    ruleset = _loaded(text, folder)
    proof = _proved(plan, ruleset, recipients, timeout)
    imported = Imported(plan, all_remarks(plan, list(recipients.values())), warnings, proof)
    if folder is not None:
        _write(
            folder, dict(zip(targets, (text, write_cases(proof.witnesses, plan.routes, source)), strict=True))
        )
    _report(imported, text, [readable(target.as_posix()) for target in targets], output, form)


def _targets(folder: Path, force: bool) -> list[Path]:
    targets = [folder / RULES, folder / CASES]
    for target in targets:
        if target.exists() and not force:
            raise typer.BadParameter(f"{target} is there already: choose another --output, or --force.")
    return targets


def _sender(path: Path) -> tuple[Sender, list[Finding]]:
    try:
        with path.open("rb") as file:
            text = file.read(4 * MAX_TEXT + 1).decode("utf-8", "surrogateescape")
    except OSError as error:
        raise typer.BadParameter(f"{path}: cannot be read: {error.strerror}.") from None
    findings: list[Finding] = []
    sender = read_alertmanager(text, readable(path.name), findings)
    if sender is None:
        _refuse([found for found in findings if found.severity == "error"])
        raise typer.Exit(1)
    return sender, findings


def _refuse(findings: list[Finding]) -> None:
    """Print faults; without source lines, which may hold secrets."""
    for found in findings:
        typer.echo(printable(f"{found.place}: {found.severity}: {found.message} [{found.code}]"), err=True)


def _recipients(sender: Sender, given: list[str]) -> dict[str, Recipient]:
    try:
        return make_recipients(sender.receivers, read_choices(given))
    except ChoiceError as error:
        raise typer.BadParameter(f"--receiver: {error}") from None


def _loaded(text: str, folder: Path | None) -> RuleSet:
    """Return the new rules as they load alone, once it is sure that they load beside what is there."""
    files = {RULES: text}
    if folder is not None and folder.exists():
        try:
            files = {**read_sources(folder).files, **files}
        except SourcesError as error:
            raise typer.BadParameter(f"--output: {error}") from None
    beside = load(Sources(files), expand_secret)
    alone = load(Sources({RULES: text}), expand_secret)
    if beside.errors or alone.ruleset is None:
        _refuse([*(beside.errors or alone.errors)])
        typer.echo("Nothing is written. Choose an empty directory as --output, or correct this.", err=True)
        raise typer.Exit(1)
    return alone.ruleset


def _proved(plan: Plan, ruleset: RuleSet, recipients: dict[str, Recipient], timeout: float) -> Proof:
    limit = Limit(MAX_STEPS, time.monotonic, timeout)
    if sys.stderr.isatty():
        typer.echo("Comparing how both route…", err=True)
    try:
        return compare_routing(
            plan.sender.root, ruleset, lambda name: recipients[name].chain, datetime.now(UTC), limit
        )
    except DiffersError as error:
        place = where(plan.sender.root.place)
        typer.echo(
            printable(f"{place}: cannot be carried over: {error}. Nothing is written; please report it."),
            err=True,
        )
        raise typer.Exit(1) from None


def _write(folder: Path, texts: dict[Path, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for target, text in texts.items():
            target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{folder}: cannot be written: {error.strerror}.") from None


def _report(imported: Imported, text: str, files: list[str], output: str, form: SummaryFormat) -> None:
    rules = "rules" if output == STDOUT else readable(output)
    if form is SummaryFormat.json:
        said = as_json(imported, files, rules)
        typer.echo(dump({**said, "rules": text} if output == STDOUT else said), nl=False)
    elif output == STDOUT:
        typer.echo(text, nl=False)
        typer.echo(as_text(imported, files, rules), nl=False, err=True)
    else:
        typer.echo(as_text(imported, files, rules), nl=False)
