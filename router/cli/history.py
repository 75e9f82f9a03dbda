"""`pingparrot history`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from router.cli.desk import ExistingOrganisation, answer, read_settings
from router.cli.faults import CommandFailedError
from router.cli.looking import every, open_to_look, organisation, progress
from router.cli.periods import moment_of

if TYPE_CHECKING:
    import gzip

    from router.store.engine import Database
    from rules.disguise import Disguise
    from rules.history import Record

_LEVEL = 6

histories = typer.Typer(
    help="Take what senders posted, and what became of it, out of the database.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@histories.callback()
def _histories() -> None:
    """Hold the commands."""


@histories.command("export")
def export(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write; - for standard output."),
    ] = Path("pingparrot-history.jsonl.gz"),
    since: Annotated[
        str, typer.Option("--since", metavar="TIME", help="From then on: 30d, a day, or a moment.")
    ] = "30d",
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Until before then; now without it.")
    ] = None,
    hashed: Annotated[
        bool, typer.Option("--hash", help="Hash the values of labels that the rules do not look at.")
    ] = False,
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", metavar="LABEL", help="With --hash: leave this label too; may be repeated."),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option("--rules", metavar="PATH", help="With --hash: whose labels stay; those in force else."),
    ] = None,
    people: Annotated[bool, typer.Option("--hash-people", help="Hash e-mails, too.")] = False,
    org: ExistingOrganisation = "default",
) -> None:
    """Write what an organisation's senders posted, and who was paged, to a file for `rules backtest`.

    Gzipped JSON lines; docs/rules-backtest.md says what is in it, and what hashing hides. It may be done
    beside a running server. A file that is there is replaced once the new one is whole. Prints a JSON line.

    \b
    Examples:
      pingparrot history export --since 7d
      pingparrot history export --hash --keep alertname --output history.jsonl.gz
      pingparrot history export --output - | pingparrot rules backtest rules/ --history -
    """
    import msgspec

    from router.clock import utc_now
    from router.recorded import Recording
    from router.store.histories import count_webhooks
    from rules.history import End, line_of

    settings, now = read_settings(), utc_now()
    begins = moment_of("--since", since, settings.time_zone, now)
    ends = now if until is None else moment_of("--until", until, settings.time_zone, now)
    if begins >= ends:
        raise typer.BadParameter("--since must be before --until.")
    with open_to_look(settings) as database:
        org_id = organisation(database, org)
        found = Recording(database, org_id, org, begins, ends, settings.time_zone.key)
        disguise = None
        if hashed or people:
            kept = _kept(database, org_id, rules) | set(keep or ()) if hashed else None
            disguise = _disguise(kept, people=people)
        total = count_webhooks(database, org_id, begins, ends)
        end: Record | None = None
        with written(output) as stream, progress("exporting", total) as done:
            for end in found.records(every(done)):
                stream.write(line_of(disguise.of(end) if disguise is not None else end))
    assert isinstance(end, End)
    said = {"file": str(output), "since": begins, "until": ends, **msgspec.structs.asdict(end)}
    if str(output) == "-":
        print(f"{end.webhooks} webhooks, {end.alerts} alerts, {end.pages} pages", file=sys.stderr)
    else:
        answer(**said)


@contextmanager
def written(path: Path) -> Iterator[gzip.GzipFile]:
    """Yield where to write a compressed file, which has its name only once all of it is on disk."""
    from gzip import GzipFile

    if str(path) == "-":
        with GzipFile("", "wb", _LEVEL, sys.stdout.buffer, mtime=0) as stream:
            yield stream
        return
    part = path.with_name(f".{path.name}.part")
    try:
        with open(part, "wb", opener=_for_owner_only) as raw:
            with GzipFile("", "wb", _LEVEL, raw, mtime=0) as stream:
                yield stream
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _for_owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _kept(database: Database, org_id: int, path: Path | None) -> set[str]:
    """Return the labels that rules look at: those at a path, or those in force."""
    from router.store import revisions
    from rules.disguise import labels_looked_at
    from rules.load import empty, load
    from rules.sources import Sources, SourcesError, read_sources

    if path is not None:
        try:
            sources = read_sources(path)
        except SourcesError as error:
            raise typer.BadParameter(str(error)) from None
    else:
        with database.read() as connection:
            stored = revisions.in_force(connection, org_id)
        if stored is None:
            return labels_looked_at(empty())
        sources = Sources.from_json(stored)
    loaded = load(sources, lambda _: None)
    if loaded.ruleset is None or loaded.errors:
        where = path or "in force"
        raise CommandFailedError(f"The rules {where} cannot be loaded: `pingparrot rules check` says why.")
    return labels_looked_at(loaded.ruleset)


def _disguise(kept: set[str] | None, *, people: bool) -> Disguise:
    import secrets

    from rules.disguise import Disguise

    return Disguise(secrets.token_bytes(32), kept, people=people)
