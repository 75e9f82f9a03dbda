"""`pingparrot backup`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from router.cli.desk import answer, read_settings
from router.cli.faults import CommandFailedError


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to put the copy; must not be there.")],
) -> None:
    """Copy an embedded SQLite database while servers write, check the copy, and print {"file": …}.

    The secret key is not in it: keep that apart. A PostgreSQL is copied by pg_dump: docs/runbook.md.

    \b
    Example:
      pingparrot backup /backup/pingparrot-$(date +%F).db
    """
    from router.store.backup import BackupError, back_up

    settings = read_settings()
    source = settings.database_path
    if source is None:
        raise CommandFailedError(
            'PostgreSQL is backed up by pg_dump: docs/runbook.md, "Backup and restore", has the commands.'
        )
    try:
        with _progress() as on_progress:
            back_up(source, file, on_progress)
    except BackupError as error:
        raise CommandFailedError(str(error)) from None
    beside = source.absolute().with_name("pingparrot.key")
    key = "PINGPARROT_SECRET_KEY" if settings.secret_keys else str(beside)
    print(f"Keep {key} as well, apart: it is not in the copy, and opens its contacts.", file=sys.stderr)
    answer(file=str(file), bytes=file.stat().st_size)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Yield what draws a bar on a terminal, and nothing elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("copying", total=None)
        yield lambda copied, total: bar.update(task, completed=copied, total=total)
