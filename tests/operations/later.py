"""A later version of PingParrot: this one, with migrations that expand the schema."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import ROOT

COLUMNS = '''
"""Give pages a note and incidents a weight; keep notes of shifts."""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("pages") as batch_op:
        batch_op.add_column(sa.Column("note", sa.Text(), nullable=True))
    with op.batch_alter_table("incidents") as batch_op:
        batch_op.add_column(sa.Column("weight", sa.Integer(), server_default="1", nullable=False))
    op.create_table("shifts", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("note", sa.Text()))
'''
INDEX = '''
"""Find incidents by their weight."""
from router.store.migrations.indexes import add_index

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_incidents_weight", "incidents", ["weight"])
'''


@dataclass(frozen=True)
class Later:
    """Runs the later version's commands.

    Parameters:
      folder: where its code lies.
    """

    folder: Path

    def start(self, *words: str, **settings: str) -> subprocess.Popen[str]:
        """Start a command; settings are in lower case, without `PINGPARROT_`."""
        return subprocess.Popen(
            [sys.executable, "-m", "router.cli", *words],
            env=self._environment(settings),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, **settings: str) -> tuple[int, str]:
        """Run a command and return its exit code and what it said."""
        return ended(self.start(*words, **settings))

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PINGPARROT_")}
        given = {f"PINGPARROT_{name.upper()}": value for name, value in settings.items()}
        return kept | given | {"PYTHONPATH": str(self.folder)}


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for a command's end; return its exit code and what it said."""
    out, err = process.communicate(timeout=90)
    return process.returncode, out + err


def later_version(folder: Path) -> Later:
    """Make the later version in a directory."""
    for package in ("adapters", "rules", "router"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    versions = folder / "router" / "store" / "migrations" / "versions"
    (versions / "0002_notes.py").write_text(COLUMNS)
    (versions / "0003_weights.py").write_text(INDEX)
    return Later(folder)
