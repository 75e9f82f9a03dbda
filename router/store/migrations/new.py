"""Write the next migration: `python -m router.store.migrations.new "add a colour to groups"`.

It is what `router/store/tables` says minus what the migrations so far make (Alembic's autogenerate, on a
scratch SQLite). Read it before you commit it: a rename looks like a drop and an add.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from router.store.engine import connect
from router.store.migrate import config, head, run_migrations


def write_migration(message: str) -> Path:
    """Write the file and return its path.

    Parameters:
      message: what it does, in a few words; becomes its title and part of its name.
    """
    from alembic import command

    number = f"{int(head() or '0') + 1:04}"
    with tempfile.TemporaryDirectory() as scratch:
        database = connect(f"sqlite:///{scratch}/scratch.db")
        try:
            if number != "0001":
                with database.writing.connect() as connection:
                    run_migrations(connection)
            with database.writing.connect() as connection:
                script = command.revision(config(connection), message, autogenerate=True, rev_id=number)
        finally:
            database.close()
    assert script is not None
    assert not isinstance(script, list)
    return Path(script.path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('usage: python -m router.store.migrations.new "what it does"')
    print(write_migration(sys.argv[1]))
