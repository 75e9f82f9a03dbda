"""A copy of an SQLite database, made while servers write."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

_PAGES_AT_ONCE = 1_000  # of 4 kB: a few milliseconds


class BackupError(Exception):
    """No copy was made; the text says why and what to do."""


def back_up(source: Path, target: Path, on_progress: Callable[[int, int], None]) -> None:
    """Copy a database as it is at this moment, check the copy, and give it its name when it is whole.

    It waits for nobody and nobody waits for it: in WAL mode a read keeps its snapshot while others write.

    Parameters:
      target: must not be there; readable by its owner only, since it holds what alerts and people say.
      on_progress: is told how many pages are copied, of how many.
    Raises BackupError, and OSError when the target cannot be written.
    """
    if not source.is_file():
        raise BackupError(f"There is no database {str(source)!r}: name it by PINGPARROT_DATABASE_URL.")
    if target.exists():
        raise BackupError(f"{str(target)!r} is there already: name a file that is not.")
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        _copy(source, unfinished, on_progress)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        os.link(unfinished, target)  # never over a file that came meanwhile
    except FileExistsError:
        raise BackupError(f"{str(target)!r} is there already: name a file that is not.") from None
    except sqlite3.DatabaseError as error:
        raise BackupError(f"The database cannot be copied: {error}. Nothing was written.") from None
    finally:
        for name in (unfinished.name, f"{unfinished.name}-wal", f"{unfinished.name}-shm"):
            with suppress(FileNotFoundError):
                unfinished.with_name(name).unlink()


def _copy(source: Path, target: Path, on_progress: Callable[[int, int], None]) -> None:
    def tell(_status: int, remaining: int, total: int) -> None:
        on_progress(total - remaining, total)

    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.execute("BEGIN")
        reading.execute(
            "SELECT count(*) FROM sqlite_master"
        )  # the snapshot: what is written later is not in it
        reading.backup(writing, pages=_PAGES_AT_ONCE, progress=tell)
        found = [row[0] for row in writing.execute("PRAGMA integrity_check(3)")]
    if found != ["ok"]:
        raise BackupError(
            f"The copy is damaged, and so is probably the database: {'; '.join(found)}. Nothing was written: "
            "keep the backups that there are, and look at the disk."
        )
