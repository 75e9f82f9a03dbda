"""Every migration after the first expands, or says since which release nothing needs what it takes away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from router.store import migrations
from tests.docs.pages import ROOT
from tests.store.expanding import breaches

VERSIONS = Path(migrations.__file__).parent / "versions"
RELEASED = frozenset(re.findall(r"^## (\S+) /", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE))


def migration(*statements: str, head: str = "") -> str:
    return f"{head}\ndef upgrade():\n" + "".join(f"    {statement}\n" for statement in statements)


def test_every_migration_after_the_first_expands() -> None:
    found = {
        path.name: breaches(path.read_text(), RELEASED)
        for path in VERSIONS.glob("[0-9]*.py")
        if not path.name.startswith("0001")
    }
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    "statement",
    [
        "op.add_column('pages', sa.Column('note', sa.Text(), nullable=True))",
        "op.add_column('pages', sa.Column('n', sa.Integer(), server_default='0', nullable=False))",
        "op.create_table('notes', sa.Column('id', sa.Integer(), nullable=False))",
        "add_index('ix_pages_note', 'pages', ['note'])",
    ],
)
def test_what_expands_is_let_through(statement: str) -> None:
    assert breaches(migration(statement), RELEASED) == []


def test_an_index_of_a_table_that_is_new_is_let_through() -> None:
    made = migration(
        "op.create_table('notes', sa.Column('id', sa.Integer()))",
        "with op.batch_alter_table('notes') as batch_op: batch_op.create_index(batch_op.f('ix'), ['id'])",
        "op.create_index(op.f('ix_notes_id'), 'notes', ['id'])",
    )
    assert breaches(made, RELEASED) == []


@pytest.mark.parametrize(
    "statement",
    [
        "op.drop_column('pages', 'note')",
        "op.drop_table('pages')",
        "op.drop_index('ix_pages_note')",
        "op.rename_table('pages', 'calls')",
        "op.alter_column('pages', 'note', nullable=False)",
        "op.alter_column('pages', 'note', new_column_name='remark')",
        "op.execute('ALTER TABLE pages DROP COLUMN note')",
        "op.create_unique_constraint('uq', 'pages', ['note'])",
        "op.create_index('ix_pages_note', 'pages', ['note'])",
        "op.add_column('pages', sa.Column('note', sa.Text(), nullable=False))",
        "op.get_bind().execute(sa.text('DROP TABLE pages'))",
        "with op.batch_alter_table('pages') as batch_op: batch_op.drop_column('note')",
        "with op.batch_alter_table('pages') as batch_op: batch_op.create_index('ix', ['note'])",
    ],
)
def test_what_breaks_the_version_before_is_found(statement: str) -> None:
    assert len(breaches(migration(statement), RELEASED)) >= 1


def test_an_index_beside_anything_else_is_found() -> None:
    two = migration(
        "op.add_column('pages', sa.Column('note', sa.Text()))", "add_index('ix', 'pages', ['note'])"
    )
    assert len(breaches(two, RELEASED)) == 1


@pytest.mark.parametrize(("version", "wrong"), [(min(RELEASED), 0), ("99.0", 1)])
def test_a_migration_contracts_what_no_release_needs_any_more(version: str, wrong: int) -> None:
    dropping = migration("op.drop_column('pages', 'note')", head=f"contracts = {version!r}")
    assert len(breaches(dropping, RELEASED)) == wrong
