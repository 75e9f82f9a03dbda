"""`pingparrot rules backtest`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from router.cli.desk import ExistingOrganisation
from router.cli.faults import CommandFailedError
from router.cli.looking import every, open_to_look, organisation, progress
from router.cli.periods import moment_of
from rules.cli.opened import PathArgument, open_rules, wants_color

if TYPE_CHECKING:
    from router.backtest.nights import Night
    from router.backtest.run import Backtest, Terms
    from rules.history import Header, Record
    from rules.model import RuleSet

_NEVER = "never"
_DEFAULT = timedelta(days=30)


class Form(StrEnum):
    """How `backtest` prints."""

    text = "text"
    markdown = "markdown"
    json = "json"


def backtest_rules(
    path: PathArgument = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="From then on: 30d, a day, or a moment.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Until before then; to the end without it.")
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option(
            "--history", metavar="FILE", help="Of `history export`, - for stdin; without it the database."
        ),
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", metavar="ZONE", help="Where days and nights are counted.")
    ] = None,
    night: Annotated[
        str, typer.Option("--night", metavar="FROM-TO", help="What a night is, by the local clock.")
    ] = "22:00-07:00",
    acknowledge_after: Annotated[
        str,
        typer.Option(
            "--acknowledge-after", metavar="DURATION", help="When pages are, that nobody really had."
        ),
    ] = _NEVER,
    form: Annotated[Form, typer.Option("--format", help="How to print.")] = Form.text,
    org: ExistingOrganisation = "default",
) -> None:
    """Say who would have been paged under these rules, beside who really was.

    Replays the webhooks of the last 30 days, from the database that PINGPARROT_DATABASE_URL names or from an
    exported file, by a simulated clock: intake, grouping, hours, escalation, repeats. Nothing is sent.

    Exit code: 0 when it was done, 1 when the rules or the history cannot be read, 2 when it is used wrongly.

    \b
    Examples:
      pingparrot rules backtest rules/
      pingparrot rules backtest rules/ --since 7d --format markdown
      pingparrot rules backtest rules/ --history history.jsonl.gz --night 23:00-06:00
    """
    opened = open_rules(path)
    if opened.ruleset is None or opened.errors:
        from rules.report import render

        typer.echo(render(opened.checked(opened.errors), "text", color=wants_color()), nl=False, err=True)
        raise typer.Exit(1)
    asked = _Asked(since, until, _zone(time_zone), _night(night), _after(acknowledge_after))
    if history is None:
        found = _of_database(opened.ruleset, asked, org)
    else:
        found = _of_file(opened.ruleset, asked, history)
    _show(found, form)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the options say, whose times are read once the zone is known in which days begin."""

    since: str | None
    until: str | None
    zone: ZoneInfo | None
    night: Night
    after: timedelta | None

    def terms(self, zone: ZoneInfo, now: datetime, since: datetime) -> Terms:
        """Return what a backtest is to count.

        Parameters:
          now: what `30d` is before, and the end unless another one is asked for.
          since: the begin unless another one is asked for.
        """
        from router.backtest.run import Terms

        begins = since if self.since is None else moment_of("--since", self.since, zone, now)
        ends = now if self.until is None else moment_of("--until", self.until, zone, now)
        if begins >= ends:
            raise typer.BadParameter("--since must be before --until.")
        return Terms(zone, self.night, begins, ends, self.after)


def _of_database(ruleset: RuleSet, asked: _Asked, org: str) -> Backtest:
    from router.backtest.run import backtest
    from router.cli.desk import read_settings
    from router.clock import utc_now
    from router.recorded import Recording
    from router.store.histories import count_webhooks

    settings, now = read_settings(), utc_now()
    zone = asked.zone or settings.time_zone
    terms = asked.terms(zone, now, now - _DEFAULT)
    with open_to_look(settings) as database:
        org_id = organisation(database, org)
        recording = Recording(database, org_id, org, terms.since, terms.until, zone.key)
        total = count_webhooks(database, org_id, terms.since, terms.until)
        with progress("backtest", total) as done:
            return backtest(recording.records(every(done)), ruleset, terms)


def _of_file(ruleset: RuleSet, asked: _Asked, file: Path) -> Backtest:
    from router.backtest.run import backtest
    from rules.cli.histories import open_history
    from rules.history import HistoryError, read

    try:
        with open_history(file) as opened, progress("backtest", opened.size) as done:
            records = read(opened.lines())
            header, records = _peeked(records)
            zone = asked.zone or _named(header.time_zone)
            terms = asked.terms(zone, header.until, header.since)
            step = every(lambda _: done(opened.position))
            return backtest(_counted(records, step), ruleset, terms)
    except HistoryError as error:
        raise CommandFailedError(f"{file}: {error}") from None


def _peeked(records: Iterator[Record]) -> tuple[Header, Iterator[Record]]:
    from itertools import chain

    from rules.history import Header

    header = next(records)
    assert isinstance(header, Header)
    return header, chain([header], records)


def _counted(records: Iterator[Record], step: Callable[[], None]) -> Iterator[Record]:
    for record in records:
        step()
        yield record


def _show(found: Backtest, form: Form) -> None:
    from router.backtest.report import as_markdown, as_text
    from router.backtest.whole import as_json

    if form is Form.json:
        print(as_json(found), end="")
    elif form is Form.markdown:
        print(as_markdown(found), end="")
    else:
        print(as_text(found, color=wants_color()), end="")


def _zone(name: str | None) -> ZoneInfo | None:
    from router.setting_values import time_zone

    try:
        return None if name is None else time_zone(name)
    except ValueError as error:
        raise typer.BadParameter(f"--time-zone {name!r}: {error}.") from None


def _named(zone: str) -> ZoneInfo:
    """Return the zone that a history names, or UTC for one that this machine does not know."""
    from router.setting_values import time_zone

    try:
        return time_zone(zone)
    except ValueError:
        return ZoneInfo("UTC")


def _night(text: str) -> Night:
    from router.backtest.nights import read_night

    try:
        return read_night(text)
    except ValueError as error:
        raise typer.BadParameter(f"--night {error}.") from None


def _after(text: str) -> timedelta | None:
    from rules.loading.reading import parse_duration

    if text == _NEVER:
        return None
    seconds = parse_duration(text)
    if seconds is None:
        raise typer.BadParameter(f"--acknowledge-after {text!r} is no duration: write it as 5m, or never.")
    return timedelta(seconds=seconds)
